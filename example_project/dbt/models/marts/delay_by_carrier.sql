select
    flights.carrier,
    airlines.airline,
    count(*) as flights,
    count(*) filter (where flights.cancelled) as cancelled,
    round(avg(flights.dep_delay), 2) as avg_departure_delay,
    round(avg(flights.arr_delay), 2) as avg_arrival_delay,
    round(avg((flights.arr_delay > 30)::int), 4) as share_over_30_minutes
from {{ ref('stg_flights') }} as flights
inner join {{ ref('stg_airlines') }} as airlines
    on flights.carrier = airlines.carrier
group by all
