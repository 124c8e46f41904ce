--# array of the outer table named in a subquery's FROM
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select e.id, (select p.value.string_value from e.params p where p.key = 'a') as a, (select any_value(value) from e.params where key = 'b') as b from ds.events e
--> "id": identity ds.events.id
--> "a": transformation ds.events.params | filter ds.events.params
--> "b": aggregation ds.events.params | filter ds.events.params

--# array of the outer table in EXISTS
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select o.id, (select sum(l.qty) from o.lines l) as qty from s.orders o where exists (select 1 from o.lines l where l.sku = 'x')
--> "id": identity s.orders.id
--> "qty": aggregation s.orders.lines
--| rows: filter s.orders.lines

--# methods of columns and macros of a schema
--: in duckdb
--: table main.t(name text, l text, k text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select name.lower().trim() as n, l.list_transform(z -> z + k) as l2, util.my_macro(k) as m from main.t
--> "n": transformation main.t.name
--> "l2": transformation main.t.k main.t.l
--> "m": transformation main.t.k

--# a macro's schema or a column nobody knows
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select util.my_macro(k) as m from main.t
--> "m": transformation main.t.k ?

--# schema-qualified functions and table functions
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select db.sch.mask(t.email) as email, util.fx(t.amount, t.currency) as eur, f.v from db.s.t as t, table(db.sch.split_it(t.tags)) f
--> "EMAIL": transformation DB.S.T.EMAIL
--> "EUR": transformation DB.S.T.AMOUNT DB.S.T.CURRENCY
--> "V": transformation DB.S.T.TAGS

--# fields through explode of collected structs
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select e.sku, e.qty from (select explode(collect_list(struct(sku, qty))) as e from c.s.lines)
--> "sku": identity c.s.lines.sku
--> "qty": identity c.s.lines.qty

--# first and max_by of structs
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
with s as (select k, max_by(struct(a, b), ts) as m, first(struct(c, d)) as f from c.s.t group by k) select k, m.a, f.d from s
--> "k": identity c.s.t.k
--> "a": transformation c.s.t.a conditional c.s.t.ts
--> "d": identity c.s.t.d
--| rows: group_by c.s.t.k

--# structs through case and coalesce
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with s as (select case when f then struct(a as x, b as y) else struct(c as x, d as y) end as st, coalesce(null, struct(e as p, g as q)) as c2 from ds.t) select st.x, st.y, c2.p, c2.q from s
--> "x": transformation ds.t.a ds.t.c conditional ds.t.f
--> "y": transformation ds.t.b ds.t.d conditional ds.t.f
--> "p": identity ds.t.e
--> "q": identity ds.t.g

--# a unit that is a column the origin of a bucket
--: in duckdb
--: table main.t(ts text, grain text, iv text, origin text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select date_trunc(grain, ts) as a, time_bucket(iv, ts, origin) as b, date_trunc('month', ts) as c from main.t
--> "a": transformation main.t.grain main.t.ts
--> "b": transformation main.t.iv main.t.origin main.t.ts
--> "c": transformation main.t.ts

--# unknown tables and a condition either of which may have the column
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select c.id, (select max(o.amount) from s.o where o.cid = id) as m from s.c as c
--> "id": identity s.c.id
--> "m": aggregation s.o.amount ? | filter s.o.cid

--# renamed alias used again may be a swap
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select b as a, a as b from db.s.t
--> "A": identity DB.S.T.B
--> "B":  ?

--# object with keys from a column
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select object_construct(k, v) as o from db.s.t
--> "O": transformation DB.S.T.K DB.S.T.V

--# matched rows with unqualified and qualified names in nested joins in parentheses
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
select a.x, c.z from ((hive.s.t1 a left join (hive.s.t2 b join hive.s.t3 c on b.id = c.id) on a.id = b.id))
--> "x": identity hive.s.t1.x
--> "z": identity hive.s.t3.z
--| rows: join hive.s.t1.id hive.s.t2.id hive.s.t3.id
