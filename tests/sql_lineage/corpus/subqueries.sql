--: table orders(order_id int, customer_id int, amount decimal(10,2), status text)
--: table payments(payment_id int, order_id int, amount decimal(10,2), method text)
--: table customers(customer_id int, name text, country text)
--: table t(a int, b int, c text)
--: table u(a int, d int, e text)

--# correlated scalar subquery
--: in duckdb postgres snowflake bigquery databricks redshift trino
select o.order_id, (select max(p.amount) from payments p where p.order_id = o.order_id) as last_payment from orders o
--> order_id: orders.order_id
--> last_payment: payments.amount | payments.order_id orders.order_id

--# uncorrelated scalar subquery
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a, b - (select avg(d) from u where e = 'x') as over_average from t
--> a: t.a
--> over_average: t.b u.d | u.e

--# scalar subquery whose column the outer query has too
--: in duckdb postgres snowflake bigquery databricks redshift trino
select t.b, (select max(a) from u) as m from t
--> b: t.b
--> m: u.a

--# unqualified correlated name is the inner table's if it has one
--: in duckdb postgres snowflake bigquery databricks redshift trino
select b from t where exists (select 1 from u where u.d = a)
--> b: t.b
--| rows: u.d u.a

--# unqualified correlated name is the outer table's otherwise
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a from t where exists (select 1 from u where u.d = b)
--> a: t.a
--| rows: u.d t.b

--# exists does not read what it selects
--: in duckdb postgres snowflake bigquery databricks redshift trino
select o.order_id from orders o where exists (select p.method from payments p where p.order_id = o.order_id)
--> order_id: orders.order_id
--| rows: payments.order_id orders.order_id

--# not exists
--: in duckdb postgres snowflake bigquery databricks redshift trino
select c.name from customers c where not exists (select 1 from orders o where o.customer_id = c.customer_id and o.status = 'paid')
--> name: customers.name
--| rows: orders.customer_id orders.status customers.customer_id

--# in
--: in duckdb postgres snowflake bigquery databricks redshift trino
select order_id, amount from orders where customer_id in (select customer_id from customers where country = 'CH')
--> order_id: orders.order_id
--> amount: orders.amount
--| rows: orders.customer_id customers.customer_id customers.country

--# in over a column that only the outer table has
--: in duckdb postgres snowflake
select a from t where a in (select b from u)
--> a: t.a
--| rows: t.a t.b
--| reads: u

--# comparison with a scalar subquery
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a from t where b > (select avg(d) from u where u.a = t.a)
--> a: t.a
--| rows: t.b u.d u.a t.a

--# tuple in
--: in duckdb postgres snowflake
select c from t where (a, b) in (select a, d from u)
--> c: t.c
--| rows: t.a t.b u.a u.d

--# any and all
--: in duckdb postgres
select a from t where b > all (select d from u) or b = any (select u.a from u)
--> a: t.a
--| rows: t.b u.d u.a

--# exists as a value
--: in duckdb postgres snowflake bigquery databricks trino
select t.b, exists (select 1 from u where u.a = t.a) as has_u from t
--> b: t.b
--> has_u: | u.a t.a

--# in as a value
--: in duckdb postgres snowflake bigquery databricks trino
select t.b, t.a in (select u.a from u where u.e = 'x') as is_x from t
--> b: t.b
--> is_x: t.a u.a | u.e

--# case over exists
--: in duckdb postgres snowflake bigquery databricks trino
select t.b, case when exists (select 1 from u where u.d = t.a) then t.c else 'none' end as label from t
--> b: t.b
--> label: t.c | u.d t.a

--# subquery in having
--: in duckdb postgres snowflake
select c, sum(a) as s from t group by c having sum(a) > (select max(d) from u)
--> c: t.c
--> s: t.a
--| rows: t.c t.a u.d

--# scalar subquery over a CTE
--: in duckdb postgres snowflake bigquery databricks redshift trino
with limits as (select max(d) as ceiling from u)
select a, b, (select ceiling from limits) as top_value from t where b < (select ceiling from limits)
--> a: t.a
--> b: t.b
--> top_value: u.d
--| rows: t.b u.d

--# count in a scalar subquery
--: in duckdb postgres snowflake bigquery databricks redshift trino
select c.name, (select count(*) from orders o where o.customer_id = c.customer_id) as orders from customers c
--> name: customers.name
--> orders: | orders.customer_id customers.customer_id

--# two levels of correlation
--: in duckdb postgres
select c.name, (
    select sum(o.amount) from orders o
    where o.customer_id = c.customer_id and exists (select 1 from payments p where p.order_id = o.order_id and p.method = c.country)
) as paid from customers c
--> name: customers.name
--> paid: orders.amount | orders.customer_id customers.customer_id payments.order_id orders.order_id payments.method customers.country

--# outer value selected inside
--: in duckdb postgres
select (select t.b + max(u.d) from u) as v from t
--> v: t.b u.d

--# derived table
--: in duckdb postgres snowflake bigquery databricks redshift trino
select s.total from (select a, sum(b) as total from t group by a) s where s.a > 3
--> total: t.b
--| rows: t.a

--# array subquery
--: in duckdb postgres bigquery
select t.a, array(select u.e from u where u.a = t.a order by u.d) as es from t
--> a: t.a
--> es: u.e | u.a t.a u.d

--# order by a subquery's value
--: in duckdb postgres
select a from t order by (select max(d) from u where u.a = t.b)
--> a: t.a
--| rows: u.d u.a t.b

--# scalar subquery in coalesce
--: in duckdb postgres snowflake bigquery
select coalesce(t.b, (select min(d) from u), 0) as v from t
--> v: t.b u.d
