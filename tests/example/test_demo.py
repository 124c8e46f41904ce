"""What ``make demo`` promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from phlo_hooks.events import QualityResultEvent
from tests.example.conftest import FLIGHTS, PROJECT, Finished, count_rows
from tests.postgres import PostgresServer

# The first test that asks for the demo runs it.
pytestmark = pytest.mark.timeout(900)

POOLS = """
import json
from nyc_flights.definitions import defs
graph = defs.get_repository_def().asset_graph
pools = {asset.op.name: asset.op.pool for asset in graph.assets_defs}
print(json.dumps({"sensors": [sensor.name for sensor in defs.sensors], "pools": pools}))
"""


def test_the_demo_says_what_happened(first: Finished) -> None:
    """Runs, events by type, deliveries, lineage, steps, checks, places and the way into Dagster are all printed."""
    for words in (
        "load_flights",
        "ingestion.end",
        "bus",
        "dbt_models",
        "Lineage:",
        "1 warn",
        "EWR 2013-02-12 08:00: 1048 mph",
        str(first.folder / "warehouse.duckdb"),
        f"DAGSTER_HOME={first.folder / 'dagster_home'}",
        f"{FLIGHTS:,} flights",
    ):
        assert words in first.output


def test_everything_arrives(first: Finished) -> None:
    """The bus has nothing left to deliver, nothing is dead, and nothing was untranslatable."""
    with first.outbox() as outbox:
        (bus,) = outbox.consumers()
        untranslatable = outbox.summary().untranslatable

    assert (bus.name, bus.pending, bus.dead, untranslatable) == ("bus", 0, 0, 0)
    assert bus.delivered == sum(isinstance(event, QualityResultEvent) for event in first.events)


def test_the_hook_of_the_example_leaves_its_note(first: Finished) -> None:
    """The ten-line hook ran once for the one check that found something."""
    (note,) = (first.folder / "findings").iterdir()

    assert note.read_text().startswith("warn: plausible_wind on duckdb://warehouse/warehouse.raw.weather")


def test_nothing_is_written_outside_the_folder(first: Finished) -> None:
    """Home stays empty, and the project's folder holds what git holds."""
    status = subprocess.run(
        ["git", "status", "--porcelain", "--ignored", "."],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    untracked = [line[3:] for line in status.stdout.splitlines() if line[:2] in {"??", "!!"}]
    strays = [path for path in untracked if not path.endswith("cache__/") and not path.endswith("_cache/")]

    assert list(first.home.iterdir()) == []
    assert strays == []


def test_a_second_run_adds_no_duplicate(first: Finished, second: Finished) -> None:
    """The month is replaced, the first run's events stay as they were, and the second run's are all its own."""
    runs = {event.correlation.run_id for event in second.events if event.correlation.run_id}

    assert second.flights == first.flights
    assert count_rows(second.folder, "raw.airline_fleets__planes__bases") > 0
    assert second.stored == len(second.bodies)
    assert first.bodies.items() <= second.bodies.items()
    assert len(second.events) == 2 * len(first.events)
    assert len(runs) == 2
    assert "added 0 rows" in second.output


def test_each_step_that_opens_the_warehouse_takes_its_turn(first: Finished) -> None:
    """Definitions load with the relay's sensor, and every step is in the pool that keeps DuckDB to one process."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", POOLS],
        cwd=PROJECT,
        env=first.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(done.stdout)

    assert loaded["sensors"] == ["phlo_hooks_relay"]
    assert set(loaded["pools"].values()) == {"duckdb"}


def test_the_marts_reach_postgresql(second: Finished, postgres: PostgresServer, tmp_path: Path) -> None:
    """With a URL, the marts are copied in one transaction, and the event names the database without a password."""
    url = postgres.new_database()
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "nyc_flights.definitions"]
    done = subprocess.run(
        [*command, "--select", 'key:"published/postgres"'],
        cwd=PROJECT,
        env=second.environment() | {"NYC_FLIGHTS_POSTGRES_URL": url, "DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    with psycopg.connect(url) as connection:
        for mart in ("delay_by_carrier", "delay_by_route", "fleet_age"):
            query = sql.SQL("select count(*) from {}").format(sql.Identifier("nyc_flights", mart))
            assert connection.execute(query).fetchone() == (count_rows(second.folder, f"marts.{mart}"),)
