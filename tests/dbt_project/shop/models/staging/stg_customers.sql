select
    "CustomerID" as customer_id,
    "Full Name" as full_name,
    "Country" as country_code,
    "Updated At" as updated_at
from {{ source('raw', 'customers') }}
