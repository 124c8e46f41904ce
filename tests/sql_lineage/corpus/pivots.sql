--: table sales(store_id int, region text, quarter text, amount int, cost int)
--: table wide(store_id int, q1 int, q2 int, note text)

--# pivot with literal values
--: in snowflake
select * from (select store_id, quarter, amount from sales) pivot (sum(amount) for quarter in ('Q1', 'Q2')) as p
--> store_id: sales.store_id
--> _: aggregation sales.amount | filter sales.quarter
--> _: aggregation sales.amount | filter sales.quarter
--| may rows: sales.store_id sales.quarter

--# pivot with aliases
--: in duckdb bigquery databricks
select store_id, q1, q2
from (select store_id, quarter, amount from sales) pivot (sum(amount) for quarter in ('Q1' as q1, 'Q2' as q2))
--> store_id: sales.store_id
--> q1: aggregation sales.amount | filter sales.quarter
--> q2: aggregation sales.amount | filter sales.quarter
--| may rows: sales.store_id sales.quarter
--: data no the subquery has no alias in DuckDB's own form

--# DuckDB's pivot statement
--: in duckdb
pivot sales on quarter in ('Q1', 'Q2') using sum(amount) group by store_id
--> store_id: sales.store_id
--> Q1: aggregation sales.amount | filter sales.quarter
--> Q2: aggregation sales.amount | filter sales.quarter
--| may rows: sales.store_id sales.quarter

--# DuckDB's pivot in a CTE
--: in duckdb
with p as (pivot sales on quarter in ('Q1', 'Q2') using sum(amount) group by region)
select region, "Q1" as first_quarter, coalesce("Q2", 0) - coalesce("Q1", 0) as growth from p
--> region: sales.region
--> first_quarter: aggregation sales.amount | filter sales.quarter
--> growth: aggregation sales.amount | filter sales.quarter
--| may rows: sales.region sales.quarter

--# pivot by hand
--: in duckdb postgres snowflake bigquery databricks redshift trino
select store_id,
    sum(case when quarter = 'Q1' then amount end) as q1,
    sum(case when quarter = 'Q2' then amount end) as q2
from sales group by store_id
--> store_id: sales.store_id
--> q1: sales.quarter sales.amount
--> q2: sales.quarter sales.amount
--| rows: group_by sales.store_id

--# unpivot
--: in duckdb snowflake bigquery databricks redshift
select store_id, quarter, amount from wide unpivot (amount for quarter in (q1, q2))
--> store_id: wide.store_id
--> quarter:
--> amount: wide.q1 wide.q2
--| may rows: wide.q1 wide.q2

--# star over unpivot
--: in duckdb snowflake
select * from wide unpivot (amount for quarter in (q1, q2))
--> store_id: wide.store_id
--> note: wide.note
--> quarter:
--> amount: wide.q1 wide.q2
--| may rows: wide.q1 wide.q2

--# DuckDB's unpivot statement
--: in duckdb
unpivot wide on q1, q2 into name quarter value amount
--> store_id: wide.store_id
--> note: wide.note
--> quarter:
--> amount: wide.q1 wide.q2
--| may rows: wide.q1 wide.q2

--# unpivot by union
--: in duckdb postgres snowflake bigquery databricks redshift trino
select store_id, 'q1' as quarter, q1 as amount from wide
union all
select store_id, 'q2' as quarter, q2 as amount from wide
--> store_id: wide.store_id
--> quarter:
--> amount: wide.q1 wide.q2

--# unpivot by cross join of values
--: in postgres
select w.store_id, v.quarter, v.amount
from wide w cross join lateral (values ('q1', w.q1), ('q2', w.q2)) as v(quarter, amount)
--> store_id: wide.store_id
--> quarter:
--> amount: wide.q1 wide.q2

--# stack
--: in databricks
select store_id, stack(2, 'q1', q1, 'q2', q2) as (quarter, amount) from wide
--> store_id: wide.store_id
--> quarter:
--> amount: wide.q1 wide.q2

--# pivot with two aggregates
--: in bigquery
select * from (select store_id, quarter, amount, cost from sales)
pivot (sum(amount) as amount, max(cost) as cost for quarter in ('Q1', 'Q2'))
--> store_id: sales.store_id
--> amount_Q1: aggregation sales.amount | filter sales.quarter
--> cost_Q1: aggregation sales.cost | filter sales.quarter
--> amount_Q2: aggregation sales.amount | filter sales.quarter
--> cost_Q2: aggregation sales.cost | filter sales.quarter
--| may rows: sales.store_id sales.quarter

--# pivot with an alias of its columns
--: in snowflake
select p.store_id, p.first_q + p.second_q as half_year
from (select store_id, quarter, amount from sales) pivot (sum(amount) for quarter in ('Q1', 'Q2')) as p (store_id, first_q, second_q)
--> store_id: sales.store_id
--> half_year: aggregation sales.amount | filter sales.quarter
--| may rows: sales.store_id sales.quarter

--# pivot of a table with filter
--: in duckdb
select * from sales pivot (sum(amount) for quarter in ('Q1', 'Q2') group by region) where region <> 'x'
--> region: sales.region
--> Q1: aggregation sales.amount | filter sales.quarter
--> Q2: aggregation sales.amount | filter sales.quarter
--| rows: sales.region
--| may rows: sales.quarter

--# pivot whose columns come from the data is not guessed
--: in duckdb
pivot sales on quarter using sum(amount) group by store_id
--> store_id: sales.store_id
--| may rows: sales.store_id sales.quarter
--| incomplete
