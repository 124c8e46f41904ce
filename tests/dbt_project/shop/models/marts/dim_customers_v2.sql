select
    customers.customer_id,
    customers.full_name,
    countries.country_name,
    countries.region
from {{ source('made_here', 'customers_again') }} as customers
left join {{ ref('countries') }} as countries
    on customers.country_code = countries.code
