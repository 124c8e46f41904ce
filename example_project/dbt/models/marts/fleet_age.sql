select
    fleets.carrier,
    airlines.airline,
    count(*) as aircraft,
    count(fleets.year_built) as registered,
    round(avg(2013 - fleets.year_built), 1) as avg_age,
    max(2013 - fleets.year_built) as oldest,
    sum(fleets.departures) as departures
from {{ ref('stg_fleets') }} as fleets
inner join {{ ref('stg_airlines') }} as airlines
    on fleets.carrier = airlines.carrier
group by all
