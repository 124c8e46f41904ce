--# long chain fivetran-style customer overview
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with orders as (
    select *
    from analytics.shopify.shopify__orders
), order_lines as (
    select *
    from analytics.shopify.stg_shopify__order_line
), transactions as (
    select *
    from analytics.shopify.shopify__transactions
    where lower(status) = 'success'
    and lower(kind) not in ('authorization', 'void')
), refunds as (
    select
        order_line_id,
        source_relation,
        sum(quantity) as quantity,
        sum(coalesce(subtotal, 0)) as subtotal
    from analytics.shopify.shopify__orders__order_refunds
    group by 1, 2
), refunds_aggregated as (
    select order_line_id, source_relation, quantity as refunded_quantity, subtotal as refunded_subtotal
    from refunds
), lines_joined as (
    select
        order_lines.*,
        coalesce(refunds_aggregated.refunded_quantity, 0) as refunded_quantity,
        order_lines.quantity - coalesce(refunds_aggregated.refunded_quantity, 0) as quantity_net_refunds,
        order_lines.pre_tax_price - coalesce(refunds_aggregated.refunded_subtotal, 0) as subtotal_net_refunds
    from order_lines
    left join refunds_aggregated
        on refunds_aggregated.order_line_id = order_lines.order_line_id
        and refunds_aggregated.source_relation = order_lines.source_relation
), line_totals as (
    select
        order_id,
        source_relation,
        sum(quantity_net_refunds) as qty,
        sum(subtotal_net_refunds) as subtotal,
        count(*) as line_count
    from lines_joined
    group by 1, 2
), transaction_agg as (
    select
        order_id,
        source_relation,
        sum(case when kind in ('sale', 'capture') then currency_exchange_calculated_amount end) as paid,
        listagg(distinct gateway, ', ') within group (order by gateway) as gateways
    from transactions
    group by 1, 2
), orders_enriched as (
    select
        orders.*,
        coalesce(line_totals.qty, 0) as qty,
        line_totals.subtotal,
        line_totals.line_count,
        transaction_agg.paid,
        transaction_agg.gateways,
        row_number() over (
            partition by orders.customer_id, orders.source_relation
            order by orders.created_timestamp) as customer_order_seq_number
    from orders
    left join line_totals
        on line_totals.order_id = orders.order_id
        and line_totals.source_relation = orders.source_relation
    left join transaction_agg
        on transaction_agg.order_id = orders.order_id
        and transaction_agg.source_relation = orders.source_relation
), windows as (
    select
        *,
        case when customer_order_seq_number = 1 then 'new' else 'repeat' end as new_vs_repeat
    from orders_enriched
), aggregated as (
    select
        customer_id,
        source_relation,
        min(created_timestamp) as first_order_timestamp,
        max(case when new_vs_repeat = 'repeat' then created_timestamp end) as last_repeat_timestamp,
        avg(subtotal) as avg_order_value,
        sum(paid) as lifetime_total_spent,
        max(gateways) as any_gateways,
        sum(line_count) as lines_total,
        count(distinct order_id) as lifetime_count_orders
    from windows
    where customer_id is not null
    group by customer_id, source_relation
), final as (
    select
        c.customer_id,
        c.email,
        c.source_relation,
        a.first_order_timestamp,
        a.last_repeat_timestamp,
        a.avg_order_value,
        coalesce(a.lifetime_total_spent, 0) as lifetime_total_spent,
        a.any_gateways,
        coalesce(a.lines_total, 0) as lines_total,
        zeroifnull(a.lifetime_count_orders) as lifetime_count_orders,
        round(lifetime_total_spent / nullif(lifetime_count_orders, 0), 2) as aov2
    from analytics.shopify.stg_shopify__customer as c
    left join aggregated as a
        on c.customer_id = a.customer_id and c.source_relation = a.source_relation
)
select * from final
--> "CUSTOMER_ID": identity ANALYTICS.SHOPIFY.STG_SHOPIFY__CUSTOMER.CUSTOMER_ID
--> "EMAIL": identity ANALYTICS.SHOPIFY.STG_SHOPIFY__CUSTOMER.EMAIL
--> "SOURCE_RELATION": identity ANALYTICS.SHOPIFY.STG_SHOPIFY__CUSTOMER.SOURCE_RELATION
--> "FIRST_ORDER_TIMESTAMP": aggregation ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.CREATED_TIMESTAMP
--> "LAST_REPEAT_TIMESTAMP": aggregation ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.CREATED_TIMESTAMP | window ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.CREATED_TIMESTAMP ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.CUSTOMER_ID ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.SOURCE_RELATION
--> "AVG_ORDER_VALUE": aggregation ANALYTICS.SHOPIFY.SHOPIFY__ORDERS__ORDER_REFUNDS.SUBTOTAL ANALYTICS.SHOPIFY.STG_SHOPIFY__ORDER_LINE.PRE_TAX_PRICE
--> "LIFETIME_TOTAL_SPENT": aggregation ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.CURRENCY_EXCHANGE_CALCULATED_AMOUNT ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.KIND
--> "ANY_GATEWAYS": aggregation ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.GATEWAY | sort ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.GATEWAY
--> "LINES_TOTAL":
--> "LIFETIME_COUNT_ORDERS": aggregation ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.ORDER_ID
--> "AOV2": aggregation ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.ORDER_ID ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.CURRENCY_EXCHANGE_CALCULATED_AMOUNT ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.KIND
--| rows: join ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.CUSTOMER_ID ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.ORDER_ID ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.SOURCE_RELATION ANALYTICS.SHOPIFY.SHOPIFY__ORDERS__ORDER_REFUNDS.ORDER_LINE_ID ANALYTICS.SHOPIFY.SHOPIFY__ORDERS__ORDER_REFUNDS.SOURCE_RELATION ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.ORDER_ID ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.SOURCE_RELATION ANALYTICS.SHOPIFY.STG_SHOPIFY__CUSTOMER.CUSTOMER_ID ANALYTICS.SHOPIFY.STG_SHOPIFY__CUSTOMER.SOURCE_RELATION ANALYTICS.SHOPIFY.STG_SHOPIFY__ORDER_LINE.ORDER_ID ANALYTICS.SHOPIFY.STG_SHOPIFY__ORDER_LINE.ORDER_LINE_ID ANALYTICS.SHOPIFY.STG_SHOPIFY__ORDER_LINE.SOURCE_RELATION filter ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.CUSTOMER_ID ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.KIND ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.STATUS group_by ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.CUSTOMER_ID ANALYTICS.SHOPIFY.SHOPIFY__ORDERS.SOURCE_RELATION ANALYTICS.SHOPIFY.SHOPIFY__ORDERS__ORDER_REFUNDS.ORDER_LINE_ID ANALYTICS.SHOPIFY.SHOPIFY__ORDERS__ORDER_REFUNDS.SOURCE_RELATION ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.ORDER_ID ANALYTICS.SHOPIFY.SHOPIFY__TRANSACTIONS.SOURCE_RELATION ANALYTICS.SHOPIFY.STG_SHOPIFY__ORDER_LINE.ORDER_ID ANALYTICS.SHOPIFY.STG_SHOPIFY__ORDER_LINE.SOURCE_RELATION

--# long chain GA4 sessions to channel attribution
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with base as (
  select
    parse_date('%Y%m%d', event_date) as event_date_dt,
    event_timestamp,
    event_name,
    user_pseudo_id,
    privacy_info.analytics_storage as consent,
    traffic_source.source as first_user_source,
    event_params,
    items,
    ecommerce,
    case when user_id = '' then null else user_id end as user_id
  from `proj`.`analytics_1`.`events_*`
  where cast(left(replace(_table_suffix, 'intraday_', ''), 8) as int64) >= 20240101
),
params as (
  select
    base.*,
    (select value.int_value from unnest(event_params) where key = 'ga_session_id') as session_id,
    (select value.string_value from unnest(event_params) where key = 'source') as event_source,
    (select value.string_value from unnest(event_params) where key = 'medium') as event_medium,
    (select value.int_value from unnest(event_params) where key = 'entrances') as entrances
  from base
),
keyed as (
  select
    *,
    to_base64(md5(concat(user_pseudo_id, cast(session_id as string)))) as session_key,
    row_number() over (partition by user_pseudo_id order by event_timestamp) as event_number
  from params
),
purchases as (
  select session_key, sum(ecommerce.purchase_revenue) as revenue, sum(i.quantity) as units
  from keyed, unnest(items) as i
  where event_name = 'purchase'
  group by session_key
),
session_first as (
  select distinct
    session_key,
    first_value((case when event_source <> '(direct)' then event_source end) ignore nulls) over (session_window) as session_source,
    first_value((case when event_source <> '(direct)' then coalesce(event_medium, '(none)') end) ignore nulls) over (session_window) as session_medium
  from keyed
  where session_key is not null
  window session_window as (partition by session_key order by event_timestamp asc rows between unbounded preceding and unbounded following)
),
sessions as (
  select
    session_key,
    user_pseudo_id,
    min(event_date_dt) as session_start_date,
    countif(event_name = 'page_view') as page_views,
    max(entrances) as entrances,
    max(if(consent = 'Yes', 1, 0)) as consented
  from keyed
  group by session_key, user_pseudo_id
),
joined as (
  select
    s.* except (entrances),
    coalesce(f.session_source, '(direct)') as session_source,
    f.session_medium,
    ifnull(p.revenue, 0) as revenue,
    p.units
  from sessions as s
  left join session_first as f using (session_key)
  left join purchases as p using (session_key)
)
select
  session_key,
  user_pseudo_id,
  session_start_date,
  page_views,
  consented,
  session_source,
  case
    when session_source = '(direct)' and session_medium is null then 'Direct'
    when regexp_contains(session_medium, r'^(.*cp.*|ppc)$') then 'Paid'
    else 'Other' end as channel,
  revenue,
  safe_divide(revenue, units) as revenue_per_unit,
  last_value(session_source ignore nulls) over (partition by user_pseudo_id order by session_start_date) as last_source
from joined
--> "session_key": transformation `proj.analytics_1.events_*`.event_params `proj.analytics_1.events_*`.user_pseudo_id | filter `proj.analytics_1.events_*`.event_params
--> "user_pseudo_id": identity `proj.analytics_1.events_*`.user_pseudo_id
--> "session_start_date": aggregation `proj.analytics_1.events_*`.event_date
--> "page_views": aggregation `proj.analytics_1.events_*`.event_name
--> "consented": aggregation `proj.analytics_1.events_*`.privacy_info
--> "session_source": conditional `proj.analytics_1.events_*`.event_params | filter `proj.analytics_1.events_*`.event_params window `proj.analytics_1.events_*`.event_params `proj.analytics_1.events_*`.event_timestamp `proj.analytics_1.events_*`.user_pseudo_id
--> "channel": conditional `proj.analytics_1.events_*`.event_params | filter `proj.analytics_1.events_*`.event_params window `proj.analytics_1.events_*`.event_params `proj.analytics_1.events_*`.event_timestamp `proj.analytics_1.events_*`.user_pseudo_id
--> "revenue": aggregation `proj.analytics_1.events_*`.ecommerce
--> "revenue_per_unit": aggregation `proj.analytics_1.events_*`.ecommerce `proj.analytics_1.events_*`.items
--> "last_source": conditional `proj.analytics_1.events_*`.event_params | filter `proj.analytics_1.events_*`.event_params window `proj.analytics_1.events_*`.event_date `proj.analytics_1.events_*`.event_params `proj.analytics_1.events_*`.event_timestamp `proj.analytics_1.events_*`.user_pseudo_id
--| rows: join `proj.analytics_1.events_*`.event_params `proj.analytics_1.events_*`.user_pseudo_id filter `proj.analytics_1.events_*`.event_name `proj.analytics_1.events_*`.event_params `proj.analytics_1.events_*`.user_pseudo_id group_by `proj.analytics_1.events_*`.event_params `proj.analytics_1.events_*`.user_pseudo_id

--# long chain medallion scd2 and metrics
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
with raw_events as (
  select
    value:id::bigint as id,
    value:user.id::string as user_id,
    value:type::string as type,
    cast(value:amount as decimal(18, 2)) as amount,
    _metadata.file_path as src_file,
    ingested_at
  from main.bronze.events_raw
),
dedup as (
  select * from (
    select *, row_number() over (partition by id order by ingested_at desc) as _rn from raw_events
  ) where _rn = 1
),
users as (
  select user_id, plan, valid_from, lead(valid_from) over (partition by user_id order by valid_from) as valid_to
  from main.silver.user_history
),
fx as (
  select explode(map_from_entries(collect_list(struct(currency, rate)))) as (currency, rate) from main.ref.fx group by as_of
),
enriched as (
  select d.* except (_rn), u.plan, coalesce(u.valid_to, timestamp '9999-12-31') as plan_valid_to
  from dedup d
  left join users u
    on d.user_id = u.user_id and d.ingested_at >= u.valid_from and (d.ingested_at < u.valid_to or u.valid_to is null)
),
daily as (
  select
    date(ingested_at) as day,
    plan,
    sum(amount) filter (where type = 'sale') as sales,
    count_if(type = 'refund') as refunds,
    collect_set(user_id) as users,
    percentile_approx(amount, 0.5) as median_amount
  from enriched
  group by all
)
select
  day,
  plan,
  sales,
  sales - lag(sales) over (partition by plan order by day) as delta,
  refunds / nullif(sales, 0) as refund_share,
  size(users) as active_users,
  median_amount
from daily
--> "day": transformation main.bronze.events_raw.ingested_at
--> "plan": identity main.silver.user_history.plan
--> "sales": conditional main.bronze.events_raw.value aggregation main.bronze.events_raw.value
--> "delta": conditional main.bronze.events_raw.value aggregation main.bronze.events_raw.value | window main.bronze.events_raw.ingested_at main.silver.user_history.plan
--> "refund_share": conditional main.bronze.events_raw.value aggregation main.bronze.events_raw.value
--> "active_users": aggregation main.bronze.events_raw.value
--> "median_amount": aggregation main.bronze.events_raw.value
--| rows: join main.bronze.events_raw.ingested_at main.bronze.events_raw.value main.silver.user_history.user_id main.silver.user_history.valid_from filter main.bronze.events_raw.ingested_at main.bronze.events_raw.value group_by main.bronze.events_raw.ingested_at main.silver.user_history.plan
--| reads: main.ref.fx

--# long chain subscription MRR with spine no schemas
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with recursive months as (
  select date_trunc('month', min(started_at)) as month from billing.subscriptions
  union all
  select month + interval '1 month' from months where month < now()
),
subs as (
  select s.id as subscription_id, s.customer_id, s.started_at, coalesce(s.ended_at, 'infinity') as ended_at,
    p.amount_cents / 100.0 * (case p.interval when 'year' then 1.0 / 12 else 1 end) as mrr, p.nickname as plan_name
  from billing.subscriptions s join billing.plans p on p.id = s.plan_id
  where s.status <> 'incomplete'
),
customer_month as (
  select m.month, s.customer_id, sum(s.mrr) as mrr, string_agg(distinct s.plan_name, ', ' order by s.plan_name) as plans
  from months m join subs s on m.month >= s.started_at and m.month < s.ended_at
  group by m.month, s.customer_id
),
with_prev as (
  select *, lag(mrr, 1, 0) over (partition by customer_id order by month) as prev_mrr,
    min(month) over (partition by customer_id) as first_month
  from customer_month
),
classified as (
  select *,
    mrr - prev_mrr as mrr_change,
    case when month = first_month then 'new' when prev_mrr = 0 then 'reactivation' when mrr > prev_mrr then 'upgrade'
      when mrr < prev_mrr then 'downgrade' else 'none' end as change_category
  from with_prev
)
select md5(customer_id::text || month::text) as id, c.*, a.name as account_name
from classified c left join crm.accounts a on a.external_id = c.customer_id
--> "id": transformation billing.subscriptions.customer_id aggregation billing.subscriptions.started_at
--> "month": aggregation billing.subscriptions.started_at
--> "customer_id": identity billing.subscriptions.customer_id
--> "mrr": aggregation billing.plans.amount_cents billing.plans.interval
--> "plans": aggregation billing.plans.nickname | sort billing.plans.nickname
--> "prev_mrr": aggregation billing.plans.amount_cents billing.plans.interval | window billing.subscriptions.customer_id billing.subscriptions.started_at
--> "first_month": aggregation billing.subscriptions.started_at | window billing.subscriptions.customer_id
--> "mrr_change": aggregation billing.plans.amount_cents billing.plans.interval | window billing.subscriptions.customer_id billing.subscriptions.started_at
--> "change_category": aggregation billing.plans.amount_cents billing.plans.interval billing.subscriptions.started_at | window billing.subscriptions.customer_id billing.subscriptions.started_at
--> "account_name": identity crm.accounts.name
--| rows: join billing.plans.id billing.subscriptions.customer_id billing.subscriptions.ended_at billing.subscriptions.plan_id billing.subscriptions.started_at crm.accounts.external_id filter billing.subscriptions.started_at billing.subscriptions.status group_by billing.subscriptions.customer_id billing.subscriptions.started_at

--# long chain marketing touch with lateral aliases and late binding
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
with touches as (
  select t.user_id, t.utm_source, t.ts, row_number() over (partition by t.user_id order by t.ts) as touch_no,
    count(*) over (partition by t.user_id) as touches_total,
    case when touches_total = 1 then 1.0 when touch_no = 1 or touch_no = touches_total then 0.4 else 0.2 end as weight
  from spectrum.touches t
),
conv as (
  select user_id, min(converted_at) as converted_at, sum(revenue) as revenue from public.conversions where revenue > 0 group by user_id
)
select utm_source, date_trunc('week', c.converted_at)::date as wk,
  sum(c.revenue * weight) as attributed, attributed / nullif(count(distinct touches.user_id), 0) as per_user
from touches join conv c on c.user_id = touches.user_id and touches.ts <= c.converted_at
group by 1, 2
--> "utm_source": identity spectrum.touches.utm_source
--> "wk": aggregation public.conversions.converted_at
--> "attributed": aggregation public.conversions.revenue | window spectrum.touches.ts spectrum.touches.user_id
--> "per_user": aggregation public.conversions.revenue spectrum.touches.user_id | window spectrum.touches.ts spectrum.touches.user_id
--| rows: join public.conversions.converted_at public.conversions.user_id spectrum.touches.ts spectrum.touches.user_id filter public.conversions.revenue group_by public.conversions.converted_at public.conversions.user_id spectrum.touches.utm_source

--# pivot in CTE then join back with cols
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
with m as (pivot (select uid, kind, amt from raw.pay) on kind in ('card', 'cash') using sum(amt) group by uid)
select u.id, u.name, m.card, coalesce(m.cash, 0) as cash from raw.users u left join m on m.uid = u.id
--> "id": identity raw.users.id
--> "name": identity raw.users.name
--> "card": aggregation raw.pay.amt | filter raw.pay.kind
--> "cash": aggregation raw.pay.amt | filter raw.pay.kind
--| rows: join raw.pay.uid raw.users.id group_by raw.pay.uid

--# qualify with alias and window name
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, v, row_number() over w as rn, sum(v) over (w rows between 2 preceding and current row) as s3 from raw.t qualify rn = 1 window w as (partition by id order by ts)
--> "id": identity raw.t.id
--> "v": identity raw.t.v
--> "rn":  | window raw.t.id raw.t.ts
--> "s3": aggregation raw.t.v | window raw.t.id raw.t.ts
--| rows: filter raw.t.id raw.t.ts

--# semi join anti join and positional join
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select a.id, a.x from raw.a semi join raw.b using (id) anti join raw.c on a.id = c.id
--> "id": identity raw.a.id
--> "x": identity raw.a.x
--| rows: join raw.a.id raw.b.id raw.c.id

--# prefix alias colon and trailing comma from-first no select
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
from (select total: a + b, c, from raw.t)
--> "total": transformation raw.t.a raw.t.b
--> "c": identity raw.t.c

--# map and list access json arrows
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select m['k'] as mk, l[1] as l1, l[2:3] as l23, j->>'$.a' as ja, j->'b'->>'c' as jbc, s['f'] as sf from raw.t
--> "mk": transformation raw.t.m
--> "l1": transformation raw.t.l
--> "l23": transformation raw.t.l
--> "ja": transformation raw.t.j
--> "jbc": transformation raw.t.j
--> "sf": transformation raw.t.s

--# subscripts by column slice bounds
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
select l[i] as li, s[f:u] as sl, m[k] as mk from raw.t
--> "li": transformation raw.t.i raw.t.l
--> "sl": transformation raw.t.f raw.t.s raw.t.u
--> "mk": transformation raw.t.k raw.t.m

--# object path by bracket get_path array functions try_to
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select v['a']['b']::string as ab, get_path(v, 'x.y') as xy, v:"Mixed Key"::int as mk, array_size(arr) as n, try_to_number(s) as num, to_date(d, fmt) as dd from db.s.t
--> "AB": transformation DB.S.T.V
--> "XY": transformation DB.S.T.V
--> "MK": transformation DB.S.T.V
--> "N": transformation DB.S.T.ARR
--> "NUM": transformation DB.S.T.S
--> "DD": transformation DB.S.T.D DB.S.T.FMT

--# object_construct star and hash star
--: in snowflake
--: table db.s.t(A text, B text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select hash(*) as h, object_construct(*) as o, object_construct_keep_null('a', a) as k from db.s.t
--> "H": transformation DB.S.T.A DB.S.T.B
--> "O": transformation DB.S.T.A DB.S.T.B
--> "K": transformation DB.S.T.A

--# count star qualified and conditional change event
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select count(t.*) as n, count(distinct a, b) as d, conditional_true_event(c > 0) over (partition by p order by o) as e, max_by(x, y) as m, booland_agg(f) as ba from db.s.t t group by p
--> "N":  ?
--> "D": aggregation DB.S.T.A DB.S.T.B
--> "E": transformation DB.S.T.C | window DB.S.T.O DB.S.T.P
--> "M": aggregation DB.S.T.X DB.S.T.Y
--> "BA": aggregation DB.S.T.F
--| rows: group_by DB.S.T.P

--# pivot any order by outermost star is unknown columns
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from (select id, k, v from db.s.t) pivot (max(v) for k in (any order by k))
--> "ID": identity DB.S.T.ID
--| rows: group_by DB.S.T.ID
--| incomplete

--# asof join and range join
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.sym, q.bid from db.s.trades t asof join db.s.quotes q match_condition (t.ts >= q.ts) on t.sym = q.sym
--> "SYM": identity DB.S.TRADES.SYM
--> "BID": identity DB.S.QUOTES.BID
--| rows: join DB.S.QUOTES.SYM DB.S.QUOTES.TS DB.S.TRADES.SYM DB.S.TRADES.TS

--# match_recognize
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from db.s.stock match_recognize (partition by sym order by d measures first(price) as p0, last(price) as p1 one row per match pattern (a b+) define b as price < lag(price))
--> "SYM": identity DB.S.STOCK.SYM
--> "P0": aggregation DB.S.STOCK.PRICE
--> "P1": aggregation DB.S.STOCK.PRICE
--| rows: filter DB.S.STOCK.PRICE group_by DB.S.STOCK.SYM sort DB.S.STOCK.D

--# select as struct in array_agg then unnest again
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with g as (select user_id, array_agg(struct(ts as at, page) order by ts) as steps from ds.hits group by user_id)
select user_id, s.at, s.page, n from g, unnest(steps) as s with offset n where n > 0
--> "user_id": identity ds.hits.user_id
--> "at": identity ds.hits.ts
--> "page": identity ds.hits.page
--> "n":
--| rows: group_by ds.hits.user_id

--# unnest alias equals array column
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.s, arr from ds.t as t, unnest(arr) as arr
--> "s": identity ds.t.s
--> "arr": transformation ds.t.arr

--# union distinct with nested CTE and parentheses; except distinct
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
(with a as (select x from ds.a) select x from a) union distinct (select y from ds.b) except distinct select z from ds.c
--> "x": identity ds.a.x ds.b.y
--| rows: filter ds.c.z

--# table alias as row in to_json_string with schema farm_fingerprint
--: in bigquery
--: table ds.t(a text, b text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select to_json_string(t) as j, farm_fingerprint(concat(t.a, '|', t.b)) as fp, t as whole from ds.t as t
--> "j": transformation ds.t.a ds.t.b
--> "fp": transformation ds.t.a ds.t.b
--> "whole": identity ds.t.a ds.t.b

--# correlated array join with IN UNNEST and logical_or
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select o.id, logical_or(o.tag in unnest(c.tags)) as tagged, string_agg(o.note order by o.ts limit 3) as notes, any_value(o.x having max o.ts) as latest_x
from ds.o as o join ds.c as c on c.id in unnest(o.cids) group by o.id
--> "id": identity ds.o.id
--> "tagged": aggregation ds.c.tags ds.o.tag
--> "notes": aggregation ds.o.note | sort ds.o.ts
--> "latest_x": aggregation ds.o.x | filter ds.o.ts
--| rows: join ds.c.id ds.o.cids group_by ds.o.id

--# struct with constructor types and update of nested
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select struct<a int64, b string>(x, y).a as sa, (select as struct x as p, z as q).q as sq, [x, y][offset(0)] as f0 from ds.t
--> "sa": identity ds.t.x
--> "sq": identity ds.t.z
--> "f0": transformation ds.t.x ds.t.y

--# pipe syntax
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
from ds.orders |> where status = 'ok' |> aggregate sum(amount) as total group by customer_id |> order by total desc
--> "customer_id": identity ds.orders.customer_id
--> "total": aggregation ds.orders.amount
--| rows: filter ds.orders.status group_by ds.orders.customer_id sort ds.orders.amount

--# hyphenated project unquoted information schema like
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select id from my-proj.ds.tbl where d = @run_date
--> "id": identity `my-proj.ds.tbl`.id
--| rows: filter `my-proj.ds.tbl`.d

--# update-free cte writing is not read select from values and function
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select f.x, g.y from my_func(1) as f(x), s.t as g
--> "x":
--> "y": identity s.t.y

--# json_to_recordset and json agg
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.id, r.a, r.b, json_agg(json_build_object('k', t.k, 'v', r.a)) as j from s.t, jsonb_to_recordset(t.doc) as r(a int, b text) group by 1, 2, 3
--> "id": identity s.t.id
--> "a": transformation s.t.doc
--> "b": transformation s.t.doc
--> "j": aggregation s.t.doc s.t.k
--| rows: group_by s.t.doc s.t.id

--# composite field access and array slice and cast chain
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select (t.addr).city as city, (t.addr).geo.lat as lat, t.arr[1:2] as sl, t.arr[t.i] as el, ((t.j ->> 'n')::numeric)::int as n from s.t t
--> "city": transformation s.t.addr
--> "lat": transformation s.t.addr
--> "sl": transformation s.t.arr
--> "el": transformation s.t.arr s.t.i
--> "n": transformation s.t.j

--# natural join with known schemas
--: in postgres
--: table s.a(id text, x text)
--: table s.b(id text, y text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from s.a natural left join s.b
--> "id": identity s.a.id
--> "x": identity s.a.x
--> "y": identity s.b.y
--| rows: join s.a.id s.b.id

--# star of one source with partial other
--: in postgres
--: table s.a(id text, x text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select a.*, b.y from s.a join s.b on b.id = a.id
--> "id": identity s.a.id
--> "x": identity s.a.x
--> "y": identity s.b.y
--| rows: join s.a.id s.b.id

--# outermost star unknown
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select t.*, t.a + t.b as c from s.t
--> "c": transformation s.t.a s.t.b
--| incomplete

--# star over unknown CTE named outside by qualified name
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with a as (select * from s.x), b as (select * from s.y), j as (select a.*, b.extra from a join b on a.id = b.id)
select id, extra, name from j
--> "id": identity s.x.id
--> "extra": identity s.y.extra
--> "name": identity s.x.name
--| rows: join s.x.id s.y.id

--# two stars unknown ambiguous passes nothing
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with j as (select * from s.x join s.y on x.id = y.id) select foo from j
--> "foo":  ?
--| rows: join s.x.id s.y.id

--# later explicit column beside star of unknown name may be both
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with j as (select x.*, upper(name) as name2 from s.x) select name, name2 from j
--> "name": identity s.x.name
--> "name2": transformation s.x.name

--# in-list of expressions and case operand
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select case kind when 'a' then x when lower(y) then z else null end as v, coalesce(nullif(trim(p), ''), q, 'none') as w from s.t
--> "v": transformation s.t.x s.t.z conditional s.t.kind s.t.y
--> "w": conditional s.t.p s.t.q

--# window in order by limit with ties for update
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select id from s.t order by row_number() over (partition by g order by h) limit 5
--> "id": identity s.t.id
--| rows: sort s.t.g s.t.h

--# except all star and count over union of same table
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select count(*) as n, max(u.k) as k from (select k from s.t where a union all select k2 from s.t where b) u
--> "n":
--> "k": aggregation s.t.k s.t.k2
--| rows: filter s.t.a s.t.b

--# lateral join and nested row from unnest of array of rows
--: in trino
--: table hive.s.t(id bigint, lines array(row(sku varchar, qty integer)))
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, sku, qty from hive.s.t cross join unnest(lines) as l(sku, qty)
--> "id": identity hive.s.t.id
--> "sku": transformation hive.s.t.lines
--> "qty": transformation hive.s.t.lines

--# quoted identifiers case folding
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
select "Order ID" as oid, "select" as sel, t."Total" as total from "hive"."My Schema"."T" as t
--> "oid": identity hive."my schema".t."order id"
--> "sel": identity hive."my schema".t.select
--> "total": identity hive."my schema".t.total

--# regex column transform keys try_element_at date functions
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select date_add(d, n) as dn, months_between(a, b) as mb, try_element_at(m, k) as mk, map_filter(m, (k, v) -> v > lim) as mf, array_contains(arr, x) as ac from c.s.t
--> "dn": transformation c.s.t.d c.s.t.n
--> "mb": transformation c.s.t.a c.s.t.b
--> "mk": transformation c.s.t.k c.s.t.m
--> "mf": transformation c.s.t.lim c.s.t.m
--> "ac": transformation c.s.t.arr c.s.t.x

--# struct star and nested field star
--: in databricks
--: table c.s.t(id bigint, addr struct<city:string,zip:string>)
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, addr.* from c.s.t
--> "id": identity c.s.t.id
--> "city": transformation c.s.t.addr
--> "zip": transformation c.s.t.addr

--# values inline table cte chain with same aliases reused
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
with a as (select t.x as k from c.s.t1 t), b as (select t.y as k, a.k as ak from c.s.t2 t join a on a.k = t.y) select t.k, t.ak from b t
--> "k": identity c.s.t2.y
--> "ak": identity c.s.t1.x
--| rows: join c.s.t1.x c.s.t2.y

--# qualify decode pivot
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from (select part, price, color from s.parts) pivot (avg(price) for color in ('red' as r, 'green' as g))
--> "part": identity s.parts.part
--> "r": aggregation s.parts.price | filter s.parts.color
--> "g": aggregation s.parts.price | filter s.parts.color
--| rows: group_by s.parts.part

--# top concat operators with nulls case insensitive names
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select top 10 ID as Id, "Name" || coalesce(' ' || SurName, '') as full_name from Public.Users order by Age desc
--> "id": identity public.users.id
--> "full_name": transformation public.users.name conditional public.users.surname
--| rows: sort public.users.age

--# insert into select union with cte
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
create table s.x as with a as (select id, 'a' as src from s.one), b as (select id, 'b' from s.two) select * from a union select * from b
--> "id": identity s.one.id s.two.id
--> "src":
