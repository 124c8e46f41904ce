--: table t(a int, b int, c text)
--: table u(a int, d int, e text)

--# create table as
--: data no nothing comes back
--: in duckdb postgres snowflake bigquery databricks redshift trino
create table made as select a, b * 2 as b2 from t where c = 'x'
--> a: t.a
--> b2: t.b
--| rows: t.c

--# create or replace view
--: data no nothing comes back
--: in duckdb postgres snowflake bigquery databricks
create or replace view v as with s as (select a, c from t) select a, upper(c) as uc from s
--> a: t.a
--> uc: t.c

--# insert from select
--: in duckdb postgres snowflake bigquery databricks redshift trino
insert into made select a, e from u
--> a: u.a
--> e: u.e
--: data no the target is not there

--# insert with columns names them
--: in duckdb postgres snowflake
insert into made (x, y) select a, d from u
--> x: u.a
--> y: u.d
--: data no the target is not there

--# with in front of insert's select
--: in snowflake postgres
insert into made with s as (select a, d from u) select a, d from s
--> a: u.a
--> d: u.d
--: data no the target is not there
