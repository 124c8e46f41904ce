--# pivot subquery with IN list then outer select
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
with cte as (select * from (select product_type, month, loan_id from loan_ledger) pivot (count(loan_id) for ("month") in ('2024-10', '2024-11')))
select cte.product_type as product_type, cte."2024-10" as "2024-10" from cte
--> "product_type": identity loan_ledger.product_type
--> "2024-10": aggregation loan_ledger.loan_id | filter loan_ledger.month
--| rows: group_by loan_ledger.product_type

--# pivot statement simplified
--: in duckdb
--: table main.cities(country text, name text, year text, population text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from (pivot main.cities on year in (2000, 2010) using sum(population) as total, max(population) as m group by country)
--> "country": identity main.cities.country
--> "2000_total": aggregation main.cities.population | filter main.cities.year
--> "2000_m": aggregation main.cities.population | filter main.cities.year
--> "2010_total": aggregation main.cities.population | filter main.cities.year
--> "2010_m": aggregation main.cities.population | filter main.cities.year
--| rows: group_by main.cities.country

--# unpivot statement
--: in duckdb
--: table main.monthly(empid text, dept text, jan text, feb text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from (unpivot main.monthly on jan, feb into name month value sales)
--> "empid": identity main.monthly.empid
--> "dept": identity main.monthly.dept
--> "month":
--> "sales": transformation main.monthly.feb main.monthly.jan

--# from-first columns regex replace exclude
--: in duckdb
--: table main.t(id text, price_net text, price_gross text, secret text)
--: data no the statement stands alone
--: unprepared the statement stands alone
from main.t select * exclude (secret) replace (round(price_net, 1) as price_net), price_gross - price_net as tax where id > 0
--> "id": identity main.t.id
--> "price_net": transformation main.t.price_net
--> "price_gross": identity main.t.price_gross
--> "tax": transformation main.t.price_gross main.t.price_net
--| rows: filter main.t.id

--# columns star aggregate
--: in duckdb
--: table main.t(a text, b text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select max(columns(*)) from main.t
--> "a": aggregation main.t.a
--> "b": aggregation main.t.b

--# union all by name with different order
--: in duckdb
--: table main.a(x text, y text)
--: table main.b(y text, x text, z text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from main.a union all by name select * from main.b
--> "x": identity main.a.x main.b.x
--> "y": identity main.a.y main.b.y
--> "z": identity main.b.z

--# union by position with star names differ
--: in duckdb
--: table main.a(x text, y text)
--: table main.b(y text, x text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from main.a union all select * from main.b
--> "x": identity main.a.x main.b.y
--> "y": identity main.a.y main.b.x

--# asof join using
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.symbol, t.ts, p.price from trades t asof left join prices p on t.symbol = p.symbol and t.ts >= p.ts
--> "symbol": identity trades.symbol
--> "ts": identity trades.ts
--> "price": identity prices.price
--| rows: join prices.symbol prices.ts trades.symbol trades.ts

--# using merges star columns
--: in duckdb
--: table main.a(id text, x text)
--: table main.b(id text, y text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from main.a full join main.b using (id)
--> "id": conditional main.a.id main.b.id
--> "x": identity main.a.x
--> "y": identity main.b.y
--| rows: join main.a.id main.b.id

--# left join using id unqualified
--: in duckdb
--: table main.a(id text, x text)
--: table main.b(id text, y text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, x, y from main.a left join main.b using (id)
--> "id": identity main.a.id
--> "x": identity main.a.x
--> "y": identity main.b.y
--| rows: join main.a.id main.b.id

--# list comprehension and lambda shadow column name
--: in duckdb
--: table main.t(id text, xs text, x text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select [x + 1 for x in xs if x > 2] as ys, list_transform(xs, e -> e + x) as zs from main.t
--> "ys": transformation main.t.xs
--> "zs": transformation main.t.x main.t.xs

--# struct pack and dot access across cte
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
with s as (select struct_pack(a := t.a, b := t.b) as st, {'k': t.c} as d from main.t t)
select st.a as x, s.st.b as y, d.k as z, d['k'] as z2, st.* from s
--> "x": identity main.t.a
--> "y": identity main.t.b
--> "z": identity main.t.c
--> "z2": identity main.t.c
--> "a": identity main.t.a
--> "b": identity main.t.b

--# read_csv has no table
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select a, count(*) as n from read_csv('x.csv') group by a
--> "a":
--> "n":

--# file path as table
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select a from 'data/x.parquet'
--> "a": identity "data/x.parquet".a

--# values with alias columns join
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select v.label, t.amount * v.factor as adj from main.t t join (values (1, 'one', 0.5), (2, 'two', 0.7)) as v(id, label, factor) on v.id = t.kind
--> "label":
--> "adj": transformation main.t.amount
--| rows: join main.t.kind

--# aggregate filter direct conditional
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select carrier, count(*) filter (where cancelled) as cancelled, avg(delay) filter (where delay > 0) as d from main.flights group by all
--> "carrier": identity main.flights.carrier
--> "cancelled": conditional main.flights.cancelled
--> "d": conditional main.flights.delay aggregation main.flights.delay
--| rows: group_by main.flights.carrier

--# arg_max first with order string_agg order
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select arg_max(status, updated_at) as last_status, string_agg(name, ',' order by pos) as names, first(v order by ts desc) as fv, grp from main.t group by grp
--> "last_status": aggregation main.t.status main.t.updated_at
--> "names": aggregation main.t.name | sort main.t.pos
--> "fv": aggregation main.t.v | sort main.t.ts
--> "grp": identity main.t.grp
--| rows: group_by main.t.grp

--# positional group by and order by with alias
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select date_trunc('month', ts) as m, sum(x) s from main.t group by 1 order by 2 desc limit 10
--> "m": transformation main.t.ts
--> "s": aggregation main.t.x
--| rows: group_by main.t.ts sort main.t.x

--# scalar subquery of scalar subquery alias equals table
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select (select max(t3.my_column) from table3 t3) as output, sum((select min(x) from u where u.id = table3.id)) as s from table3
--> "output": aggregation table3.my_column
--> "s": aggregation u.x | filter table3.id u.id

--# cte named as the table it reads
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with orders as (select * from raw.orders where not test), customers as (select id, name from customers)
select o.id, o.total, c.name from orders o join customers c on c.id = o.customer_id
--> "id": identity raw.orders.id
--> "total": identity raw.orders.total
--> "name": identity customers.name
--| rows: join customers.id raw.orders.customer_id filter raw.orders.test

--# cte shadows schema table known with other columns
--: in snowflake
--: table RAW.SCH.MY_TABLE(COL_A text)
--: table RAW.SCH.MY_CTE(COL_1 text)
--: data no the statement stands alone
--: unprepared the statement stands alone
with my_cte as (select * from raw.sch.my_table), inter as (select * from my_cte) select * from inter
--> "COL_A": identity RAW.SCH.MY_TABLE.COL_A

--# nested cte shadows outer cte
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with t as (select a from x), u as (with t as (select a from y) select a from t) select t.a as ta, u.a as ua from t, u
--> "ta": identity x.a
--> "ua": identity y.a

--# recursive hierarchy with depth and path
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with recursive tree as (
  select id, parent_id, name, 1 as depth, array[name] as path from org.units where parent_id is null
  union all
  select c.id, c.parent_id, c.name, tree.depth + 1, tree.path || c.name from org.units c join tree on c.parent_id = tree.id
)
select id, depth, path[1] as root, name from tree
--> "id": identity org.units.id
--> "depth":
--> "root": transformation org.units.name
--> "name": identity org.units.name
--| rows: join org.units.id org.units.parent_id filter org.units.parent_id

--# recursive with column list
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with recursive r(node, lvl) as (select id, 0 from g.nodes where root union all select e.dst, r.lvl + 1 from g.edges e, r where e.src = r.node)
select node, max(lvl) as lvl from r group by node
--> "node": identity g.edges.dst g.nodes.id
--> "lvl":
--| rows: filter g.edges.dst g.edges.src g.nodes.id g.nodes.root group_by g.edges.dst g.nodes.id

--# derived table with column aliases
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select col_1_renamed, m from (select col1, max(col2) from db_test.src where col1 = 'AV' group by col1) as inter(col_1_renamed, m)
--> "col_1_renamed": identity db_test.src.col1
--> "m": aggregation db_test.src.col2
--| rows: filter db_test.src.col1 group_by db_test.src.col1

--# parenthesized join tree with aliases
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select t1.a as ta, t2.b as tb, t3.c as tc from ((x as t1 join y as t2 on t1.id = t2.id) left join z as t3 on t3.id = t2.id)
--> "ta": identity x.a
--> "tb": identity y.b
--> "tc": identity z.c
--| rows: join x.id y.id z.id

--# double parens subquery
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from ((select foo.a, foo.b as bb from foo)) dt
--> "a": identity foo.a
--> "bb": identity foo.b

--# same alias in union branches for different tables
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select h.id, h.v from (select a.id, a.v from t1 a union select a.id, a.w from t2 a) h
--> "id": identity t1.id t2.id
--> "v": identity t1.v t2.w

--# insert with column list and CTE inside
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
insert into public.tgt (id, nm) with cte1 as (select name, key from public.src) select key, name from cte1
--> "id": identity public.src.key
--> "nm": identity public.src.name

--# create view with column list
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
create or replace view db.s.v (col_x comment 'x', col_y) as (select a, b + c from db.s.t)
--> "COL_X": identity DB.S.T.A
--> "COL_Y": transformation DB.S.T.B DB.S.T.C

--# ctas
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
create or replace transient table db.s.m as (with f as (select id, upper(n) as n from db.s.t) select * from f)
--> "ID": identity DB.S.T.ID
--> "N": transformation DB.S.T.N

--# left join with inner derived anti join
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select sq.id from (select s.id from src s left join tgt t on s.id = t.id where t.id is null) as sq
--> "id": identity src.id
--| rows: join src.id tgt.id filter tgt.id

--# case with parens and booleans
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select a.id, case when (trunc(b.foo) is not null) and (trunc(b.bar) is null or b.baz > 3) then 'YES' else 'NO' end as flag from a inner join b on a.id = b.id2
--> "id": identity a.id
--> "flag": conditional b.bar b.baz b.foo
--| rows: join a.id b.id2

--# cast of coalesce
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select cast(coalesce(p.total, 0) as numeric(38, 0)) as total, p.x::text::int as x, (p.y at time zone 'utc')::date as d from pts p
--> "total": conditional pts.total
--> "x": transformation pts.x
--> "d": transformation pts.y

--# to_hex md5 over joined
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with fo as (select row_number() over (partition by id order by updated_at desc) as rnum, id, abs(safe_cast(external_id as int64)) as external_id, name from `data-1`.`fin`.`m_office`)
select distinct to_hex(md5(cast(coalesce(cast(c.dsa_id as string), '') || '-' || coalesce(cast(c.lms as string), '') as string))) as company_key,
 c.dsa_id as company_id, fo.id as fin_office_id, coalesce(c.name, fo.name) as nm
from `data-1`.`raw`.`companies` c left join fo on fo.external_id = c.lms_id and fo.rnum = 1
--> "company_key": conditional `data-1.raw.companies`.dsa_id `data-1.raw.companies`.lms
--> "company_id": identity `data-1.raw.companies`.dsa_id
--> "fin_office_id": identity `data-1.fin.m_office`.id
--> "nm": conditional `data-1.fin.m_office`.name `data-1.raw.companies`.name
--| rows: join `data-1.fin.m_office`.external_id `data-1.fin.m_office`.id `data-1.fin.m_office`.updated_at `data-1.raw.companies`.lms_id

--# quoted dotted table as qualifier
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select `my_db.my_table`.my_column from `my_db.my_table`
--> "my_column": identity my_db.my_table.my_column

--# struct star expansion
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with d as (select struct(id, upper(name) as name) as user, x from ds.users)
select user.*, d.x from d
--> "id": identity ds.users.id
--> "name": transformation ds.users.name
--> "x": identity ds.users.x

--# array subquery and exists
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, array(select as struct i.sku, i.qty from unnest(items) i where i.qty > 0 order by i.sku) as good, exists(select 1 from unnest(tags) t where t = 'vip') as is_vip,
 (select sum(i.qty) from unnest(items) i) as qty, array_length(tags) as n_tags
from ds.orders
--> "id": identity ds.orders.id
--> "good": transformation ds.orders.items | filter ds.orders.items sort ds.orders.items
--> "is_vip":  | filter ds.orders.tags
--> "qty": aggregation ds.orders.items
--> "n_tags": transformation ds.orders.tags

--# qualify with except and replace
--: in bigquery
--: table p.d.t(id text, v text, _ts text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * except (_ts) replace (upper(v) as v) from p.d.t where true qualify row_number() over (partition by id order by _ts desc) = 1
--> "id": identity p.d.t.id
--> "v": transformation p.d.t.v
--| rows: filter p.d.t._ts p.d.t.id

--# pivot with prefix alias
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from (select sku, qty, quarter from ds.sales) pivot(sum(qty) as total for quarter in ('Q1', 'Q2' as second))
--> "sku": identity ds.sales.sku
--> "total_Q1": aggregation ds.sales.qty | filter ds.sales.quarter
--> "total_second": aggregation ds.sales.qty | filter ds.sales.quarter
--| rows: group_by ds.sales.sku

--# unpivot multi-columns
--: in bigquery
--: table ds.produce(product text, q1 text, q2 text, q3 text, q4 text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from ds.produce unpivot((first_half, second_half) for semester in ((q1, q2) as 's1', (q3, q4) as 's2'))
--> "product": identity ds.produce.product
--> "first_half": transformation ds.produce.q1 ds.produce.q3
--> "second_half": transformation ds.produce.q2 ds.produce.q4
--> "semester":

--# generate_date_array spine with unnest and join
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with spine as (select d from unnest(generate_date_array('2024-01-01', (select max(created) from ds.o))) as d)
select spine.d, count(distinct o.id) as n from spine left join ds.o as o on date(o.created) = spine.d group by 1
--> "d": aggregation ds.o.created
--> "n": aggregation ds.o.id
--| rows: join ds.o.created group_by ds.o.created

--# with offset equality correlated arrays
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select k, vs[offset(o)] as v from ds.t, unnest(ks) as k with offset as o
--> "k": transformation ds.t.ks
--> "v": transformation ds.t.vs

--# recursive struct nested and json
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select json_value(payload, '$.a.b') as ab, payload.c[0].d as cd, json_extract_scalar(raw.data, '$.x') as x, int64(payload.n) as n from ds.j
--> "ab": transformation ds.j.payload
--> "cd": transformation ds.j.payload
--> "x": transformation ds.j.raw
--> "n": transformation ds.j.payload

--# window frames named windows first_value ignore nulls lag default
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select user, first_value(url ignore nulls) over w as landing, lag(url, 1, ref) over (partition by user order by ts) as prev, countif(conv) over (w rows between 1 preceding and current row) as c
from ds.hits window w as (partition by user order by ts)
--> "user": identity ds.hits.user
--> "landing": transformation ds.hits.url | window ds.hits.ts ds.hits.user
--> "prev": transformation ds.hits.ref ds.hits.url | window ds.hits.ts ds.hits.user
--> "c": aggregation ds.hits.conv | window ds.hits.ts ds.hits.user

--# qualify alias with aggregate and group by
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select region, sum(amt) as total, rank() over (order by sum(amt) desc) as rk from db.s.sales group by region qualify rk <= 3
--> "REGION": identity DB.S.SALES.REGION
--> "TOTAL": aggregation DB.S.SALES.AMT
--> "RK":  | window DB.S.SALES.AMT
--| rows: filter DB.S.SALES.AMT group_by DB.S.SALES.REGION

--# iff nvl2 decode zeroifnull object_construct listagg
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select iff(a > 0, b, c) as x, nvl2(d, e, f) as y, decode(g, 1, h, i) as z, zeroifnull(j) as j0, object_construct('k', k, 'l', l):k::string as obj, array_agg(m) within group (order by n) as ms from db.s.t group by all
--> "X": transformation DB.S.T.B DB.S.T.C conditional DB.S.T.A
--> "Y": transformation DB.S.T.E DB.S.T.F conditional DB.S.T.D
--> "Z": transformation DB.S.T.H DB.S.T.I conditional DB.S.T.G
--> "J0": transformation DB.S.T.J conditional DB.S.T.J
--> "OBJ": transformation DB.S.T.K
--> "MS": aggregation DB.S.T.M | sort DB.S.T.N
--| rows: group_by DB.S.T.A DB.S.T.B DB.S.T.C DB.S.T.D DB.S.T.E DB.S.T.F DB.S.T.G DB.S.T.H DB.S.T.I DB.S.T.J DB.S.T.K

--# ilike any in subquery between columns are direct in expression
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select a ilike any ('%x%', b) as m, c in (select id from db.s.u where u.ok) as is_u, d between e and f as btw, not exists (select 1 from db.s.w where w.k = t.k) as miss from db.s.t t
--> "M": transformation DB.S.T.A DB.S.T.B
--> "IS_U": transformation DB.S.T.C DB.S.U.ID | filter DB.S.U.OK
--> "BTW": transformation DB.S.T.D DB.S.T.E DB.S.T.F
--> "MISS":  | filter DB.S.T.K DB.S.W.K

--# star ilike rename exclude
--: in snowflake
--: table db.s.t(ID text, EMAIL text, EMAIL_DOMAIN text, X text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.* exclude x rename (email as mail) from db.s.t t
--> "ID": identity DB.S.T.ID
--> "MAIL": identity DB.S.T.EMAIL
--> "EMAIL_DOMAIN": identity DB.S.T.EMAIL_DOMAIN

--# positional columns of values and staged $1
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select $1 as id, column2 as nm from (values (1, 'a'), (2, 'b'))
--> "ID":
--> "NM":

--# generator
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select seq4() as n, dateadd(day, n, '2024-01-01') as d from table(generator(rowcount => 10))
--> "N":
--> "D":

--# quoted lower-case alias differs from unquoted
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select a as "x", b as x from db.s.t
--> "x": identity DB.S.T.A
--> "X": identity DB.S.T.B

--# pseudo columns and identifiers like date user type
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select o."date", o.type, o."user", o.order as ord, current_date as d, getdate() as g from s.orders o
--> "date": identity s.orders.date
--> "type": identity s.orders.type
--> "user": identity s.orders.user
--> "ord": identity s.orders.order
--> "d":
--> "g":

--# approximate ratio_to_report nvl median percentile within
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select nvl(a, b) as ab, ratio_to_report(c) over (partition by d) as r, median(e) as m, percentile_cont(0.5) within group (order by f) over (partition by g) as p, approximate count(distinct h) as ah from s.t group by 1
--> "ab": conditional s.t.a s.t.b
--> "r": transformation s.t.c | window s.t.d
--> "m": aggregation s.t.e
--> "p": aggregation s.t.f | sort s.t.f window s.t.g
--> "ah": aggregation s.t.h
--| rows: group_by s.t.a s.t.b

--# dateadd with unit word and datediff on columns
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select dateadd(month, n_months, start_date) as end_date, datediff('day', start_date, sysdate) as age, extract(epoch from ts) as e, date_part(dow, ts) as dow from s.contracts
--> "end_date": transformation s.contracts.n_months s.contracts.start_date
--> "age": transformation s.contracts.start_date
--> "e": transformation s.contracts.ts
--> "dow": transformation s.contracts.ts

--# jsonb operators path lateral json elements
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select e.id, e.payload ->> 'name' as name, e.payload #>> '{a,b}' as ab, item ->> 'sku' as sku, (item -> 'qty')::int * e.factor as q
from app.events e cross join lateral jsonb_array_elements(e.payload -> 'items') as item
where e.payload @> '{"x": 1}'
--> "id": identity app.events.id
--> "name": transformation app.events.payload
--> "ab": transformation app.events.payload
--> "sku": transformation app.events.payload
--> "q": transformation app.events.factor app.events.payload
--| rows: filter app.events.payload

--# unnest multiple with ordinality and generate_series
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.id, u.tag, u.n, gs.d from s.t, unnest(t.tags) with ordinality as u(tag, n), generate_series(t.start_at, t.end_at, interval '1 day') as gs(d)
--> "id": identity s.t.id
--> "tag": transformation s.t.tags
--> "n":
--> "d": transformation s.t.end_at s.t.start_at

--# lateral top-n subquery
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select c.id, lo.id as last_order_id, lo.total from s.customers c left join lateral (select o.id, o.total from s.orders o where o.customer_id = c.id order by o.created_at desc limit 1) lo on true
--> "id": identity s.customers.id
--> "last_order_id": identity s.orders.id
--> "total": identity s.orders.total
--| rows: filter s.customers.id s.orders.customer_id sort s.orders.created_at

--# correlated unqualified known schemas
--: in postgres
--: table s.t(id text, b text)
--: table s.u(d text, v text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, (select max(v) from s.u where d = b) as mv from s.t where exists (select 1 from s.u where d = id)
--> "id": identity s.t.id
--> "mv": aggregation s.u.v | filter s.t.b s.u.d
--| rows: filter s.t.id s.u.d

--# ambiguous unqualified without schemas leaves out
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select a.id, x from s.a join s.b on a.id = b.id
--> "id": identity s.a.id
--> "x":  ?
--| rows: join s.a.id s.b.id

--# unqualified resolved by one known schema of two
--: in postgres
--: table s.a(id text, x text)
--: table s.b(id text, y text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select a.id, x, y from s.a join s.b on a.id = b.id
--> "id": identity s.a.id
--> "x": identity s.a.x
--> "y": identity s.b.y
--| rows: join s.a.id s.b.id

--# quoted mixed case stays apart
--: in postgres
--: table s.T(id text, Id text, ID text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select t."Id" as one, t.id as two, T.ID as three from s."T" t
--> "one": identity s."T"."Id"
--> "two": identity s."T".id
--> "three": identity s."T".id

--# row comparison array position overlay tuple in
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select array[a, b] as arr, (a, b) = (c, d) as same, position(e in f) as pos, trim(both g from h) as tr, substring(i from j for 3) as su, greatest(k, l) as gr from s.t
--> "arr": transformation s.t.a s.t.b
--> "same": transformation s.t.a s.t.b s.t.c s.t.d
--> "pos": transformation s.t.e s.t.f
--> "tr": transformation s.t.g s.t.h
--> "su": transformation s.t.i s.t.j
--> "gr": transformation s.t.k s.t.l

--# grouping sets and rollup grouping()
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select region, product, sum(amount) as total, grouping(region) as g from s.sales group by grouping sets ((region, product), (region), ())
--> "region": identity s.sales.region
--> "product": identity s.sales.product
--> "total": aggregation s.sales.amount
--> "g":
--| rows: group_by s.sales.product s.sales.region

--# except and intersect
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, v from s.a except select id, w from s.b
--> "id": identity s.a.id
--> "v": identity s.a.v
--| rows: filter s.b.id s.b.w

--# set operation order and parentheses nested
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
(select a from s.x union all (select b from s.y intersect select c from s.z)) order by 1
--> "a": identity s.x.a s.y.b s.z.c
--| rows: sort s.x.a s.y.b s.z.c

--# select distinct on with aliases and join
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select distinct on (u.id) u.id as uid, e.kind from s.u u join s.e e on e.uid = u.id order by u.id, e.ts desc
--> "uid": identity s.u.id
--> "kind": identity s.e.kind
--| rows: join s.e.uid s.u.id group_by s.u.id sort s.e.ts s.u.id

--# whole row to json with schema
--: in postgres
--: table s.t(a text, b text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select to_jsonb(t) as j, row_to_json(t.*) as k, count(t) as n from s.t t
--> "j": transformation s.t.a s.t.b
--> "k": transformation s.t.a s.t.b
--> "n": aggregation s.t.a s.t.b

--# values cte joined with column names
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with m(code, label) as (values ('a', 'Alpha'), ('b', 'Beta')) select t.id, coalesce(m.label, t.code) as label from s.t left join m using (code)
--> "id": identity s.t.id
--> "label": conditional s.t.code
--| rows: join s.t.code

--# window over aggregated subquery expr filter and frame
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select d, sum(sum(x)) over (order by d) as running, sum(x) filter (where ok) as okx from s.t group by d
--> "d": identity s.t.d
--> "running": aggregation s.t.x | window s.t.d
--> "okx": conditional s.t.ok aggregation s.t.x
--| rows: group_by s.t.d

--# try_cast at timezone if json_extract row subfields
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
select try_cast(a as bigint) as a, b at time zone 'UTC' as b, if(c, d) as d, json_extract_scalar(e, '$.x') as x, f.g.h as h, cast(row(i, j) as row(p bigint, q varchar)).q as q from hive.s.t
--> "a": transformation hive.s.t.a
--> "b": transformation hive.s.t.b
--> "d": transformation hive.s.t.d conditional hive.s.t.c
--> "x": transformation hive.s.t.e
--> "h": transformation hive.s.t.f
--> "q": identity hive.s.t.j

--# grouping approx_percentile max_by listagg histogram filter
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
select max_by(a, b) as a, approx_percentile(c, 0.9) as p, listagg(d, ',') within group (order by e) as l, count_if(f) as n, array_agg(g order by h) filter (where g is not null) as gs from hive.s.t
--> "a": aggregation hive.s.t.a hive.s.t.b
--> "p": aggregation hive.s.t.c
--> "l": aggregation hive.s.t.d | sort hive.s.t.e
--> "n": aggregation hive.s.t.f
--> "gs": conditional hive.s.t.g aggregation hive.s.t.g | sort hive.s.t.h

--# match_recognize gives no false
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
select symbol, bottom_price from hive.s.stock match_recognize (partition by symbol order by ts measures last(down.price) as bottom_price one row per match pattern (strt down+) define down as price < prev(price))
--> "symbol": identity hive.s.stock.symbol
--> "bottom_price": aggregation hive.s.stock.price
--| rows: filter hive.s.stock.price group_by hive.s.stock.symbol sort hive.s.stock.ts

--# merge into
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
merge into c.s.tgt t using (select id, upper(n) as n from c.s.src) s on t.id = s.id when matched then update set t.n = s.n when not matched then insert (id, n) values (s.id, s.n)
--> "n": transformation c.s.src.n
--> "id": identity c.s.src.id
--| rows: join c.s.src.id c.s.tgt.id

--# higher order named_struct inline
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, aggregate(xs, cast(0 as double), (acc, x) -> acc + x * w) as s, named_struct('a', a, 'b', b).a as na, inline(structs) as (p, q) from c.s.t
--> "id": identity c.s.t.id
--> "s": transformation c.s.t.w c.s.t.xs
--> "na": identity c.s.t.a
--> "p": transformation c.s.t.structs
--> "q": transformation c.s.t.structs

--# lateral explode table valued in from qualify group by all
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.id, e.col as el, count(*) as n from c.s.t as t, lateral explode(t.arr) as e(col) group by all
--> "id": identity c.s.t.id
--> "el": transformation c.s.t.arr
--> "n":
--| rows: group_by c.s.t.arr c.s.t.id

--# backticked names with dash dollar three part table qualified columns
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select `main`.`b-1`.`ord$`.`id col`, `ord$`.x from `main`.`b-1`.`ord$`
--> "id col": identity main."b-1".ord$."id col"
--> "x": identity main."b-1".ord$.x

--# three part qualified columns
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select DB.SCH.TBL.ID, tbl.v, sch.tbl.w from db.sch.tbl
--> "ID": identity DB.SCH.TBL.ID
--> "V": identity DB.SCH.TBL.V
--> "W": identity DB.SCH.TBL.W

--# table qualifier that is also a column name struct wins? table alias wins
--: in bigquery
--: table ds.t(t STRUCT<a INT64>, a INT64)
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.a as ta from ds.t as t
--> "ta": identity ds.t.a

--# self join twice of the same table
--: in duckdb
--: table main.emp(id text, name text, boss_id text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select e.name as emp, b.name as boss, bb.name as grand from main.emp e left join main.emp b on e.boss_id = b.id left join main.emp bb on b.boss_id = bb.id
--> "emp": identity main.emp.name
--> "boss": identity main.emp.name
--> "grand": identity main.emp.name
--| rows: join main.emp.boss_id main.emp.id

--# star twice gives duplicated names
--: in duckdb
--: table main.a(id text, x text)
--: table main.b(id text, y text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select a.*, b.* from main.a join main.b on a.id = b.id
--> "id": identity main.a.id
--> "x": identity main.a.x
--> "id_1": identity main.b.id
--> "y": identity main.b.y
--| rows: join main.a.id main.b.id

--# unused cte does not count for rows of output
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
with unused as (select z from main.never where q = 1), used as (select a from main.t) select a from used
--> "a": identity main.t.a
--| reads: main.never

--# constants only and count star
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select 1 as one, current_date as d, count(*) as n, random() as r from main.t
--> "one":
--> "d":
--> "n":
--> "r":
--| reads: main.t

--# semi and anti in filters with their subqueries
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select id from s.a where id in (select a_id from s.b where flag) and not exists (select 1 from s.c where c.a_id = a.id) and total > all (select amt from s.d)
--> "id": identity s.a.id
--| rows: filter s.a.id s.a.total s.b.a_id s.b.flag s.c.a_id s.d.amt

--# case on aggregate inside having and order
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select grp, case when sum(x) > avg(y) then max(z) else min(w) end as r from s.t group by grp having bool_or(h) order by count(distinct k)
--> "grp": identity s.t.grp
--> "r": aggregation s.t.w s.t.x s.t.y s.t.z
--| rows: filter s.t.h group_by s.t.grp sort s.t.k

--# comments jinja leftovers trailing semicolon
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select /*+ hint */ a -- trailing
  , b, -- {{ not jinja }}
from db.s.t
--> "A": identity DB.S.T.A
--> "B": identity DB.S.T.B
