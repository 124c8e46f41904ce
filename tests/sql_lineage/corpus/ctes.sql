--: table orders(order_id int, customer_id int, amount decimal(10,2), status text, ordered_at timestamp)
--: table customers(customer_id int, name text, country text, created_at timestamp)
--: table employees(id int, manager_id int, name text, salary int)
--: table t(a int, b int, c text)

--# chain of CTEs
--: in duckdb postgres snowflake bigquery databricks redshift trino
with paid as (
    select order_id, customer_id, amount from orders where status = 'paid'
),
totals as (
    select customer_id, sum(amount) as total, count(*) as n from paid group by customer_id
),
ranked as (
    select customer_id, total, n, total / n as average from totals
)
select customer_id, average from ranked where total > 100
--> customer_id: orders.customer_id
--> average: orders.amount
--| rows: filter orders.status group_by orders.customer_id filter orders.amount

--# import CTEs with schemas
--: in duckdb postgres snowflake bigquery databricks redshift trino
with source_orders as (select * from orders),
source_customers as (select * from customers),
final as (
    select source_orders.order_id, source_customers.name, source_orders.amount
    from source_orders left join source_customers
        on source_orders.customer_id = source_customers.customer_id
)
select * from final
--> order_id: orders.order_id
--> name: customers.name
--> amount: orders.amount
--| rows: join orders.customer_id customers.customer_id

--# import CTEs without schemas, all columns qualified
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
with o as (select * from orders),
c as (select * from customers),
final as (
    select o.order_id, c.name as customer_name, o.amount
    from o left join c on o.customer_id = c.customer_id
)
select * from final
--> order_id: orders.order_id
--> customer_name: customers.name
--> amount: orders.amount
--| rows: orders.customer_id customers.customer_id

--# CTE of the same name as its table
--: in duckdb postgres snowflake bigquery databricks redshift trino
with orders as (select order_id, amount * 2 as amount from orders where status = 'paid')
select order_id, amount from orders
--> order_id: orders.order_id
--> amount: transformation orders.amount
--| rows: filter orders.status

--# import CTE of the same name as its table, star, no schema
--: in duckdb postgres snowflake bigquery databricks redshift trino
--: knows none
with orders as (select * from orders), final as (select order_id, amount from orders)
select * from final
--> order_id: orders.order_id
--> amount: orders.amount

--# CTE shadows a table of another
--: in duckdb postgres snowflake bigquery databricks redshift trino
with customers as (select order_id as customer_id, status as name from orders)
select customer_id, name from customers
--> customer_id: orders.order_id
--> name: orders.status

--# a schema-qualified name is never the CTE
--: in duckdb postgres
--: table raw.orders(order_id int, total int)
with orders as (select order_id, total from raw.orders) select order_id, total from orders
--> order_id: raw.orders.order_id
--> total: raw.orders.total

--# nested with shadows the outer CTE
--: in duckdb postgres snowflake bigquery databricks trino
with x as (select a as v from t),
y as (with x as (select b as v from t) select v from x)
select x.v as outer_v, y.v as inner_v from x cross join y
--> outer_v: t.a
--> inner_v: t.b

--# with inside a subquery
--: in duckdb postgres snowflake bigquery databricks trino
select s.v from (with z as (select a + b as v from t) select v from z) as s
--> v: t.a t.b

--# recursive hierarchy
--: in duckdb postgres snowflake redshift trino
with recursive tree(id, manager_id, name, depth) as (
    select id, manager_id, name, 0 from employees where manager_id is null
    union all
    select e.id, e.manager_id, e.name, tree.depth + 1
    from employees e join tree on e.manager_id = tree.id
)
select id, name, depth from tree
--> id: employees.id
--> name: employees.name
--> depth:
--| rows: employees.manager_id employees.id
--: data no no limit on the depth of random trees

--# recursive path of names
--: in duckdb postgres
with recursive chain as (
    select id, manager_id, name as path, 1 as depth from employees
    union all
    select e.id, e.manager_id, chain.path || '/' || e.name, chain.depth + 1
    from employees e join chain on e.manager_id = chain.id
    where chain.depth < 3
)
select id, path, depth from chain
--> id: employees.id
--> path: employees.name
--> depth:
--| rows: employees.manager_id employees.id

--# recursive column that feeds another
--: in duckdb
with recursive walk as (
    select id, salary as here, 0 as before, 1 as step from employees
    union all
    select id, here, here as before, step + 1 from walk where step < 3
)
select id, before from walk
--> id: employees.id
--> before: employees.salary

--# counting without a table
--: in duckdb postgres
with recursive days(n) as (select 1 union all select n + 1 from days where n < 5)
select n from days
--> n:

--# one CTE read twice
--: in duckdb postgres snowflake bigquery databricks redshift trino
with totals as (select customer_id, sum(amount) as total from orders group by customer_id)
select l.customer_id, l.total - r.total as difference
from totals l join totals r on l.customer_id = r.customer_id + 1
--> customer_id: orders.customer_id
--> difference: orders.amount
--| rows: orders.customer_id

--# CTE that nothing reads adds no rows
--: in duckdb postgres snowflake
with unused as (select customer_id from customers where country = 'CH')
select order_id from orders
--> order_id: orders.order_id
--| may read: customers

--# later CTE reads an earlier one of a table's name
--: in duckdb postgres snowflake
with employees as (select id, salary from employees),
raised as (select id, salary * 1.1 as salary from employees)
select id, salary from raised
--> id: employees.id
--> salary: employees.salary

--# materialized
--: in postgres
with s as materialized (select a, b from t), r as not materialized (select a + b as ab from s)
select ab from r
--> ab: t.a t.b

--# column through five layers of renaming
--: in duckdb postgres snowflake bigquery databricks redshift trino
with one as (select a as b, b as a from t),
two as (select a as c1, b as c2 from one),
three as (select c1 as a, c2 as b from two),
four as (select a + 0 as x, b as y from three)
select x, y from four
--> x: t.b
--> y: t.a

--# filter in a CTE that is joined
--: in duckdb postgres snowflake
with active as (select customer_id, name from customers where created_at > '2024-02-01')
select o.order_id, active.name from orders o left join active on active.customer_id = o.customer_id
--> order_id: orders.order_id
--> name: customers.name
--| rows: orders.customer_id customers.customer_id customers.created_at
