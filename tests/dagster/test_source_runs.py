"""Runs on their way from Dagster's log to the outbox."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster import DagsterEventType, DagsterInstance
from dagster._core.events import StepMaterializationData

from phlo_hooks.source import Batch, SourceMemory, StreamState
from phlo_hooks_dagster.compat_step import report_rider
from phlo_hooks_dagster.run_book import OpenRun
from phlo_hooks_dagster.source import BUDGET, DagsterEventSource
from tests.dagster.harness import Desk, dagsters_count, desk, rider_of


@dg.asset
def first() -> int:
    return 1


@dg.asset(deps=[first])
def second() -> int:
    return 2


@dg.asset(deps=[first])
def broken() -> None:
    raise RuntimeError("no such table")


@dg.asset(deps=[broken])
def after_broken() -> None: ...


@dg.multi_asset(
    specs=[dg.AssetSpec("always", deps=[first]), dg.AssetSpec("maybe", skippable=True)],
)
def optional() -> Iterator[dg.MaterializeResult[Any]]:
    yield dg.MaterializeResult("always")


def run(instance: DagsterInstance, *assets: object, **options: object) -> str:
    """Materialize in this process and return the run's id."""
    return dg.materialize(list(assets), instance=instance, raise_on_error=False, **options).run_id  # type: ignore[arg-type]


def test_a_run_is_recorded_and_closed_in_one_poll(reading: Desk) -> None:
    """What Dagster's log holds of a finished run is recorded by one poll, and the run is closed."""
    run_id = run(reading.instance, first, second)

    reading.poll()

    materialized = dagsters_count(reading.instance, run_id, DagsterEventType.ASSET_MATERIALIZATION)
    assert reading.counted("asset.materialized") == {("asset.materialized", key): n for key, n in materialized.items()}
    assert reading.counted("run.start", "run.end") == {("run.start", ""): 1, ("run.end", ""): 1}
    assert reading.memory.stream(run_id).status == "closed"


def test_a_second_poll_and_a_restart_record_nothing_twice(reading: Desk) -> None:
    """Reading again what was read adds no event."""
    run(reading.instance, first, second)
    reading.poll()
    head = reading.outbox.head()

    again = reading.poll()
    reading.restart()
    restarted = reading.poll()

    assert (again.new, restarted.new, reading.outbox.head()) == (0, 0, head)


def test_a_failure_and_the_success_after_it_are_both_seen(reading: Desk) -> None:
    """A failed run followed by a success within one poll interval: both end events are recorded."""
    failed = run(reading.instance, first, broken)
    succeeded = run(reading.instance, first)

    reading.poll()

    ends = {event.correlation.run_id: event.status for event in reading.events(event_types=("run.end",))}  # type: ignore[attr-defined]
    assert ends == {failed: "failure", succeeded: "success"}


def test_what_never_started_is_reported(reading: Desk) -> None:
    """A step that never started because one before it failed is skipped, and so is its asset."""
    run(reading.instance, first, broken, after_broken)

    reading.poll()

    assert reading.counted("asset.failed") == {("asset.failed", "broken"): 1}
    assert reading.counted("asset.skipped") == {("asset.skipped", "after_broken"): 1}
    assert reading.counted("step.skip") == {("step.skip", "after_broken"): 1}


def test_an_optional_output_that_was_not_yielded_is_no_failure(reading: Desk) -> None:
    """A skippable output that its step did not yield is skipped without an error."""
    run(reading.instance, first, optional)

    reading.poll()

    assert reading.counted("asset.failed") == {}
    assert reading.counted("asset.skipped") == {("asset.skipped", "maybe"): 1}


def test_a_run_without_a_log_is_closed(reading: Desk) -> None:
    """A run that was canceled before it logged anything is closed and creates no file in Dagster's folders."""
    run_id = "4f4cd2b4-9d3d-4ce9-a1e6-18fbb5aaf1c4"
    reading.instance.run_storage.add_run(
        dg.DagsterRun(job_name="never", run_id=run_id, status=dg.DagsterRunStatus.CANCELED)
    )

    reading.poll()

    assert reading.memory.stream(run_id).status == "closed"
    assert not Path(reading.instance.event_log_storage.path_for_shard(run_id)).exists()  # type: ignore[attr-defined]


def test_a_deleted_run_is_no_crash(reading: Desk) -> None:
    """A run that was deleted while it was read is closed with a note."""
    run_id = "8e5e3e0c-3ad1-4d64-8d59-9a1fc3fd8b1e"
    reading.instance.run_storage.add_run(
        dg.DagsterRun(job_name="gone", run_id=run_id, status=dg.DagsterRunStatus.STARTED)
    )
    reading.poll()
    reading.instance.delete_run(run_id)
    reading.time.advance(60)

    reading.poll()

    stream = reading.memory.stream(run_id)
    assert stream.status == "closed"
    assert "deleted" in stream.note


def test_records_are_read_page_by_page(instance: DagsterInstance, tmp_path: Path) -> None:
    """The size of a page changes nothing about what is recorded."""
    run_id = run(instance, first, second, broken, after_broken)
    with desk(instance, tmp_path) as whole:
        whole.poll()
        expected = [event.event_id for event in whole.events()]
    (tmp_path / "small").mkdir()

    with desk(instance, tmp_path / "small", page_size=1) as small:
        small.settle()

        assert [event.event_id for event in small.events()] == expected
        assert small.memory.stream(run_id).status == "closed"


def test_a_row_that_cannot_be_decoded_is_set_aside(reading: Desk) -> None:
    """One spoiled row is quarantined by its id; everything around it is recorded, and it is tried again on request."""
    run_id = run(reading.instance, first, second)
    path = reading.instance.event_log_storage.path_for_shard(run_id)  # type: ignore[attr-defined]
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        query = "SELECT id, event FROM event_logs WHERE step_key = 'first' AND dagster_event_type = :kind"
        number, body = connection.execute(sa.text(query), {"kind": "ASSET_MATERIALIZATION"}).one()
        connection.execute(sa.text("UPDATE event_logs SET event = '{' WHERE id = :id"), {"id": number})

    reading.poll()

    waiting = reading.memory.untranslatable(run_id)
    assert [(row.record_id, row.record_type) for row in waiting] == [(number, "ASSET_MATERIALIZATION")]
    assert ("asset.materialized", "second") in reading.counted("asset.materialized")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE event_logs SET event = :body WHERE id = :id"), {"body": body, "id": number})
    engine.dispose()
    for batch in reading.source.read_again(reading.memory, run_id):
        reading.outbox.record("dagster", batch)
    assert reading.memory.untranslatable(run_id) == []
    assert reading.counted("asset.materialized")["asset.materialized", "first"] == 1


def test_a_log_that_cannot_be_read_stops_no_other_run(reading: Desk) -> None:
    """A run whose file is no database is left aside after some attempts; the others are recorded."""
    spoiled = run(reading.instance, first)
    good = run(reading.instance, second)
    path = Path(reading.instance.event_log_storage.path_for_shard(spoiled))  # type: ignore[attr-defined]
    path.write_bytes(b"this is no database at all, whatever it is called" * 100)

    for _ in range(6):
        reading.poll()
        reading.time.advance(400)

    assert reading.memory.stream(good).status == "closed"
    assert reading.memory.stream(spoiled).status == "failed"
    assert "cannot be read" in reading.memory.stream(spoiled).note


def test_a_first_start_reads_no_history(instance: DagsterInstance, tmp_path: Path) -> None:
    """With start='now', runs that ended before are left alone; those that end later, or were open, are read whole."""
    old = run(instance, first)
    opened = "0e5ac8a2-6f47-49d8-b4f8-3f3e3a0e7c11"
    instance.run_storage.add_run(dg.DagsterRun(job_name="open", run_id=opened, status=dg.DagsterRunStatus.STARTED))
    with desk(instance, tmp_path, start="now") as reading:
        reading.time.at = datetime.now(UTC)
        reading.poll()
        new = run(instance, second)
        reading.time.at = datetime.now(UTC)

        reading.poll()

        assert reading.memory.stream(old) is None
        assert reading.memory.stream(opened).status == "open"
        assert reading.memory.stream(new).status == "closed"


def test_a_first_drain_takes_the_last_day(instance: DagsterInstance, tmp_path: Path) -> None:
    """Who drains first wants what has just run: the first start then goes back a day."""
    recent = run(instance, first)
    with desk(instance, tmp_path, start="now") as reading:
        reading.source.first_start_in_drain()

        reading.poll()

        assert reading.memory.stream(recent).status == "closed"


def test_busy_runs_do_not_hide_new_ones(reading: Desk) -> None:
    """When the runs that are being read take all of a poll's time, a new run is found all the same."""
    busy = "0f5a4f8f-24cf-4cf3-9d0a-b8c1fd5a2a3d"
    reading.instance.run_storage.add_run(
        dg.DagsterRun(job_name="busy", run_id=busy, status=dg.DagsterRunStatus.STARTED)
    )
    reading.source = SlowSource(reading.instance, reading.settings, clock=reading.time.clock())
    reading.source.skip_target()
    reading.poll()
    _orphan(reading.instance, busy)
    run_id = run(reading.instance, first)

    reading.poll()

    assert reading.counted("run.end", run_id=run_id) == {("run.end", ""): 1}


class SlowSource(DagsterEventSource):
    """A source that spends twice a poll's time on one page."""

    def _turn(self, entry: OpenRun, memory: SourceMemory, *, final: bool) -> Generator[Batch, None, None]:
        self._clock.sleep(2 * BUDGET)
        yield from super()._turn(entry, memory, final=final)


def test_an_orphans_late_records_are_found(reading: Desk) -> None:
    """A step that outlives its run writes without touching the run's row; within a day it is recorded all the same."""
    run_id = run(reading.instance, first, second)
    reading.time.at = datetime.now(UTC)
    reading.poll()
    _orphan(reading.instance, run_id)
    reading.poll()
    assert ("asset.materialized", "orphan") not in reading.counted("asset.materialized")
    reading.time.advance(timedelta(minutes=16).total_seconds())

    reading.poll()

    assert reading.counted("asset.materialized")["asset.materialized", "orphan"] == 1
    assert reading.memory.stream(run_id).status == "closed"


def _orphan(instance: DagsterInstance, run_id: str) -> None:
    instance.report_dagster_event(
        dg.DagsterEvent(
            event_type_value=DagsterEventType.ASSET_MATERIALIZATION.value,
            job_name="__ephemeral_asset_job__",
            event_specific_data=StepMaterializationData(dg.AssetMaterialization("orphan"), []),
            step_key="first",
        ),
        run_id=run_id,
    )


def test_a_silent_run_is_lost_and_found(reading: Desk) -> None:
    """A started run without a word for lost_after seconds is lost, once; when it speaks again it is found."""
    run_id = "b8c1fd5a-24cf-4cf3-9d0a-0f5a4f8f2a3d"
    reading.instance.run_storage.add_run(
        dg.DagsterRun(job_name="silent", run_id=run_id, status=dg.DagsterRunStatus.STARTED)
    )
    _age_row(reading.instance, run_id, hours=2)
    for _ in range(3):
        reading.poll()
        reading.time.advance(120)
    assert reading.counted("run.lost", "run.found") == {("run.lost", ""): 1}

    _orphan(reading.instance, run_id)
    reading.time.at = datetime.now(UTC)
    reading.poll()

    assert reading.counted("run.lost", "run.found") == {("run.lost", ""): 1, ("run.found", ""): 1}


def _age_row(instance: DagsterInstance, run_id: str, *, hours: int) -> None:
    moment = (datetime.now(UTC) - timedelta(hours=hours)).replace(tzinfo=None)
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
        connection.execute(
            sa.text("UPDATE runs SET update_timestamp = :moment WHERE run_id = :run_id"),
            {"moment": moment.isoformat(sep=" "), "run_id": run_id},
        )


def test_what_belongs_to_no_run_is_read(reading: Desk) -> None:
    """A report on an external asset becomes one event, though no run has it."""
    reading.instance.report_runless_asset_event(dg.AssetMaterialization("external", metadata={"rows": 3}))

    reading.poll()
    reading.poll()
    reading.restart()
    reading.poll()

    assert reading.counted("asset.materialized") == {("asset.materialized", "external"): 1}


def test_what_is_emitted_outside_of_a_run_is_read(reading: Desk) -> None:
    """An event of no run is recorded as all else; an engine event that is no rider is passed over."""
    for event in ({"event_type": "shop.opened"}, {"event_type": "run.end"}):
        report_rider(reading.instance, run_id="", job_name="", step_key=None, message="", metadata=rider_of(event))

    reading.poll()

    (opened,) = [each for each in reading.events() if each.event_type == "shop.opened"]
    assert opened.correlation.run_id is None
    (refused,) = reading.memory.untranslatable()
    assert "'run.end' cannot be emitted" in refused.error
    assert [each.event_type for each in reading.events()].count("record.untranslatable") == 1


def test_engine_events_open_no_closed_run(reading: Desk) -> None:
    """What Dagster's executors and launchers note after a run's end is not read: the run stays closed as it is."""
    run_id = run(reading.instance, first)
    reading.poll()
    closed = reading.memory.stream(run_id)
    reading.instance.report_engine_event("process exited", run_id=run_id, job_name="job")

    recorded = reading.poll()

    assert (recorded.new, reading.memory.stream(run_id)) == (0, closed)


def test_a_state_of_another_version_is_read_anew(reading: Desk) -> None:
    """A run whose state an earlier version of ours wrote is read from its start, and nothing is recorded twice."""
    run_id = run(reading.instance, first, second)
    reading.poll()
    before = reading.events()
    closed = reading.memory.stream(run_id)
    old = StreamState(stream_id=run_id, cursor=closed.cursor - 3, state=b"[1]", started_at=closed.started_at)
    reading.outbox.record("dagster", Batch(stream=old))
    reading.restart()

    reading.poll()

    assert reading.events() == before
    assert reading.memory.stream(run_id) == replace(closed, checked_at=reading.memory.stream(run_id).checked_at)


def test_another_instance_is_read_from_its_start(
    reading: Desk, empty_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Without DAGSTER_HOME each start has a new instance: its first run-less report is read all the same."""
    reading.instance.report_runless_asset_event(dg.AssetMaterialization("before"))
    reading.poll()
    home = shutil.copytree(empty_home, tmp_path_factory.mktemp("other") / "home")
    with DagsterInstance.from_config(str(home)) as other:
        with other.run_storage.connect() as connection:  # type: ignore[attr-defined]
            connection.execute(sa.text("UPDATE instance_info SET run_storage_id = 'another'"))
        other.report_runless_asset_event(dg.AssetMaterialization("after"))
        reading.instance = other
        reading.restart()

        reading.poll()

    assert set(reading.counted("asset.materialized")) == {
        ("asset.materialized", "before"),
        ("asset.materialized", "after"),
    }


def test_reading_costs_nothing_where_nothing_is(reading: Desk) -> None:
    """Dagster's folder gets no file because we looked."""
    before = set(Path(reading.instance.root_directory).rglob("*"))

    reading.poll()
    reading.poll()

    assert set(Path(reading.instance.root_directory).rglob("*")) == before


@pytest.mark.parametrize("runs", [30])
def test_a_long_history_is_not_read(instance: DagsterInstance, tmp_path: Path, runs: int) -> None:
    """Old runs cost a first start nothing: no log is opened, no stream is kept, one poll is enough."""
    for _ in range(runs):
        run_id = dg.DagsterRun(job_name="old", status=dg.DagsterRunStatus.SUCCESS)
        instance.run_storage.add_run(run_id)
    with desk(instance, tmp_path, start="now") as reading:
        reading.time.advance(1)

        reading.poll()

        assert [stream.stream_id for stream in reading.memory.streams()] == [""]
        assert reading.source.next_poll_in() == reading.settings.relay.idle_interval
