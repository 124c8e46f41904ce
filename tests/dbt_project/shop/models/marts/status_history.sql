select order_id, status, dbt_valid_from, dbt_valid_to from {{ ref('orders_history') }}
union all
select order_id, status, updated_at, null from {{ ref('stg_orders') }}
