--: table orders(order_id int, customer_id int, amount decimal(10,2), status text, ordered_at timestamp)
--: table customers(customer_id int, name text, country text, created_at timestamp)
--: table payments(payment_id int, order_id int, amount decimal(10,2), method text)
--: table a(k int, x int, y int)
--: table b(k int, x int, z int)
--: table c(k int, z int, w int)

--# inner join on equal keys
--: in duckdb postgres snowflake bigquery databricks redshift trino
select o.order_id, c.name as customer_name, o.amount * 2 as doubled
from orders o
join customers c on c.customer_id = o.customer_id
--> order_id: identity orders.order_id
--> customer_name: identity customers.name
--> doubled: transformation orders.amount
--| rows: join orders.customer_id customers.customer_id

--# left join with a filter in the condition
--: in duckdb postgres snowflake bigquery databricks redshift trino
select o.order_id, p.method
from orders as o
left join payments as p on p.order_id = o.order_id and p.amount > 10
where o.status = 'paid'
--> order_id: orders.order_id
--> method: payments.method
--| rows: join orders.order_id payments.order_id payments.amount filter orders.status

--# using with an inner join gives the left key
--: in duckdb postgres snowflake bigquery databricks redshift trino
select customer_id, name, amount
from orders join customers using (customer_id)
--> customer_id: orders.customer_id
--> name: customers.name
--> amount: orders.amount
--| rows: join orders.customer_id customers.customer_id

--# using with a right join gives the right key
--: in duckdb postgres
select k, y, z from a right join b using (k)
--> k: b.k
--> y: a.y
--> z: b.z
--| rows: join a.k b.k

--# using with a full join gives either key
--: in duckdb postgres trino
select k, y, z from a full outer join b using (k)
--> k: a.k b.k
--> y: a.y
--> z: b.z
--| rows: join a.k b.k

--# using in a chain of full and left joins
--: in duckdb postgres
select k, y, b.z, w from a full join b using (k) left join c using (k)
--> k: a.k b.k
--> y: a.y
--> z: b.z
--> w: c.w
--| rows: join a.k b.k c.k

--# star over using has the key once, and first
--: in duckdb postgres snowflake
select * from a join b using (k)
--> k: a.k
--> x: a.x
--> y: a.y
--> _: b.x
--> z: b.z
--| rows: join a.k b.k

--# qualified star after using still has the key
--: in duckdb postgres
select b.* from a join b using (k)
--> k: b.k
--> x: b.x
--> z: b.z
--| rows: join a.k b.k

--# natural join merges every common column
--: in duckdb postgres
select k, x, y, z from a natural join b
--> k: a.k
--> x: a.x
--> y: a.y
--> z: b.z
--| rows: join a.k a.x b.k b.x

--# old-style comma join
--: in duckdb postgres snowflake bigquery trino
select a.y, b.z from a, b where a.k = b.k
--> y: a.y
--> z: b.z
--| rows: a.k b.k

--# cross join has no condition
--: in duckdb postgres databricks
select a.y, b.z from a cross join b
--> y: a.y
--> z: b.z

--# self join keeps one table
--: in duckdb postgres snowflake
select child.x as child_x, parent.y as parent_y
from a as child join a as parent on parent.k = child.x
--> child_x: a.x
--> parent_y: a.y
--| rows: join a.k a.x

--# join of a subquery
--: in duckdb postgres snowflake bigquery databricks redshift trino
select o.order_id, p.paid
from orders o
left join (
    select order_id, sum(amount) as paid from payments where method <> 'gift' group by order_id
) p on p.order_id = o.order_id
--> order_id: orders.order_id
--> paid: aggregation payments.amount
--| rows: orders.order_id payments.order_id payments.method

--# asof join
--: in duckdb
select o.order_id, p.method
from orders o asof join payments p on o.customer_id = p.order_id and o.order_id >= p.payment_id
--> order_id: orders.order_id
--> method: payments.method
--| rows: join orders.customer_id payments.order_id orders.order_id payments.payment_id

--# semi join and anti join
--: in duckdb
select order_id, amount from orders semi join customers using (customer_id)
--> order_id: orders.order_id
--> amount: orders.amount
--| rows: join orders.customer_id customers.customer_id

--# left semi join
--: in databricks
select o.order_id, o.amount from orders o left semi join customers c on o.customer_id = c.customer_id
--> order_id: orders.order_id
--> amount: orders.amount
--| rows: join orders.customer_id customers.customer_id

--# left anti join with a star
--: in databricks
select * from a left anti join b on a.k = b.k
--> k: a.k
--> x: a.x
--> y: a.y
--| rows: join a.k b.k

--# lateral join over a correlated subquery
--: in duckdb postgres
select o.order_id, last_payment.method
from orders o
left join lateral (
    select p.method from payments p where p.order_id = o.order_id order by p.payment_id desc limit 1
) as last_payment on true
--> order_id: orders.order_id
--> method: payments.method
--| rows: orders.order_id payments.order_id payments.payment_id

--# parenthesised join
--: in duckdb postgres
select a.y, b.z, c.w from a left join (b join c on b.k = c.k) on a.k = b.k
--> y: a.y
--> z: b.z
--> w: c.w
--| rows: join a.k b.k c.k

--# join on a condition over three tables
--: in duckdb postgres
select a.y, c.w from a join b on a.k = b.k join c on c.k = b.x + a.x
--> y: a.y
--> w: c.w
--| rows: join a.k b.k c.k b.x a.x

--# coalesce over a full join
--: in duckdb postgres snowflake bigquery databricks redshift trino
select coalesce(a.k, b.k) as k, coalesce(a.x, b.x, 0) as x
from a full outer join b on a.k = b.k
--> k: a.k b.k
--> x: a.x b.x
--| rows: join a.k b.k

--# column that only one of two joined tables has
--: in duckdb postgres snowflake
select y, z from a join b on a.k = b.k
--> y: a.y
--> z: b.z
--| rows: join a.k b.k

--# positional join
--: in duckdb
select y, z from a positional join b
--> y: a.y
--> z: b.z

--# two aliases of one table with different roles
--: in duckdb postgres snowflake bigquery
select o.order_id, buyer.name as buyer, seller.name as seller, seller.country
from orders o
join customers buyer on buyer.customer_id = o.customer_id
join customers seller on seller.customer_id = o.order_id
--> order_id: orders.order_id
--> buyer: customers.name
--> seller: customers.name
--> country: customers.country
--| rows: join orders.customer_id orders.order_id customers.customer_id
