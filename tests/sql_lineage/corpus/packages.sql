--# jaffle shop customers
--: in duckdb
--: table raw.customers(id text, name text)
--: table raw.orders(id text, customer text, ordered_at text, order_total text, tax_paid text)
--: data no the statement stands alone
--: unprepared the statement stands alone
with customers as (select * from raw.customers),
orders as (select * from raw.orders),
customer_orders_summary as (
  select orders.customer as customer_id,
    count(distinct orders.id) as count_lifetime_orders,
    count(distinct orders.id) > 1 as is_repeat_buyer,
    min(orders.ordered_at) as first_ordered_at,
    sum(orders.order_total) as lifetime_spend,
    sum(orders.order_total - orders.tax_paid) as lifetime_spend_pretax
  from orders group by 1
),
joined as (
  select customers.*, s.count_lifetime_orders, s.first_ordered_at, s.lifetime_spend, s.lifetime_spend_pretax,
    case when s.is_repeat_buyer then 'returning' else 'new' end as customer_type
  from customers left join customer_orders_summary s on customers.id = s.customer_id
)
select * from joined
--> "id": identity raw.customers.id
--> "name": identity raw.customers.name
--> "count_lifetime_orders": aggregation raw.orders.id
--> "first_ordered_at": aggregation raw.orders.ordered_at
--> "lifetime_spend": aggregation raw.orders.order_total
--> "lifetime_spend_pretax": aggregation raw.orders.order_total raw.orders.tax_paid
--> "customer_type": aggregation raw.orders.id
--| rows: join raw.customers.id raw.orders.customer group_by raw.orders.customer

--# jaffle shop order payments pivot by case no schemas
--: in duckdb
--: data no the statement stands alone
--: unprepared the statement stands alone
with payments as (select id as payment_id, order_id, payment_method, amount / 100 as amount from "jaffle"."main"."raw_payments"),
order_payments as (
 select order_id,
  sum(case when payment_method = 'credit_card' then amount else 0 end) as credit_card_amount,
  sum(case when payment_method = 'coupon' then amount else 0 end) as coupon_amount,
  sum(amount) as total_amount
 from payments group by order_id)
select o.id as order_id, o.user_id as customer_id, op.credit_card_amount, op.coupon_amount, op.total_amount as amount
from "jaffle"."main"."raw_orders" as o left join order_payments op on o.id = op.order_id
--> "order_id": identity jaffle.main.raw_orders.id
--> "customer_id": identity jaffle.main.raw_orders.user_id
--> "credit_card_amount": aggregation jaffle.main.raw_payments.amount jaffle.main.raw_payments.payment_method
--> "coupon_amount": aggregation jaffle.main.raw_payments.amount jaffle.main.raw_payments.payment_method
--> "amount": aggregation jaffle.main.raw_payments.amount
--| rows: join jaffle.main.raw_orders.id jaffle.main.raw_payments.order_id group_by jaffle.main.raw_payments.order_id

--# fivetran fill_staging_columns
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with base as (
    select * from analytics.stg_shopify.stg_shopify__order_tmp
),
fields as (
    select
        _fivetran_synced as _fivetran_synced,
        cast(null as boolean) as buyer_accepts_marketing,
        cancel_reason as cancel_reason,
        "ID" as ID,
        cast(note as text) as note
    from base
),
final as (
    select id as order_id, coalesce(buyer_accepts_marketing, false) as has_buyer_accepted_marketing,
      lower(cancel_reason) as cancel_reason, note, _fivetran_synced, 'src' as source_relation
    from fields
)
select * from final
--> "ORDER_ID": identity ANALYTICS.STG_SHOPIFY.STG_SHOPIFY__ORDER_TMP.ID
--> "HAS_BUYER_ACCEPTED_MARKETING":
--> "CANCEL_REASON": transformation ANALYTICS.STG_SHOPIFY.STG_SHOPIFY__ORDER_TMP.CANCEL_REASON
--> "NOTE": transformation ANALYTICS.STG_SHOPIFY.STG_SHOPIFY__ORDER_TMP.NOTE
--> "_FIVETRAN_SYNCED": identity ANALYTICS.STG_SHOPIFY.STG_SHOPIFY__ORDER_TMP._FIVETRAN_SYNCED
--> "SOURCE_RELATION":

--# stripe balance transactions chain
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with balance_transaction as (select * from stripe.balance_transaction),
payout as (select * from stripe.payout),
customer as (select * from stripe.customer),
charge as (select * from stripe.charge where is_live),
refund as (select * from stripe.refund)
select bt.balance_transaction_id, bt.created_at, bt.available_on, bt.currency, bt.amount, bt.fee, bt.net,
  case when bt.type = 'payout' then bt.id_x else charge.charge_id end as source_id,
  case when bt.type in ('charge', 'payment') then charge.amount
       when bt.type = 'refund' then refund.amount end as customer_facing_amount,
  date(case when bt.type = 'payout' then payout.arrival_date_at else bt.available_on end) as effective_at,
  coalesce(charge.customer_id, refund.customer_id) as customer_id,
  customer.description as customer_description
from balance_transaction bt
left join payout on payout.balance_transaction_id = bt.balance_transaction_id
left join charge on charge.balance_transaction_id = bt.balance_transaction_id
left join refund on refund.balance_transaction_id = bt.balance_transaction_id
left join customer on customer.customer_id = charge.customer_id
--> "BALANCE_TRANSACTION_ID": identity STRIPE.BALANCE_TRANSACTION.BALANCE_TRANSACTION_ID
--> "CREATED_AT": identity STRIPE.BALANCE_TRANSACTION.CREATED_AT
--> "AVAILABLE_ON": identity STRIPE.BALANCE_TRANSACTION.AVAILABLE_ON
--> "CURRENCY": identity STRIPE.BALANCE_TRANSACTION.CURRENCY
--> "AMOUNT": identity STRIPE.BALANCE_TRANSACTION.AMOUNT
--> "FEE": identity STRIPE.BALANCE_TRANSACTION.FEE
--> "NET": identity STRIPE.BALANCE_TRANSACTION.NET
--> "SOURCE_ID": transformation STRIPE.BALANCE_TRANSACTION.ID_X STRIPE.CHARGE.CHARGE_ID conditional STRIPE.BALANCE_TRANSACTION.TYPE
--> "CUSTOMER_FACING_AMOUNT": transformation STRIPE.CHARGE.AMOUNT STRIPE.REFUND.AMOUNT conditional STRIPE.BALANCE_TRANSACTION.TYPE
--> "EFFECTIVE_AT": transformation STRIPE.BALANCE_TRANSACTION.AVAILABLE_ON STRIPE.PAYOUT.ARRIVAL_DATE_AT conditional STRIPE.BALANCE_TRANSACTION.TYPE
--> "CUSTOMER_ID": conditional STRIPE.CHARGE.CUSTOMER_ID STRIPE.REFUND.CUSTOMER_ID
--> "CUSTOMER_DESCRIPTION": identity STRIPE.CUSTOMER.DESCRIPTION
--| rows: join STRIPE.BALANCE_TRANSACTION.BALANCE_TRANSACTION_ID STRIPE.CHARGE.BALANCE_TRANSACTION_ID STRIPE.CHARGE.CUSTOMER_ID STRIPE.CUSTOMER.CUSTOMER_ID STRIPE.PAYOUT.BALANCE_TRANSACTION_ID STRIPE.REFUND.BALANCE_TRANSACTION_ID filter STRIPE.CHARGE.IS_LIVE

--# segment sessionization
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
with pageviews as (select * from dbt.segment_web_page_views),
numbered as (
  select *, row_number() over (partition by anonymous_id order by tstamp) as page_view_number from pageviews
),
lagged as (
  select *, lag(tstamp) over (partition by anonymous_id order by page_view_number) as previous_tstamp from numbered
),
diffed as (
  select *, datediff(s, previous_tstamp, tstamp) as period_of_inactivity from lagged
),
new_sessions as (
  select *, case when period_of_inactivity <= 30 * 60 then 0 else 1 end as new_session from diffed
),
session_numbers as (
  select *, sum(new_session) over (partition by anonymous_id order by page_view_number rows between unbounded preceding and current row) as session_number from new_sessions
),
session_ids as (
  select page_view_id, anonymous_id, tstamp, page_view_number, session_number,
   md5(cast(coalesce(cast(anonymous_id as text), '') || '-' || coalesce(cast(session_number as text), '') as text)) as session_id
  from session_numbers
)
select * from session_ids
--> "page_view_id": identity dbt.segment_web_page_views.page_view_id
--> "anonymous_id": identity dbt.segment_web_page_views.anonymous_id
--> "tstamp": identity dbt.segment_web_page_views.tstamp
--> "page_view_number":  | window dbt.segment_web_page_views.anonymous_id dbt.segment_web_page_views.tstamp
--> "session_number": aggregation dbt.segment_web_page_views.tstamp | window dbt.segment_web_page_views.anonymous_id dbt.segment_web_page_views.tstamp
--> "session_id": conditional dbt.segment_web_page_views.anonymous_id aggregation dbt.segment_web_page_views.tstamp | window dbt.segment_web_page_views.anonymous_id dbt.segment_web_page_views.tstamp

--# GA4 base with scalar unnest
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select parse_date('%Y%m%d', event_date) as event_date_dt, event_timestamp, lower(replace(trim(event_name), ' ', '_')) as event_name,
 (select value.int_value from unnest(event_params) where key = 'ga_session_id') as session_id,
 (select coalesce(p.value.string_value, cast(p.value.int_value as string)) from unnest(event_params) as p where p.key = 'page_location' limit 1) as page_location,
 device.category as device_category, device.web_info.browser as browser, geo.country, user_pseudo_id,
 ecommerce.purchase_revenue,
 collected_traffic_source.manual_source
from `my-project.analytics_123456.events_*`
where _table_suffix between '20240101' and '20240131'
--> "event_date_dt": transformation `my-project.analytics_123456.events_*`.event_date
--> "event_timestamp": identity `my-project.analytics_123456.events_*`.event_timestamp
--> "event_name": transformation `my-project.analytics_123456.events_*`.event_name
--> "session_id": transformation `my-project.analytics_123456.events_*`.event_params | filter `my-project.analytics_123456.events_*`.event_params
--> "page_location": conditional `my-project.analytics_123456.events_*`.event_params | filter `my-project.analytics_123456.events_*`.event_params
--> "device_category": transformation `my-project.analytics_123456.events_*`.device
--> "browser": transformation `my-project.analytics_123456.events_*`.device
--> "country": transformation `my-project.analytics_123456.events_*`.geo
--> "user_pseudo_id": identity `my-project.analytics_123456.events_*`.user_pseudo_id
--> "purchase_revenue": transformation `my-project.analytics_123456.events_*`.ecommerce
--> "manual_source": transformation `my-project.analytics_123456.events_*`.collected_traffic_source

--# GA4 items nested unnest and left join unnest
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with events as (
  select event_date, user_pseudo_id, items, event_params from `p.ga4.events_20240101` where event_name = 'purchase'
)
select e.event_date, i.item_id, i.item_name, i.price * i.quantity as item_revenue, ip.value.string_value as colour, e.user_pseudo_id, off
from events as e
cross join unnest(e.items) as i with offset as off
left join unnest(i.item_params) as ip on ip.key = 'colour'
--> "event_date": identity p.ga4.events_20240101.event_date
--> "item_id": transformation p.ga4.events_20240101.items
--> "item_name": transformation p.ga4.events_20240101.items
--> "item_revenue": transformation p.ga4.events_20240101.items
--> "colour": transformation p.ga4.events_20240101.items
--> "user_pseudo_id": identity p.ga4.events_20240101.user_pseudo_id
--> "off":
--| rows: join p.ga4.events_20240101.items filter p.ga4.events_20240101.event_name

--# GA4 comma unnest unqualified implicit alias field
--: in bigquery
--: table p.ga4.ev(event_date text, user_pseudo_id text, event_params ARRAY<STRUCT<key STRING, value STRUCT<string_value STRING, int_value INT64>>>)
--: data no the statement stands alone
--: unprepared the statement stands alone
select user_pseudo_id, key, value.int_value as v
from p.ga4.ev, unnest(event_params)
where key = 'engagement_time_msec'
--> "user_pseudo_id": identity p.ga4.ev.user_pseudo_id
--> "key": transformation p.ga4.ev.event_params
--> "v": transformation p.ga4.ev.event_params
--| rows: filter p.ga4.ev.event_params

--# GA4 session params with array_agg ordered struct access
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with ev as (
 select user_pseudo_id, ga_session_id, event_timestamp, source, medium from ds.base_events where ga_session_id is not null
), last_source as (
 select user_pseudo_id, ga_session_id,
   array_agg(struct(source, medium) ignore nulls order by event_timestamp desc limit 1)[safe_offset(0)] as s
 from ev group by 1, 2
)
select user_pseudo_id, to_base64(md5(concat(user_pseudo_id, cast(ga_session_id as string)))) as session_key, s.source as last_source, s.medium
from last_source
--> "user_pseudo_id": identity ds.base_events.user_pseudo_id
--> "session_key": transformation ds.base_events.ga_session_id ds.base_events.user_pseudo_id
--> "last_source": identity ds.base_events.source
--> "medium": identity ds.base_events.medium
--| rows: filter ds.base_events.ga_session_id group_by ds.base_events.ga_session_id ds.base_events.user_pseudo_id

--# snowplow web page views dedupe
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with prep as (
  select ev.event_id, ev.page_view_id, ev.domain_userid as device_id, ev.derived_tstamp, ev.contexts_com_acme_1[0]:userType::varchar as user_type,
    ev.page_urlpath, row_number() over (partition by ev.page_view_id order by ev.derived_tstamp, ev.dvce_created_tstamp) as page_view_dedupe_index
  from atomic.events as ev
  left join lateral (select 1 as one) x
  where ev.event_name = 'page_view' and ev.page_view_id is not null
  qualify page_view_dedupe_index = 1
)
select pv.page_view_id, pv.device_id, pv.user_type, t.engaged_time_in_s,
  sd.hmax / nullif(sd.doc_height, 0) as relative_vmax,
  row_number() over (partition by pv.device_id order by pv.derived_tstamp) as idx
from prep pv
left join derived.engaged_time t on pv.page_view_id = t.page_view_id
left join derived.scroll_depth sd using (page_view_id)
--> "PAGE_VIEW_ID": identity ATOMIC.EVENTS.PAGE_VIEW_ID
--> "DEVICE_ID": identity ATOMIC.EVENTS.DOMAIN_USERID
--> "USER_TYPE": transformation ATOMIC.EVENTS.CONTEXTS_COM_ACME_1
--> "ENGAGED_TIME_IN_S": identity DERIVED.ENGAGED_TIME.ENGAGED_TIME_IN_S
--> "RELATIVE_VMAX": transformation DERIVED.SCROLL_DEPTH.DOC_HEIGHT DERIVED.SCROLL_DEPTH.HMAX
--> "IDX":  | window ATOMIC.EVENTS.DERIVED_TSTAMP ATOMIC.EVENTS.DOMAIN_USERID
--| rows: join ATOMIC.EVENTS.PAGE_VIEW_ID DERIVED.ENGAGED_TIME.PAGE_VIEW_ID DERIVED.SCROLL_DEPTH.PAGE_VIEW_ID filter ATOMIC.EVENTS.DERIVED_TSTAMP ATOMIC.EVENTS.DVCE_CREATED_TSTAMP ATOMIC.EVENTS.EVENT_NAME ATOMIC.EVENTS.PAGE_VIEW_ID

--# snowplow contexts with safe_offset and coalesce of versions
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
select event_id,
 coalesce(contexts_web_page_1_0_0[safe_offset(0)].id, contexts_web_page_1_0_1[safe_offset(0)].id) as page_view_id,
 unstruct_event_link_click.target_url as target_url
from rt.events
where date(collector_tstamp) >= date_sub(current_date(), interval 3 day)
--> "event_id": identity rt.events.event_id
--> "page_view_id": conditional rt.events.contexts_web_page_1_0_0 rt.events.contexts_web_page_1_0_1
--> "target_url": transformation rt.events.unstruct_event_link_click
--| rows: filter rt.events.collector_tstamp

--# elementary anomaly scores
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with grouped as (
  select full_table_name, column_name, metric_name, bucket_end, metric_value,
   avg(metric_value) over (partition by metric_name, full_table_name, column_name order by bucket_end asc rows between unbounded preceding and current row) as training_avg,
   stddev(metric_value) over (partition by metric_name, full_table_name, column_name order by bucket_end asc rows between unbounded preceding and current row) as training_stddev,
   count(metric_value) over w as training_set_size
  from elementary.data_monitoring_metrics
  window w as (partition by metric_name order by bucket_end)
)
select md5(full_table_name || metric_name) as id, metric_value,
  case when training_stddev is null then null when training_set_size = 1 then null when training_stddev = 0 then 0
   else (metric_value - training_avg) / training_stddev end as anomaly_score
from grouped
where metric_value is not null and training_set_size > 7
--> "id": transformation elementary.data_monitoring_metrics.full_table_name elementary.data_monitoring_metrics.metric_name
--> "metric_value": identity elementary.data_monitoring_metrics.metric_value
--> "anomaly_score": transformation elementary.data_monitoring_metrics.metric_value aggregation elementary.data_monitoring_metrics.metric_value | window elementary.data_monitoring_metrics.bucket_end elementary.data_monitoring_metrics.column_name elementary.data_monitoring_metrics.full_table_name elementary.data_monitoring_metrics.metric_name
--| rows: filter elementary.data_monitoring_metrics.bucket_end elementary.data_monitoring_metrics.metric_name elementary.data_monitoring_metrics.metric_value

--# dbt_utils.deduplicate bigquery
--: in bigquery
--: table ds.src(id text, email text, updated_at text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select unique.*
from (
    select array_agg (original order by updated_at desc limit 1)[offset(0)] unique
    from ds.src original
    group by id
)
--> "id": identity ds.src.id
--> "email": identity ds.src.email
--> "updated_at": identity ds.src.updated_at
--| rows: group_by ds.src.id

--# dbt_utils.deduplicate snowflake
--: in snowflake
--: table db.sch.src(ID text, EMAIL text, UPDATED_AT text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from db.sch.src
qualify row_number() over (partition by id order by updated_at desc) = 1
--> "ID": identity DB.SCH.SRC.ID
--> "EMAIL": identity DB.SCH.SRC.EMAIL
--> "UPDATED_AT": identity DB.SCH.SRC.UPDATED_AT
--| rows: filter DB.SCH.SRC.ID DB.SCH.SRC.UPDATED_AT

--# dbt_utils.deduplicate default natural join
--: in redshift
--: table s.src(id text, email text, updated_at text)
--: data no the statement stands alone
--: unprepared the statement stands alone
with row_numbered as (
  select _inner.*, row_number() over (partition by id order by updated_at desc) as rn
  from s.src as _inner
)
select distinct data.* from s.src as data
natural join row_numbered
where row_numbered.rn = 1
--> "id": identity s.src.id
--> "email": identity s.src.email
--> "updated_at": identity s.src.updated_at
--| rows: join s.src.email s.src.id s.src.updated_at filter s.src.id s.src.updated_at

--# dbt_utils.deduplicate postgres distinct on
--: in postgres
--: table s.src(id text, email text, updated_at text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select distinct on (id) *
from s.src
order by id, updated_at desc
--> "id": identity s.src.id
--> "email": identity s.src.email
--> "updated_at": identity s.src.updated_at
--| rows: group_by s.src.id sort s.src.id s.src.updated_at

--# dbt_utils.date_spine
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with rawdata as (
    with p as (select 0 as generated_number union all select 1), unioned as (
    select p0.generated_number * power(2, 0) + p1.generated_number * power(2, 1) + 1 as generated_number
    from p as p0 cross join p as p1)
    select * from unioned where generated_number <= 4 order by generated_number
),
all_periods as (
    select ( cast('2024-01-01' as date) + ((interval '1 day') * (row_number() over (order by generated_number) - 1)) ) as date_day
    from rawdata
),
filtered as (select * from all_periods where date_day <= current_date)
select d.date_day, count(o.id) as orders, coalesce(sum(o.amount), 0) as revenue
from filtered d left join shop.orders o on date_trunc('day', o.created_at) = d.date_day
group by 1
--> "date_day":
--> "orders": aggregation shop.orders.id
--> "revenue": aggregation shop.orders.amount
--| rows: join shop.orders.created_at

--# dbt_utils.union_relations
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
(
    select cast('DB.A.ORDERS' as varchar) as _dbt_source_relation,
      cast("ID" as NUMBER(38,0)) as "ID", cast("AMOUNT" as FLOAT) as "AMOUNT", cast(null as VARCHAR) as "NOTE"
    from DB.A.ORDERS
)
union all
(
    select cast('DB.B.ORDERS' as varchar) as _dbt_source_relation,
      cast("ID" as NUMBER(38,0)) as "ID", cast(null as FLOAT) as "AMOUNT", cast("NOTE" as VARCHAR) as "NOTE"
    from DB.B.ORDERS
    where "ID" > 5
)
--> "_DBT_SOURCE_RELATION":
--> "ID": transformation DB.A.ORDERS.ID DB.B.ORDERS.ID
--> "AMOUNT": transformation DB.A.ORDERS.AMOUNT
--> "NOTE": transformation DB.B.ORDERS.NOTE
--| rows: filter DB.B.ORDERS.ID

--# dbt_utils.unpivot
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select customer_id, cast('created_at' as varchar) as field_name, cast(created_at as varchar) as value from ana.customers
union all
select customer_id, cast('status' as varchar) as field_name, cast(status as varchar) as value from ana.customers
--> "customer_id": identity ana.customers.customer_id
--> "field_name":
--> "value": transformation ana.customers.created_at ana.customers.status

--# dbt_utils.pivot
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
select size,
  sum(case when color = 'red' then 1 else 0 end) as "red",
  sum(case when color = 'blue' then 1 else 0 end) as "blue"
from "wh"."public"."stock" group by size
--> "size": identity wh.public.stock.size
--> "red": aggregation wh.public.stock.color
--> "blue": aggregation wh.public.stock.color
--| rows: group_by wh.public.stock.size

--# dbt_utils surrogate key star with prefix
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select md5(cast(concat(coalesce(cast(account_id as string), '_dbt_utils_surrogate_key_null_'), '-', coalesce(cast(`date` as string), '_dbt_utils_surrogate_key_null_')) as string)) as sk,
  `account_id` as `acc_account_id`, `date` as `acc_date`
from `main`.`silver`.`account_history`
--> "sk": conditional main.silver.account_history.account_id main.silver.account_history.date
--> "acc_account_id": identity main.silver.account_history.account_id
--> "acc_date": identity main.silver.account_history.date

--# dbt_expectations values between test
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with grouped_expression as (
    select ( 1=1 and amount >= 0 and amount <= 1000 ) as expression from shop.orders
),
validation_errors as (
    select * from grouped_expression where not(expression)
)
select * from validation_errors
--> "EXPRESSION": transformation SHOP.ORDERS.AMOUNT
--| rows: filter SHOP.ORDERS.AMOUNT

--# dbt_expectations row count equal other table
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with a as (select 1 as id_x, count(*) as count_a from s.t1 where ok),
b as (select 1 as id_x, count(*) as count_b from s.t2 group by 1),
final as (
 select count_a, count_b, abs(count_a - count_b) as diff_count from a full join b on a.id_x = b.id_x
)
select * from final
--> "count_a":
--> "count_b":
--> "diff_count":
--| rows: filter s.t1.ok
--| reads: s.t2

--# dbt relationships test
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with child as (select customer_id as from_field from dev.orders where customer_id is not null),
parent as (select id as to_field from dev.customers)
select from_field from child left join parent on child.from_field = parent.to_field where parent.to_field is null
--> "from_field": identity dev.orders.customer_id
--| rows: join dev.customers.id dev.orders.customer_id filter dev.customers.id dev.orders.customer_id

--# codegen base model
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with source as (
    select * from raw.jaffle.orders
),
renamed as (
    select
        id,
        "user_id",
        ORDER_DATE,
        parse_json(payload):address.city::string as city,
        _etl_loaded_at
    from source
)
select * from renamed
--> "ID": identity RAW.JAFFLE.ORDERS.ID
--> "user_id": identity RAW.JAFFLE.ORDERS."user_id"
--> "ORDER_DATE": identity RAW.JAFFLE.ORDERS.ORDER_DATE
--> "CITY": transformation RAW.JAFFLE.ORDERS.PAYLOAD
--> "_ETL_LOADED_AT": identity RAW.JAFFLE.ORDERS._ETL_LOADED_AT

--# ephemeral CTE dbt names
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with __dbt__cte__stg_users as (
  select id as user_id, email, deleted_at from raw.users
), __dbt__cte__int_active as (
  select user_id, email from __dbt__cte__stg_users where deleted_at is null
)
select u.user_id, split_part(u.email, '@', 2) as domain, count(o.id) as n
from __dbt__cte__int_active u join raw.orders o on o.user_id = u.user_id
group by 1, 2 having count(o.id) > 1
--> "user_id": identity raw.users.id
--> "domain": transformation raw.users.email
--> "n": aggregation raw.orders.id
--| rows: join raw.orders.user_id raw.users.id filter raw.orders.id raw.users.deleted_at group_by raw.users.email raw.users.id

--# ephemeral with its own nested with and same inner names
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with __dbt__cte__a as (
  with source as (select * from raw.a), renamed as (select id as a_id, v from source) select * from renamed
), __dbt__cte__b as (
  with source as (select * from raw.b), renamed as (select id as b_id, a_id, v from source) select * from renamed
), source as (select * from raw.c)
select a.a_id, b.b_id, a.v as av, b.v as bv, source.v as cv
from __dbt__cte__a a join __dbt__cte__b b on a.a_id = b.a_id join source on source.id = b.b_id
--> "a_id": identity raw.a.id
--> "b_id": identity raw.b.id
--> "av": identity raw.a.v
--> "bv": identity raw.b.v
--> "cv": identity raw.c.v
--| rows: join raw.a.id raw.b.a_id raw.b.id raw.c.id

--# dbt incremental delete+insert source part
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select s.id, s.val, max(s.ts) over (partition by s.id) as max_ts
from db.raw.src s
where s.ts > (select coalesce(max(ts), '1900-01-01') from db.marts.this_model)
--> "ID": identity DB.RAW.SRC.ID
--> "VAL": identity DB.RAW.SRC.VAL
--> "MAX_TS": aggregation DB.RAW.SRC.TS | window DB.RAW.SRC.ID
--| rows: filter DB.MARTS.THIS_MODEL.TS DB.RAW.SRC.TS

--# dbt snapshot staging query
--: in postgres
--: data no the statement stands alone
--: unprepared the statement stands alone
with snapshot_query as (select id, status, updated_at from raw.orders),
snapshotted_data as (select *, id as dbt_unique_key from snap.orders_snapshot where dbt_valid_to is null),
insertions_source_data as (
  select *, id as dbt_unique_key, updated_at as dbt_updated_at, updated_at as dbt_valid_from,
   coalesce(nullif(updated_at, updated_at), null) as dbt_valid_to,
   md5(coalesce(cast(id as varchar), '') || '|' || coalesce(cast(updated_at as varchar), '')) as dbt_scd_id
  from snapshot_query
),
insertions as (
  select 'insert' as dbt_change_type, source_data.*
  from insertions_source_data as source_data
  left outer join snapshotted_data on snapshotted_data.dbt_unique_key = source_data.dbt_unique_key
  where snapshotted_data.dbt_unique_key is null or (snapshotted_data.dbt_valid_from < source_data.updated_at)
)
select * from insertions
--> "dbt_change_type":
--> "id": identity raw.orders.id
--> "status": identity raw.orders.status
--> "updated_at": identity raw.orders.updated_at
--> "dbt_unique_key": identity raw.orders.id
--> "dbt_updated_at": identity raw.orders.updated_at
--> "dbt_valid_from": identity raw.orders.updated_at
--> "dbt_valid_to": conditional raw.orders.updated_at
--> "dbt_scd_id": conditional raw.orders.id raw.orders.updated_at
--| rows: join raw.orders.id snap.orders_snapshot.id filter raw.orders.updated_at snap.orders_snapshot.dbt_valid_from snap.orders_snapshot.dbt_valid_to snap.orders_snapshot.id

--# ad reporting union and safe divide
--: in bigquery
--: data no the statement stands alone
--: unprepared the statement stands alone
with google as (select 'google' as platform, date_day, campaign_name, spend, clicks from ads.google_ads__campaign),
fb as (select 'facebook', date_day, campaign_name, cost as spend, link_clicks from ads.facebook_ads__campaign),
u as (select * from google union all select * from fb)
select platform, date_trunc(date_day, month) as m, sum(spend) as spend, safe_divide(sum(spend), sum(clicks)) as cpc from u group by platform, m
--> "platform":
--> "m": transformation ads.facebook_ads__campaign.date_day ads.google_ads__campaign.date_day
--> "spend": aggregation ads.facebook_ads__campaign.cost ads.google_ads__campaign.spend
--> "cpc": aggregation ads.facebook_ads__campaign.cost ads.facebook_ads__campaign.link_clicks ads.google_ads__campaign.clicks ads.google_ads__campaign.spend
--| rows: group_by ads.facebook_ads__campaign.date_day ads.google_ads__campaign.date_day

--# hubspot contact lifecycle with listagg and super path
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select c.id, c.properties.email::varchar as email, c.properties.address[0].zip as zip,
 listagg(distinct d.stage, ', ') within group (order by d.ts) as stages,
 max(case when d.is_closed then d.amount end) as max_closed
from hs.contact c left join hs.deal d on d.contact_id = c.id
where c._fivetran_deleted = false
group by 1, 2, 3
--> "id": identity hs.contact.id
--> "email": transformation hs.contact.properties
--> "zip": transformation hs.contact.properties
--> "stages": aggregation hs.deal.stage | sort hs.deal.ts
--> "max_closed": aggregation hs.deal.amount hs.deal.is_closed
--| rows: join hs.contact.id hs.deal.contact_id filter hs.contact._fivetran_deleted group_by hs.contact.id hs.contact.properties

--# super unnest by from
--: in redshift
--: data no the statement stands alone
--: unprepared the statement stands alone
select o.id, l.sku, l.qty * l.price as total from ext.orders o, o.lines l where l.qty > 0
--> "id": identity ext.orders.id
--> "sku": transformation ext.orders.lines
--> "total": transformation ext.orders.lines
--| rows: filter ext.orders.lines

--# map and row access unnest map with ordinality
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
select u.id, t.k, t.v, t.n, u.address.city as city, element_at(u.attrs, 'plan') as plan
from hive.web.users u
cross join unnest(u.attrs) with ordinality as t(k, v, n)
where cardinality(u.tags) > 0
--> "id": identity hive.web.users.id
--> "k": transformation hive.web.users.attrs
--> "v": transformation hive.web.users.attrs
--> "n":
--> "city": transformation hive.web.users.address
--> "plan": transformation hive.web.users.attrs
--| rows: filter hive.web.users.tags

--# two arrays unnested together
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
select a, b from hive.x.t cross join unnest(arr_a, arr_b) as z(a, b)
--> "a": transformation hive.x.t.arr_a
--> "b": transformation hive.x.t.arr_b

--# athena lambda transform filter reduce
--: in trino
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, transform(filter(items, i -> i.qty > 0), x -> x.sku || prefix) as skus, reduce(amounts, 0, (s, a) -> s + a, s -> s) as total
from awsdatacatalog.shop.baskets
--> "id": identity awsdatacatalog.shop.baskets.id
--> "skus": transformation awsdatacatalog.shop.baskets.items awsdatacatalog.shop.baskets.prefix
--> "total": transformation awsdatacatalog.shop.baskets.amounts

--# explode and posexplode lateral views
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select o.id, item.sku, pos, tag
from bronze.orders o
lateral view posexplode(o.items) p as pos, item
lateral view outer explode(item.tags) t as tag
--> "id": identity bronze.orders.id
--> "sku": transformation bronze.orders.items
--> "pos":
--> "tag": transformation bronze.orders.items

--# from_json and colon path stack
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, raw:user.name::string as user_name, from_json(payload, 'a INT, b STRING').b as b,
 stack(2, 'x', x, 'y', y) as (metric, val)
from main.bronze.events
--> "id": identity main.bronze.events.id
--> "user_name": transformation main.bronze.events.raw
--> "b": transformation main.bronze.events.payload
--> "metric":
--> "val": transformation main.bronze.events.x main.bronze.events.y

--# pivot with several aggregates and named values
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from (select year, quarter, sales, qty from gold.sales)
pivot (sum(sales) as s, avg(qty) as q for quarter in (1 as q1, 2 as q2))
--> "year": identity gold.sales.year
--> "q1_s": aggregation gold.sales.sales | filter gold.sales.quarter
--> "q1_q": aggregation gold.sales.qty | filter gold.sales.quarter
--> "q2_s": aggregation gold.sales.sales | filter gold.sales.quarter
--> "q2_q": aggregation gold.sales.qty | filter gold.sales.quarter
--| rows: group_by gold.sales.year

--# unpivot with aliases
--: in databricks
--: data no the statement stands alone
--: unprepared the statement stands alone
select id, metric, v from gold.wide unpivot (v for metric in (jan as `January`, feb as `February`)) where v > 0
--> "id": identity gold.wide.id
--> "metric":
--> "v": transformation gold.wide.feb gold.wide.jan
--| rows: filter gold.wide.feb gold.wide.jan

--# select * except and lateral alias
--: in databricks
--: table c.s.t(a text, b text, c text, d text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select * except (c, d), a + b as e, e * 2 as f from c.s.t
--> "a": identity c.s.t.a
--> "b": identity c.s.t.b
--> "e": transformation c.s.t.a c.s.t.b
--> "f": transformation c.s.t.a c.s.t.b

--# lateral alias that shadows a column prefers column
--: in snowflake
--: table db.s.t(A text, B text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select b as a, a as x, a + 1 as y from db.s.t
--> "A": identity DB.S.T.B
--> "X": identity DB.S.T.A
--> "Y": transformation DB.S.T.A

--# lateral alias shadowing prefers column
--: in redshift
--: table s.t(a text, b text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select b as a, a + 1 as y, y + b as z from s.t
--> "a": identity s.t.b
--> "y": transformation s.t.a
--> "z": transformation s.t.a s.t.b

--# lateral alias shadows column prefers column
--: in duckdb
--: table s.t(a text, b text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select b as a, a + 1 as y, y + 1 as z from s.t
--> "a": identity s.t.b
--> "y": transformation s.t.a
--> "z": transformation s.t.a

--# no lateral alias group by alias order by alias
--: in bigquery
--: table ds.t(a text, b text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select upper(a) as a, sum(b) as b from ds.t group by a order by b
--> "a": transformation ds.t.a
--> "b": aggregation ds.t.b
--| rows: group_by ds.t.a sort ds.t.b

--# same alias in where is the column in order by is the output
--: in postgres
--: table s.t(a text, b text, c text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select b as a, c from s.t where a > 1 order by a
--> "a": identity s.t.b
--> "c": identity s.t.c
--| rows: filter s.t.a sort s.t.b

--# alias used in where when no such column
--: in snowflake
--: table db.s.t(V text, W text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select v * 2 as dbl, dbl + w as z from db.s.t where dbl > 10
--> "DBL": transformation DB.S.T.V
--> "Z": transformation DB.S.T.V DB.S.T.W
--| rows: filter DB.S.T.V

--# alias used in join on
--: in snowflake
--: table db.s.users(ID text, BIRTH_DATE text)
--: table db.s.leap(Y text, IS_LEAP text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select u.id, year(u.birth_date) as birth_year, l.is_leap from db.s.users u join db.s.leap l on birth_year = l.y
--> "ID": identity DB.S.USERS.ID
--> "BIRTH_YEAR": transformation DB.S.USERS.BIRTH_DATE
--> "IS_LEAP": identity DB.S.LEAP.IS_LEAP
--| rows: join DB.S.LEAP.Y DB.S.USERS.BIRTH_DATE

--# lateral flatten chain with value key index
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select o.id, i.value:sku::string as sku, i.index as pos, t.value::string as tag, o.raw:customer.id::number as customer_id
from raw.json_orders o,
lateral flatten(input => o.raw:items) i,
lateral flatten(input => i.value:tags, outer => true) t
where i.value:qty::int > 0
--> "ID": identity RAW.JSON_ORDERS.ID
--> "SKU": transformation RAW.JSON_ORDERS.RAW
--> "POS":
--> "TAG": transformation RAW.JSON_ORDERS.RAW
--> "CUSTOMER_ID": transformation RAW.JSON_ORDERS.RAW
--| rows: filter RAW.JSON_ORDERS.RAW

--# table flatten with unqualified outer column
--: in snowflake
--: table raw.src(ID text, JSONTEXT text, UPLOADED_AT text)
--: data no the statement stands alone
--: unprepared the statement stands alone
select d.value as data_by_row, uploaded_at, f.key
from raw.src, table(flatten(input => parse_json(jsontext), outer => true)) d, lateral flatten(d.value) f
--> "DATA_BY_ROW": transformation RAW.SRC.JSONTEXT
--> "UPLOADED_AT": identity RAW.SRC.UPLOADED_AT
--> "KEY": transformation RAW.SRC.JSONTEXT

--# pivot with quoted output names
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select * from (select amount, month, empid from hr.monthly_sales) pivot(sum(amount) for month in ('JAN', 'FEB')) as p (emp, jan, feb) order by emp
--> "EMP": identity HR.MONTHLY_SALES.EMPID
--> "JAN": aggregation HR.MONTHLY_SALES.AMOUNT | filter HR.MONTHLY_SALES.MONTH
--> "FEB": aggregation HR.MONTHLY_SALES.AMOUNT | filter HR.MONTHLY_SALES.MONTH
--| rows: group_by HR.MONTHLY_SALES.EMPID sort HR.MONTHLY_SALES.EMPID

--# unpivot via CTE
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
with src as (select id, jan, feb from db.s.sales)
select id, metric_name, score from src unpivot (score for metric_name in (jan, feb))
--> "ID": identity DB.S.SALES.ID
--> "METRIC_NAME":
--> "SCORE": transformation DB.S.SALES.FEB DB.S.SALES.JAN

--# connect by
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select employee_id, manager_id, sys_connect_by_path(title, ' -> ') as path, level
from hr.employees start with title = 'President' connect by manager_id = prior employee_id
--> "EMPLOYEE_ID": identity HR.EMPLOYEES.EMPLOYEE_ID
--> "MANAGER_ID": identity HR.EMPLOYEES.MANAGER_ID
--> "PATH": transformation HR.EMPLOYEES.TITLE
--> "LEVEL":
--| rows: filter HR.EMPLOYEES.EMPLOYEE_ID HR.EMPLOYEES.MANAGER_ID HR.EMPLOYEES.TITLE

--# match by time travel and sample three-part mixed case quoted
--: in snowflake
--: data no the statement stands alone
--: unprepared the statement stands alone
select "t"."CamelCase" as "CamelCase", t2.plain from "Db"."My Schema"."Odd.Name" as "t" join DB.S.PLAIN_T at(offset => -60) t2 on "t"."Id" = t2.id
--> "CamelCase": identity "Db"."My Schema"."Odd.Name"."CamelCase"
--> "PLAIN": identity DB.S.PLAIN_T.PLAIN
--| rows: join "Db"."My Schema"."Odd.Name"."Id" DB.S.PLAIN_T.ID
