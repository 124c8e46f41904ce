select
    make_date(year, month, day) as flight_date,
    time_hour,
    hour as scheduled_hour,
    carrier,
    flight as flight_number,
    tailnum,
    origin,
    dest,
    distance,
    air_time,
    dep_delay,
    arr_delay,
    dep_time is null as cancelled
from {{ source('raw', 'flights') }}
