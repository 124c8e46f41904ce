select
    tailnum,
    year as year_built,
    type as aircraft_type,
    manufacturer,
    model,
    engines,
    seats
from {{ source('raw', 'planes') }}
