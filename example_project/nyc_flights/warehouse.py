"""The warehouse: one DuckDB file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dlt
import duckdb

from nyc_flights.paths import DLT_PIPELINES, WAREHOUSE

OPENS_WAREHOUSE = {"nyc_flights/warehouse": "duckdb"}
"""Tag of every op that opens the file; the executor runs one of them at a time."""

RAW = "raw"
MARTS = ("delay_by_carrier", "delay_by_hour", "delay_by_route", "fleet_age", "weather_effect")


def raw_pipeline(name: str) -> dlt.Pipeline:
    """Return the dlt pipeline ``name``, which loads into schema ``raw``."""
    WAREHOUSE.parent.mkdir(parents=True, exist_ok=True)
    return dlt.pipeline(
        pipeline_name=name,
        destination=dlt.destinations.duckdb(str(WAREHOUSE)),
        dataset_name=RAW,
        pipelines_dir=str(DLT_PIPELINES),
    )


@contextmanager
def read_warehouse(path: Path = WAREHOUSE) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for reading."""
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection
