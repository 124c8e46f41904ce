--# dedupe macro over an unknown table in a CTE
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with deduped as (select unique.* from (select array_agg(original order by updated_at desc limit 1)[offset(0)] unique from ds.src original group by id)) select id, lower(email) as email from deduped
--> "id": identity ds.src.id
--> "email": transformation ds.src.email
--| rows: group_by ds.src.id

--# latest row by array_agg of row struct then field star
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select latest.* except (op) from (select array_agg(t order by t.ts desc limit 1)[safe_ordinal(1)] as latest from ds.cdc as t group by t.id)
--| rows: group_by ds.cdc.id
--| incomplete

--# nested CTE aliases equal column names and sum of sums
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with o as (select customer_id, amount as o from db.s.orders), s as (select customer_id, sum(o) as o, count(*) as n from o group by customer_id) select s.customer_id, s.o / nullif(s.n, 0) as avg_o from s
--> "CUSTOMER_ID": identity DB.S.ORDERS.CUSTOMER_ID
--> "AVG_O": aggregation DB.S.ORDERS.AMOUNT
--| rows: group_by DB.S.ORDERS.CUSTOMER_ID

--# incremental merge predicate with max in CTE and date spine cross join
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with bounds as (select coalesce(max(loaded_at), '2000-01-01'::timestamp) as mx from db.marts.fct), src as (select e.* from db.raw.events e cross join bounds b where e.loaded_at > b.mx)
select event_id, lower(type) as type, loaded_at from src qualify row_number() over (partition by event_id order by loaded_at desc) = 1
--> "EVENT_ID": identity DB.RAW.EVENTS.EVENT_ID
--> "TYPE": transformation DB.RAW.EVENTS.TYPE
--> "LOADED_AT": identity DB.RAW.EVENTS.LOADED_AT
--| rows: filter DB.MARTS.FCT.LOADED_AT DB.RAW.EVENTS.EVENT_ID DB.RAW.EVENTS.LOADED_AT

--# union of unequal aliases then pivot by case mixed quoting
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select "Acct" as acct, max(decode(k, 'a', v)) as a, max(case k when 'b' then v end) as b from (select acct, 'a' as k, x as v from s.one union all select acct2, 'b', y from s.two) group by 1
--> "acct": identity s.one.acct s.two.acct2
--> "a": aggregation s.one.x s.two.y
--> "b": aggregation s.one.x s.two.y
--| rows: group_by s.one.acct s.two.acct2

--# struct columns through star and rename
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
with a as (select id, struct(first_name as first, last_name as last) as name, payload from c.s.p), b as (select *, name.first || ' ' || name.last as full_name from a)
select id, name.last as surname, full_name, payload.address.city, b.payload.zip as zip from b
--> "id": identity c.s.p.id
--> "surname": identity c.s.p.last_name
--> "full_name": transformation c.s.p.first_name c.s.p.last_name
--> "city": transformation c.s.p.payload
--> "zip": transformation c.s.p.payload

--# transform of struct array then explode
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select o.id, e.sku, e.total from (select id, explode(transform(items, i -> struct(i.sku as sku, i.qty * i.price as total))) as e from c.s.orders) o
--> "id": identity c.s.orders.id
--> "sku": transformation c.s.orders.items
--> "total": transformation c.s.orders.items

--# explode in select without alias names and posexplode multi alias
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, posexplode(tags) as (p, tag), explode(m) as (k, v) from c.s.t
--> "id": identity c.s.t.id
--> "p":
--> "tag": transformation c.s.t.tags
--> "k": transformation c.s.t.m
--> "v": transformation c.s.t.m

--# unnest in select list with alias and list_zip generate
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, unnest(tags) as tag, unnest(range(n)) as i, len(tags) as c from main.t
--> "id": identity main.t.id
--> "tag": transformation main.t.tags
--> "i": transformation main.t.n
--> "c": transformation main.t.tags

--# from unnest lateral with struct fields
--: in duckdb
--: table main.o(id text, lines STRUCT(sku VARCHAR, qty INT)[])
--: data no the statement stands alone
--: unprepared the statement stands alone
select o.id, l.sku, l.qty from main.o o, unnest(o.lines) as u(l)
--> "id": identity main.o.id
--> "sku": transformation main.o.lines
--> "qty": transformation main.o.lines

--# try_cast strptime regexp ifnull switch on struct of CTE
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
with p as (select {'d': try_strptime(raw_date, '%Y'), 'k': kind} as s from main.raw) select s.d as d, if(s.k = 'x', 1, 0) as x, s.d::date as dd from p
--> "d": transformation main.raw.raw_date
--> "x": conditional main.raw.kind
--> "dd": transformation main.raw.raw_date

--# summarize over group by all having alias and order by all
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select a.region as r, sum(a.v) as total, count(distinct a.u) filter (a.ok) as u from main.a group by all having total > 10 order by all
--> "r": identity main.a.region
--> "total": aggregation main.a.v
--> "u": conditional main.a.ok aggregation main.a.u
--| rows: filter main.a.v group_by main.a.region sort main.a.ok main.a.region main.a.u main.a.v

--# cte used twice with self join and aggregates of differences
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with d as (select user_id, date(ts) as d, count(*) as n, sum(v) as v from s.e group by 1, 2) select a.user_id, a.d, a.v - coalesce(b.v, 0) as delta, a.n - b.n as dn from d a left join d b on a.user_id = b.user_id and b.d = a.d - 1
--> "user_id": identity s.e.user_id
--> "d": transformation s.e.ts
--> "delta": aggregation s.e.v
--> "dn":
--| rows: join s.e.ts s.e.user_id group_by s.e.ts s.e.user_id

--# exists correlated with unqualified outer column known
--: in postgres
--: table s.c(id text, region text)
--: table s.o(cid text, amt text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, region, (select sum(amt) from s.o where cid = id) as total, (select count(*) from s.o where o.cid = c.id and amt > 5) as n from s.c
--> "id": identity s.c.id
--> "region": identity s.c.region
--> "total": aggregation s.o.amt | filter s.c.id s.o.cid
--> "n":  | filter s.c.id s.o.amt s.o.cid

--# unqualified names in scalar subquery of unknown tables
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select c.id, (select max(amount) from s.o where o.cid = c.id) as mx, (select status from s.o where cid = c.id order by created_at desc limit 1) as last_status from s.c as c
--> "id": identity s.c.id
--> "mx": aggregation s.o.amount | filter s.c.id s.o.cid
--> "last_status": identity s.o.status | filter s.c.id s.o.cid sort s.o.created_at

--# crosstab by filter and json_object_agg
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.id, max(t.v) filter (where t.k = 'a') as a, json_object_agg(t.k, t.v order by t.p) as j, array_agg(distinct t.z) as zs from s.t group by t.id
--> "id": identity s.t.id
--> "a": conditional s.t.k aggregation s.t.v
--> "j": aggregation s.t.k s.t.v | sort s.t.p
--> "zs": aggregation s.t.z
--| rows: group_by s.t.id

--# range join to scd with overlaps and tstzrange
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select f.id, d.name, tstzrange(d.vf, d.vt) @> f.at as ok from s.f join s.d on d.k = f.k and (d.vf, d.vt) overlaps (f.at, f.at)
--> "id": identity s.f.id
--> "name": identity s.d.name
--> "ok": transformation s.d.vf s.d.vt s.f.at
--| rows: join s.d.k s.d.vf s.d.vt s.f.at s.f.k

--# nested with in subquery and cross join values
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
with x as (select a.id, v.k, v.w from hive.s.a cross join (values ('p', 1), ('q', 2)) as v (k, w)) select id, k, sum(w) as w from (with y as (select * from x where k <> 'q') select * from y) group by id, k
--> "id": identity hive.s.a.id
--> "k":
--> "w":
--| rows: group_by hive.s.a.id

--# array_agg of rows then field by position and name
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
with g as (select uid, array_agg(cast(row(ts, page) as row(at timestamp, pg varchar)) order by ts) as steps from hive.s.h group by uid) select uid, steps[1].pg as first_page, element_at(steps, -1).at as last_at, cardinality(steps) as n from g
--> "uid": identity hive.s.h.uid
--> "first_page": identity hive.s.h.page
--> "last_at": identity hive.s.h.ts
--> "n": aggregation hive.s.h.page hive.s.h.ts | sort hive.s.h.ts
--| rows: group_by hive.s.h.uid

--# array_agg of objects then flatten to fields
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with g as (select cust, array_agg(object_construct('sku', sku, 'qty', qty)) as items from db.s.l group by cust) select g.cust, f.value:sku::string as sku, f.value:qty::int as qty from g, lateral flatten(input => g.items) f
--> "CUST": identity DB.S.L.CUST
--> "SKU": transformation DB.S.L.SKU
--> "QTY": transformation DB.S.L.QTY
--| rows: group_by DB.S.L.CUST

--# parse_json once paths later through CTE stars
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with r as (select parse_json(body) as j, meta from db.raw.m), s as (select r.*, j:a.b[0].c::string as c from r) select c, j:x as x, meta:y as y, s.j['z'] as z from s
--> "C": transformation DB.RAW.M.BODY
--> "X": transformation DB.RAW.M.BODY
--> "Y": transformation DB.RAW.M.META
--> "Z": transformation DB.RAW.M.BODY

--# coalesce of left joined unions with is distinct from
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with a as (select id, v, 'a' as src from db.s.a union select id, v, src from db.s.b) select coalesce(a.id, c.id) as id, a.v is distinct from c.v as changed, a.src from a full outer join db.s.c as c on a.id = c.id where not equal_null(a.v, c.v)
--> "ID": conditional DB.S.A.ID DB.S.B.ID DB.S.C.ID
--> "CHANGED": transformation DB.S.A.V DB.S.B.V DB.S.C.V
--> "SRC": identity DB.S.B.SRC
--| rows: join DB.S.A.ID DB.S.B.ID DB.S.C.ID filter DB.S.A.V DB.S.B.V DB.S.C.V

--# unpivot include nulls over subquery and date parts
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, to_char(dateadd('month', n, start_d), 'YYYY-MM') as ym, amt from (select id, start_d, m0, m1 from db.s.plan) unpivot include nulls (amt for n in (m0, m1))
--> "ID": identity DB.S.PLAN.ID
--> "YM": transformation DB.S.PLAN.START_D
--> "AMT": transformation DB.S.PLAN.M0 DB.S.PLAN.M1

--# lateral alias chain without schema in final CTE
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select price * qty as gross, gross * tax_rate as tax, gross + tax as total, total > 100 as is_big from db.s.lines
--> "GROSS": transformation DB.S.LINES.PRICE DB.S.LINES.QTY
--> "TAX": transformation DB.S.LINES.PRICE DB.S.LINES.QTY DB.S.LINES.TAX_RATE
--> "TOTAL": transformation DB.S.LINES.PRICE DB.S.LINES.QTY DB.S.LINES.TAX_RATE
--> "IS_BIG": transformation DB.S.LINES.PRICE DB.S.LINES.QTY DB.S.LINES.TAX_RATE

--# lateral alias rename then aggregate window unknown table
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select coalesce(a, b) as ab, sum(ab) over (partition by c) as s from s.t
--> "ab": conditional s.t.a s.t.b
--> "s": aggregation s.t.a s.t.b | window s.t.c

--# nested arrays of structs double unnest with aliases and joins
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select o.order_id, li.product.id as product_id, d.code, d.amount / li.qty as per_unit, p.name from shop.orders o, o.line_items li left join unnest(li.discounts) d left join shop.products p on p.id = li.product.id
--> "order_id": identity shop.orders.order_id
--> "product_id": transformation shop.orders.line_items
--> "code": transformation shop.orders.line_items
--> "per_unit": transformation shop.orders.line_items
--> "name": identity shop.products.name
--| rows: join shop.orders.line_items shop.products.id

--# scalar subquery over unnest with offset and outer reference
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, (select string_agg(x, ',' order by off) from unnest(parts) x with offset off where off < lim) as head, (select as struct max(v) as mx, min(v) as mn from unnest(vals) v).mx as mx from ds.t
--> "id": identity ds.t.id
--> "head": aggregation ds.t.parts ?
--> "mx": aggregation ds.t.vals

--# window over struct field and qualify with named window
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select user.id as uid, event.name as en, lead(event.ts) over w as next_ts from ds.e where event.name != 'x' qualify row_number() over w = 1 window w as (partition by user.id order by event.ts)
--> "uid": transformation ds.e.user
--> "en": transformation ds.e.event
--> "next_ts": transformation ds.e.event | window ds.e.event ds.e.user
--| rows: filter ds.e.event ds.e.user

--# create or replace table with partition and cluster options
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
create or replace table `p.d.out` partition by dt cluster by id options(description='x') as select id, date(ts) as dt, count(*) as n from `p.d.src` group by 1, 2
--> "id": identity p.d.src.id
--> "dt": transformation p.d.src.ts
--> "n":
--| rows: group_by p.d.src.id p.d.src.ts

--# ml and remote functions arguments flow
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select `p.d`.my_udf(a, b) as u, net.host(url) as h, st_distance(st_geogpoint(lng, lat), g) as dist, p.d.other_udf(c) as w from p.d.t
--> "u": transformation p.d.t.a p.d.t.b
--> "h": transformation p.d.t.url
--> "dist": transformation p.d.t.g p.d.t.lat p.d.t.lng
--> "w": transformation p.d.t.c

--# schema-qualified functions and operators
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select public.my_fn(a, b) as f, a operator(pg_catalog.+) b as p, x like y || '%' as l, similarity(n1, n2) as s, ts at time zone tz as z from s.t
--> "f": transformation s.t.a s.t.b
--> "p": transformation s.t.a s.t.b
--> "l": transformation s.t.x s.t.y
--> "s": transformation s.t.n1 s.t.n2
--> "z": transformation s.t.ts s.t.tz

--# ephemeral CTE before own with dbt compiled
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
with __dbt__cte__stg as (
select id, upper(name) as name from "wh"."raw"."c"
),  final as (
select s.id, s.name, o.total from __dbt__cte__stg as s left join "wh"."raw"."o" as o on o.cid = s.id
)
select * from final
--> "id": identity wh.raw.c.id
--> "name": transformation wh.raw.c.name
--> "total": identity wh.raw.o.total
--| rows: join wh.raw.c.id wh.raw.o.cid
