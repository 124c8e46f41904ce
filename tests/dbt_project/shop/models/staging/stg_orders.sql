with source as (
    select * from {{ source('raw', 'orders') }}
)

select
    id as order_id,
    customer_id,
    lower(status) as status,
    amount_cents / 100.0 as amount,
    ordered_at,
    updated_at
from source
where not deleted
