--: table app.accounts(id int, name text, plan_id int, owner_user_id int, created_at timestamp, deleted_at timestamp, country text)
--: table app.plans(id int, code text, monthly_cents int, seats int)
--: table app.users(id int, account_id int, email text, role text, last_seen_at timestamp)
--: table app.subscriptions(id int, account_id int, plan_id int, starts_on date, ends_on date, status text, quantity int)
--: table app.events(event_id int, user_id int, name text, properties json, occurred_at timestamp)
--: table app.tickets(id int, account_id int, opened_at timestamp, solved_at timestamp, priority text, score int)
--: table app.months(month_start date)

--# monthly recurring revenue with movements
--: in duckdb postgres snowflake
with active as (
    select
        m.month_start,
        s.account_id,
        sum(p.monthly_cents * s.quantity) as mrr_cents
    from app.months m
    join app.subscriptions s
        on s.starts_on <= m.month_start
        and (s.ends_on is null or s.ends_on > m.month_start)
    join app.plans p on p.id = s.plan_id
    where s.status <> 'trial'
    group by m.month_start, s.account_id
),
with_previous as (
    select
        month_start,
        account_id,
        mrr_cents,
        lag(mrr_cents) over (partition by account_id order by month_start) as previous_cents,
        min(month_start) over (partition by account_id) as first_month
    from active
),
movements as (
    select
        month_start,
        account_id,
        mrr_cents,
        coalesce(previous_cents, 0) as previous_cents,
        case
            when month_start = first_month then 'new'
            when previous_cents is null then 'reactivated'
            when mrr_cents > previous_cents then 'expansion'
            when mrr_cents < previous_cents then 'contraction'
            else 'flat'
        end as movement
    from with_previous
)
select
    movements.month_start,
    accounts.country,
    movements.movement,
    count(*) as accounts,
    sum(movements.mrr_cents) / 100.0 as mrr,
    sum(movements.mrr_cents - movements.previous_cents) / 100.0 as mrr_change
from movements
join app.accounts as accounts on accounts.id = movements.account_id
where accounts.deleted_at is null
group by movements.month_start, accounts.country, movements.movement
--> month_start: app.months.month_start
--> country: app.accounts.country
--> movement: app.months.month_start app.plans.monthly_cents app.subscriptions.quantity | app.subscriptions.account_id
--> accounts:
--> mrr: app.plans.monthly_cents app.subscriptions.quantity
--> mrr_change: app.plans.monthly_cents app.subscriptions.quantity | app.subscriptions.account_id app.months.month_start
--| rows: app.subscriptions.starts_on app.subscriptions.ends_on app.months.month_start app.plans.id app.subscriptions.plan_id app.subscriptions.status app.subscriptions.account_id app.accounts.id app.accounts.deleted_at app.accounts.country app.plans.monthly_cents app.subscriptions.quantity

--# account health
--: in duckdb
with usage as (
    select u.account_id,
        count(distinct u.id) filter (where u.last_seen_at > timestamp '2024-03-01') as active_users,
        count(distinct u.id) as users,
        max(u.last_seen_at) as last_seen_at
    from app.users u
    group by all
),
support as (
    select account_id,
        count(*) as tickets,
        count_if(priority = 'high') as urgent_tickets,
        avg(score) as satisfaction,
        avg(date_diff('hour', opened_at, solved_at)) as hours_to_solve
    from app.tickets
    group by account_id
),
features as (
    select u.account_id, e.name as feature, count(*) as uses,
        row_number() over (partition by u.account_id order by count(*) desc, e.name) as place
    from app.events e join app.users u on u.id = e.user_id
    group by u.account_id, e.name
)
select
    a.id as account_id,
    a.name,
    pl.code as plan,
    owner.email as owner_email,
    usage.active_users,
    usage.users::double / nullif(pl.seats, 0) as seat_use,
    support.satisfaction,
    coalesce(support.urgent_tickets, 0) as urgent_tickets,
    f.feature as favourite_feature,
    case
        when usage.last_seen_at < timestamp '2024-02-01' then 'asleep'
        when support.satisfaction < 3 then 'unhappy'
        when seat_use > 0.8 then 'growing'
        else 'fine'
    end as health
from app.accounts a
left join app.plans pl on pl.id = a.plan_id
left join app.users owner on owner.id = a.owner_user_id
left join usage on usage.account_id = a.id
left join support on support.account_id = a.id
left join features f on f.account_id = a.id and f.place = 1
where a.deleted_at is null
--> account_id: app.accounts.id
--> name: app.accounts.name
--> plan: app.plans.code
--> owner_email: app.users.email
--> active_users: app.users.id app.users.last_seen_at
--> seat_use: app.users.id app.plans.seats
--> satisfaction: app.tickets.score
--> urgent_tickets: app.tickets.priority
--> favourite_feature: app.events.name
--> health: app.users.last_seen_at app.tickets.score app.users.id app.plans.seats
--| rows: app.users.account_id app.tickets.account_id app.events.name app.users.id app.events.user_id app.plans.id app.accounts.plan_id app.accounts.owner_user_id app.accounts.id app.accounts.deleted_at

--# funnel from events in JSON
--: in duckdb
with parsed as (
    select
        e.user_id,
        e.name,
        e.occurred_at,
        e.properties ->> '$.plan' as plan,
        cast(e.properties ->> '$.value' as double) as value
    from app.events e
),
steps as (
    select user_id,
        min(case when name = 'visit' then occurred_at end) as visited_at,
        min(case when name = 'signup' then occurred_at end) as signed_up_at,
        min(case when name = 'pay' then occurred_at end) as paid_at,
        max(value) as top_value,
        any_value(plan) as plan
    from parsed group by user_id
)
select
    users.role,
    count(steps.visited_at) as visited,
    count(case when signed_up_at >= visited_at then 1 end) as signed_up,
    count(case when paid_at >= signed_up_at then 1 end) as paid,
    sum(top_value) as value,
    count(distinct plan) as plans
from steps join app.users as users on users.id = steps.user_id
group by users.role
having count(*) > 0
--> role: app.users.role
--> visited: app.events.name app.events.occurred_at
--> signed_up: app.events.name app.events.occurred_at
--> paid: app.events.name app.events.occurred_at
--> value: app.events.properties
--> plans: app.events.properties
--| rows: app.events.user_id app.users.id app.users.role
--: still app.events.occurred_at into visited occurred_at counts only where it is null

--# seat history with generated months and window frames
--: in duckdb postgres
select
    s.account_id,
    a.name as account,
    s.starts_on,
    sum(s.quantity) over (partition by s.account_id order by s.starts_on rows between 2 preceding and current row) as seats_last_3,
    max(s.quantity) over account_window as most_seats,
    first_value(p.code) over (account_window order by s.starts_on) as first_plan,
    s.quantity - lag(s.quantity, 1, 0) over (account_window order by s.starts_on) as seat_change
from app.subscriptions s
join app.accounts a on a.id = s.account_id
left join app.plans p on p.id = s.plan_id
window account_window as (partition by s.account_id)
order by s.account_id, s.starts_on desc
--> account_id: app.subscriptions.account_id
--> account: app.accounts.name
--> starts_on: app.subscriptions.starts_on
--> seats_last_3: app.subscriptions.quantity | app.subscriptions.account_id app.subscriptions.starts_on
--> most_seats: app.subscriptions.quantity | app.subscriptions.account_id
--> first_plan: app.plans.code | app.subscriptions.account_id app.subscriptions.starts_on
--> seat_change: app.subscriptions.quantity | app.subscriptions.account_id app.subscriptions.starts_on
--| rows: app.accounts.id app.subscriptions.account_id app.plans.id app.subscriptions.plan_id app.subscriptions.starts_on

--# BigQuery event table, flattened
--: in bigquery
--: table `proj.analytics.events`(event_date string, event_name string, event_timestamp int64, user_pseudo_id string, event_params array, device struct, ecommerce struct)
with base as (
    select
        parse_date('%Y%m%d', event_date) as event_day,
        event_name,
        timestamp_micros(event_timestamp) as event_at,
        user_pseudo_id,
        (select value.string_value from unnest(event_params) where key = 'page_location') as page,
        (select value.int_value from unnest(event_params) where key = 'ga_session_id') as session_id,
        device.category as device_category,
        ecommerce.purchase_revenue as revenue
    from `proj.analytics.events`
    where event_date >= '20240101'
),
sessions as (
    select
        concat(user_pseudo_id, '-', cast(session_id as string)) as session_key,
        min(event_at) as started_at,
        array_agg(page ignore nulls order by event_at limit 1)[safe_offset(0)] as landing_page,
        any_value(device_category) as device,
        countif(event_name = 'purchase') as purchases,
        sum(revenue) as revenue
    from base
    group by session_key
)
select *, safe_divide(revenue, purchases) as basket from sessions
--> session_key: `proj.analytics.events`.user_pseudo_id `proj.analytics.events`.event_params
--> started_at: `proj.analytics.events`.event_timestamp
--> landing_page: `proj.analytics.events`.event_params | sort `proj.analytics.events`.event_timestamp
--> device: `proj.analytics.events`.device
--> purchases: `proj.analytics.events`.event_name
--> revenue: `proj.analytics.events`.ecommerce
--> basket: `proj.analytics.events`.ecommerce `proj.analytics.events`.event_name
--| rows: `proj.analytics.events`.event_date `proj.analytics.events`.user_pseudo_id `proj.analytics.events`.event_params
