--: table events(user_id int, event_id int, kind text, value int, happened_at timestamp)
--: table t(a int, b int, c int, d int)

--# row number
--: in duckdb postgres snowflake bigquery databricks redshift trino
select event_id, row_number() over (partition by user_id order by happened_at) as n from events
--> event_id: events.event_id
--> n: | window events.user_id events.happened_at

--# running sum
--: in duckdb postgres snowflake bigquery databricks redshift trino
select event_id, sum(value) over (partition by user_id order by happened_at rows between unbounded preceding and current row) as running
from events
--> event_id: events.event_id
--> running: events.value | window events.user_id events.happened_at

--# named window
--: in duckdb postgres bigquery databricks trino
select a, sum(b) over w as s, avg(c) over w as m from t window w as (partition by a order by d)
--> a: t.a
--> s: t.b | window t.a t.d
--> m: t.c | window t.a t.d

--# window that builds on a named one
--: in duckdb postgres
select sum(b) over (w order by d) as s from t window w as (partition by a)
--> s: t.b | window t.a t.d

--# lag with default
--: in duckdb postgres snowflake bigquery databricks redshift trino
select lag(b, 1, c) over (order by d) as previous from t
--> previous: t.b t.c | window t.d
--: not redshift lag takes no default there

--# difference to the previous row
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a, b - lag(b) over (partition by a order by d) as change from t
--> a: t.a
--> change: t.b | window t.a t.d

--# first value ignoring nulls
--: in duckdb snowflake bigquery redshift trino databricks
select first_value(b ignore nulls) over (partition by a order by d) as first_b from t
--> first_b: t.b | window t.a t.d
--: not trino ignore nulls stands after the brackets there

--# ignore nulls after the brackets
--: in snowflake trino redshift databricks
select last_value(b) ignore nulls over (partition by a order by d) as last_b from t
--> last_b: t.b | window t.a t.d

--# count over a partition
--: in duckdb postgres snowflake bigquery databricks redshift trino
select b, count(*) over (partition by a) as n from t
--> b: t.b
--> n: | window t.a

--# empty window
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a, a / sum(a) over () as share from t
--> a: t.a
--> share: t.a

--# window over an aggregate
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a, sum(b) as total, sum(sum(b)) over (order by a) as running, rank() over (order by sum(c) desc) as place
from t group by a
--> a: t.a
--> total: t.b
--> running: t.b | window t.a
--> place: | window t.c
--| rows: group_by t.a

--# qualify without selecting the number
--: in duckdb snowflake bigquery databricks redshift
select a, b from t where c > 0 qualify row_number() over (partition by a order by d desc) = 1
--> a: t.a
--> b: t.b
--| rows: t.c t.a t.d

--# window in a subquery, filtered outside
--: in duckdb postgres snowflake bigquery databricks redshift trino
select a, b from (select a, b, row_number() over (partition by a order by d) as rn from t) as numbered where rn = 1
--> a: t.a
--> b: t.b
--| rows: t.a t.d

--# window value that flows on through a CTE
--: in duckdb postgres snowflake bigquery databricks redshift trino
with numbered as (select a, b, row_number() over (partition by a order by d) as rn from t)
select a, rn * 10 as rank10, case when rn = 1 then b end as first_b from numbered
--> a: t.a
--> rank10: | window t.a t.d
--> first_b: t.b | window t.a t.d

--# ntile, percent_rank, dense_rank
--: in duckdb postgres snowflake bigquery databricks redshift trino
select ntile(4) over (order by b) as quartile, percent_rank() over (partition by a order by c) as pr,
    dense_rank() over (order by d desc) as dr from t
--> quartile: | window t.b
--> pr: | window t.a t.c
--> dr: | window t.d

--# case inside the window's order
--: in duckdb postgres snowflake
select b, row_number() over (partition by a order by case when c > 3 then d else 0 end) as n from t
--> b: t.b
--> n: | window t.a t.c t.d

--# filter of a window aggregate
--: in duckdb postgres
select a, sum(b) filter (where c > 3) over (partition by a) as s from t
--> a: t.a
--> s: t.b conditional t.c | window t.a

--# range frame over an interval
--: in duckdb postgres
select event_id, count(value) over (partition by kind order by happened_at range between interval '7 days' preceding and current row) as recent
from events
--> event_id: events.event_id
--> recent: events.value | window events.kind events.happened_at

--# sessions by gaps and islands
--: in duckdb postgres snowflake
with gaps as (
    select user_id, event_id, happened_at,
        case when happened_at - lag(happened_at) over (partition by user_id order by happened_at) > interval '2 days'
            then 1 else 0 end as is_new
    from events
)
select user_id, event_id, sum(is_new) over (partition by user_id order by happened_at) as session_no from gaps
--> user_id: events.user_id
--> event_id: events.event_id
--> session_no: events.happened_at | window events.user_id
--: not snowflake timestamps are not subtracted there

--# distinct on
--: in duckdb postgres
select distinct on (a) a, b, c from t order by a, d desc
--> a: t.a
--> b: t.b
--> c: t.c
--| rows: t.a t.d

--# nth value and exclude
--: in duckdb postgres
select nth_value(b, 2) over (partition by a order by d rows between unbounded preceding and unbounded following) as second_b from t
--> second_b: t.b | window t.a t.d

--# max by
--: in duckdb snowflake databricks trino
select a, max_by(b, c) as latest from t group by a
--> a: t.a
--> latest: t.b t.c
--| rows: group_by t.a

--# qualify with a window over an aggregate
--: in duckdb snowflake
select a, sum(b) as total from t group by a qualify rank() over (order by sum(c) desc) <= 2
--> a: t.a
--> total: t.b
--| rows: t.a t.c
