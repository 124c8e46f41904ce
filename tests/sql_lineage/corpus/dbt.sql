--: table raw.orders(id int, user_id int, order_date date, status text, amount_cents int, _loaded_at timestamp)
--: table raw.users(id int, first_name text, last_name text, email text, updated_at timestamp)
--: table raw.orders_eu(id int, user_id int, status text, vat int)
--: table raw.orders_us(id int, user_id int, status text, tax int)
--: table analytics.fct_orders(order_id int, user_id int, ordered_at timestamp, amount int)
--: table analytics.dim_users(user_key text, user_id int, name text)
--: table analytics.metrics(day date, metric text, value int)

--# ephemeral model as a CTE
--: in duckdb postgres snowflake redshift databricks trino
with __dbt__cte__stg_orders as (
    select id as order_id, user_id, amount_cents / 100.0 as amount from raw.orders where status <> 'deleted'
)
select order_id, sum(amount) as amount from __dbt__cte__stg_orders group by order_id
--> order_id: raw.orders.id
--> amount: raw.orders.amount_cents
--| rows: raw.orders.status raw.orders.id

--# two ephemeral models, one on the other, then the model's own CTEs
--: in duckdb postgres snowflake
with  __dbt__cte__stg_users as (
    with source as (select * from raw.users),
    renamed as (select id as user_id, first_name || ' ' || last_name as full_name, email from source)
    select * from renamed
),  __dbt__cte__int_users as (
    select user_id, full_name, lower(email) as email from __dbt__cte__stg_users
), source as (
    select * from __dbt__cte__int_users
)
select user_id, full_name, email from source
--> user_id: raw.users.id
--> full_name: raw.users.first_name raw.users.last_name
--> email: raw.users.email

--# staging model
--: in duckdb postgres snowflake bigquery databricks redshift trino
with source as (
    select * from raw.orders
),
renamed as (
    select
        id as order_id,
        user_id as customer_id,
        order_date,
        status,
        amount_cents / 100.0 as amount,
        case when status in ('returned', 'refunded') then true else false end as is_returned,
        _loaded_at
    from source
)
select * from renamed
--> order_id: identity raw.orders.id
--> customer_id: raw.orders.user_id
--> order_date: raw.orders.order_date
--> status: raw.orders.status
--> amount: transformation raw.orders.amount_cents
--> is_returned: raw.orders.status
--> _loaded_at: raw.orders._loaded_at

--# staging model without schema, explicit columns
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
with source as (select * from raw.orders),
renamed as (select id as order_id, user_id as customer_id, status from source)
select * from renamed
--> order_id: raw.orders.id
--> customer_id: raw.orders.user_id
--> status: raw.orders.status

--# incremental with the maximum of itself
--: in duckdb postgres snowflake bigquery databricks redshift trino
select id as order_id, user_id, _loaded_at as ordered_at, amount_cents as amount
from raw.orders
where _loaded_at > (select max(ordered_at) from analytics.fct_orders)
--> order_id: raw.orders.id
--> user_id: raw.orders.user_id
--> ordered_at: raw.orders._loaded_at
--> amount: raw.orders.amount_cents
--| rows: raw.orders._loaded_at analytics.fct_orders.ordered_at

--# incremental with coalesce around the subquery
--: in duckdb postgres snowflake
with new_rows as (
    select * from raw.orders
    where _loaded_at >= (select coalesce(max(ordered_at), '1900-01-01') from analytics.fct_orders)
)
select id as order_id, status from new_rows
--> order_id: raw.orders.id
--> status: raw.orders.status
--| rows: raw.orders._loaded_at analytics.fct_orders.ordered_at

--# surrogate key
--: in duckdb postgres
select
    md5(cast(coalesce(cast(id as TEXT), '_dbt_utils_surrogate_key_null_') || '-' || coalesce(cast(user_id as TEXT), '_dbt_utils_surrogate_key_null_') as TEXT)) as order_key,
    status
from raw.orders
--> order_key: raw.orders.id raw.orders.user_id
--> status: raw.orders.status

--# surrogate key in BigQuery
--: in bigquery
select to_hex(md5(cast(coalesce(cast(id as string), '_dbt_utils_surrogate_key_null_') || '-' || coalesce(cast(status as string), '_dbt_utils_surrogate_key_null_') as string))) as order_key
from raw.orders
--> order_key: raw.orders.id raw.orders.status

--# dbt_utils.star
--: in duckdb postgres
select
  "id",
  "user_id",
  "status"
from "raw"."orders"
--> id: raw.orders.id
--> user_id: raw.orders.user_id
--> status: raw.orders.status

--# dbt_utils.union_relations
--: in duckdb postgres snowflake
        (
            select
                cast('raw.orders_eu' as TEXT) as _dbt_source_relation,
                    cast(id as INTEGER) as id ,
                    cast(user_id as INTEGER) as user_id ,
                    cast(vat as INTEGER) as vat ,
                    cast(null as INTEGER) as tax
            from raw.orders_eu
        )
        union all
        (
            select
                cast('raw.orders_us' as TEXT) as _dbt_source_relation,
                    cast(id as INTEGER) as id ,
                    cast(user_id as INTEGER) as user_id ,
                    cast(null as INTEGER) as vat ,
                    cast(tax as INTEGER) as tax
            from raw.orders_us
        )
--> _dbt_source_relation:
--> id: raw.orders_eu.id raw.orders_us.id
--> user_id: raw.orders_eu.user_id raw.orders_us.user_id
--> vat: raw.orders_eu.vat
--> tax: raw.orders_us.tax

--# dbt_utils.deduplicate with qualify
--: in duckdb snowflake bigquery databricks redshift
with base as (select * from raw.users)
select * from base as dedup
qualify row_number() over (partition by id order by updated_at desc) = 1
--> id: raw.users.id
--> first_name: raw.users.first_name
--> last_name: raw.users.last_name
--> email: raw.users.email
--> updated_at: raw.users.updated_at
--| rows: raw.users.id raw.users.updated_at

--# dbt_utils.deduplicate with a row number
--: in postgres redshift
with row_numbered as (
    select _inner.*, row_number() over (partition by id order by updated_at desc) as rn from raw.users as _inner
)
select distinct data.id, data.email from raw.users as data
join row_numbered on row_numbered.id = data.id and row_numbered.rn = 1
--> id: raw.users.id
--> email: raw.users.email
--| rows: raw.users.id raw.users.updated_at

--# dbt_utils.deduplicate in BigQuery
--: in bigquery
select unique.*
from (
    select array_agg(original order by updated_at desc limit 1)[offset(0)] as unique
    from raw.users as original
    group by id
)
--> id: raw.users.id
--> first_name: raw.users.first_name
--> last_name: raw.users.last_name
--> email: raw.users.email
--> updated_at: raw.users.updated_at
--| rows: raw.users.id
--: may column raw.users.updated_at

--# dbt_utils.deduplicate in BigQuery over an unknown table
--: in bigquery
--: knows none
select unique.*
from (
    select array_agg(original order by updated_at desc limit 1)[offset(0)] as unique
    from raw.users as original
    group by id
)
--| reads: raw.users
--| rows: raw.users.id
--| incomplete

--# dbt_utils.pivot
--: in duckdb postgres snowflake
select
    day,
      sum(case when metric = 'visits' then value else 0 end) as "visits",
      sum(case when metric = 'sales' then value else 0 end) as "sales"
from analytics.metrics
group by day
--> day: analytics.metrics.day
--> "visits": analytics.metrics.metric analytics.metrics.value
--> "sales": analytics.metrics.metric analytics.metrics.value
--| rows: analytics.metrics.day

--# dbt_utils.unpivot
--: in duckdb postgres
select id, cast('vat' as TEXT) as field_name, cast(vat as INTEGER) as value from raw.orders_eu
union all
select id, cast('user_id' as TEXT) as field_name, cast(user_id as INTEGER) as value from raw.orders_eu
--> id: raw.orders_eu.id
--> field_name:
--> value: raw.orders_eu.vat raw.orders_eu.user_id

--# dbt_utils.date_spine
--: in duckdb postgres
with rawdata as (
    with p as (
        select 0 as generated_number union all select 1
    ), unioned as (
    select p0.generated_number * power(2, 0) + p1.generated_number * power(2, 1) + 1 as generated_number
    from p as p0 cross join p as p1
    )
    select * from unioned where generated_number <= 4 order by generated_number
),
all_periods as (
    select (cast('2024-01-01' as date) + ((interval '1 day') * (row_number() over (order by 1) - 1))) as date_day from rawdata
),
filtered as (select * from all_periods where date_day <= cast('2024-01-05' as date))
select * from filtered
--> date_day:
--| may rows:

--# spine joined to facts
--: in duckdb postgres
with spine as (
    select cast(d as date) as date_day from generate_series(timestamp '2024-01-01', timestamp '2024-03-01', interval '1 day') as g(d)
)
select spine.date_day, count(o.id) as orders, coalesce(sum(o.amount_cents), 0) as cents
from spine left join raw.orders o on o.order_date = spine.date_day
group by spine.date_day
--> date_day:
--> orders: raw.orders.id
--> cents: raw.orders.amount_cents
--| rows: raw.orders.order_date

--# snapshot by timestamp
--: in duckdb postgres
select *,
    md5(coalesce(cast(id as varchar), '') || '|' || coalesce(cast(updated_at as varchar), '')) as dbt_scd_id,
    updated_at as dbt_updated_at,
    updated_at as dbt_valid_from,
    coalesce(nullif(updated_at, updated_at), null) as dbt_valid_to
from (
    select id, email, updated_at from raw.users
) sbq
--> id: raw.users.id
--> email: raw.users.email
--> updated_at: raw.users.updated_at
--> dbt_scd_id: raw.users.id raw.users.updated_at
--> dbt_updated_at: raw.users.updated_at
--> dbt_valid_from: raw.users.updated_at
--> dbt_valid_to: raw.users.updated_at
--: still raw.users.updated_at into dbt_valid_to it is nullif of itself, always null

--# test query: not null
--: in duckdb postgres snowflake bigquery databricks redshift trino
select count(*) as failures, count(*) != 0 as should_warn, count(*) != 0 as should_error
from (select user_key from (select * from analytics.dim_users where name is not null) dbt_subquery where user_key is null) dbt_internal_test
--> failures:
--> should_warn:
--> should_error:
--| rows: analytics.dim_users.name analytics.dim_users.user_key

--# three-part names in quotes
--: in duckdb postgres
--: table lake.main.stg_orders(order_id int, total int)
with stg as (select * from "lake"."main"."stg_orders") select order_id, total as gross from stg
--> order_id: lake.main.stg_orders.order_id
--> gross: lake.main.stg_orders.total
--: not postgres one database at a time

--# codegen comment block and blank lines
--: in duckdb postgres snowflake bigquery databricks redshift trino
/* {"app": "dbt", "node_id": "model.shop.orders"} */

-- depends_on: raw.users


with users as (

    select * from raw.users

)

select users.id, users.email from users
--> id: raw.users.id
--> email: raw.users.email

--# slowly changing dimension joined by validity
--: in duckdb postgres snowflake
--: table snap.users(id int, plan text, dbt_valid_from timestamp, dbt_valid_to timestamp)
select o.id as order_id, s.plan
from raw.orders o
left join snap.users s
    on s.id = o.user_id
    and o._loaded_at >= s.dbt_valid_from
    and o._loaded_at < coalesce(s.dbt_valid_to, '9999-12-31')
--> order_id: raw.orders.id
--> plan: snap.users.plan
--| rows: snap.users.id raw.orders.user_id raw.orders._loaded_at snap.users.dbt_valid_from snap.users.dbt_valid_to

--# metric over time, dbt_utils style group by 1
--: in duckdb postgres snowflake bigquery databricks redshift trino
select day, metric, sum(value) as value from analytics.metrics group by 1, 2
--> day: analytics.metrics.day
--> metric: analytics.metrics.metric
--> value: analytics.metrics.value
--| rows: analytics.metrics.day analytics.metrics.metric

--# safe divide and generated audit columns
--: in duckdb
select id, amount_cents / nullif(user_id, 0) as per_user, '2024-01-01'::timestamp as _dbt_run_at, 'abc' as _invocation_id from raw.orders
--> id: raw.orders.id
--> per_user: raw.orders.amount_cents raw.orders.user_id
--> _dbt_run_at:
--> _invocation_id:
