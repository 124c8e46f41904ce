--: table t(a int, b int, c text, d timestamp)
--: table orders(order_id int, customer_id int, amount decimal(10,2), status text, ordered_at timestamp)

--# lateral alias of a new name
--: in duckdb snowflake redshift databricks
select a + b as total, total * 2 as twice from t
--> total: t.a t.b
--> twice: t.a t.b

--# a column goes before a lateral alias of its name
--: in duckdb snowflake redshift databricks
select b as a, a + 1 as next_a from t
--> a: t.b
--> next_a: t.a

--# chain of lateral aliases
--: in duckdb snowflake redshift databricks
select a as first_one, first_one + b as second_one, second_one * 2 as third_one from t
--> first_one: t.a
--> second_one: t.a t.b
--> third_one: t.a t.b

--# lateral alias in a where
--: in duckdb snowflake
select a * 2 as doubled from t where doubled > 10
--> doubled: t.a
--| rows: filter t.a

--# a column goes before an alias in where
--: in duckdb postgres snowflake redshift databricks bigquery trino
select a + 1 as b from t where b > 3
--> b: t.a
--| rows: filter t.b

--# group by alias
--: in duckdb postgres snowflake bigquery databricks redshift
select date_trunc('month', d) as month_start, sum(a) as total from t group by month_start
--> month_start: t.d
--> total: t.a
--| rows: group_by t.d
--: not bigquery date_trunc takes its part second there

--# group by an alias that is also a column takes the column
--: in postgres
select max(b) as m, a % 2 as a from t group by a
--> m: t.b
--> a: t.a
--| rows: group_by t.a

--# group by position
--: in duckdb postgres snowflake bigquery databricks redshift trino
select c, upper(c) as uc, sum(a) as total from t group by 1, 2
--> c: t.c
--> uc: t.c
--> total: t.a
--| rows: group_by t.c

--# group by all
--: in duckdb snowflake bigquery databricks
select c, a % 2 as odd, sum(b) as total, count(*) as n from t group by all
--> c: t.c
--> odd: t.a
--> total: t.b
--> n:
--| rows: group_by t.c t.a

--# order by an alias that is also a column takes the alias
--: in duckdb postgres snowflake
select b as a, c from t order by a
--> a: t.b
--> c: t.c
--| rows: sort t.b

--# order by an expression uses the columns
--: in postgres
select b as a, c from t order by a + 0
--> a: t.b
--> c: t.c
--| rows: sort t.a

--# order by position
--: in duckdb postgres snowflake bigquery databricks redshift trino
select c, b from t order by 2 desc, 1
--> c: t.c
--> b: t.b
--| rows: sort t.b t.c

--# order by all
--: in duckdb
select c, a from t order by all
--> c: t.c
--> a: t.a
--| rows: sort t.c t.a

--# having alias
--: in duckdb snowflake bigquery
select c, sum(a) as total from t group by c having total > 5
--> c: t.c
--> total: t.a
--| rows: t.c t.a

--# having an aggregate that is not selected
--: in duckdb postgres snowflake bigquery databricks redshift trino
select c from t group by c having sum(b) > 5
--> c: t.c
--| rows: t.c t.b

--# an alias in an aggregate
--: in duckdb snowflake redshift
select case when status = 'paid' then amount else 0 end as paid_amount, paid_amount > 10 as is_large from orders
--> paid_amount: orders.status orders.amount
--> is_large: orders.status orders.amount

--# alias in front
--: in duckdb
select total: a + b, c from t
--> total: t.a t.b
--> c: t.c

--# alias without as, and one that is a keyword in quotes
--: in duckdb postgres snowflake trino
select a alpha, b as "select" from t
--> alpha: t.a
--> "select": t.b

--# table alias hides the table's name
--: in duckdb postgres snowflake
select orders.a, orders.c from t as orders
--> a: t.a
--> c: t.c

--# table alias equal to one of its columns
--: in duckdb
select c.c, c.a from t as c
--> c: t.c
--> a: t.a

--# alias used in qualify
--: in duckdb snowflake databricks bigquery
select a, b, row_number() over (partition by a order by d desc) as rn from t qualify rn = 1
--> a: t.a
--> b: t.b
--> rn: | window t.a t.d
--| rows: t.a t.d

--# alias in another's window
--: in duckdb snowflake
select a + b as total, rank() over (order by total) as position from t
--> total: t.a t.b
--> position: | window t.a t.b

--# alias in the group by expression of the same name as its column
--: in duckdb postgres snowflake
select lower(c) as c, count(*) as n from t group by lower(c)
--> c: t.c
--> n:
--| rows: group_by t.c
