"""Runs and steps: what each record means, and what is concluded when records are missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dagster import DagsterEventType, EventLogRecord

from tests.translator.reading import of, one, translate, translator
from tests.translator.recording import UI, Recording, load


def without(run: Recording, *types: DagsterEventType, step: str | None = None) -> Recording:
    """Return the run as if records of these types (of one step) had never been written."""
    names = {each.value for each in types}
    kept = [
        record
        for record, name in zip(run.records, run.types(), strict=True)
        if not (name in names and (step is None or record.event_log_entry.step_key == step))
    ]
    return replace(run, records=tuple(kept))


def split(run: Recording, step: str, first: DagsterEventType) -> tuple[Recording, tuple[EventLogRecord, ...]]:
    """Return the run without a step's records from the first of a type on, and those records, with later ids."""
    late: list[EventLogRecord] = []
    kept: list[EventLogRecord] = []
    for record, name in zip(run.records, run.types(), strict=True):
        is_late = record.event_log_entry.step_key == step and (late or name == first.value)
        (late if is_late else kept).append(record)
    end = run.records[-1].storage_id
    return replace(run, records=tuple(kept)), tuple(
        EventLogRecord(storage_id=end + number, event_log_entry=record.event_log_entry)
        for number, record in enumerate(late, start=1)
    )


def test_a_run_starts_and_ends(runs: dict[str, Recording]) -> None:
    """A run's start names what it set out to materialize, its end how it went and how long it took."""
    events = translate(runs["good"])

    start, end = one(events, "run.start"), one(events, "run.end")
    assert (start.status, start.planned_assets) == ("started", ("down", "flaky"))
    assert (end.status, end.error) == ("success", None)
    assert end.seconds == pytest.approx((end.timestamp - start.timestamp).total_seconds(), abs=1e-5)
    assert end.url == f"{UI}/runs/{runs['good'].facts.run_id}"


@pytest.mark.parametrize(
    ("tags", "launcher"),
    [
        ({"dagster/schedule_name": "daily", "dagster/tick": "7"}, "schedule:daily"),
        ({"dagster/sensor_name": "on_file"}, "sensor:on_file"),
        ({"dagster/backfill": "hzqvkwpd"}, "backfill:hzqvkwpd"),
        ({"team": "shop"}, None),
    ],
)
def test_a_run_says_what_launched_it(runs: dict[str, Recording], tags: dict[str, str], launcher: str | None) -> None:
    """Schedules, sensors and backfills are named; a run that a person or code launched names none."""
    events = translate(runs["good"].having(tags=tags))

    assert {event.launcher for event in (one(events, "run.start"), one(events, "run.end"))} == {launcher}


def test_a_failed_run_has_its_error_and_tags(runs: dict[str, Recording]) -> None:
    """The error is the user's, not Dagster's wrapper; the run's tags are there, its trace id in the correlation."""
    end = one(translate(runs["plain"]), "run.end")

    assert (end.status, end.error.type, end.error.message, end.error.cause) == (
        "failure",
        "RuntimeError",
        "bad one",
        "division by zero",
    )
    assert end.run_tags["team"] == "shop"
    assert end.tags["team"] == "shop"
    assert end.correlation.trace_id == "ab" * 16
    assert end.correlation.code_location == "shop_location"


def test_a_queued_run_is_told(runs: dict[str, Recording]) -> None:
    """RUN_ENQUEUED is ``run.queued``."""
    run = runs["good"]
    start = run.types().index(DagsterEventType.RUN_START.value)
    entry = run.records[start].event_log_entry
    event = entry.dagster_event
    assert event is not None
    queued = EventLogRecord(
        storage_id=999,
        event_log_entry=entry._replace(
            dagster_event=event._replace(event_type_value=DagsterEventType.RUN_ENQUEUED.value)
        ),
    )

    (told,) = translator(run).feed(queued)

    assert (told.event_type, told.status) == ("run.queued", "queued")  # type: ignore[attr-defined]


def test_two_ends_are_two_events(runs: dict[str, Recording]) -> None:
    """A run that is marked failed and then succeeds has both ends; what was concluded keeps the first one's time."""
    run = runs["plain"]
    end = run.records[run.types().index(DagsterEventType.RUN_FAILURE.value)]
    again = EventLogRecord(storage_id=end.storage_id + 100, event_log_entry=end.event_log_entry)

    events = translate(replace(run, records=(*run.records, again)))

    assert len({event.event_id for event in of(events, "run.end")}) == 2


def test_attempts_are_counted(runs: dict[str, Recording]) -> None:
    """The first attempt is 1; a retry ends it with the error, and the next start is 2."""
    events = translate(runs["good"])

    assert [event.correlation.attempt for event in of(events, "step.start", step_key="flaky")] == [1, 2]
    retry = one(events, "step.retry", step_key="flaky")
    assert (retry.correlation.attempt, retry.status, retry.error.type) == (1, "retry", "ValueError")
    end = one(events, "step.end", step_key="flaky")
    assert (end.correlation.attempt, end.status, end.asset_keys) == (2, "success", ("flaky",))


def test_an_op_that_left_an_output_out_is_the_culprit(runs: dict[str, Recording]) -> None:
    """In a job without assets too, a skipped step names the step whose output never came."""
    events = translate(runs["forked"])

    blamed = {event.correlation.step_key: (event.reason, event.culprit) for event in of(events, "step.skip")}
    assert blamed == {
        "on_the_right": ("upstream_skipped", "fork"),
        "further_right": ("upstream_skipped", "on_the_right"),
    }


def test_steps_that_never_started_name_the_culprit(runs: dict[str, Recording]) -> None:
    """A step behind a failure is skipped with the step to blame, however far above it is."""
    events = translate(runs["plain"])

    blamed = {event.correlation.step_key: (event.reason, event.culprit) for event in of(events, "step.skip")}
    assert blamed == {
        "after_bad": ("upstream_failed", "bad"),
        "after_after": ("upstream_failed", "bad"),
        "after_checked": ("upstream_failed", "checked_blocking"),
        "bad_check_of_bad": ("upstream_failed", "bad"),
        "after_optional": ("upstream_skipped", "optional"),
    }


def test_a_mapped_step_is_to_blame_by_its_own_key(runs: dict[str, Recording]) -> None:
    """Behind a dynamic output the culprit is the piece that failed."""
    skip = one(translate(runs["others"]), "step.skip")

    assert (skip.correlation.step_key, skip.culprit) == ("spoiled.gather", "spoiled.work_or_fail[sour]")


def test_mapped_steps_that_never_came_are_skipped(runs: dict[str, Recording]) -> None:
    """When the step that fans out fails, its mapped steps are told once, as the plan names them."""
    run = without(runs["others"], DagsterEventType.STEP_SUCCESS, step="fanned.fan")
    gone = [record for record in run.records if not (record.event_log_entry.step_key or "").startswith("fanned.")]
    start = [record for record in run.records if record.event_log_entry.step_key == "fanned.fan"]

    events = translate(replace(run, records=tuple(sorted([*gone, *start], key=lambda each: each.storage_id))))

    skips = {
        event.correlation.step_key: event.culprit
        for event in of(
            events,
            "step.skip",
        )
    }
    assert skips["fanned.work[?]"] == "fanned.fan"
    assert one(events, "step.lost").correlation.step_key == "fanned.fan"


def test_without_a_plan_the_run_is_to_blame(runs: dict[str, Recording]) -> None:
    """When no plan is stored, planned steps are still told, with the run as the reason."""
    events = translate(runs["plain"].having(step_upstreams={}))

    assert one(events, "step.skip", step_key="after_bad").reason == "run_failed"


def test_a_lost_step_is_told_and_may_end_later(runs: dict[str, Recording]) -> None:
    """A step without an end in an ended run is lost; what its process writes later is new, and told once."""
    run, late = split(runs["good"], "down", DagsterEventType.ASSET_MATERIALIZATION)
    reader = translator(run)
    early = [event for record in run.records for event in reader.feed(record)] + reader.finish()
    lost = one(early, "step.lost", step_key="down")
    assert (lost.status, lost.correlation.attempt) == ("lost", 1)
    assert one(early, "transform.end", asset_key="down").status == "lost"

    reader = translator(run, state=reader.state)
    later = [event for record in late for event in reader.feed(record)]

    assert one(later, "transform.end", asset_key="down").status == "success"
    assert one(later, "step.end", step_key="down").status == "success"
    assert reader.finish() == []
    ids = [event.event_id for event in [*early, *later]]
    assert len(set(ids)) == len(ids)


def test_a_lost_check_is_an_error(runs: dict[str, Recording]) -> None:
    """A check whose process vanished has judged nothing; it was started, so it was not skipped."""
    run, _ = split(runs["plain"], "flaky_raising", DagsterEventType.STEP_FAILURE)

    check = one(translate(run), "quality.result", check_name="raising")

    assert (check.passed, check.outcome, check.metadata["reason"]) == (None, "error", "step_lost")


def test_an_orphan_that_yields_nothing_says_so(runs: dict[str, Recording]) -> None:
    """A lost step that ends later without its asset gives the asset its true last word."""
    run, late = split(runs["good"], "down", DagsterEventType.STEP_SUCCESS)
    run = without(run, DagsterEventType.ASSET_MATERIALIZATION, step="down")
    reader = translator(run)
    for record in run.records:
        reader.feed(record)
    reader.finish()

    later = [event for record in late for event in reader.feed(record)]

    assert one(later, "transform.end").reason == "not_yielded"


def test_a_retry_that_never_came_is_told(runs: dict[str, Recording]) -> None:
    """A run that ends between two attempts leaves a skipped attempt and a skipped asset."""
    run, _ = split(runs["good"], "flaky", DagsterEventType.STEP_RESTARTED)
    run = without(run, DagsterEventType.STEP_START, DagsterEventType.ASSET_MATERIALIZATION, step="down")

    events = translate(run)

    skip = one(events, "step.skip", step_key="flaky")
    assert (skip.correlation.attempt, skip.reason) == (2, "run_failed")
    assert one(events, "asset.skipped", asset_key="flaky").reason == "run_failed"


def test_a_killed_step_failed() -> None:
    """``kill -9`` of a step leaves Dagster's own failure; the start of its stage is answered."""
    events = translate(load("killed"))

    end = one(events, "step.end", step_key="killed")
    assert (end.status, end.error.type) == ("failure", "ChildProcessCrashException")
    assert one(events, "transform.end", asset_key="killed").status == "failure"
    assert one(events, "asset.skipped", asset_key="after_killed").culprit == "killed"


def test_a_run_whose_worker_was_killed() -> None:
    """Without STEP_FAILURE the step is lost, and the steps behind it are skipped because of it."""
    run = without(load("killed"), DagsterEventType.STEP_FAILURE)

    events = translate(run)

    assert one(events, "step.lost").correlation.step_key == "killed"
    assert one(events, "transform.end", asset_key="killed").reason == "step_lost"
    assert one(events, "step.skip", step_key="after_killed").culprit == "killed"


def test_a_canceled_run() -> None:
    """Cancel interrupts the running step, which is canceled and not failed; what had not started is canceled too."""
    events = translate(load("canceled"))

    assert one(events, "run.end").status == "canceled"
    assert one(events, "step.end", step_key="slow").status == "canceled"
    assert one(events, "asset.canceled", asset_key="slow").reason == "canceled"
    assert one(events, "asset.canceled", asset_key="after_slow").correlation.attempt is None
    assert one(events, "step.skip", step_key="after_slow").reason == "canceled"
    check = one(events, "quality.result")
    assert (check.passed, check.outcome) == (None, "skipped")


def test_an_interrupt_that_nobody_asked_for_is_a_failure() -> None:
    """A step that a dying machine interrupted failed: the run failed too, nobody canceled it."""
    run = without(load("canceled"), DagsterEventType.RUN_CANCELING, DagsterEventType.RUN_CANCELED)
    failed = next(record for record in load("killed").records if _is(record, DagsterEventType.RUN_FAILURE))
    end = EventLogRecord(storage_id=999, event_log_entry=failed.event_log_entry)

    events = translate(replace(run, records=(*run.records, end)))

    assert one(events, "step.end", step_key="slow").status == "failure"
    assert one(events, "asset.failed", asset_key="slow").reason == "step_failed"


def test_an_interrupt_is_explained_by_the_runs_end() -> None:
    """Ctrl-C leaves no request to cancel: the interrupted step is told, as canceled, when the run ends canceled."""
    run = without(load("canceled"), DagsterEventType.RUN_CANCELING)
    cut = next(number for number, name in enumerate(run.types()) if name == DagsterEventType.RUN_CANCELED.value)
    reader = translator(run)
    before = [event for record in run.records[:cut] for event in reader.feed(record)]
    reader = translator(run, state=reader.state)

    after = [event for record in run.records[cut:] for event in reader.feed(record)]

    assert of(before, "step.end", step_key="slow") == []
    assert [event.event_type for event in after] == ["step.end", "asset.canceled", "run.end"]
    assert after[0].timestamp < after[2].timestamp


def test_an_interrupt_without_a_runs_end() -> None:
    """When only the run's row says how it ended, finishing explains the interrupt."""
    types = (DagsterEventType.RUN_CANCELING, DagsterEventType.RUN_CANCELED)
    run = without(load("canceled"), *types).having(status="FAILURE")

    assert one(translate(run), "step.end", step_key="slow").status == "failure"


def test_a_step_lost_in_a_canceled_run() -> None:
    """Its process never spoke again: the step is lost, its asset canceled with the run."""
    run = without(load("canceled"), DagsterEventType.STEP_FAILURE)

    events = translate(run)

    assert one(events, "step.lost").correlation.step_key == "slow"
    assert one(events, "asset.canceled", asset_key="slow").reason == "canceled"


def test_a_step_that_failed_before_it_started(runs: dict[str, Recording]) -> None:
    """A process that dies while it starts up leaves a failure only; its asset failed, with no start to answer."""
    run = without(load("killed"), DagsterEventType.STEP_START, step="killed")

    events = translate(run)

    assert one(events, "step.end", step_key="killed").correlation.attempt == 1
    assert one(events, "asset.failed", asset_key="killed").stage == "transform"
    assert of(events, "transform.end", asset_key="killed") == []


def test_lost_and_found_alternate(runs: dict[str, Recording]) -> None:
    """Each loss is one event with an id of its own; a find takes back a loss, once."""
    run = runs["good"]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    reader = translator(run)

    first = reader.lost(at)
    assert reader.lost(at) == []
    reader = translator(run, state=reader.state)
    found = reader.found(at + timedelta(hours=1))
    assert reader.found(at) == []
    second = reader.lost(at + timedelta(hours=2))

    told = [*first, *found, *second]
    assert [event.event_type for event in told] == ["run.lost", "run.found", "run.lost"]
    assert len({event.event_id for event in told}) == 3


def test_nothing_is_concluded_before_the_end(runs: dict[str, Recording]) -> None:
    """A run that has not ended leaves every question open."""
    run = without(runs["plain"], DagsterEventType.RUN_FAILURE).having(status="STARTED")
    reader = translator(run)
    for record in run.records:
        reader.feed(record)

    assert reader.finish() == []


def test_a_run_that_ended_without_a_record(runs: dict[str, Recording]) -> None:
    """When only the run's row says that it ended, that is enough to conclude, dated by the row."""
    ended = datetime(2026, 1, 2, tzinfo=UTC)
    run = without(runs["plain"], DagsterEventType.RUN_FAILURE).having(status="FAILURE", end_time=ended)

    events = translate(run)

    assert one(events, "step.skip", step_key="after_bad").timestamp == ended


def test_mapping_over_nothing_skips_nothing(runs: dict[str, Recording]) -> None:
    """A step that fans out into nothing leaves no mapped step behind, also when the run fails elsewhere."""
    run = runs["others"]
    kept = [record for record in run.records if "fanned.work[" not in (record.event_log_entry.step_key or "")]

    events = translate(replace(run, records=tuple(kept)))

    assert of(events, "step.skip", step_key="fanned.work[?]") == []


def _is(record: EventLogRecord, event_type: DagsterEventType) -> bool:
    event = record.event_log_entry.dagster_event
    return event is not None and event.event_type is event_type
