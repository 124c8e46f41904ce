select
    flights.origin,
    flights.dest,
    airports.airport_name as dest_name,
    count(*) as flights,
    round(avg(flights.arr_delay), 2) as avg_arrival_delay,
    median(flights.arr_delay) as median_arrival_delay,
    round(avg(flights.air_time), 1) as avg_air_time
from {{ ref('stg_flights') }} as flights
left join {{ ref('stg_airports') }} as airports
    on flights.dest = airports.airport
group by all
