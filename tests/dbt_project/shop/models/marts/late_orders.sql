-- Tables written by hand: one is a source spelled otherwise, one is nobody's.
select
    o.ID as order_id,
    r.reason as late_reason
from RAW.orders as o
inner join raw.late_reasons as r on r.order_id = o.id
