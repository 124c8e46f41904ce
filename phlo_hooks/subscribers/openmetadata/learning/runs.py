"""Runs: how each went, and each of its tasks; partitions, attempts and late events find their place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from phlo_hooks.events import (
    AssetEvent,
    HookEvent,
    IngestionEvent,
    PublishEvent,
    QualityResultEvent,
    RunEvent,
    Status,
    StepEvent,
    TransformEvent,
)
from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.datasets import OBSERVED as OBSERVED_EVENT
from phlo_hooks.subscribers.openmetadata.learning.datasets import AssetEnd, group_of
from phlo_hooks.subscribers.openmetadata.learning.notebook import RUN_STEPS, RUN_TASKS, RUN_TOLD, RUNS
from phlo_hooks.subscribers.openmetadata.learning.notes import stamp_of_event
from phlo_hooks.subscribers.openmetadata.learning.run_index import admit
from phlo_hooks.subscribers.openmetadata.learning.run_notes import (
    ENDED,
    OBSERVED,
    STARTED,
    Cell,
    RunNote,
    StepNote,
    TaskNote,
)
from phlo_hooks.subscribers.openmetadata.learning.runs_composed import minute
from phlo_hooks.subscribers.openmetadata.learning.tasks import note_tasks

_ENDS: Final = frozenset([Status.SUCCESS, Status.FAILURE, Status.CANCELED])
_RANKS: Final = {"run.queued": 1, "run.start": 2, "run.lost": 3, "run.found": 4, "run.end": 5}
_EARLIER: Final = "materialized_earlier"
"""Why a later attempt ends for an asset that an earlier attempt made: nothing happened to it."""
_YEAR: Final = 366 * 24 * 3600
"""Seconds; who says that a model took longer has measured something else."""
_OUTCOMES: Final = {
    "asset.materialized": Status.SUCCESS,
    OBSERVED_EVENT: Status.SUCCESS,
    "asset.failed": Status.FAILURE,
    "asset.skipped": Status.SKIPPED,
    "asset.canceled": Status.CANCELED,
}


def learn_run(lesson: Lesson) -> None:
    """Learn what an event says of its run; of a run that is too old nothing."""
    run_id, event = lesson.run_id, lesson.event
    if not run_id:
        return
    note = lesson.book.get(RUNS, run_id)
    if note is None:
        if not admit(lesson, run_id):
            note_tasks(lesson)
            return
        note = RunNote(run_id=run_id, at=event.timestamp)
    before = note.at
    changed = _learn_any(lesson, note)
    note.at = max(note.at, event.timestamp)
    lesson.book.set(RUNS, note, run_id)
    if isinstance(event, RunEvent) and note.status == Status.SUCCESS and (changed or lesson.changes.again):
        lesson.changes.settled.update(lesson.book.all(RUN_TOLD, run_id))
    if isinstance(event, RunEvent) and (note.ended or note.status == Status.LOST):
        lesson.changes.pipelines.update(note.renewed)
        note.renewed = []
    note_tasks(lesson)
    if _is_due(lesson, note, minute(event.timestamp) > minute(before)) and (
        changed or (lesson.changes.again and isinstance(event, RunEvent))
    ):
        lesson.changes.runs.add(run_id)


def _is_due(lesson: Lesson, note: RunNote, new_minute: bool) -> bool:  # noqa: FBT001  # one caller
    """
    Say whether a run's status is to be told now.

    While it runs that is when it starts, is lost or found, and once a minute; when it is over, whatever changes it. A
    run that only waits is not told: what is told carries the time of its start.
    """
    if note.ended:
        return True
    if isinstance(lesson.event, RunEvent):
        return lesson.event.event_type != "run.queued"
    return new_minute and note.started_at is not None


def _learn_any(lesson: Lesson, note: RunNote) -> bool:
    event = lesson.event
    where = event.correlation
    _hold(note, "job", lesson.job, lesson.stamp)
    _hold(note, "code_location", where.code_location, lesson.stamp)
    if isinstance(event, RunEvent):
        return _learn_status(lesson, note, event)
    if isinstance(event, StepEvent):
        return _learn_step(lesson, note, event)
    if isinstance(event, QualityResultEvent):
        return _learn_judge(lesson, note, where.step_key)
    if isinstance(event, (IngestionEvent, TransformEvent, PublishEvent, AssetEvent)):
        return _learn_task(lesson, note, event)
    return False


def _learn_status(lesson: Lesson, note: RunNote, event: RunEvent) -> bool:
    before = replace(note, marks={})
    rank = _RANKS[event.event_type]
    stamp = stamp_of_event(event, revision=lesson.revision, rank=rank)
    is_end = event.status in _ENDS
    status = Status.STARTED if event.status == Status.FOUND else event.status
    _hold(note, "status", status, f"{int(is_end)}.{stamp}")
    moment = {"run.queued": "queued_at", "run.start": "started_at", "run.end": "ended_at"}.get(event.event_type)
    if moment:
        _hold(note, moment, event.timestamp, stamp)
    if event.event_type == "run.end":
        text = f"{event.error.type}: {event.error.message}" if event.error else None
        _hold(note, "error", text, stamp, even_none=True)
    _hold(note, "launcher", event.launcher, stamp)
    _hold(note, "partition", _partition(event), stamp)
    return replace(note, marks={}) != before


def _hold(note: RunNote | TaskNote, name: str, value: object, stamp: str, *, even_none: bool = False) -> None:
    """Let the event with the greatest stamp hold a field."""
    if (value is not None or even_none) and stamp >= note.marks.get(name, ""):
        note.marks[name] = stamp
        setattr(note, name, value)


def _partition(event: RunEvent) -> str | None:
    tags = event.run_tags
    first, last = (tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    if first and last:
        return first if first == last else f"{first} … {last}"
    return tags.get("dagster/partition")


def _learn_step(lesson: Lesson, note: RunNote, event: StepEvent) -> bool:
    step_key = event.correlation.step_key
    if not step_key:
        return False
    step = lesson.book.get(RUN_STEPS, note.run_id, step_key) or StepNote(step_key=step_key)
    keys = tuple(sorted({*step.asset_keys, *event.asset_keys}))
    changed = keys != step.asset_keys
    step.asset_keys = keys
    phase = STARTED if event.event_type == "step.start" else ENDED
    changed |= _place(lesson, step.cell, phase, event.status, event.reason)
    lesson.book.set(RUN_STEPS, step, note.run_id, step_key)
    return changed


def _learn_judge(lesson: Lesson, note: RunNote, step_key: str | None) -> bool:
    """Note that a step evaluates checks."""
    if not step_key:
        return False
    step = lesson.book.get(RUN_STEPS, note.run_id, step_key) or StepNote(step_key=step_key)
    if step.judges:
        return False
    step.judges = True
    lesson.book.set(RUN_STEPS, step, note.run_id, step_key)
    return bool(step.cell.status) and not step.asset_keys


def _learn_task(lesson: Lesson, note: RunNote, event: AssetEnd) -> bool:
    key = event.asset_key or event.correlation.asset_key
    if not key:
        return False
    task = lesson.book.get(RUN_TASKS, note.run_id, key) or TaskNote(asset_key=key)
    before = (task.step_key, task.group)
    _hold(task, "step_key", event.correlation.step_key, lesson.stamp)
    _hold(task, "group", None if lesson.job else group_of(lesson, key, event.group_name), lesson.stamp)
    changed = (task.step_key, task.group) != before
    cell = task.cells.setdefault(event.partition_key or event.correlation.partition_key or "", Cell())
    status = _status(event)
    changed |= _place(lesson, cell, _phase(event), status, None if event.reason == _EARLIER else event.reason)
    if event.rows is not None and status in (Status.SUCCESS, Status.NO_DATA):
        counted = (lesson.stamp, event.rows)
        if cell.rows is None or counted > cell.rows:
            cell.rows, changed = counted, True
    lesson.book.set(RUN_TASKS, task, note.run_id, key)
    return changed


def _place(lesson: Lesson, cell: Cell, phase: int, status: str, reason: str | None) -> bool:
    """Let the latest word of the latest attempt hold; return whether anything is another now."""
    event, changed = lesson.event, False
    place = (event.correlation.attempt or 1, phase, lesson.stamp)
    if place > cell.place:
        cell.place, cell.status, cell.reason, cell.at = place, status, reason, event.timestamp
        cell.measured = _measured(event)
        changed = True
    if phase == STARTED and (cell.started_at is None or event.timestamp < cell.started_at):
        cell.started_at, changed = event.timestamp, True
    return changed


def _measured(event: HookEvent) -> timedelta | None:
    """Return the time that dbt measured for a model; that of all other tasks is from their start to their end."""
    if not isinstance(event, TransformEvent) or not event.unique_id or event.seconds is None:
        return None
    return timedelta(seconds=event.seconds) if 0 <= event.seconds < _YEAR else None


def _phase(event: AssetEnd) -> int:
    if event.event_type.endswith(".start"):
        return STARTED
    return OBSERVED if event.event_type == OBSERVED_EVENT else ENDED


def _status(event: AssetEnd) -> str:
    if event.reason == _EARLIER:
        return Status.SUCCESS
    if event.reason == "step_lost":
        return Status.LOST
    if event.status:
        return event.status
    return _OUTCOMES.get(event.event_type, Status.STARTED if event.event_type.endswith(".start") else Status.SUCCESS)
