--: table e(id int, tags text[], payload json, address struct(city text, zip text), qty int, nums int[])
--: table city(city text, code int)

--# struct field by a dot
--: in duckdb
select id, address.city, address.zip as z from e
--> id: e.id
--> city: e.address
--> z: e.address

--# struct field through table and column
--: in duckdb
select e.address.city as city, address['zip'] as zip from e
--> city: e.address
--> zip: e.address

--# struct field named like a column of another table
--: in duckdb
select e.address.city as a_city, city.code from e join city on city.city = e.address.city
--: data wild-only a gentle change leaves structs as they are
--> a_city: e.address
--> code: city.code
--| rows: city.city e.address

--# struct star
--: in duckdb
select id, address.* from e
--> id: e.id
--> city: e.address
--> zip: e.address

--# unnest in the select list
--: in duckdb postgres
select id, unnest(tags) as tag from e
--> id: e.id
--> tag: e.tags
--| may rows: e.tags
--: postgres type address text

--# unnest in from
--: in duckdb
select e.id, x.tag from e, unnest(e.tags) as x(tag)
--> id: e.id
--> tag: e.tags
--| may rows: e.tags

--# unnest with a bare alias
--: in duckdb
select id, n * qty as product from e cross join unnest(nums) as s(n)
--> id: e.id
--> product: e.nums e.qty
--| may rows: e.nums

--# recursive unnest of structs
--: in duckdb
select id, u.city from (select id, unnest([address], recursive := true) from e) as u
--> id: e.id
--> city: e.address

--# JSON arrows
--: in duckdb
select id, payload ->> 'q' as q, payload -> 'a' ->> 'b' as ab, json_extract_string(payload, '$.id') as payload_id from e
--> id: e.id
--> q: e.payload
--> ab: e.payload
--> payload_id: e.payload
--: still e.payload into ab the objects that are drawn are flat

--# list functions with lambdas do not see columns in their parameters
--: in duckdb
select list_transform(nums, id -> id * 2) as doubled, list_filter(nums, lambda x: x > qty) as large from e
--> doubled: e.nums
--> large: e.nums e.qty

--# list comprehension
--: in duckdb
select [id + qty for id in nums if id > 3] as shifted from e
--> shifted: e.nums e.qty

--# struct and list made of columns
--: in duckdb
select {'id': id, 'city': address.city} as s, [qty, id] as l from e
--> s: e.id e.address
--> l: e.qty e.id

--# struct made in a CTE, taken apart outside
--: in duckdb
with s as (select id, {'n': qty, 'tags': tags} as box from e) select id, box.n from s
--> id: e.id
--> n: e.qty

--# list slice and index
--: in duckdb
select nums[1] as first_one, nums[qty] as picked, tags[1:2] as two from e
--> first_one: e.nums
--> picked: e.nums e.qty
--> two: e.tags

--# whole row
--: in duckdb
select e as whole, id from e
--> whole: e.id e.tags e.payload e.address e.qty e.nums
--> id: e.id

--# whole row of an unknown table
--: in postgres
--: knows none
select to_json(e) as whole, e.id from e
--> whole: ?
--> id: e.id

--# row to JSON
--: in postgres
--: postgres type address text
select row_to_json(e) as whole, to_jsonb(e) ->> 'id' as id_text from e
--> whole: e.id e.tags e.payload e.address e.qty e.nums
--> id_text: e.id e.tags e.payload e.address e.qty e.nums

--# generate_series in from
--: in duckdb postgres
select e.id, g.n from e cross join generate_series(1, 3) as g(n)
--> id: e.id
--> n:
--: postgres type address text

--# series up to a column
--: in postgres
--: postgres type address text
select e.id, g.n from e cross join lateral generate_series(1, e.qty) as g(n)
--> id: e.id
--> n: e.qty
--| may rows: e.qty

--# JSON elements
--: in postgres
--: postgres type address text
select e.id, item ->> 'sku' as sku, (item ->> 'count')::int as n
from e cross join lateral json_array_elements(e.payload -> 'items') as item
--> id: e.id
--> sku: e.payload
--> n: e.payload
--| may rows: e.payload

--# JSON record set
--: in postgres
--: postgres type address text
select e.id, r.sku, r.amount from e, json_to_recordset(e.payload) as r(sku text, amount int)
--> id: e.id
--> sku: e.payload
--> amount: e.payload
--| may rows: e.payload

--# unnest with ordinality
--: in postgres
--: postgres type address text
select e.id, u.tag, u.place from e, unnest(e.tags) with ordinality as u(tag, place)
--> id: e.id
--> tag: e.tags
--> place:
--: may column e.tags

--# composite field in brackets
--: in postgres
--: unprepared the table would need a type of its own
select id, (address).city from e
--> id: e.id
--> city: e.address
