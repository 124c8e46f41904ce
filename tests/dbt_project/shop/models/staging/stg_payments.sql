{{ config(materialized='ephemeral') }}
select
    id as payment_id,
    order_id,
    coalesce(amount_cents, 0) / 100.0 as paid
from {{ source('raw', 'payments') }}
where state = 'paid'
