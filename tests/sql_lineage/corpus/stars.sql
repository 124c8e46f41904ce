--: table t(a int, b int, c text)
--: table u(a int, d int, e text)

--# star of one table
--: in duckdb postgres snowflake bigquery databricks redshift trino
select * from t
--> a: identity t.a
--> b: identity t.b
--> c: identity t.c

--# star of two tables
--: in duckdb postgres snowflake databricks redshift trino
select * from t cross join u
--> a: t.a
--> b: t.b
--> c: t.c
--> _: u.a
--> d: u.d
--> e: u.e

--# qualified star with more columns
--: in duckdb postgres snowflake bigquery databricks redshift trino
select t.*, u.e as extra from t join u on t.a = u.a
--> a: t.a
--> b: t.b
--> c: t.c
--> extra: u.e
--| rows: join t.a u.a

--# star and a renamed copy
--: in duckdb postgres snowflake
select t.*, t.a as a2 from t
--> a: t.a
--> b: t.b
--> c: t.c
--> a2: t.a

--# star exclude
--: in duckdb snowflake
select * exclude (b) from t
--> a: t.a
--> c: t.c

--# star exclude of one column without brackets
--: in duckdb snowflake
select * exclude c from t
--> a: t.a
--> b: t.b

--# star except
--: in bigquery databricks
select * except (b, c) from t
--> a: t.a

--# star replace keeps the place
--: in duckdb snowflake bigquery
select * replace (a + b as b) from t
--> a: t.a
--> b: t.a t.b
--> c: t.c

--# star rename
--: in duckdb snowflake
select * rename (a as alpha) from t
--> alpha: t.a
--> b: t.b
--> c: t.c

--# star exclude and replace together
--: in duckdb
select * exclude (a) replace (upper(c) as c) from t
--> b: t.b
--> c: t.c

--# star except and replace
--: in bigquery
select * except (a) replace (b * 2 as b) from t
--> b: t.b
--> c: t.c

--# qualified star exclude in a join
--: in duckdb snowflake
select t.*, u.* exclude (a) from t join u on t.a = u.a
--> a: t.a
--> b: t.b
--> c: t.c
--> d: u.d
--> e: u.e
--| rows: join t.a u.a

--# star through a CTE and a subquery
--: in duckdb postgres snowflake bigquery databricks redshift trino
with base as (select * from t), more as (select * from (select *, b + 1 as b1 from base) as inner_one)
select * from more
--> a: t.a
--> b: t.b
--> c: t.c
--> b1: t.b

--# columns by a regular expression
--: in duckdb
select columns('^[ab]$') from t
--> a: t.a
--> b: t.b

--# an expression over columns
--: in duckdb
select max(columns(* exclude (c))) from t
--> _: t.a
--> _: t.b

--# star of a subquery with an alias list
--: in duckdb postgres
select * from (select a, b from t) as s(x, y)
--> x: t.a
--> y: t.b

--# alias list shorter than the columns
--: in duckdb postgres
select * from t as s(x)
--> x: t.a
--> b: t.b
--> c: t.c

--# CTE with a column list
--: in duckdb postgres snowflake bigquery databricks redshift trino
with s(x, y) as (select a, c from t) select x, y from s
--> x: t.a
--> y: t.c

--# count of star
--: in duckdb postgres snowflake bigquery databricks redshift trino
select count(*) as n from t
--> n:
--| reads: t

--# from first
--: in duckdb
from t
--> a: t.a
--> b: t.b
--> c: t.c

--# from first with a select
--: in duckdb
from t select a, b + a as ab where c = 'x'
--> a: t.a
--> ab: t.a t.b
--| rows: filter t.c

--# table statement
--: in postgres
table t
--> a: t.a
--> b: t.b
--> c: t.c

--# star from an unknown table is incomplete
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
select * from t
--| reads: t
--| incomplete

--# star from an unknown table passes named columns through
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
with s as (select * from t) select a, b + 1 as b1 from s where c = 'x'
--> a: t.a
--> b1: t.b
--| rows: filter t.c

--# star exclude from an unknown table
--: in duckdb snowflake
--: knows none
with s as (select * exclude (b) from t) select a from s
--> a: t.a

--# known columns beside an unknown star
--: in duckdb postgres
--: knows t
select t.a, u.* from t join u on t.a = u.a
--> a: t.a
--| rows: t.a u.a
--| incomplete

--# two CTEs with stars, joined with qualified columns, schemas unknown
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
with tt as (select * from t), uu as (select * from u)
select tt.a, uu.e, tt.b + uu.d as total from tt join uu on tt.a = uu.a
--> a: t.a
--> e: u.e
--> total: t.b u.d
--| rows: t.a u.a

--# star with a lambda over columns
--: in duckdb
select columns(x -> x in ('a', 'c')) from t
--> a: t.a
--> c: t.c

--# replace of a qualified star
--: in duckdb
select t.* replace (d as b) from t join u using (a)
--> a: t.a
--> b: u.d
--> c: t.c
--| rows: join t.a u.a
