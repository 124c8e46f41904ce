with observed as (
    select
        flights.origin,
        flights.dep_delay,
        flights.cancelled,
        case
            when weather.visibility_mi < 2 then 'low visibility'
            when weather.precipitation_in > 0.1 then 'rain or snow'
            when weather.wind_speed_mph > 25 then 'strong wind'
            else 'calm'
        end as conditions
    from {{ ref('stg_flights') }} as flights
    inner join {{ ref('stg_weather') }} as weather
        on flights.origin = weather.origin and flights.time_hour = weather.time_hour
)

select
    origin,
    conditions,
    count(*) as flights,
    round(avg(dep_delay), 2) as avg_departure_delay,
    round(avg(cancelled::int), 4) as share_cancelled
from observed
group by all
