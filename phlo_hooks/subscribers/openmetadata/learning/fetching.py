"""Which notes an event will need, so that they are read together: one look at the database instead of a dozen."""

from __future__ import annotations

from collections.abc import Iterator

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import (
    AssetEvent,
    IngestionEvent,
    LineageEvent,
    PublishEvent,
    QualityResultEvent,
    StepEvent,
    TransformEvent,
)
from phlo_hooks.subscribers.openmetadata.learning import notebook as shelves
from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.edges_composed import last_part
from phlo_hooks.subscribers.openmetadata.learning.notebook import key_text
from phlo_hooks.subscribers.openmetadata.learning.runs_composed import step_task_name, task_name
from phlo_hooks.subscribers.openmetadata.learning.targets import target_ref
from phlo_hooks.subscribers.openmetadata.names import EntityName


def fetch(lesson: Lesson) -> None:
    """Read what the event will need; what is missing here is read when it is needed."""
    lesson.book.fetch(list(_names(lesson)))


def _names(lesson: Lesson) -> Iterator[str]:
    event, run_id = lesson.event, lesson.run_id
    asset_key = event.correlation.asset_key or getattr(event, "asset_key", None)
    step_key = event.correlation.step_key
    task = task_name(asset_key) if asset_key else step_task_name(step_key) if step_key else None
    if run_id:
        yield shelves.RUNS.name(run_id)
        if isinstance(event, (StepEvent, QualityResultEvent)) and step_key:
            yield shelves.RUN_STEPS.name(run_id, step_key)
    if asset_key:
        yield from (shelves.ASSETS.name(asset_key), shelves.OUTLINES.name(asset_key))
        if run_id:
            yield shelves.RUN_TASKS.name(run_id, asset_key)
    if lesson.job is not None and task is not None:
        place = key_text(lesson.naming.pipeline(lesson.location, lesson.job))
        yield from (shelves.PIPELINES.name(place), shelves.PIPELINE_TASKS.name(place, task))
        yield from (shelves.JOBS.name(place), shelves.LOCATIONS.name(lesson.location or ""))
        if isinstance(event, QualityResultEvent) and step_key:
            yield shelves.PIPELINE_TASKS.name(place, step_task_name(step_key))
    yield from _datasets(lesson)


def _datasets(lesson: Lesson) -> Iterator[str]:
    event = lesson.event
    if isinstance(event, LineageEvent):
        yield from _ends(lesson, event)
    elif isinstance(event, (IngestionEvent, TransformEvent, PublishEvent, AssetEvent, QualityResultEvent)):
        for each in (event.dataset, *_beside(lesson, event)):
            if each is not None:
                yield from _dataset(lesson, each, made=True)
    if isinstance(event, QualityResultEvent) and event.dataset is not None:
        key = _key(lesson, event.dataset)
        column = lesson.naming.column(event.dataset, event.column) if event.column else ""
        if key is not None:
            yield shelves.CHECKS.name(key_text(key), column, event.check_name)


def _ends(lesson: Lesson, event: LineageEvent) -> Iterator[str]:
    downstream = {edge.downstream for edge in event.edges}
    upstream = {edge.upstream for edge in event.edges}
    for each in downstream | upstream:
        yield from _dataset(lesson, each, made=each in downstream)
    for edge in event.edges:
        above, below = _key(lesson, edge.upstream), _key(lesson, edge.downstream)
        if above is not None and below is not None:
            yield shelves.READERS.name(key_text(above), key_text(below))


def _beside(lesson: Lesson, event: object) -> Iterator[DatasetRef]:
    if isinstance(event, IngestionEvent):
        yield from (child.dataset for child in event.child_tables)
        yield from map(lesson.naming.source_ref, event.sources)
    elif isinstance(event, PublishEvent):
        yield from (target_ref(event, target) for target in event.tables)


def _dataset(lesson: Lesson, ref: DatasetRef, *, made: bool) -> Iterator[str]:
    name = lesson.naming.dataset(ref)
    key = _key(lesson, ref)
    if name is None or key is None:
        return
    place = key_text(key)
    yield from (shelves.ALIASES.name(key_text(name)), shelves.ALIASES.name(place), shelves.TABLES.name(place))
    yield shelves.CALLED.name(last_part(key.name))
    if made:
        yield shelves.LINEAGES.name(place)
        if lesson.run_id:
            yield shelves.RUN_TOLD.name(lesson.run_id, place)


def _key(lesson: Lesson, ref: DatasetRef) -> EntityName | None:
    name = lesson.naming.dataset(ref)
    return lesson.naming.same(name, ref) if name else None
