--: table sales(sale_id int, store_id int, product text, region text, quantity int, price decimal(10,2), sold_on date)

--# plain sums and counts
--: in duckdb postgres snowflake bigquery databricks redshift trino
select region, sum(quantity) as q, count(*) as n, count(product) as with_product, count(distinct store_id) as stores
from sales group by region
--> region: sales.region
--> q: aggregation sales.quantity
--> n:
--> with_product: aggregation sales.product
--> stores: aggregation sales.store_id
--| rows: group_by sales.region

--# sum of a product
--: in duckdb postgres snowflake bigquery databricks redshift trino
select store_id, sum(quantity * price) as revenue from sales group by store_id
--> store_id: sales.store_id
--> revenue: sales.quantity sales.price
--| rows: group_by sales.store_id

--# conditional sum
--: in duckdb postgres snowflake bigquery databricks redshift trino
select sum(case when region = 'north' then quantity else 0 end) as north from sales
--> north: sales.region sales.quantity

--# filter clause
--: in duckdb postgres databricks trino
select region, sum(quantity) filter (where product = 'tea') as tea from sales group by region
--> region: sales.region
--> tea: aggregation sales.quantity conditional sales.product
--| rows: group_by sales.region

--# count of all with a filter
--: in duckdb postgres databricks trino
select count(*) filter (where product = 'tea') as teas from sales
--> teas: conditional sales.product

--# count_if
--: in duckdb snowflake databricks trino
select count_if(quantity > 10) as large from sales
--> large: sales.quantity

--# countif
--: in bigquery
select countif(quantity > 10) as large, any_value(product) as p, approx_count_distinct(store_id) as s from sales
--> large: sales.quantity
--> p: sales.product
--> s: sales.store_id

--# ordered list
--: in duckdb postgres snowflake
select region, string_agg(product, ',' order by sold_on) as products from sales group by region
--> region: sales.region
--> products: sales.product | sort sales.sold_on
--| rows: group_by sales.region
--: not snowflake it has listagg

--# listagg within group
--: in snowflake redshift trino
select region, listagg(product, ',') within group (order by sold_on) as products from sales group by region
--> region: sales.region
--> products: sales.product | sort sales.sold_on
--| rows: group_by sales.region

--# median within group takes the values of its order
--: in duckdb postgres snowflake redshift
select region, percentile_cont(0.5) within group (order by price) as median_price from sales group by region
--> region: sales.region
--> median_price: sales.price
--| rows: group_by sales.region

--# grouping sets
--: in duckdb postgres snowflake trino databricks
select region, store_id, sum(quantity) as q from sales group by grouping sets ((region), (store_id), ())
--> region: sales.region
--> store_id: sales.store_id
--> q: sales.quantity
--| rows: group_by sales.region sales.store_id

--# rollup and cube
--: in duckdb postgres snowflake bigquery databricks redshift trino
select region, product, sum(quantity) as q from sales group by rollup (region, product)
--> region: sales.region
--> product: sales.product
--> q: sales.quantity
--| rows: group_by sales.region sales.product

--# group by an expression that is not selected
--: in duckdb postgres snowflake trino
select sum(quantity) as q from sales group by extract(year from sold_on)
--> q: sales.quantity
--| rows: group_by sales.sold_on

--# distinct adds nothing
--: in duckdb postgres snowflake bigquery databricks redshift trino
select distinct region, product from sales where quantity > 0
--> region: sales.region
--> product: sales.product
--| rows: filter sales.quantity

--# nested aggregates over subqueries
--: in duckdb postgres snowflake bigquery databricks redshift trino
select avg(q) as average_store from (select store_id, sum(quantity) as q from sales group by store_id) as per_store
--> average_store: sales.quantity
--| rows: group_by sales.store_id

--# ratio with a guard
--: in duckdb postgres snowflake bigquery databricks redshift trino
select region, sum(price) / nullif(sum(quantity), 0) as unit_price from sales group by region
--> region: sales.region
--> unit_price: sales.price sales.quantity
--| rows: group_by sales.region

--# correlation takes both
--: in duckdb postgres snowflake
select corr(price, quantity) as r from sales
--> r: sales.price sales.quantity

--# constant columns
--: in duckdb postgres snowflake bigquery databricks redshift trino
select 1 as one, 'x' as label, current_date as today, null as nothing, sale_id from sales
--> one:
--> label:
--> today:
--> nothing:
--> sale_id: sales.sale_id

--# bool aggregates
--: in duckdb postgres snowflake
select sale_id, bool_or(quantity > 3) as any_large, bool_and(price > 1) as all_dear from sales group by sale_id
--> sale_id: sales.sale_id
--> any_large: sales.quantity
--> all_dear: sales.price
--| rows: sales.sale_id
--: not snowflake it has boolor_agg

--# date parts are no columns
--: in duckdb postgres snowflake redshift trino databricks
select extract(month from sold_on) as month_no, date_trunc('year', sold_on) as year_start from sales
--> month_no: sales.sold_on
--> year_start: sales.sold_on

--# array_agg with filter and order
--: in duckdb postgres
select store_id, array_agg(product order by price desc) filter (where quantity > 2) as dear from sales group by store_id
--> store_id: sales.store_id
--> dear: sales.product conditional sales.quantity | sort sales.price
--| rows: group_by sales.store_id

--# string_agg in BigQuery with order and limit
--: in bigquery
select region, string_agg(product, ', ' order by quantity desc limit 3) as top3, array_agg(product ignore nulls order by price limit 1)[offset(0)] as cheapest
from sales group by region
--> region: sales.region
--> top3: sales.product | sort sales.quantity
--> cheapest: sales.product | sort sales.price
--| rows: group_by sales.region
