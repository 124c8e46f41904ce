--: table t(id int, a int, b int, s text, d timestamp, arr int[])
--: table u(id int, a int, x int, s text)
--: table v(id int, y int, w text)

--# functions chained by dots
--: in duckdb
select s.upper().substring(1, 2) as prefix, t.s.lower() as low from t
--> prefix: t.s
--> low: t.s

--# struct_pack and named arguments
--: in duckdb
select struct_pack(x := a, y := b) as p, struct_pack(x := a, y := b).y as py from t
--> p: t.a t.b
--> py: t.b

--# order by number sign position
--: in duckdb
select a, b from t order by #2
--> a: t.a
--> b: t.b
--| rows: sort t.b

--# coalesce over columns
--: in duckdb
select coalesce(*columns(['a', 'b'])) as first_known from t
--> first_known: t.a t.b
--: may warn

--# exclude of a qualified column
--: in duckdb
select * exclude (u.s, t.arr, u.id, u.a) from t join u on t.id = u.id
--> id: t.id
--> a: t.a
--> b: t.b
--> s: t.s
--> d: t.d
--> x: u.x
--| rows: t.id u.id

--# range and generated columns
--: in duckdb
select r.range as n, t.a from range(3) as r cross join t
--> n:
--> a: t.a

--# nested lambdas that shadow each other and columns
--: in duckdb
select list_transform(arr, a -> list_sum(list_transform(arr, b -> b + a))) as l, list_filter(arr, lambda s: s > b) as f from t
--> l: t.arr
--> f: t.arr t.b

--# trailing commas
--: in duckdb
select a, b, from t group by a, b,
--> a: t.a
--> b: t.b
--| rows: t.a t.b

--# lateral alias over a scalar subquery and a window
--: in snowflake
select a, (select max(x) from u where u.id = t.id) as top_x, top_x + b as shifted, sum(shifted) over (partition by s) as total from t
--> a: t.a
--> top_x: u.x | u.id t.id
--> shifted: u.x t.b | u.id t.id
--> total: u.x t.b | u.id t.id t.s

--# implicit lateral
--: in duckdb
select t.a, z.v from t, (select t.b + u.x as v from u where u.id = t.id) as z
--> a: t.a
--> v: t.b u.x
--| rows: u.id t.id

--# list aggregated, then taken apart
--: in duckdb
with lists as (select s, list(a order by d) as l from t group by s) select s, l[1] as first_a, len(l) as n from lists
--> s: t.s
--> first_a: t.a | t.d
--> n: t.a | t.d
--| rows: t.s
--: still t.d into n the length of a list has no order
--: still t.a into n a list keeps nulls

--# pivot longer with excluded columns
--: in duckdb
from (select id, a, b from t) unpivot (val for nam in (a, b)) select id, nam, val
--> id: t.id
--> nam:
--> val: t.a t.b
--| may rows: t.a t.b

--# case folding over a CTE
--: in duckdb
with Base as (select A as Alpha, ID from T) select ALPHA, base.id from BASE
--> alpha: t.a
--> id: t.id

--# subquery in a join condition
--: in duckdb
select t.a, u.x from t join u on t.id = u.id and u.x > (select min(y) from v)
--> a: t.a
--> x: u.x
--| rows: t.id u.id u.x v.y

--# exists over a CTE that shadows a table
--: in duckdb postgres snowflake
with u as (select id as key_id from v where y > 0) select a from t where exists (select 1 from u where u.key_id = t.id)
--> a: t.a
--| rows: v.id v.y t.id

--# the same CTE name at two depths, outer star
--: in duckdb postgres
with q as (select a, b from t), r as (with q as (select x as a, id as b from u) select * from q) select q.a, r.a as ra, r.b as rb from q join r on q.b = r.b
--> a: t.a
--> ra: u.x
--> rb: u.id
--| rows: t.b u.id

--# a table alias that is a CTE's name
--: in duckdb postgres snowflake bigquery databricks redshift trino
with q as (select x as a from u) select q.a, q.b from t as q
--> a: t.a
--> b: t.b
--| may read: u

--# correlated column through two levels with one name
--: in duckdb postgres
select t.a, (select sum(u.x) from u where u.id in (select v.id from v where v.y = t.b)) as total from t
--> a: t.a
--> total: u.x | u.id v.id v.y t.b

--# aggregate of the outer query inside a subquery's filter
--: in duckdb postgres
select s, (select max(u.x) from u where u.a < max(t.a)) as m from t group by s
--> s: t.s
--> m: u.x | u.a t.a
--| rows: t.s

--# union inside in
--: in duckdb postgres snowflake
select a from t where id in (select id from u union all select id from v where y > 1)
--> a: t.a
--| rows: t.id u.id v.id v.y

--# union whose branches are stars of CTEs in another order
--: in duckdb postgres snowflake
with one as (select a, b from t), two as (select x as b, a from u) select * from one union all select * from two
--> a: t.a u.x
--> b: t.b u.a

--# window over a union
--: in duckdb postgres
select k, sum(n) over (partition by k order by n) as running from (select s as k, a as n from t union all select w, y from v) as z
--> k: t.s v.w
--> running: t.a v.y | t.s v.w

--# full join using with coalesce of the rest
--: in duckdb postgres
select id, coalesce(t.a, u.a) as a, s2 from t full join (select id, a, s as s2 from u) as u using (id)
--> id: t.id u.id
--> a: t.a u.a
--> s2: u.s
--| rows: t.id u.id

--# using key in where and group
--: in duckdb postgres
select id, count(*) as n from t join u using (id) where id > 0 group by id
--> id: t.id
--> n:
--| rows: t.id u.id

--# natural full join of CTEs
--: in duckdb postgres
with l as (select id, a from t), r as (select id, y from v) select id, a, y from l natural full join r
--> id: t.id v.id
--> a: t.a
--> y: v.y
--| rows: t.id v.id

--# case with a subquery in its condition
--: in duckdb postgres
select case when t.a > (select avg(x) from u) then t.b else 0 end as c from t
--> c: t.a u.x t.b
--: still u.x into c the average of the data lies between the small and the large values

--# not in over a list of columns
--: in duckdb postgres
select t.s from t where t.a not in (t.b, 3) and coalesce(t.s, 'q') <> 'z'
--> s: t.s
--| rows: t.a t.b t.s

--# row values
--: in postgres
select row(a, b) as r, (a, b) = (1, 2) as same, array[a, b] as l, (array[a, b])[1] as l1 from t
--> r: t.a t.b
--> same: t.a t.b
--> l: t.a t.b
--> l1: t.a t.b

--# whole-row star in brackets
--: in postgres
select (t).a, (t.*)::text as whole from t
--> a: t.a
--> whole: t.id t.a t.b t.s t.d t.arr

--# count of a row
--: in postgres
select count(u) as n, count(u.*) as m from u
--> n: ?
--> m: ?
--| reads: u
--: may column u.id u.a u.x u.s
--: may warn

--# set-returning function in the select list beside columns
--: in postgres
select id, unnest(arr) as e, generate_series(1, a) as n from t
--> id: t.id
--> e: t.arr
--> n: t.a
--| may rows: t.arr t.a

--# subquery over unnest of the outer row
--: in postgres duckdb
select id, (select sum(e) from unnest(t.arr) as q(e)) as total from t
--> id: t.id
--> total: t.arr
--| may rows: t.arr

--# mode within group
--: in postgres
select mode() within group (order by s) as common_s, percentile_disc(array[0.25, 0.75]) within group (order by a) as p from t
--> common_s: t.s
--> p: t.a

--# JSON built from columns and taken apart
--: in postgres
with j as (select id, json_build_object('a', a, 's', s) as o from t) select id, o ->> 'a' as a_text from j
--> id: t.id
--> a_text: t.a
--: may column t.s

--# JSON aggregate
--: in postgres
select json_agg(json_build_object('k', s, 'v', a) order by d) as l, json_object_agg(s, b) as o from t
--> l: t.s t.a | t.d
--> o: t.s t.b

--# operators of JSON and arrays
--: in postgres
--: table j(id int, doc jsonb, tags text[])
select doc @> '{"a": 1}' as has_a, doc ? 'b' as has_b, doc #>> '{x,y}' as xy, tags && array['q'] as tagged, 'z' = any(tags) as has_z from j
--> has_a: j.doc
--> has_b: j.doc
--> xy: j.doc
--> tagged: j.tags
--> has_z: j.tags

--# each of a JSON object
--: in postgres
--: table j(id int, doc jsonb, tags text[])
select j.id, e.key, e.value from j cross join lateral jsonb_each_text(j.doc) as e
--> id: j.id
--> key: j.doc
--> value: j.doc
--| may rows: j.doc

--# writing CTE
--: in postgres
with moved as (delete from u where a > 3 returning id, x) select id, x from moved
--> id: u.id
--> x: u.x
--| rows: u.a
--: unprepared a delete is prepared, yet why would one

--# lateral join of values
--: in postgres duckdb
select t.id, m.v, m.label from t cross join lateral (values (t.a, 'a'), (t.b, 'b')) as m(v, label)
--> id: t.id
--> v: t.a t.b
--> label:

--# recursion over a graph with a path
--: in postgres duckdb
with recursive walk(id, target, hops, trail) as (
    select t.id, t.a, 0, t.s from t
    union all
    select walk.id, u.x, walk.hops + 1, walk.trail || u.s from walk join u on u.id = walk.target where walk.hops < 2
)
select id, target, trail from walk
--> id: t.id
--> target: t.a u.x
--> trail: t.s u.s
--| rows: u.id t.a u.x

--# recursion that swaps columns
--: in duckdb postgres
with recursive sw(p, q, n) as (select a, b, 0 from t union all select q, p, n + 1 from sw where n < 1) select p, q from sw
--> p: t.a t.b
--> q: t.b t.a

--# mutual renames in a chain of three
--: in duckdb postgres snowflake bigquery databricks redshift trino
with a as (select a as b, b as a from t), b as (select a as b, b as a from a) select a, b from b
--> a: t.a
--> b: t.b

--# order by an aggregate and an expression over an alias
--: in duckdb postgres snowflake
select s, sum(a) as total from t group by s order by count(b), total desc
--> s: t.s
--> total: t.a
--| rows: t.s t.b t.a

--# group by an ordinal of a case
--: in duckdb postgres
select case when a > 3 then s else 'low' end as bucket, avg(b) as m from t group by 1 having count(distinct d) > 1 order by 1
--> bucket: t.a t.s
--> m: t.b
--| rows: t.a t.s t.d

--# distinct on with expressions
--: in duckdb postgres
select distinct on (lower(s)) s, a from t order by lower(s), d desc nulls last
--> s: t.s
--> a: t.a
--| rows: t.s t.d

--# a subquery without an alias
--: in duckdb
select total from (select a + b as total from t)
--> total: t.a t.b

--# two derived tables with one column name
--: in duckdb postgres snowflake
select l.n + r.n as both_n, l.n from (select a as n from t) l cross join (select x as n from u) r
--> both_n: t.a u.x
--> n: t.a

--# column of the second table hidden by nothing
--: in duckdb postgres snowflake bigquery databricks redshift trino
select x, y, t.id from t left join u on u.id = t.id left join v on v.id = u.id
--> x: u.x
--> y: v.y
--> id: t.id
--| rows: t.id u.id v.id

--# filter over an aggregate with a subquery
--: in duckdb postgres
select count(a) filter (where b > (select min(x) from u)) as n from t
--> n: t.a t.b u.x

--# values in a CTE joined by position of names
--: in duckdb postgres
with labels(code, label) as (values ('a', 'Alpha'), ('b', 'Beta')) select t.id, labels.label, coalesce(labels.label, t.s) as shown from t left join labels on labels.code = t.s
--> id: t.id
--> label:
--> shown: t.s
--| rows: t.s

--# grouping sets with a coalesced label
--: in duckdb postgres
select coalesce(s, 'all') as label, a, sum(b) as n from t group by grouping sets ((s, a), (s), ())
--> label: t.s
--> a: t.a
--> n: t.b
--| rows: t.s t.a

--# arg_max by two keys
--: in duckdb
select s, arg_max(a, d) as last_a, max_by(b, id) as last_b, min(a) filter (b > 2) as low from t group by s
--> s: t.s
--> last_a: t.a t.d
--> last_b: t.b t.id
--> low: t.a t.b
--| rows: t.s

--# table and column of one name, struct or table
--: in duckdb
--: table a(a struct(a int, b int), b int)
select a.a.b as inner_b, a.b as outer_b, a.a as whole from a
--> inner_b: a.a
--> outer_b: a.b
--> whole: a.a

--# insert from a CTE over itself
--: in duckdb postgres
--: data no nothing comes back
insert into u (id, x) with n as (select id, a * 2 as x from t) select id, x from n where id not in (select id from u)
--> id: t.id
--> x: t.a
--| rows: t.id u.id
