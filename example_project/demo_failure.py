"""Two ways in which a run goes wrong: a check that blocks stops the models, or a gate stops the publishing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

LOST: Final = "lost_flight.parquet"
STRAY: Final = "stray_flight.parquet"
CENTURY: Final = 100 * 365 * 24 * 60
FIRST: Final = "from raw.flights where rowid = (select min(rowid) from raw.flights)"
WAYS: Final = {
    "check": "a flight gets lost: a check that blocks notices, and dbt and publishing are skipped",
    "gate": "a flight is a century late: models are built, a test of dbt's warns, and a gate stops the publishing",
}


@contextmanager
def gone_wrong(warehouse: Path, way: str) -> Iterator[None]:
    """
    Damage the warehouse in one of the ``WAYS``, and mend it when the block ends.

    Raises:
        SystemExit: No flight has been loaded yet.
    """
    if not warehouse.exists():
        raise SystemExit(f"--fail wants flights to lose, and {warehouse} is not there: run the demo without it first.")
    with duckdb.connect(str(warehouse)) as connection:
        lost = connection.sql(FIRST)
        lost.write_parquet(str(warehouse.with_name(LOST)))
        if way == "gate":
            stray = lost.project(f"* replace ({CENTURY} as dep_delay)")
            stray.write_parquet(str(warehouse.with_name(STRAY)))
        connection.execute("delete " + FIRST)
        if way == "gate":
            connection.read_parquet(str(warehouse.with_name(STRAY))).insert_into("raw.flights")
    try:
        yield
    finally:
        put_back(warehouse)


def put_back(warehouse: Path) -> None:
    """Take out what is not true and put back what was lost; also after a demo that was killed."""
    for name, statement in (
        (STRAY, "delete from raw.flights as loaded using damage where loaded = damage"),
        (LOST, "insert into raw.flights (select * from damage except select * from raw.flights)"),
    ):
        file = warehouse.with_name(name)
        if file.exists():
            with duckdb.connect(str(warehouse)) as connection:
                connection.read_parquet(str(file)).create_view("damage", replace=True)
                connection.execute(statement)
                connection.execute("drop view damage")
            file.unlink()
