"""Airlines, airports, aircraft and the weather: small tables, replaced as a whole."""

from collections.abc import Iterator

import dagster as dg
import dlt
import pyarrow as pa
from dagster_dlt import DagsterDltResource
from dagster_dlt.dlt_event_iterator import DltEventType
from dlt.sources import DltResource

from nyc_flights.flight_records import table
from nyc_flights.raw_assets import RawTables, read_from
from nyc_flights.warehouse import OPENS_WAREHOUSE, raw_pipeline
from phlo_hooks_dagster import hooked_dlt_assets

TABLES = ("airlines", "airports", "planes", "weather")


@dlt.source(name="reference")
def reference_source() -> Iterator[DltResource]:
    """Yield one resource per table."""
    for name in TABLES:
        yield read_from(dlt.resource(_rows, name=name, write_disposition="replace")(name), name)


def _rows(name: str) -> Iterator[pa.Table]:
    yield table(name)


@hooked_dlt_assets(
    dlt_source=reference_source(),
    dlt_pipeline=raw_pipeline("reference"),
    name="reference",
    group_name="ingestion",
    dagster_dlt_translator=RawTables(),
    op_tags=OPENS_WAREHOUSE,
)
def raw_reference(context: dg.AssetExecutionContext, dlt_loader: DagsterDltResource) -> Iterator[DltEventType]:
    """Load the reference tables."""
    yield from dlt_loader.run(context=context).fetch_row_count()
