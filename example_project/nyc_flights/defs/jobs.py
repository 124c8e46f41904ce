"""What is run together, and when."""

import dagster as dg

from nyc_flights.defs.ingestion.flights import raw_flights
from nyc_flights.partitions import MONTHS

load_flights = dg.define_asset_job(
    "load_flights",
    selection="*",
    partitions_def=MONTHS,
    description="Everything: the reference tables, the flights of the chosen months, models, checks, publishing.",
)

# Its steps take seconds, so one process runs them all.
refresh_marts = dg.define_asset_job(
    "refresh_marts",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(raw_flights)
    | dg.AssetSelection.checks_for_assets(raw_flights),
    executor_def=dg.in_process_executor,
    description="Reload the reference tables, rebuild the marts from the flights that are loaded, check all of it.",
)

nightly = dg.ScheduleDefinition(job=refresh_marts, cron_schedule="0 6 * * *", execution_timezone="America/New_York")
