--: table t(a int, b int, c text)
--: table u(b int, a int, d text)
--: table v(x int, y int, z text)

--# union all goes by position, not by name
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a, b from t union all select b, a from u
--> a: t.a u.b
--> b: t.b u.a

--# union of three
--: in duckdb postgres snowflake redshift trino databricks
select a, c from t union select a, d from u union all select x, z from v
--> a: t.a u.a v.x
--> c: t.c u.d v.z
--: data no whole rows that are equal are one

--# union by name
--: in duckdb
select a, b, c from t union all by name select b, a, d as c from u
--> a: t.a u.a
--> b: t.b u.b
--> c: t.c u.d

--# union by name with columns that one side lacks
--: in duckdb
select a, c from t union all by name select b, a from u
--> a: t.a u.a
--> c: t.c
--> b: u.b

--# union by name in Snowflake
--: in snowflake
select a, b from t union all by name select b, a from u
--> a: t.a u.a
--> b: t.b u.b

--# star in both branches, columns in another order
--: in duckdb postgres snowflake databricks redshift trino
select * from t union all select * from u
--> a: t.a u.b
--> b: t.b u.a
--> c: t.c u.d

--# filters of each branch
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a, 'T' as origin from t where b > 1 union all select x, 'V' from v where y > 1
--> a: t.a v.x
--> origin:
--| rows: filter t.b v.y

--# except
--: in duckdb postgres snowflake redshift trino databricks
select a, c from t except select x, z from v
--> a: t.a
--> c: t.c
--| rows: filter v.x v.z
--: data no whole rows are compared

--# except distinct
--: in bigquery
select a from t except distinct select x from v
--> a: t.a
--| rows: filter v.x

--# intersect
--: in duckdb postgres snowflake redshift trino databricks
select a from t intersect select x from v
--> a: t.a v.x

--# union in a CTE, aggregated
--: in duckdb postgres snowflake bigquery databricks redshift trino
with everything as (
    select a as id, b as amount from t
    union all
    select x, y from v
)
select id, sum(amount) as total from everything group by id
--> id: t.a v.x
--> total: t.b v.y
--| rows: group_by t.a v.x

--# order of a union is by its output
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a as x1, c as y1 from t union all select x, z from v order by x1
--> x1: t.a v.x
--> y1: t.c v.z
--| rows: sort t.a v.x

--# null padding in a union
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a, cast(null as int) as y from t union all select cast(null as int), y from v
--> a: t.a
--> y: v.y

--# brackets and different operators
--: in duckdb postgres
(select a from t union all select x from v) except select b from u
--> a: t.a v.x
--| rows: filter u.b

--# union under a star
--: in duckdb postgres snowflake bigquery databricks redshift trino
select s.* from (select a, b from t union all select y, x from v) as s
--> a: t.a v.y
--> b: t.b v.x

--# union of unknown stars
--: in duckdb postgres snowflake
--: knows none
select * from t union all select * from v
--| reads: t v
--| incomplete

--# named columns over a union of unknown stars are not guessed
--: in duckdb postgres snowflake
--: knows none
with s as (select * from t union all select * from v) select a from s
--> a: t.a ?
--| reads: v
--: data no what `v` has is not known

--# with in front of a union
--: in duckdb postgres snowflake bigquery databricks redshift trino
with s as (select a from t where b > 0) select a from s union all select x from v
--> a: t.a v.x
--| rows: filter t.b

--# values
--: in duckdb postgres snowflake
select column1 as n from (values (1), (2)) as s
--> n:
--: not duckdb columns are col0 there

--# values with names, joined
--: in duckdb postgres trino snowflake
select t.a, m.label from t join (values (1, 'one'), (2, 'two')) as m(id, label) on m.id = t.a
--> a: t.a
--> label:
--| rows: join t.a

--# values joined to a name that a table has too
--: in duckdb postgres
select a, label from t join (values (1, 'one'), (2, 'two')) as m(id, label) on m.id = t.b
--> a: t.a
--> label:
--| rows: join t.b

--# union of a constant row for unknown members
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a as member_id, c as member_name from t union all select -1, 'unknown'
--> member_id: t.a
--> member_name: t.c
