"""The airlines' fleets: nested documents, from which dlt makes child tables."""

from collections.abc import Iterator

import dagster as dg
import dlt
from dagster_dlt import DagsterDltResource
from dagster_dlt.dlt_event_iterator import DltEventType
from dlt.sources import DltResource

from nyc_flights.flight_records import airline_fleets
from nyc_flights.raw_assets import RawTables, read_from
from nyc_flights.warehouse import OPENS_WAREHOUSE, raw_pipeline
from phlo_hooks_dagster import hooked_dlt_assets


@dlt.source(name="fleets")
def fleets_source() -> DltResource:
    """Return the documents; dlt makes ``airline_fleets``, ``…__planes`` and ``…__planes__bases`` of them."""
    fleets = dlt.resource(airline_fleets, name="airline_fleets", write_disposition="replace", primary_key="carrier")
    return read_from(fleets, "planes", "airlines", "flights")


@hooked_dlt_assets(
    dlt_source=fleets_source(),
    dlt_pipeline=raw_pipeline("fleets"),
    name="fleets",
    group_name="ingestion",
    dagster_dlt_translator=RawTables(),
    op_tags=OPENS_WAREHOUSE,
)
def raw_fleets(context: dg.AssetExecutionContext, dlt_loader: DagsterDltResource) -> Iterator[DltEventType]:
    """Load the fleets."""
    yield from dlt_loader.run(context=context).fetch_row_count()
