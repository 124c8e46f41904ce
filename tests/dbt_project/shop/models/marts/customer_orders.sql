select
    c.customer_id,
    c.full_name,
    c.region,
    count(*) as orders,
    sum(o.amount) filter (where o.status = 'done') as done_amount,
    max(o.ordered_at) as last_ordered_at
from {{ ref('dim_customers') }} as c
inner join {{ ref('fct_orders') }} as o on o.customer_id = c.customer_id
group by all
