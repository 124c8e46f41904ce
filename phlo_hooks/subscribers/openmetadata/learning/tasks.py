"""Pipelines and their tasks: what ran in a job or, without a job of its own, in an asset group."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from phlo_hooks.events import (
    AssetEvent,
    HookEvent,
    IngestionEvent,
    PublishEvent,
    QualityResultEvent,
    RunEvent,
    StepEvent,
    TransformEvent,
)
from phlo_hooks.subscribers.openmetadata.facts import TaskFact
from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.datasets import group_of
from phlo_hooks.subscribers.openmetadata.learning.notebook import (
    ASSETS,
    OUTLINES,
    PIPELINE_TASKS,
    PIPELINES,
    RUN_TASKS,
    RUNS,
    key_text,
)
from phlo_hooks.subscribers.openmetadata.learning.notes import AssetNote, StoredPipeline, StoredTask
from phlo_hooks.subscribers.openmetadata.learning.runs_composed import step_task_name, task_name
from phlo_hooks.subscribers.openmetadata.names import EntityName

OP: Final = "op"
_OVER: Final = frozenset(["step.end", "step.retry", "step.lost"])
"""By then a step's checks have been told, so that it is known whether it is a task."""


def note_tasks(lesson: Lesson) -> None:
    """Note the tasks that an event speaks of, and their pipelines."""
    event = lesson.event
    if isinstance(event, RunEvent):
        _note_planned(lesson, event)
    elif isinstance(event, (IngestionEvent, TransformEvent, PublishEvent, AssetEvent)):
        key = event.asset_key or event.correlation.asset_key
        pipeline = _pipeline_of(lesson, key, event.group_name) if key else None
        if key and pipeline is not None:
            fact = TaskFact(name=task_name(key), asset_key=key, step_key=event.correlation.step_key, kind=_kind(event))
            _note(lesson, pipeline, fact)
    elif lesson.job is not None and event.correlation.step_key:
        _note_step(lesson, event, event.correlation.step_key, lesson.job)


def _note_planned(lesson: Lesson, event: RunEvent) -> None:
    """Note the assets that a run is to make; in an ad-hoc run those whose group code declares."""
    book, keys = lesson.book, event.planned_assets
    book.fetch([ASSETS.name(key) for key in keys])
    if lesson.job is not None:
        pipeline = _keep(lesson, lesson.naming.pipeline(lesson.location, lesson.job), job=lesson.job)
        book.fetch([PIPELINE_TASKS.name(key_text(pipeline), task_name(key)) for key in keys])
        for key in keys:
            _note(lesson, pipeline, TaskFact(name=task_name(key), asset_key=key))
        return
    if lesson.changes.again and lesson.run_id:
        groups = {task.group for task in book.all(RUN_TASKS, lesson.run_id)} - {None}
        for group in sorted(filter(None, groups)):
            _keep(lesson, lesson.naming.group(lesson.location, group), group=group)
    for fact in book.many(OUTLINES, keys):
        found = _pipeline_of(lesson, fact.key, fact.group)
        if found is not None:
            _note(lesson, found, TaskFact(name=task_name(fact.key), asset_key=fact.key))


def _note_step(lesson: Lesson, event: HookEvent, step_key: str, job: str) -> None:
    """Note a step that makes no asset; one that evaluates checks is remembered as that, and is no task."""
    pipeline, name = lesson.naming.pipeline(lesson.location, job), step_task_name(step_key)
    if isinstance(event, QualityResultEvent):
        _note(lesson, _keep(lesson, pipeline, job=job), TaskFact(name=name, step_key=name), judges=True)
    elif isinstance(event, StepEvent) and event.event_type in _OVER and not event.asset_keys:
        _note(lesson, _keep(lesson, pipeline, job=job), TaskFact(name=name, step_key=name, kind=OP))


def _pipeline_of(lesson: Lesson, asset_key: str, group: str | None) -> EntityName | None:
    if lesson.job is not None:
        return _keep(lesson, lesson.naming.pipeline(lesson.location, lesson.job), job=lesson.job)
    name = group_of(lesson, asset_key, group)
    return _keep(lesson, lesson.naming.group(lesson.location, name), group=name)


def _keep(lesson: Lesson, name: EntityName, *, job: str | None = None, group: str | None = None) -> EntityName:
    book, at = lesson.book, lesson.event.timestamp
    note = book.get(PIPELINES, key_text(name))
    if note is None or (lesson.changes.again and isinstance(lesson.event, RunEvent)):
        lesson.changes.pipelines.add(name)
    if note is None:
        note = StoredPipeline(name=name, code_location=lesson.location, job=job, group=group)
    if note.at is None or note.at < at:
        note.at = at
        book.set(PIPELINES, note, key_text(name))
    return name


def _note(lesson: Lesson, pipeline: EntityName, fact: TaskFact, *, judges: bool = False) -> None:
    """Keep a task; a step that was ever seen evaluating checks is none."""
    book, place = lesson.book, (key_text(pipeline), fact.name)
    note = book.get(PIPELINE_TASKS, *place)
    was = _shown(note)
    if note is None:
        note = StoredTask(fact=TaskFact(name=fact.name))
    said = {"asset_key": fact.asset_key, "step_key": fact.step_key, "kind": fact.kind}
    told: dict[str, Any] = {name: value for name, value in said.items() if value}
    held = {name: value for name, value in told.items() if lesson.stamp >= note.marks.get(name, "")}
    note.marks.update(dict.fromkeys(held, lesson.stamp))
    at = lesson.event.timestamp
    note.fact = replace(note.fact, at=max(at, note.fact.at or at), **held)
    note.judges |= judges
    book.set(PIPELINE_TASKS, note, *place)
    if was is None and _shown(note) is not None:
        lesson.changes.pipelines.add(pipeline)
    elif _shown(note) != was:
        renew(lesson, pipeline)
    if fact.asset_key:
        _join(lesson, fact.asset_key, pipeline)


def renew(lesson: Lesson, pipeline: EntityName) -> None:
    """
    Let a pipeline be told when the run ends, at once when it has or there is none.

    What kind of task an asset is and what is before it comes to light one by one while the first run goes on.
    """
    run = lesson.book.get(RUNS, lesson.run_id) if lesson.run_id else None
    if run is None or run.ended:
        lesson.changes.pipelines.add(pipeline)
    elif pipeline not in run.renewed:
        run.renewed = sorted([*run.renewed, pipeline])
        lesson.book.set(RUNS, run, run.run_id)


def _shown(note: StoredTask | None) -> object:
    """Return what of a task is seen."""
    if note is None or (note.judges and not note.fact.asset_key):
        return None
    return replace(note.fact, at=None)


def _join(lesson: Lesson, asset_key: str, pipeline: EntityName) -> None:
    """Note that an asset is a task of a pipeline."""
    note = lesson.book.get(ASSETS, asset_key) or AssetNote(key=asset_key)
    if pipeline not in note.pipelines:
        note.pipelines = sorted([*note.pipelines, pipeline])
        lesson.book.set(ASSETS, note, asset_key)


def _kind(event: HookEvent) -> str:
    if isinstance(event, (IngestionEvent, TransformEvent)):
        return event.tool or ""
    if isinstance(event, PublishEvent):
        return "publish"
    return next(iter(event.kinds), "") if isinstance(event, AssetEvent) else ""
