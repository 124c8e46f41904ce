--: table t(id int, a int, b int, s text, d timestamp, doc text, arr text)
--: table u(id int, a int, x int, s text, d timestamp)
--: table month(day int, week int, id int)

--# unquoted date parts as arguments
--: in snowflake
select date_trunc(month, t.d) as m, last_day(t.d, week) as w, timestampdiff(day, t.d, u.d) as gap, day from t join u on t.id = u.id join month on month.id = t.id
--> m: t.d
--> w: t.d
--> gap: t.d u.d
--> day: month.day
--| rows: t.id u.id month.id

--# iff, nvl2, decode, zeroifnull
--: in snowflake
select iff(a > 1, b, 0) as i, nvl2(s, a, b) as n, decode(s, 'x', a, b) as dc, zeroifnull(a) as z, ifnull(a, b) as f from t
--> i: t.a t.b
--> n: t.s t.a t.b
--> dc: t.s t.a t.b
--> z: t.a
--> f: t.a t.b

--# paths with quotes, casts and brackets
--: in snowflake
select doc:"Key With Space"::string as k, t.doc:a.b[0]."c"::number as c, doc['id']::int as i, parse_json(s):id as p from t
--> k: t.doc
--> c: t.doc
--> i: t.doc
--> p: t.s

--# path behind a lateral alias
--: in snowflake
select parse_json(doc) as j, j:id::int as jid, j:items[0].a as first_a from t
--> j: t.doc
--> jid: t.doc
--> first_a: t.doc

--# star exclude and rename with a window, qualified
--: in snowflake
select * exclude (doc, arr) rename (a as alpha), row_number() over (partition by s order by d desc) as rn from t qualify rn = 1
--> id: t.id
--> alpha: t.a
--> b: t.b
--> s: t.s
--> d: t.d
--> rn: | t.s t.d
--| rows: t.s t.d

--# flatten of an object, key and path
--: in snowflake
select t.id, f.key, f.value:amount::number as amount, f.path from t, table(flatten(input => parse_json(t.doc):lines, outer => true)) as f
--> id: t.id
--> key: t.doc
--> amount: t.doc
--> path: t.doc
--| may rows: t.doc

--# flatten in a CTE, grouped outside
--: in snowflake
with lines as (select id, f.value:sku::string as sku, f.value:qty::int as qty from t, lateral flatten(input => doc:lines) f)
select sku, sum(qty) as qty, count(distinct id) as orders, listagg(distinct id, ',') within group (order by id) as ids from lines group by sku
--> sku: t.doc
--> qty: t.doc
--> orders: t.id
--> ids: t.id
--| rows: t.doc

--# connect by
--: in snowflake
select id, s, level as depth, sys_connect_by_path(s, '/') as path from t start with a is null connect by a = prior id
--> id: t.id
--> s: t.s
--> depth:
--> path: t.s
--| rows: t.a t.id
--: may warn

--# asof join with its match condition
--: in snowflake
select t.id, u.x from t asof join u match_condition (t.d >= u.d) on t.id = u.id
--> id: t.id
--> x: u.x
--| rows: t.d u.d t.id u.id

--# pivot over whatever comes
--: in snowflake
select * from (select id, s, a from t) pivot (sum(a) for s in (any order by s))
--> id: t.id
--| may rows: t.id t.s
--| incomplete

--# values of positional columns
--: in snowflake
select v.$1 as code, v.$2 as label, t.a from (values ('a', 'b')) as v join t on t.s = v.$1
--> code:
--> label:
--> a: t.a
--| rows: t.s
--: may warn

--# table function generator and sequence
--: in snowflake
select dateadd(day, row_number() over (order by seq4()) - 1, '2024-01-01'::date) as day_date from table(generator(rowcount => 30))
--> day_date:

--# ratio to report and conditional change event
--: in snowflake
select a, ratio_to_report(a) over (partition by s) as share, conditional_change_event(a) over (partition by s order by d) as islands from t
--> a: t.a
--> share: t.a | t.s
--> islands: t.a | t.s t.d

--# ilike any and a string with a dollar
--: in snowflake
select id from t where s ilike any ('%a%', '%b%') and s <> $$it's t.a$$
--> id: t.id
--| rows: t.s

--# group by all with an alias and a window
--: in snowflake
select to_date(d) as day_of, s, count(*) as n, sum(count(*)) over (partition by s order by day_of) as running from t group by all
--> day_of: t.d
--> s: t.s
--> n:
--> running: | t.s t.d
--| rows: t.d t.s

--# lateral alias hidden by a column of a joined table
--: in snowflake redshift
select t.b as x, x + 1 as y from t join u on t.id = u.id
--> x: t.b
--> y: u.x
--| rows: t.id u.id

--# array of structs through a subquery
--: in bigquery
select id, array(select as struct i.sku, i.qty * 2 as qty from unnest(arr) as i where i.qty > 0) as items from t
--> id: t.id
--> items: t.arr
--| may rows: t.arr

--# path of an array in from
--: in bigquery
select t.id, i.sku from t, t.arr as i
--> id: t.id
--> sku: t.arr
--| reads: t
--| may rows: t.arr

--# left join of an unnest
--: in bigquery
select t.id, i as item from t left join unnest(t.arr) as i
--> id: t.id
--> item: t.arr
--| may rows: t.arr

--# constant arrays and date arrays
--: in bigquery
select n, day, t.a from unnest([1, 2, 3]) as n cross join unnest(generate_date_array('2024-01-01', '2024-02-01', interval 1 day)) as day cross join t
--> n:
--> day:
--> a: t.a

--# week parts, safe functions and casts
--: in bigquery
select date_trunc(d, week(monday)) as w, safe.parse_date('%Y', s) as y, safe_cast(s as int64) as n, format_date('%b', date(d)) as m, date_diff(current_date(), date(d), month) as age from t
--> w: t.d
--> y: t.s
--> n: t.s
--> m: t.d
--> age: t.d

--# select as struct and as value
--: in bigquery
select s.a, s.total from (select as struct a, a + b as total from t) as s
--> a: t.a
--> total: t.a t.b

--# latest row by array_agg of structs
--: in bigquery
select s, array_agg(struct(a, d) order by d desc limit 1)[offset(0)].a as last_a from t group by s
--> s: t.s
--> last_a: t.a | t.d
--| rows: t.s
--: may column t.d

--# quantiles and conditional counts
--: in bigquery
select s, approx_quantiles(a, 100)[offset(50)] as median, count(distinct if(b > 1, id, null)) as n, logical_or(a > b) as any_larger, sum(if(s = 'x', a, 0)) as xs from t group by s
--> s: t.s
--> median: t.a
--> n: t.b t.id
--> any_larger: t.a t.b
--> xs: t.s t.a
--| rows: t.s

--# wildcard table and its suffix
--: in bigquery
--: table `proj.logs.events_*`(id int, name text)
select id, name, _table_suffix as day from `proj.logs.events_*` where _table_suffix between '20240101' and '20240131'
--> id: `proj.logs.events_*`.id
--> name: `proj.logs.events_*`.name
--> day: ?
--: may column `proj.logs.events_*`._table_suffix
--| may rows: `proj.logs.events_*`._table_suffix
--: may warn

--# pipe syntax
--: in bigquery
from t |> where a > 1 |> aggregate sum(b) as total group by s |> select s, total
--> s: t.s
--> total: t.b
--| rows: t.a t.s

--# unnest with a column of the same name in the table
--: in bigquery
select t.s, arr from t, unnest(arr) as arr
--> s: t.s
--> arr: t.arr
--| may rows: t.arr

--# unnest in exists
--: in bigquery
select id from t where exists (select 1 from unnest(arr) as e where e.key = 'x')
--> id: t.id
--| rows: t.arr

--# in unnest
--: in bigquery
select id, 'x' in unnest(arr) as has_x from t where b in unnest([1, 2])
--> id: t.id
--> has_x: t.arr
--| rows: t.b

--# unpivot of groups
--: in bigquery
select * from (select id, a, b from t) unpivot (val for nam in (a as 'A', b as 'B'))
--> id: t.id
--> val: t.a t.b
--> nam:
--| may rows: t.a t.b

--# inline of structs
--: in databricks
select id, x.sku, qty from t lateral view inline(arr) x as sku, qty
--> id: t.id
--> sku: t.arr
--> qty: t.arr
--| may rows: t.arr

--# from_json and its field
--: in databricks
select id, from_json(doc, 'a int, b string').a as da, j.b from (select id, doc, from_json(s, 'b int') as j from t)
--> id: t.id
--> da: t.doc
--> b: t.s

--# map access and transform of values
--: in databricks
select arr['k'] as k, transform_values(arr, (k, b) -> b + a) as tv, map_filter(arr, (s, v) -> v > 1) as mf, element_at(arr, id) as e from t
--> k: t.arr
--> tv: t.arr t.a
--> mf: t.arr
--> e: t.arr t.id

--# first and last ignoring nulls
--: in databricks
select first(a, true) as f, last(b) ignore nulls over (partition by s order by d) as l, percentile(a, 0.5) as p, try_cast(s as int) as n from t
--> f: t.a
--> l: t.b | t.s t.d
--> p: t.a
--> n: t.s

--# explode in a subquery with a star
--: in databricks
select id, item.sku from (select id, explode(arr) as item from t) where item.qty > 1
--> id: t.id
--> sku: t.arr
--| rows: t.arr

--# lateral join of explode as a table function
--: in databricks
select t.id, e.col as item from t, lateral explode(t.arr) as e
--> id: t.id
--> item: t.arr
--| may rows: t.arr

--# colon path with casts in a where
--: in databricks
select doc:a.b::int as ab, doc:items[*].sku as skus from t where doc:kind::string = 'x'
--> ab: t.doc
--> skus: t.doc
--| rows: t.doc

--# star except in a join with using
--: in databricks
select t.* except (doc, arr, d), u.x from t join u using (id)
--> id: t.id
--> a: t.a
--> b: t.b
--> s: t.s
--> x: u.x
--| rows: t.id u.id

--# merge of date functions with words
--: in databricks
select date_trunc('MONTH', d) as m, datediff(DAY, t.d, current_date()) as age, date_add(d, a) as later, months_between(d, '2024-01-01') as mb from t
--> m: t.d
--> age: t.d
--> later: t.d t.a
--> mb: t.d

--# top and nvl
--: in redshift
select top 10 id, nvl(a, b) as n, decode(s, 'x', 1, 'y', a) as dc, isnull(b, 0) as i from t order by d desc
--> id: t.id
--> n: t.a t.b
--> dc: t.s t.a
--> i: t.b
--| rows: t.d

--# approximate count and median
--: in redshift
select s, approximate count(distinct a) as n, median(b) as m, listagg(distinct s, ', ') within group (order by s) as l from t group by s
--> s: t.s
--> n: t.a
--> m: t.b
--> l: t.s
--| rows: t.s

--# convert_timezone and date parts as names of columns
--: in redshift
select convert_timezone('UTC', 'CET', t.d) as local_d, datediff(week, t.d, u.d) as weeks, week from t join u on t.id = u.id cross join month
--> local_d: t.d
--> weeks: t.d u.d
--> week: month.week
--| rows: t.id u.id

--# unpivot of an object
--: in redshift
select t.id, k, v from t, unpivot t.doc as v at k
--> id: t.id
--> k: ?
--> v: t.doc
--: may column t.doc
--| may rows: t.doc
--: may warn

--# late binding of quoted names
--: in redshift
select "id", "A" + 1 as a1 from "t" where "S" = 'x'
--> id: t.id
--> a1: t.a
--| rows: t.s

--# match, any_match and lambdas
--: in trino
select any_match(arr, a -> a > b) as am, filter(arr, x -> x <> s) as f, zip_with(arr, arr, (s, d) -> s) as z from t
--> am: t.arr t.b
--> f: t.arr t.s
--> z: t.arr

--# unnest of a map
--: in trino
select t.id, m.k, m.val from t cross join unnest(t.doc) as m(k, val)
--> id: t.id
--> k: t.doc
--> val: t.doc
--| may rows: t.doc

--# row constructors and their fields
--: in trino
select cast(row(a, s) as row(x integer, y varchar)).y as y, row(a, b) as r from t
--> y: t.s
--> r: t.a t.b
--: may column t.a

--# ordered aggregates and max_by
--: in trino
select s, array_agg(a order by d desc) as l, max_by(a, d) as last_a, map_agg(s, b) as m, approx_percentile(a, 0.5) as p, count(*) filter (where a > 1) as n from t group by s
--> s: t.s
--> l: t.a | t.d
--> last_a: t.a t.d
--> m: t.s t.b
--> p: t.a
--> n: t.a
--| rows: t.s

--# date_diff, at_timezone and interval
--: in trino
select date_diff('day', t.d, u.d) as gap, at_timezone(t.d, 'UTC') as z, t.d at time zone 'UTC' as z2, date_add('month', 1, t.d) as later, try(t.a / t.b) as q from t join u on t.id = u.id
--> gap: t.d u.d
--> z: t.d
--> z2: t.d
--> later: t.d
--> q: t.a t.b
--| rows: t.id u.id

--# lateral in Trino
--: in trino
select t.id, z.m from t cross join lateral (select max(u.x) as m from u where u.id = t.id) as z
--> id: t.id
--> m: u.x
--| rows: u.id t.id

--# sequence in Trino
--: in trino
select t.id, n from t cross join unnest(sequence(1, t.a)) as s(n)
--> id: t.id
--> n: t.a
--| may rows: t.a

--# json functions of three dialects
--: in snowflake bigquery databricks
select json_extract_path_text(doc, 'a') as x, t.id from t
--> x: t.doc
--> id: t.id

--# four-way conditional functions
--: in snowflake bigquery databricks redshift trino
select nullif(a, b) as n, greatest(a, b) as g, coalesce(s, 'x') as c, case s when 'k' then a else b end as w from t
--> n: t.a t.b
--> g: t.a t.b
--> c: t.s
--> w: t.s t.a t.b
