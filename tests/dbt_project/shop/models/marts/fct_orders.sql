{{ config(materialized='incremental', unique_key='order_id') }}
with orders as (
    select * from {{ ref('stg_orders') }}
),

payments as (
    select * from {{ ref('int_order_payments') }}
)

select
    orders.*,
    coalesce(payments.paid, 0) as paid,
    orders.amount - coalesce(payments.paid, 0) as open_amount,
    row_number() over (partition by orders.customer_id order by orders.ordered_at) as order_number
from orders
left join payments using (order_id)
{% if is_incremental() %}
where orders.updated_at > (select max(updated_at) from {{ this }})
{% endif %}
