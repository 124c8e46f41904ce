"""What ``make demo`` promises."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from phlo_hooks.events import HookEvent, IngestionEvent, QualityResultEvent
from tests.example.conftest import FLIGHTS, PROJECT, Finished, count_rows
from tests.postgres import PostgresServer

# The first test that asks for the demo runs it.
pytestmark = pytest.mark.timeout(900)

DEFINITIONS = """
import json
from nyc_flights.definitions import defs
graph = defs.get_repository_def().asset_graph
nodes = defs.resolve_job_def("load_flights").graph.node_defs
executors = {name: defs.resolve_job_def(name).executor_def.name for name in ("load_flights", "refresh_marts")}
print(json.dumps({
    "sensors": [sensor.name for sensor in defs.sensors],
    "tags": {node.name: node.tags.get("nyc_flights/warehouse") for node in nodes},
    "pools": sorted(pool for node in nodes for pool in node.pools),
    "executors": executors,
}))
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
    """No table grows, the first run's events stay as they were, and the second run's are all its own."""
    runs = {event.correlation.run_id for event in second.events if event.correlation.run_id}

    assert second.tables == first.tables
    assert second.tables["raw.airline_fleets__planes__bases"] > 0
    assert second.stored == len(second.bodies)
    assert first.bodies.items() <= second.bodies.items()
    assert len(runs) == 2
    assert f"{FLIGHTS:,} flights in the warehouse, 0 of them twice" in second.output
    assert "This run added no row to the 13 tables," in second.output


def test_a_second_run_does_not_load_again_what_is_loaded(first: Finished, second: Finished) -> None:
    """The month is left as it is; the rest runs as the nightly refresh, with every check of the first run."""
    jobs = {event.correlation.job_name for event in second.events}
    new = [event for event in second.events if event.event_id not in first.bodies]

    assert jobs == {"load_flights", "refresh_marts"}
    assert "raw/flights" not in {event.asset_key for event in new if isinstance(event, IngestionEvent)}
    assert checks(new) == checks(first.events)
    assert "are loaded already" in second.output


def checks(events: Iterable[HookEvent]) -> set[tuple[str, str, str | None]]:
    """Return what was checked and found."""
    return {(e.asset_key, e.check_name, e.data_outcome) for e in events if isinstance(e, QualityResultEvent)}


def test_each_step_that_opens_the_warehouse_takes_its_turn(first: Finished) -> None:
    """Definitions load with the sensor; every step carries the tag that the executor limits, and none has a pool."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DEFINITIONS],
        cwd=PROJECT,
        env=first.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(done.stdout)

    assert sorted(loaded["sensors"]) == ["phlo_hooks_relay", "report_when_published"]
    assert set(loaded["tags"].values()) == {"duckdb"}
    assert loaded["pools"] == []
    assert loaded["executors"] == {"load_flights": "take_turns", "refresh_marts": "in_process"}


def test_the_marts_reach_postgresql(second: Finished, postgres: PostgresServer, tmp_path: Path) -> None:
    """With a URL, the marts are copied in one transaction, and the event names the database without a password."""
    url = postgres.new_database()
    shutil.copytree(second.folder / "dagster_home", tmp_path / "home")
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "nyc_flights.definitions"]
    done = subprocess.run(
        [*command, "--select", 'key:"published/postgres"'],
        cwd=PROJECT,
        env=second.environment() | {"NYC_FLIGHTS_POSTGRES_URL": url, "DAGSTER_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    with psycopg.connect(url) as connection:
        for mart in ("delay_by_carrier", "delay_by_route", "fleet_age"):
            query = sql.SQL("select count(*) from {}").format(sql.Identifier("nyc_flights", mart))
            assert connection.execute(query).fetchone() == (count_rows(second.folder, f"marts.{mart}"),)
