--: table t(a int, b int, c text)
--: table u(a int, d int, e text)

--# one unknown table: its columns are certain
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
select a, b + 1 as b1 from t where c = 'x'
--> a: t.a
--> b1: t.b
--| rows: t.c

--# two unknown tables: an unqualified column is left out
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
select t.a, e from t join u on t.a = u.a
--> a: t.a
--> e: ?
--| rows: t.a u.a

--# an ambiguous part beside a certain one
--: in duckdb postgres snowflake
--: knows none
select t.b + d as total, u.e from t join u on t.a = u.a
--> total: t.b ?
--> e: u.e
--| rows: t.a u.a

--# one table known in full, the other unknown: what the known lacks is the other's
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows t
select t.b, e from t join u on t.a = u.a
--> b: t.b
--> e: u.e
--| rows: t.a u.a

--# a column that the known table has may be the other's too, were it valid it is the known one's
--: in duckdb postgres snowflake
--: knows t
select b, u.e from t join u on t.a = u.a
--> b: t.b ?
--> e: u.e
--| rows: t.a u.a
--: may column t.b
--: may warn

--# partly known tables
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: partly t(a, b) u(a)
select t.a, e from t join u on t.a = u.a
--> a: t.a
--> e: ?
--| rows: t.a u.a

--# partly known table alone
--: in duckdb postgres snowflake
--: partly t(a)
select a, b, c from t
--> a: t.a
--> b: t.b
--> c: t.c

--# star over a partly known table is incomplete
--: in duckdb postgres snowflake
--: partly t(a)
with s as (select * from t) select a, b from s
--> a: t.a
--> b: t.b

--# unknown in using
--: in duckdb postgres snowflake trino
--: knows none
select a, t.b, u.e from t join u using (a)
--> a: t.a
--> b: t.b
--> e: u.e
--| rows: t.a u.a

--# unqualified filter over two unknown tables
--: in duckdb postgres snowflake
--: knows none
select t.b from t join u on t.a = u.a where e = 'x'
--> b: t.b
--| rows: t.a u.a ?

--# correlated subquery over unknown tables, qualified
--: in duckdb postgres snowflake
--: knows none
select t.b, (select max(u.d) from u where u.a = t.a) as m from t
--> b: t.b
--> m: u.d | u.a t.a

--# unqualified name in a subquery over an unknown table in an unknown outer one
--: in duckdb postgres snowflake
--: knows none
select t.b, (select max(d) from u where u.a = t.a) as m from t
--> b: t.b
--> m: ? | u.a t.a
--: may column u.d
--: may warn

--# derived table has exactly its columns, the rest is the unknown table's
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
select s.total, e from (select a, sum(b) as total from t group by a) s join u on u.a = s.a
--> total: t.b
--> e: u.e
--| rows: t.a u.a

--# a CTE without star beside an unknown table
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
with s as (select a as key, b from t) select key, d from s join u on u.a = s.key
--> key: t.a
--> d: u.d
--| rows: t.a u.a
--: may column u.key
--: may warn

--# star from an unknown join passes qualified columns only
--: in duckdb postgres
--: knows none
with s as (select t.*, u.d from t join u on t.a = u.a) select b, d from s
--> b: t.b
--> d: u.d ?
--| rows: t.a u.a
--: may column t.d
--: may warn

--# order and group by unknown
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
select c, sum(b) as s from t group by c order by s desc
--> c: t.c
--> s: t.b
--| rows: t.c t.b
