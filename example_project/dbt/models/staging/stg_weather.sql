select
    origin,
    time_hour,
    temp as temperature_f,
    precip as precipitation_in,
    visib as visibility_mi,
    -- EWR reported 1048 mph on 2013-02-12; the check plausible_wind on raw/weather reports such readings.
    case when wind_speed <= 254 then wind_speed end as wind_speed_mph
from {{ source('raw', 'weather') }}
