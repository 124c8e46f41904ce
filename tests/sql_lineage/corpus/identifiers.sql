--: table orders(id int, amount int, status text)

--# unquoted names of any case are one
--: in duckdb postgres snowflake bigquery databricks redshift trino
select ID, Orders.Amount as Total from orders as Orders where STATUS = 'x'
--> id: orders.id
--> total: orders.amount
--| rows: orders.status

--# unquoted table of another case
--: in duckdb postgres snowflake databricks redshift trino
select ID, aMount from ORDERS
--> id: orders.id
--> amount: orders.amount

--# quoted names keep their case in PostgreSQL
--: in postgres
--: table "Orders"("Id" int, id int, "Total Amount" int)
select "Id", id as lower_id, "Total Amount" from "Orders"
--> "Id": "Orders"."Id"
--> lower_id: "Orders".id
--> "Total Amount": "Orders"."Total Amount"

--# quoted names keep their case in Snowflake
--: in snowflake
--: table "Mixed"("Id" int, "lower" int, UPPER_COLUMN int)
select "Id" as x, "lower" + upper_column as y from "Mixed"
--> x: "Mixed"."Id"
--> y: "Mixed"."lower" "Mixed".upper_column

--# quoted upper case is unquoted in Snowflake
--: in snowflake
select "ID", "AMOUNT" as "amount" from "ORDERS"
--> "ID": orders.id
--> "amount": orders.amount

--# quoting changes nothing in DuckDB
--: in duckdb
select "ID", "Orders"."AMOUNT" as "Net" from "ORDERS" as "Orders"
--> id: orders.id
--> "Net": orders.amount

--# a quoted CTE and an unquoted one
--: in postgres
with "S" as (select id as v from orders), s as (select amount as v from orders)
select "S".v as one, s.v as two from "S" cross join s
--> one: orders.id
--> two: orders.amount

--# a quoted CTE and an unquoted one in Snowflake
--: in snowflake
with "s" as (select id as v from orders), s as (select amount as v from orders)
select "s".v as one, s.v as two from "s" cross join s
--> one: orders.id
--> two: orders.amount

--# backquotes
--: in bigquery databricks
select `id`, `orders`.`amount` as `total amount` from `orders`
--> id: orders.id
--> "total amount": orders.amount

--# project, dataset and table in one pair of backquotes
--: in bigquery
--: table `my-project.sales.Orders`(id int, total int)
select o.id, o.total from `my-project.sales.Orders` as o
--> id: `my-project.sales.Orders`.id
--> total: `my-project.sales.Orders`.total

--# project with a hyphen, unquoted
--: in bigquery
--: table `my-project`.sales.items(id int, n int)
select id, n from my-project.sales.items
--> id: `my-project`.sales.items.id
--> n: `my-project`.sales.items.n

--# catalog, schema and table
--: in duckdb snowflake databricks trino postgres
--: table lake.raw.invoices(id int, total int)
select i.id, i.total from lake.raw.invoices i where i.total > 3
--> id: lake.raw.invoices.id
--> total: lake.raw.invoices.total
--| rows: lake.raw.invoices.total
--: data no PostgreSQL has one database at a time
--: not postgres one database at a time

--# columns qualified by schema and table
--: in duckdb postgres snowflake
--: table raw.things(id int, name text)
select raw.things.id, things.name from raw.things
--> id: raw.things.id
--> name: raw.things.name

--# two tables of one name in two schemas
--: in duckdb postgres snowflake
--: table raw.things(id int, name text)
--: table clean.things(id int, label text)
select a.name, b.label from raw.things a join clean.things b on a.id = b.id
--> name: raw.things.name
--> label: clean.things.label
--| rows: join raw.things.id clean.things.id

--# two tables of one name without aliases
--: in postgres
--: table raw.things(id int, name text)
--: table clean.things(id int, label text)
select raw.things.name, clean.things.label from raw.things join clean.things on raw.things.id = clean.things.id
--> name: raw.things.name
--> label: clean.things.label
--| rows: join raw.things.id clean.things.id

--# reserved words as quoted columns
--: in duckdb postgres trino
--: table odd("order" int, "group" text, "select" int)
select "order", "group" as g, "select" + "order" as s from odd where "group" = 'order'
--> "order": odd."order"
--> g: odd."group"
--> s: odd."select" odd."order"
--| rows: odd."group"

--# double quotes are strings in BigQuery and Databricks
--: in bigquery databricks
select "amount" as label, id from orders where status = "id"
--> label:
--> id: orders.id
--| rows: orders.status

--# names with spaces, dots and quotes
--: data no the laboratory splits names at dots
--: in duckdb
--: table "odd.name"("a b" int, "c""d" int, "é" text)
select "a b" + "c""d" as s, "é" from "odd.name"
--> s: "odd.name"."a b" "odd.name"."c""d"
--> "é": "odd.name"."é"

--# emoji and other scripts
--: in duckdb postgres
--: table "売上"("金額" int, "😀" text)
select "金額" as amount, "😀" as face from "売上"
--> amount: "売上"."金額"
--> face: "売上"."😀"

--# BigQuery tables are case sensitive, columns are not
--: in bigquery
--: table Sales(Id int, Total int)
select ID, total from Sales
--> Id: Sales.Id
--> Total: Sales.Total

--# brackets are not quotes
--: in postgres
select (id) as id, (orders.amount) as amount from orders
--> id: orders.id
--> amount: orders.amount
