"""Flights, one partition per month."""

from collections.abc import Iterator, Sequence

import dagster as dg
import dlt
import pyarrow as pa
from dagster_dlt import DagsterDltResource
from dagster_dlt.dlt_event_iterator import DltEventType
from dlt.sources import DltResource

from nyc_flights.flight_records import flights_of
from nyc_flights.partitions import MONTHS
from nyc_flights.raw_assets import RawTables, read_from
from nyc_flights.warehouse import OPENS_WAREHOUSE, RAW, raw_pipeline
from phlo_hooks_dagster import hooked_dlt_assets


@dlt.source(name="flights")
def flights_source(months: Sequence[str] = ()) -> DltResource:
    """Return the flights of ``months``; loading a month again replaces it."""

    @dlt.resource(name="flights", write_disposition="merge", merge_key=("year", "month"))
    def flights() -> Iterator[pa.Table]:
        for month in months:
            yield flights_of(month)

    return read_from(flights, "flights")


@hooked_dlt_assets(
    dlt_source=flights_source(),
    dlt_pipeline=raw_pipeline("flights"),
    name="flights",
    group_name="ingestion",
    dagster_dlt_translator=RawTables(),
    partitions_def=MONTHS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    op_tags=OPENS_WAREHOUSE,
)
def raw_flights(context: dg.AssetExecutionContext, dlt_loader: DagsterDltResource) -> Iterator[DltEventType]:
    """Load the months of the run: one, or a whole range at once."""
    months = context.partition_keys
    for month in months:
        rows = flights_of(month).num_rows
        context.add_asset_metadata(
            {"dagster/partition_row_count": rows}, asset_key=dg.AssetKey([RAW, "flights"]), partition_key=month
        )
    yield from dlt_loader.run(context=context, dlt_source=flights_source(months)).fetch_row_count()
