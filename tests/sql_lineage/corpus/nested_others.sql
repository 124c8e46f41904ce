--: table raw_events(id int, src text, props text, items text, tags text, user text, qty int)
--: table plain(id int, name text, value int)

--# variant paths
--: in snowflake
select id, src:customer.name::string as customer_name, src['items'][0]:sku as first_sku, get_path(props, 'a.b') as ab from raw_events
--> id: raw_events.id
--> customer_name: raw_events.src
--> first_sku: raw_events.src
--> ab: raw_events.props

--# variant path named like a column
--: in snowflake
select src:id::int as source_id, src:qty as q from raw_events
--> source_id: raw_events.src
--> q: raw_events.src

--# lateral flatten
--: in snowflake
select r.id, f.value:sku::string as sku, f.index as place
from raw_events r, lateral flatten(input => r.items) f
--> id: raw_events.id
--> sku: raw_events.items
--> place:
--| may rows: raw_events.items
--: may column raw_events.items

--# flatten with a path, value unqualified
--: in snowflake
select id, value:price::number as price from raw_events, lateral flatten(input => src:lines)
--> id: raw_events.id
--> price: raw_events.src
--| may rows: raw_events.src

--# flatten beside a table that has a column named value
--: in snowflake
select p.value as plain_value, f.value as item
from plain p join raw_events r on r.id = p.id, lateral flatten(r.items) f
--> plain_value: plain.value
--> item: raw_events.items
--| rows: plain.id raw_events.id
--| may rows: raw_events.items

--# nested flatten
--: in snowflake
select r.id, inner_f.value::string as option_name
from raw_events r,
    lateral flatten(input => r.items) outer_f,
    lateral flatten(input => outer_f.value:options) inner_f
--> id: raw_events.id
--> option_name: raw_events.items
--| may rows: raw_events.items

--# table function of split
--: in snowflake
select r.id, s.value as tag from raw_events r, lateral split_to_table(r.tags, ',') s
--> id: raw_events.id
--> tag: raw_events.tags
--| may rows: raw_events.tags

--# object construct
--: in snowflake
select object_construct('id', id, 'name', name) as o, array_construct(value, id) as l from plain
--> o: plain.id plain.name
--> l: plain.value plain.id

--# object construct of everything
--: in snowflake
select id, object_construct(*) as whole from plain
--> id: plain.id
--> whole: plain.id plain.name plain.value

--# object_agg and array_agg
--: in snowflake
select id, object_agg(name, value) as o, array_agg(name) within group (order by value) as names from plain group by id
--> id: plain.id
--> o: plain.name plain.value
--> names: plain.name | sort plain.value
--| rows: group_by plain.id

--# unnest with alias
--: in bigquery
select id, item from raw_events, unnest(items) as item
--> id: raw_events.id
--> item: raw_events.items
--| may rows: raw_events.items

--# unnest of structs, field access
--: in bigquery
select r.id, item.sku, item.price * item.n as total from raw_events as r cross join unnest(r.items) as item
--> id: raw_events.id
--> sku: raw_events.items
--> total: raw_events.items
--| may rows: raw_events.items

--# unnest with offset
--: in bigquery
select r.id, tag, place from raw_events r, unnest(r.tags) as tag with offset as place
--> id: raw_events.id
--> tag: raw_events.tags
--> place:
--: may column raw_events.tags
--| may rows: raw_events.tags

--# unnest of event parameters in a scalar subquery
--: in bigquery
select id, (select p.value.string_value from unnest(props) as p where p.key = 'page') as page from raw_events
--> id: raw_events.id
--> page: raw_events.props
--| may rows: raw_events.props

--# struct fields
--: in bigquery
select user.name as user_name, user.address.city, id from raw_events
--> user_name: raw_events.user
--> city: raw_events.user
--> id: raw_events.id

--# struct constructor and array of structs
--: in bigquery
select struct(id, name as label) as s, array_agg(struct(name, value) order by value) as rows_of from plain group by id, name
--> s: plain.id plain.name
--> rows_of: plain.name plain.value
--| rows: group_by plain.id plain.name

--# whole row in BigQuery
--: in bigquery
select to_json_string(p) as whole, p.id from plain as p
--> whole: plain.id plain.name plain.value
--> id: plain.id

--# JSON functions in BigQuery
--: in bigquery
select json_value(src, '$.id') as a, json_query(props, '$.x.y') as b, json_extract_scalar(src, '$.name') as c from raw_events
--> a: raw_events.src
--> b: raw_events.props
--> c: raw_events.src

--# array index
--: in bigquery
select items[offset(0)] as first_one, items[safe_ordinal(qty)] as other from raw_events
--> first_one: raw_events.items
--> other: raw_events.items raw_events.qty

--# lateral view explode
--: in databricks
select id, tag from raw_events lateral view explode(tags) x as tag
--> id: raw_events.id
--> tag: raw_events.tags
--| may rows: raw_events.tags

--# lateral view posexplode of a map
--: in databricks
select r.id, x.place, x.item.sku from raw_events r lateral view outer posexplode(r.items) x as place, item
--> id: raw_events.id
--> place:
--> sku: raw_events.items
--: may column raw_events.items
--| may rows: raw_events.items

--# two lateral views
--: in databricks
select id, one, two from raw_events
lateral view explode(tags) a as one
lateral view explode(split(one, '-')) b as two
--> id: raw_events.id
--> one: raw_events.tags
--> two: raw_events.tags
--| may rows: raw_events.tags

--# explode in the select list
--: in databricks
select id, explode(tags) as tag from raw_events
--> id: raw_events.id
--> tag: raw_events.tags
--| may rows: raw_events.tags

--# path into a JSON string
--: in databricks
select id, src:customer.name as customer_name, get_json_object(props, '$.id') as p, user.name from raw_events
--> id: raw_events.id
--> customer_name: raw_events.src
--> p: raw_events.props
--> name: raw_events.user

--# lambdas in Databricks
--: in databricks
select transform(items, id -> id + qty) as shifted, filter(tags, (x, i) -> i > 0) as rest, aggregate(items, 0, (acc, name) -> acc + name) as total from raw_events
--> shifted: raw_events.items raw_events.qty
--> rest: raw_events.tags
--> total: raw_events.items

--# named struct and collect
--: in databricks
select id, collect_list(named_struct('n', name, 'v', value)) as l, collect_set(name) as s from plain group by id
--> id: plain.id
--> l: plain.name plain.value
--> s: plain.name
--| rows: group_by plain.id

--# unnest in Trino
--: in trino
select r.id, t.tag from raw_events r cross join unnest(r.tags) as t(tag)
--> id: raw_events.id
--> tag: raw_events.tags
--| may rows: raw_events.tags

--# unnest of two arrays with ordinality
--: in trino
select id, tag, item, n from raw_events cross join unnest(tags, items) with ordinality as t(tag, item, n)
--> id: raw_events.id
--> tag: raw_events.tags
--> item: raw_events.items
--> n:
--: may column raw_events.tags raw_events.items
--| may rows: raw_events.tags raw_events.items

--# Trino lambdas and row fields
--: in trino
select transform(items, id -> id * qty) as t, reduce(items, 0, (s, x) -> s + x, s -> s) as total, user.name as user_name, json_extract_scalar(src, '$.qty') as q from raw_events
--> t: raw_events.items raw_events.qty
--> total: raw_events.items
--> user_name: raw_events.user
--> q: raw_events.src

--# Redshift navigates its arrays in from
--: in redshift
select r.id, item.sku, item.price from raw_events r, r.items as item
--> id: raw_events.id
--> sku: raw_events.items
--> price: raw_events.items
--| may rows: raw_events.items

--# Redshift paths
--: in redshift
select r.src.customer.name as customer_name, r.src[0].id as i, json_extract_path_text(props, 'id') as p from raw_events r
--> customer_name: raw_events.src
--> i: raw_events.src
--> p: raw_events.props
