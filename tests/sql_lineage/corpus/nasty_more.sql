--: table t(id int, a int, b int, s text, d timestamp, doc text, arr text)
--: table u(id int, a int, x int, s text, d timestamp)
--: table v(id int, y int, w text)
--: table raw.items(id int, sku text, price int, tax int, qty int)

--# star over a star over a join with using
--: in duckdb postgres
with j as (select * from (select id, a, s from t) as l join (select id, x from u) as r using (id)), k as (select *, a + x as total from j)
select * from k
--> id: t.id
--> a: t.a
--> s: t.s
--> x: u.x
--> total: t.a u.x
--| rows: t.id u.id

--# replaced columns used further on
--: in duckdb snowflake bigquery
with r as (select * replace (price * qty as price) from raw.items) select id, price - tax as net from r
--> id: raw.items.id
--> net: raw.items.price raw.items.qty raw.items.tax

--# excluded and made anew
--: in duckdb snowflake
with r as (select * exclude (price), price / 100.0 as price from raw.items) select * exclude (sku) from r where sku is not null
--> id: raw.items.id
--> tax: raw.items.tax
--> qty: raw.items.qty
--> price: raw.items.price
--| rows: raw.items.sku

--# excluded and made anew over an unknown table
--: in duckdb snowflake
--: knows none
with r as (select * exclude (price), qty / 100.0 as price from raw.items) select id, price from r
--> id: raw.items.id
--> price: raw.items.qty

--# a column computed beside the star of an unknown table
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
with r as (select *, price * qty as gross from raw.items) select sku, gross from r
--> sku: raw.items.sku
--> gross: raw.items.price raw.items.qty
--: may column raw.items.gross
--: may warn

--# a column that hides one of the star of an unknown table
--: in bigquery databricks
--: knows none
with r as (select * except (price), tax as price from raw.items) select sku, price from r
--> sku: raw.items.sku
--> price: raw.items.tax

--# join of two unknown stars, outer columns not qualified
--: in duckdb postgres snowflake
--: knows none
with j as (select t.*, u.x from t left join u on u.id = t.id) select id, x from j
--> id: t.id
--> x: u.x ?
--| rows: t.id u.id
--: may column t.x
--: may warn

--# unknown star of a join keeps nothing certain
--: in duckdb postgres snowflake
--: knows none
with j as (select * from t left join u on u.id = t.id) select x from j
--> x: ?
--| rows: t.id u.id

--# schema tells which of two tables an unqualified column is of
--: in duckdb postgres snowflake bigquery databricks redshift trino
with j as (select t.id, doc, x, y from t left join u on u.id = t.id left join v on v.id = t.id where w = 'k')
select id, doc, x + y as xy from j
--> id: t.id
--> doc: t.doc
--> xy: u.x v.y
--| rows: t.id u.id v.id v.w

--# subquery that sees the alias of the outer table, not the table
--: in duckdb postgres snowflake bigquery databricks redshift trino
select o.a, (select count(*) from u where u.id = o.id and u.s = o.s) as n from t as o
--> a: t.a
--> n: | u.id t.id u.s t.s

--# exists that reads only outer columns
--: in duckdb postgres snowflake
select t.a from t where exists (select 1 from v where t.b > 3)
--> a: t.a
--| rows: t.b
--| reads: v

--# select of a constant from a table with a filter
--: in duckdb postgres snowflake bigquery databricks redshift trino
select 1 as one from t where a > 3
--> one:
--| rows: t.a

--# column of a CTE that is a constant
--: in duckdb postgres snowflake bigquery databricks redshift trino
with c as (select id, 'web' as channel, a from t) select channel, count(*) as n, sum(a) as total from c where channel = 'web' group by channel
--> channel:
--> n:
--> total: t.a

--# union with constants and swapped names in a CTE, filtered by the constant
--: in duckdb postgres snowflake bigquery databricks redshift trino
with e as (
    select id, 'order' as kind, a as value, d as happened_at from t
    union all
    select id, s, x, d from u
    union all
    select id, w, null, null from v
)
select kind, sum(value) as total, max(happened_at) as last_at from e where kind <> 'test' group by kind
--> kind: u.s v.w
--> total: t.a u.x
--> last_at: t.d u.d
--| rows: u.s v.w

--# coalesce of three sources in a chain of left joins
--: in duckdb postgres snowflake bigquery databricks redshift trino
select t.id, coalesce(u.x, v.y, t.a) as best, case when u.id is null and v.id is null then 'none' when u.id is null then 'v' else 'u' end as origin
from t left join u on u.id = t.id left join v on v.id = t.id
--> id: t.id
--> best: u.x v.y t.a
--> origin: u.id v.id
--| rows: t.id u.id v.id

--# window over a column made by a window in a CTE
--: in duckdb postgres snowflake bigquery databricks redshift trino
with one as (select id, s, a, lag(a) over (partition by s order by d) as before from t),
two as (select id, s, a - before as change, case when a > before then 1 else 0 end as is_up from one)
select id, sum(is_up) over (partition by s order by id) as ups, max(change) over (partition by s) as largest from two
--> id: t.id
--> ups: t.a | t.s t.d t.id
--> largest: t.a | t.s t.d

--# deduplicated by row number, then joined to itself
--: in duckdb postgres snowflake bigquery databricks redshift trino
with r as (select u.*, row_number() over (partition by id order by d desc) as rn from u), latest as (select * from r where rn = 1)
select t.id, latest.x, latest.rn from t left join latest on latest.id = t.id
--> id: t.id
--> x: u.x
--> rn: | u.id u.d
--| rows: t.id u.id u.d

--# percent of total by a cross join
--: in duckdb postgres snowflake bigquery databricks redshift trino
with total as (select sum(a) as all_a from t) select t.s, sum(t.a) as part, sum(t.a) / max(total.all_a) as share from t cross join total group by t.s
--> s: t.s
--> part: t.a
--> share: t.a
--| rows: t.s

--# same expression twice under two names, one of them a column
--: in duckdb postgres snowflake
select upper(s) as a, upper(s) as s, a as s2 from t
--> a: t.s
--> s: t.s
--> s2: t.a

--# lateral alias of an alias that is a column of the same table
--: in snowflake redshift databricks duckdb
select a + 1 as b, b + 1 as c, c + 1 as e from t
--> b: t.a
--> c: t.b
--> e: t.b

--# alias in group by that is a column too takes the column
--: in snowflake postgres
select date_trunc('month', d) as d, sum(a) as total from t group by d
--> d: t.d
--> total: t.a
--| rows: t.d

--# not exists and in and scalar together
--: in duckdb postgres snowflake bigquery databricks redshift trino
select t.s from t
where not exists (select 1 from u where u.id = t.id and u.x > 1)
  and t.a in (select y from v where w is not null)
  and t.b >= (select min(price) from raw.items where qty > 0)
--> s: t.s
--| rows: u.id t.id u.x t.a v.y v.w t.b raw.items.price raw.items.qty

--# outer star over a CTE with everything
--: in duckdb postgres snowflake bigquery databricks redshift trino
with final as (
    select t.id, u.x as x1, count(*) as n, max(v.y) as y1, 'k' as k
    from t join u on u.id = t.id left join v on v.id = t.id
    group by t.id, u.x
)
select * from final order by n desc
--> id: t.id
--> x1: u.x
--> n:
--> y1: v.y
--> k:
--| rows: t.id u.id v.id u.x

--# nested struct star
--: in bigquery
--: table ev(id int64, device struct<category string, os struct<name string, version string>>)
select id, device.*, device.os.name as os_name, device.os.* from ev
--> id: ev.id
--> category: ev.device
--> os: ev.device
--> os_name: ev.device
--> name: ev.device
--> version: ev.device

--# struct named like its table
--: in bigquery
--: table device(id int64, device struct<category string>)
select device.device.category as c1, device.id from device
--> c1: device.device
--> id: device.id

--# struct of an unknown table
--: in bigquery databricks
--: knows none
select user.name as n, t.a, t.doc.x as dx from t
--> n: t.user
--> a: t.a
--> dx: t.doc

--# field of a struct of one of two unknown tables
--: in bigquery databricks
--: knows none
select t.doc.x as dx, info.name as n from t join u on u.id = t.id
--> dx: t.doc
--> n: ?
--| rows: t.id u.id

--# pivot joined on
--: in snowflake
select p.id, p.jan, v.y from (select id, s, a from t) pivot (sum(a) for s in ('jan', 'feb')) as p (id, jan, feb) join v on v.id = p.id
--> id: t.id
--> jan: t.a | t.s
--> y: v.y
--| rows: t.id v.id
--| may rows: t.s

--# unpivot with everything around
--: in snowflake databricks
with long as (select id, metric, val from (select id, price, tax, qty from raw.items) unpivot (val for metric in (price, tax)))
select metric, sum(val) as total, count(distinct id) as n from long where val > 0 group by metric
--> metric:
--> total: raw.items.price raw.items.tax
--> n: raw.items.id
--| rows: raw.items.price raw.items.tax

--# quoted alias with other case, used unquoted
--: in snowflake
select "LOWER" + 1 as z from (select a as lower from t)
--> z: t.a

--# quoted lower-case alias is another name in Snowflake
--: in snowflake
select "low", LOW2 from (select a as "low", b as low2 from t)
--> "low": t.a
--> low2: t.b

--# quoted alias in PostgreSQL
--: in postgres
select q."Total", q.total from (select a as "Total", b as total from t) as q
--> "Total": t.a
--> total: t.b

--# time travel
--: in snowflake
select a, s from t at (timestamp => '2024-01-01'::timestamp) where b > 1
--> a: t.a
--> s: t.s
--| rows: t.b

--# version of a table
--: in bigquery
select a, s from t for system_time as of timestamp_sub(current_timestamp(), interval 1 hour) where b > 1
--> a: t.a
--> s: t.s
--| rows: t.b

--# final clause words as aliases
--: in duckdb postgres snowflake bigquery databricks redshift trino
with source as (select id, a from t), final as (select source.id, source.a as value from source) select final.id, final.value from final
--> id: t.id
--> value: t.a

--# merge
--: in snowflake postgres databricks
--: unprepared a merge is not for this test
--: data no nothing comes back
merge into v using (select id, x * 2 as x2, s from u where a > 1) as src on v.id = src.id
when matched then update set y = src.x2, w = src.s
when not matched then insert (id, y, w) values (src.id, src.x2, 'new')
--> y: u.x
--> w: u.s
--> id: u.id
--| rows: v.id u.id u.a
