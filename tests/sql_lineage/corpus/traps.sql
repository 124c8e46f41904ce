--: table t(a int, b int, c text, d timestamp)
--: table u(a int, d int, e text)
--: table orders(order_id int, customer_id int, amount int, month int, day int, status text, orders int)
--: table date_dim(date date, year int, month int, value int)

--# alias equals another column
--: in duckdb postgres snowflake bigquery databricks redshift trino
select b as a, a as b from t
--> a: t.b
--> b: t.a

--# date parts as words beside columns of their names
--: in snowflake redshift databricks
select datediff(day, d, current_timestamp()) as age, dateadd(month, 1, d) as later, month from t cross join orders
--> age: t.d
--> later: t.d
--> month: orders.month
--: not redshift current_timestamp has no brackets there

--# date parts as words in Redshift
--: in redshift
select datediff(day, t.d, getdate()) as age, dateadd(month, 1, t.d) as later, date_part(year, t.d) as y, orders.day from t, orders
--> age: t.d
--> later: t.d
--> y: t.d
--> day: orders.day

--# date parts in BigQuery
--: in bigquery
select date_trunc(d, month) as m, timestamp_diff(current_timestamp(), d, day) as age, extract(year from d) as y, date_add(d, interval 1 day) as next_day from t, orders
--> m: t.d
--> age: t.d
--> y: t.d
--> next_day: t.d
--| reads: orders

--# extract of a part that is a column
--: in duckdb postgres snowflake
select extract(month from d) as m, extract(day from d) + day as shifted from t cross join orders
--> m: t.d
--> shifted: t.d orders.day

--# column named like its only table
--: in duckdb postgres snowflake
select orders as n, orders.orders as n2 from orders
--> n: orders.orders
--> n2: orders.orders

--# string that looks like a column
--: in duckdb postgres snowflake trino redshift
select 'a' as x, "b" as y, concat('t.c', c) as z from t
--> x:
--> y: t.b
--> z: t.c
--: not snowflake "b" is another column there

--# keywords as names
--: in duckdb snowflake bigquery databricks trino
select date, year, value as month from date_dim where year > 2000
--> date: date_dim.date
--> year: date_dim.year
--> month: date_dim.value
--| rows: filter date_dim.year

--# outer column of the same name as the inner alias
--: in duckdb postgres snowflake bigquery databricks redshift trino
select s.a from (select b as a, a as z from t) s where s.z > 5
--> a: t.b
--| rows: t.a

--# same column in two tables, told apart
--: in duckdb postgres snowflake bigquery databricks redshift trino
select t.d as td, u.d as ud, t.a + u.a as sum_a from t join u on t.a = u.a
--> td: t.d
--> ud: u.d
--> sum_a: t.a u.a
--| rows: join t.a u.a

--# type names and casts
--: in duckdb postgres
select a::text as a_text, cast(b as bigint) as y, c::varchar(10) as z from t
--> a_text: t.a
--> y: t.b
--> z: t.c

--# casts
--: data no a word is no date
--: in duckdb postgres redshift snowflake
select a::varchar as a_text, cast(c as date) as c_date, b::decimal(10, 2) as b_dec from t
--> a_text: t.a
--> c_date: t.c
--> b_dec: t.b

--# interval arithmetic
--: in duckdb postgres snowflake
select d + interval '1 day' as next_day, d - interval '2 months' as earlier from t
--> next_day: t.d
--> earlier: t.d

--# comments that look like code
--: in duckdb postgres snowflake bigquery databricks redshift trino
select
    a, -- b as hidden, select c from u
    /* c, */ b
from t /* join u on u.a = t.a */
--> a: t.a
--> b: t.b

--# constant case
--: in duckdb postgres snowflake bigquery databricks redshift trino
select case when 1 = 1 then 'x' else c end as v, case b when 1 then 'one' when a then c end as w from t
--> v: t.c
--> w: t.b t.a t.c
--: still t.c into v the first branch is always taken

--# boolean columns as values
--: in duckdb postgres snowflake trino
select a > b as larger, a between b and 10 as inside, c is null as no_c, c like 'x%' as starts from t
--> larger: t.a t.b
--> inside: t.a t.b
--> no_c: t.c
--> starts: t.c

--# limit and offset add nothing
--: in duckdb postgres snowflake bigquery databricks trino
select a from t limit 5
--> a: t.a

--# order by in a subquery that limits
--: in duckdb postgres snowflake bigquery databricks
select a from (select a, b from t order by b desc limit 5) as top
--> a: t.a
--| may rows: t.b

--# group by of a constant
--: in duckdb postgres snowflake
select 'all' as k, sum(a) as s from t group by 1
--> k:
--> s: t.a

--# column of the outer query used in the from clause of a lateral subquery
--: in duckdb postgres
select t.a, s.v from t cross join lateral (select t.b + u.d as v from u where u.a = t.a) s
--> a: t.a
--> v: t.b u.d
--| rows: u.a t.a

--# table that is only joined
--: in duckdb postgres snowflake bigquery databricks redshift trino
select t.b from t left join u on u.a = t.a
--> b: t.b
--| rows: t.a u.a

--# same alias at two levels
--: in duckdb postgres snowflake bigquery databricks redshift trino
select t.v from (select t.a + 1 as v from (select b as a from t) as t) as t
--> v: t.b

--# alias of a table is the name of another
--: in duckdb postgres snowflake bigquery databricks redshift trino
select u.b, t.e from t as u join u as t on t.a = u.a
--> b: t.b
--> e: u.e
--| rows: t.a u.a

--# CTE named as an alias
--: in duckdb postgres snowflake
with u as (select b as a from t) select x.a, u.e from u as x join u as y on x.a = y.a cross join (select e from (select 'k' as e) as q) as u
--> a: t.b
--> e:
--| rows: t.b

--# lambda parameter named like a column
--: in databricks
select transform(array(a), b -> b + 1) as l, b from t
--> l: t.a
--> b: t.b

--# named arguments are no columns
--: in snowflake
select g.seq4 as n, t.a from t, (select seq4() as seq4 from table(generator(rowcount => 10))) g
--> n:
--> a: t.a

--# aggregate over nothing but constants
--: in duckdb postgres snowflake bigquery databricks redshift trino
select c, sum(1) as ones, max('x') as x from t group by c
--> c: t.c
--> ones:
--> x:
--| rows: group_by t.c

--# grouping function names its columns
--: in duckdb postgres snowflake
select c, grouping(c) as g, sum(a) as s from t group by rollup (c)
--> c: t.c
--> g: ?
--> s: t.a
--| rows: t.c
--: may column t.c
--: may warn

--# at time zone
--: in duckdb postgres snowflake
select d at time zone 'UTC' as utc from t
--> utc: t.d
--: not snowflake it has convert_timezone

--# substring and trim with from
--: in duckdb postgres
select substring(c from 2 for 3) as s, trim(both 'x' from c) as tr, position('a' in c) as p from t
--> s: t.c
--> tr: t.c
--> p: t.c

--# null-safe comparison in a join
--: in duckdb postgres snowflake
select t.b, u.e from t join u on t.a is not distinct from u.d
--> b: t.b
--> e: u.e
--| rows: t.a u.d

--# unicode and odd spaces
--: in duckdb postgres
select
	a	as	x,b
as y
from	t
--> x: t.a
--> y: t.b

--# nothing is read
--: in duckdb postgres snowflake bigquery databricks redshift trino
select 1 as one, 'a' as a
--> one:
--> a:

--# sample
--: in duckdb
select a from t using sample 100 percent (bernoulli)
--> a: t.a

--# tablesample
--: in postgres snowflake databricks
select a, b from t tablesample bernoulli (10)
--> a: t.a
--> b: t.b
--: not databricks it takes percent or rows

--# semicolon at the end
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a from t;
--> a: t.a
