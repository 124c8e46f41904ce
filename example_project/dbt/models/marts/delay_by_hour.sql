select
    origin,
    scheduled_hour,
    count(*) as flights,
    round(avg(dep_delay), 2) as avg_departure_delay,
    round(avg(cancelled::int), 4) as share_cancelled
from {{ ref('stg_flights') }}
group by all
