--: table raw.orders(id int, customer_id int, placed_at timestamp, state text, currency text, shipping_cents int, coupon_code text)
--: table raw.order_lines(id int, order_id int, product_id int, quantity int, unit_cents int, discount_cents int)
--: table raw.products(id int, sku text, title text, category_id int, cost_cents int)
--: table raw.categories(id int, parent_id int, name text)
--: table raw.customers(id int, email text, first_name text, last_name text, country text, created_at timestamp)
--: table raw.refunds(id int, order_line_id int, cents int, reason text, refunded_at timestamp)
--: table raw.fx(currency text, day date, rate decimal(10,4))
--: table raw.sessions(session_id int, customer_id int, started_at timestamp, landing_page text, utm_source text, utm_medium text)

--# order fact
--: in duckdb postgres
with lines as (
    select
        order_id,
        count(*) as line_count,
        sum(quantity) as item_count,
        sum(quantity * unit_cents) as gross_cents,
        sum(discount_cents) as discount_cents
    from raw.order_lines
    group by order_id
),

refunds as (
    select
        l.order_id,
        sum(r.cents) as refund_cents,
        max(r.refunded_at) as last_refund_at
    from raw.refunds r
    join raw.order_lines l on l.id = r.order_line_id
    group by l.order_id
),

rates as (
    select currency, day, rate,
        row_number() over (partition by currency, day order by rate desc) as rn
    from raw.fx
),

orders as (
    select
        o.id as order_id,
        o.customer_id,
        o.placed_at,
        cast(o.placed_at as date) as order_date,
        o.state,
        upper(o.currency) as currency,
        coalesce(o.shipping_cents, 0) as shipping_cents,
        case when o.coupon_code is not null then true else false end as has_coupon
    from raw.orders o
    where o.state not in ('draft', 'test')
)

select
    orders.order_id,
    orders.customer_id,
    orders.order_date,
    orders.has_coupon,
    case
        when refunds.refund_cents >= lines.gross_cents then 'refunded'
        when refunds.refund_cents > 0 then 'partly refunded'
        else orders.state
    end as status,
    lines.line_count,
    lines.item_count,
    lines.gross_cents / 100.0 as gross,
    (lines.gross_cents - lines.discount_cents + orders.shipping_cents) / 100.0 as total,
    (lines.gross_cents - lines.discount_cents + orders.shipping_cents) * rates.rate / 100.0 as total_eur,
    coalesce(refunds.refund_cents, 0) / 100.0 as refunded,
    refunds.last_refund_at,
    row_number() over (partition by orders.customer_id order by orders.placed_at) as customer_order_number
from orders
left join lines on lines.order_id = orders.order_id
left join refunds on refunds.order_id = orders.order_id
left join rates on rates.currency = orders.currency and rates.day = orders.order_date and rates.rn = 1
--> order_id: raw.orders.id
--> customer_id: raw.orders.customer_id
--> order_date: raw.orders.placed_at
--> has_coupon: raw.orders.coupon_code
--> status: raw.refunds.cents raw.order_lines.quantity raw.order_lines.unit_cents raw.orders.state
--> line_count:
--> item_count: raw.order_lines.quantity
--> gross: raw.order_lines.quantity raw.order_lines.unit_cents
--> total: raw.order_lines.quantity raw.order_lines.unit_cents raw.order_lines.discount_cents raw.orders.shipping_cents
--> total_eur: raw.order_lines.quantity raw.order_lines.unit_cents raw.order_lines.discount_cents raw.orders.shipping_cents raw.fx.rate
--> refunded: raw.refunds.cents
--> last_refund_at: raw.refunds.refunded_at
--> customer_order_number: | window raw.orders.customer_id raw.orders.placed_at
--| rows: raw.orders.state raw.orders.id raw.order_lines.order_id raw.order_lines.id raw.refunds.order_line_id raw.fx.currency raw.fx.day raw.fx.rate raw.orders.currency raw.orders.placed_at
--: data wild-only words of the right currency never match

--# customer dimension
--: in duckdb postgres snowflake
with customers as (
    select * from raw.customers
),
orders as (
    select * from raw.orders where state = 'paid'
),
lines as (
    select * from raw.order_lines
),
order_totals as (
    select orders.id as order_id, orders.customer_id, orders.placed_at,
        sum(lines.quantity * lines.unit_cents - lines.discount_cents) as cents
    from orders
    inner join lines on orders.id = lines.order_id
    group by 1, 2, 3
),
by_customer as (
    select
        customer_id,
        min(placed_at) as first_order_at,
        max(placed_at) as last_order_at,
        count(distinct order_id) as orders,
        sum(cents) as lifetime_cents,
        avg(cents) as average_cents
    from order_totals
    group by customer_id
),
final as (
    select
        customers.id as customer_id,
        customers.first_name || ' ' || customers.last_name as full_name,
        lower(trim(customers.email)) as email,
        customers.country,
        by_customer.first_order_at,
        by_customer.last_order_at,
        coalesce(by_customer.orders, 0) as orders,
        coalesce(by_customer.lifetime_cents, 0) / 100.0 as lifetime_value,
        case
            when by_customer.orders is null then 'lead'
            when by_customer.orders = 1 then 'new'
            when by_customer.lifetime_cents > 5000 then 'vip'
            else 'repeat'
        end as segment
    from customers
    left join by_customer on customers.id = by_customer.customer_id
)
select * from final
--> customer_id: raw.customers.id
--> full_name: raw.customers.first_name raw.customers.last_name
--> email: raw.customers.email
--> country: raw.customers.country
--> first_order_at: raw.orders.placed_at
--> last_order_at: raw.orders.placed_at
--> orders: raw.orders.id
--> lifetime_value: raw.order_lines.quantity raw.order_lines.unit_cents raw.order_lines.discount_cents
--: still raw.order_lines.discount_cents into segment it is small beside the rest
--> segment: raw.orders.id raw.order_lines.quantity raw.order_lines.unit_cents raw.order_lines.discount_cents
--| rows: raw.orders.state raw.orders.id raw.order_lines.order_id raw.orders.customer_id raw.orders.placed_at raw.customers.id

--# customer dimension without any schema
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
with customers as (
    select * from raw.customers
),
orders as (
    select * from raw.orders
),
customer_orders as (
    select
        customer_id,
        min(placed_at) as first_order,
        max(placed_at) as most_recent_order,
        count(id) as number_of_orders
    from orders
    group by customer_id
),
final as (
    select
        customers.id as customer_id,
        customers.first_name,
        customers.last_name,
        customer_orders.first_order,
        customer_orders.most_recent_order,
        coalesce(customer_orders.number_of_orders, 0) as number_of_orders
    from customers
    left join customer_orders on customers.id = customer_orders.customer_id
)
select * from final
--> customer_id: raw.customers.id
--> first_name: raw.customers.first_name
--> last_name: raw.customers.last_name
--> first_order: raw.orders.placed_at
--> most_recent_order: raw.orders.placed_at
--> number_of_orders: raw.orders.id
--| rows: raw.orders.customer_id raw.customers.id

--# category tree with product counts
--: in duckdb postgres
with recursive tree as (
    select id, parent_id, name as path, 1 as level from raw.categories
    union all
    select c.id, c.parent_id, tree.path || ' > ' || c.name, tree.level + 1
    from raw.categories c
    join tree on c.parent_id = tree.id
    where tree.level < 3
),
longest as (
    select id, path, level, row_number() over (partition by id order by level desc) as rn from tree
)
select
    longest.id as category_id,
    longest.path,
    longest.level as depth,
    count(p.id) as products,
    avg(p.cost_cents) as average_cost
from longest
left join raw.products p on p.category_id = longest.id
where longest.rn = 1
group by longest.id, longest.path, longest.level
--> category_id: raw.categories.id
--> path: raw.categories.name
--> depth:
--> products: raw.products.id
--> average_cost: raw.products.cost_cents
--| rows: raw.categories.parent_id raw.categories.id raw.products.category_id raw.categories.name

--# attribution: the last session before an order
--: in duckdb postgres snowflake bigquery databricks redshift trino
with touches as (
    select
        o.id as order_id,
        o.placed_at,
        s.session_id,
        s.utm_source,
        s.utm_medium,
        s.landing_page,
        row_number() over (partition by o.id order by s.started_at desc) as recency
    from raw.orders o
    left join raw.sessions s
        on s.customer_id = o.customer_id
        and s.started_at <= o.placed_at
),
last_touch as (
    select order_id, session_id, coalesce(utm_source, 'direct') as source, utm_medium as medium, landing_page
    from touches where recency = 1
)
select
    source,
    case when medium in ('cpc', 'ppc') then 'paid' when source = 'direct' then 'direct' else 'organic' end as channel,
    count(distinct order_id) as orders,
    count(session_id) as sessions
from last_touch
group by source, 2
--> source: raw.sessions.utm_source
--> channel: raw.sessions.utm_medium raw.sessions.utm_source
--> orders: raw.orders.id
--> sessions: raw.sessions.session_id
--| rows: raw.orders.id raw.sessions.started_at raw.sessions.customer_id raw.orders.customer_id raw.orders.placed_at raw.sessions.utm_source raw.sessions.utm_medium

--# margin by category and month, with shares
--: in duckdb postgres
with sold as (
    select
        date_trunc('month', o.placed_at) as month,
        p.category_id,
        l.quantity,
        l.quantity * l.unit_cents - l.discount_cents as net_cents,
        l.quantity * p.cost_cents as cost_cents,
        l.id as line_id
    from raw.order_lines l
    join raw.orders o on o.id = l.order_id
    join raw.products p on p.id = l.product_id
    where o.state = 'paid'
),
returned as (
    select order_line_id, sum(cents) as cents from raw.refunds where reason <> 'goodwill' group by order_line_id
),
net as (
    select sold.month, sold.category_id, sold.quantity, sold.net_cents - coalesce(returned.cents, 0) as net_cents, sold.cost_cents
    from sold left join returned on returned.order_line_id = sold.line_id
),
monthly as (
    select month, category_id, sum(quantity) as units, sum(net_cents) as net_cents, sum(net_cents - cost_cents) as margin_cents
    from net group by 1, 2
)
select
    monthly.month,
    categories.name as category,
    monthly.units,
    monthly.margin_cents,
    monthly.net_cents / nullif(sum(monthly.net_cents) over (partition by monthly.month), 0) as share_of_month,
    monthly.net_cents - lag(monthly.net_cents) over (partition by monthly.category_id order by monthly.month) as change
from monthly
left join raw.categories as categories on categories.id = monthly.category_id
--> month: raw.orders.placed_at
--> category: raw.categories.name
--> units: raw.order_lines.quantity
--> margin_cents: raw.order_lines.quantity raw.order_lines.unit_cents raw.order_lines.discount_cents raw.refunds.cents raw.products.cost_cents
--> share_of_month: raw.order_lines.quantity raw.order_lines.unit_cents raw.order_lines.discount_cents raw.refunds.cents | window raw.orders.placed_at
--> change: raw.order_lines.quantity raw.order_lines.unit_cents raw.order_lines.discount_cents raw.refunds.cents | window raw.products.category_id raw.orders.placed_at
--| rows: raw.orders.id raw.order_lines.order_id raw.products.id raw.order_lines.product_id raw.orders.state raw.refunds.reason raw.refunds.order_line_id raw.order_lines.id raw.orders.placed_at raw.products.category_id raw.categories.id

--# cohorts
--: in duckdb postgres snowflake
with first_orders as (
    select customer_id, min(date_trunc('month', placed_at)) as cohort from raw.orders group by customer_id
),
activity as (
    select o.customer_id, f.cohort, date_trunc('month', o.placed_at) as active_month
    from raw.orders o join first_orders f on f.customer_id = o.customer_id
),
sizes as (
    select cohort, count(distinct customer_id) as customers from first_orders group by cohort
)
select
    activity.cohort,
    activity.active_month,
    sizes.customers as cohort_size,
    count(distinct activity.customer_id) as active_customers,
    1.0 * count(distinct activity.customer_id) / sizes.customers as retention
from activity
join sizes on sizes.cohort = activity.cohort
group by activity.cohort, activity.active_month, sizes.customers
--> cohort: raw.orders.placed_at
--> active_month: raw.orders.placed_at
--> cohort_size: raw.orders.customer_id
--> active_customers: raw.orders.customer_id
--> retention: raw.orders.customer_id
--| rows: raw.orders.customer_id raw.orders.placed_at
