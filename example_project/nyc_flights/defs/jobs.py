"""What is run together, and when."""

import dagster as dg

from nyc_flights.partitions import MONTHS

load_flights = dg.define_asset_job(
    "load_flights",
    selection="*",
    partitions_def=MONTHS,
    description="Everything: the reference tables, the flights of the chosen months, models, checks, publishing.",
)

refresh_marts = dg.define_asset_job(
    "refresh_marts",
    selection='* and not key:"raw/flights"',
    description="Reload the reference tables and rebuild the marts from the flights that are loaded.",
)

nightly = dg.ScheduleDefinition(job=refresh_marts, cron_schedule="0 6 * * *", execution_timezone="America/New_York")
