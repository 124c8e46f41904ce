"""However the log is cut, paged, read again or read with gaps, the events are the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import pytest
from dagster import DagsterEventType, EventLogRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phlo_hooks.codec import encode_event
from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.translator import RunTranslator, TranslationError, TranslationRules
from tests.translator.reading import feed, of, translate, translator
from tests.translator.recording import Recording, load
from tests.translator.riding import with_results

MICROSECONDS = 2e-6
"""An event's time has microseconds; the log's is a float of seconds."""
EXAMPLES = int(os.environ.get("TRANSLATOR_EXAMPLES", "20"))
LIVE = ("plain", "others", "good", "cells", "letters", "some_letters", "bad_days", "watched")
RECORDED = ("dlt", "dbt", "dbt_broken", "canceled", "killed", "interrupted", "hooked_dlt", "hooked_dbt_broken")
EMITTING = ("emitting", "hostile")
RIDING: dict[str, Callable[[], Recording]] = {
    "a part is missing": partial(with_results, "dbt_broken", lost=[2]),
}

law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="TRANSLATOR_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module", params=[*LIVE, *RECORDED, *EMITTING, *RIDING])
def run(request: pytest.FixtureRequest, runs: dict[str, Recording]) -> Recording:
    """Return one run after another."""
    if request.param == "interrupted":
        return _unasked(load("canceled"))
    if request.param in RIDING:
        return RIDING[request.param]()
    return runs[request.param] if request.param in runs else load(request.param)


def contents(events: Iterable[HookEvent]) -> dict[str, bytes]:
    """Return what an outbox would hold: for each id the newest content."""
    return {event.event_id: encode_event(event) for event in events}


def step_of(record: EventLogRecord) -> str:
    """Return the record's step, ``""`` for none."""
    return record.event_log_entry.step_key or ""


@law
@given(data=st.data())
def test_pages_and_restarts_change_nothing(run: Recording, data: st.DataObject) -> None:
    """Pages of any size, each read by a new translator from the bytes of the last, give the same events."""
    events: list[HookEvent] = []
    state, at = b"", 0
    while at < len(run.records):
        size = data.draw(st.integers(1, 12))
        reader = translator(run, state=state)
        events.extend(event for record in run.records[at : at + size] for event in feed(reader, record))
        state, at = reader.state, at + size

    events.extend(translator(run, state=state).finish())

    assert contents(events) == contents(translate(run))


@law
@given(data=st.data())
def test_reading_again_changes_nothing(run: Recording, data: st.DataObject) -> None:
    """A poll that starts at any earlier cursor, with the state of then, gives what was known and what is new."""
    events: list[HookEvent] = []
    saved: list[tuple[int, bytes]] = [(0, b"")]
    at = 0
    while at < len(run.records):
        start, state = data.draw(st.sampled_from(saved))
        end = min(len(run.records), at + data.draw(st.integers(1, 15)))
        cursor = data.draw(st.integers(start, end))
        reader = translator(run, state=state)
        for number in range(start, end):
            if number == cursor:
                saved.append((number, reader.state))
            events.extend(feed(reader, run.records[number]))
        at = end
    events.extend(reader.finish())

    assert contents(events) == contents(translate(run))


@law
@given(data=st.data())
def test_late_rows_change_nothing(run: Recording, data: st.DataObject) -> None:
    """Rows of one writer that show only after rows of others, as on PostgreSQL, are made good by the next poll."""
    first = data.draw(st.integers(0, len(run.records) - 1))
    late = step_of(run.records[first])
    events: list[HookEvent] = []
    reader = translator(run)
    for record in run.records[:first]:
        events.extend(feed(reader, record))
    cursor = reader.state
    below = _downstream(run, late)
    for record in run.records[first:]:
        step = step_of(record)
        if step in below or not step or not late:
            if step != late:
                break
            continue
        events.extend(feed(reader, record))

    reader = translator(run, state=cursor)
    for record in run.records[first:]:
        events.extend(feed(reader, record))
    events.extend(reader.finish())

    assert contents(events) == contents(translate(run))


@law
@given(data=st.data())
def test_a_bad_record_changes_nothing(run: Recording, data: st.DataObject) -> None:
    """A record that cannot be translated is refused by name, and all others give what they give without it."""
    place = data.draw(st.integers(0, len(run.records)))
    bad = data.draw(st.sampled_from([record for record in run.records if _spoilable(record)]))
    events: list[HookEvent] = []
    reader = translator(run)
    for record in run.records[:place]:
        events.extend(feed(reader, record))

    with pytest.raises(TranslationError, match=rf"record {bad.storage_id} .* makes no event"):
        reader.feed(_spoiled(bad))
    for record in run.records[place:]:
        events.extend(feed(reader, record))
    events.extend(reader.finish())

    assert contents(events) == contents(translate(run))


def test_finishing_is_idempotent(run: Recording) -> None:
    """What has been concluded is not concluded again, by the same translator or by one with its state."""
    reader = translator(run)
    for record in run.records:
        feed(reader, record)
    reader.finish()

    assert reader.finish() == []
    assert translator(run, state=reader.state).finish() == []


def test_ids_are_unique(run: Recording) -> None:
    """No two events of a run share an id."""
    events = translate(run)

    assert len({event.event_id for event in events}) == len(events)


def test_every_planned_asset_and_check_ends(run: Recording) -> None:
    """Each planned asset, partition and check has its last word, and each step that started has its end."""
    events = translate(run)

    for key, partition in _planned(run):
        ends = [
            event
            for event in events
            if event.correlation.asset_key == key
            and (event.correlation.partition_key or "") == partition
            and (event.event_type.endswith(".end") or event.event_type.startswith("asset."))
            and getattr(event, "status", "") != "retry"
        ]
        logged = max(1, len([each for each in _materialized(run) if each == (key, partition)]))
        assert len(ends) == logged, (key, partition)
    checks = _count(run, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED)
    assert len(of(events, "quality.result")) == checks
    starts = _count(run, DagsterEventType.STEP_START) + _count(run, DagsterEventType.STEP_RESTARTED)
    finals = len(of(events, "step.end")) + len(of(events, "step.retry")) + len(of(events, "step.lost"))
    assert len(of(events, "step.start")) == starts == finals


def test_every_stage_start_is_answered(run: Recording) -> None:
    """Each start of a stage has an end under the same run, step, attempt, asset and partition."""
    events = translate(run)

    starts = sorted(
        event.key.rpartition(".")[0]
        for event in events
        if event.event_type.endswith(".start") and event.correlation.asset_key
    )
    ends = {event.key.rpartition(".")[0] for event in events if event.event_type.endswith(".end")}
    assert set(starts) <= ends
    assert len(starts) == len(set(starts))


def test_events_carry_the_logs_times(run: Recording) -> None:
    """No event is dated by the clock of whoever reads."""
    times = [record.timestamp for record in run.records]

    events = translate(run)

    apart = [(min(abs(event.timestamp.timestamp() - time) for time in times), event.event_type) for event in events]
    assert [each for each in apart if each[0] > MICROSECONDS] == []


def test_nothing_secret_is_told(run: Recording) -> None:
    """What looks like a secret in errors and metadata is nowhere in the events."""
    assert b"hunter2secret" not in b"".join(contents(translate(run)).values())


def test_without_a_snapshot_nothing_breaks(run: Recording) -> None:
    """A run whose code location nobody described is still told, its datasets marked unresolved where need be."""
    reader = RunTranslator(run.facts, None, TranslationRules())

    events = [event for record in run.records for event in feed(reader, record)] + reader.finish()

    assert {event.event_type for event in events} >= {"run.start", "run.end", "step.start"}


def _unasked(run: Recording) -> Recording:
    """Return a canceled run as Ctrl-C leaves it: nobody asked for the cancel in the log."""
    kept = zip(run.records, run.types(), strict=True)
    return replace(run, records=tuple(record for record, name in kept if name != DagsterEventType.RUN_CANCELING.value))


def _planned(run: Recording) -> list[tuple[str, str]]:
    found = []
    for record in run.records:
        event = record.event_log_entry.dagster_event
        if event is not None and event.event_type is DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
            assert event.asset_key is not None
            found.append((event.asset_key.to_user_string(), event.partition or ""))
    return found


def _materialized(run: Recording) -> list[tuple[str, str]]:
    found = []
    for record in run.records:
        event = record.event_log_entry.dagster_event
        if event is not None and event.event_type is DagsterEventType.ASSET_MATERIALIZATION:
            assert event.asset_key is not None
            found.append((event.asset_key.to_user_string(), event.partition or ""))
    return found


def _count(run: Recording, wanted: DagsterEventType) -> int:
    return run.types().count(wanted.value)


def _downstream(run: Recording, step: str) -> set[str]:
    below, before = {step}, 0
    while len(below) != before:
        before = len(below)
        below |= {
            each
            for each in {step_of(record) for record in run.records} | set(run.facts.step_upstreams)
            if any(
                _plan(up) in {_plan(known) for known in below} for up in run.facts.step_upstreams.get(_plan(each), ())
            )
        }
    return below


def _plan(step: str) -> str:
    head, bracket, _ = step.partition("[")
    return f"{head}[?]" if bracket else head


def _spoilable(record: EventLogRecord) -> bool:
    event = record.event_log_entry.dagster_event
    return event is not None and event.event_type in {
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_OBSERVATION,
        DagsterEventType.ASSET_CHECK_EVALUATION,
        DagsterEventType.STEP_UP_FOR_RETRY,
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    }


def _spoiled(record: EventLogRecord) -> EventLogRecord:
    """Return the record with its data gone, as after a bad migration."""
    entry = record.event_log_entry
    event = entry.dagster_event
    assert event is not None
    return EventLogRecord(
        storage_id=record.storage_id,
        event_log_entry=entry._replace(dagster_event=event._replace(event_specific_data=None)),
    )
