--: table t(a int, b int)
--: table u(a int, d int)

--# cut off
--: in duckdb postgres snowflake
select a, b from t join u on
--| may read: t u
--| incomplete

--# template that was never compiled
--: in duckdb snowflake bigquery
select * from {{ ref('t') }} where a > 1
--| incomplete

--# not SQL
--: in duckdb postgres snowflake bigquery databricks redshift trino
this is no SQL at all
--| incomplete

--# nothing
--: in duckdb postgres
-- only a comment
--| incomplete

--# unbalanced brackets
--: in duckdb postgres snowflake bigquery
select (a + b from t
--| may read: t
--| incomplete

--# procedural code
--: in postgres
do $$ begin perform 1 from t; end $$
--| may read: t
--| incomplete

--# unknown syntax in the middle still gives tables
--: in duckdb postgres
select a from t join u on t.a = u.a where a ??!! 5 frobnicate by b
--| may read: t u
--| incomplete

--# unclosed string
--: in duckdb postgres snowflake
select 'a from t
--| incomplete
