"""A run that fails: one flight gets lost, and the check that blocks notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

LOST = "lost_flight.parquet"
FIRST = "from raw.flights where rowid = (select min(rowid) from raw.flights)"


@contextmanager
def flight_lost(warehouse: Path) -> Iterator[None]:
    """
    Take one flight out of the warehouse, and put it back when the block ends.

    Raises:
        SystemExit: No flight has been loaded yet.
    """
    if not warehouse.exists():
        raise SystemExit(f"--fail wants flights to lose, and {warehouse} is not there: run the demo without it first.")
    with duckdb.connect(str(warehouse)) as connection:
        connection.sql(FIRST).write_parquet(str(warehouse.with_name(LOST)))
        connection.execute("delete " + FIRST)
    try:
        yield
    finally:
        put_back(warehouse)


def put_back(warehouse: Path) -> None:
    """Put the lost flight back; also what a demo that was killed had taken out."""
    lost = warehouse.with_name(LOST)
    if lost.exists():
        with duckdb.connect(str(warehouse)) as connection:
            connection.read_parquet(str(lost)).create_view("lost", replace=True)
            connection.execute("insert into raw.flights (select * from lost except select * from raw.flights)")
            connection.execute("drop view lost")
        lost.unlink()
