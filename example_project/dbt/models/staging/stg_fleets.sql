with bases as (
    select
        _dlt_parent_id,
        sum(departures) as departures,
        count(*) as base_count
    from {{ source('raw', 'airline_fleets__planes__bases') }}
    group by 1
)

select
    fleets.carrier,
    planes.tailnum,
    planes.built as year_built,
    planes.maker as manufacturer,
    planes.model__name as model,
    planes.model__seats as seats,
    bases.departures,
    bases.base_count
from {{ source('raw', 'airline_fleets__planes') }} as planes
inner join {{ source('raw', 'airline_fleets') }} as fleets
    on planes._dlt_parent_id = fleets._dlt_id
inner join bases
    on planes._dlt_id = bases._dlt_parent_id
