"""A pipeline's fact: what ran as its tasks, what code says of it, and the order between its assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from phlo_hooks.subscribers.openmetadata.facts import PipelineFact, TaskFact
from phlo_hooks.subscribers.openmetadata.learning.notebook import (
    ASSETS,
    JOBS,
    LOCATIONS,
    OUTLINES,
    PIPELINE_TASKS,
    Notebook,
    key_text,
)
from phlo_hooks.subscribers.openmetadata.learning.notes import StoredPipeline
from phlo_hooks.subscribers.openmetadata.learning.runs_composed import task_name


def pipeline_fact(book: Notebook, note: StoredPipeline) -> PipelineFact:
    """Return a pipeline with its tasks in order."""
    declared = book.get(JOBS, key_text(note.name))
    seen = {
        task.fact.name: task.fact
        for task in book.all(PIPELINE_TASKS, key_text(note.name))
        if task.fact.asset_key or not task.judges
    }
    if declared is not None:
        seen = {name: task for name, task in seen.items() if task.asset_key in (None, *declared.asset_keys)}
        for key in declared.asset_keys:
            seen.setdefault(task_name(key), TaskFact(name=task_name(key), asset_key=key))
    elif note.code_location and book.get(LOCATIONS, note.code_location) is not None:
        seen = _still_there(book, seen, note.group)
    return PipelineFact(
        name=note.name,
        code_location=note.code_location,
        job=note.job,
        group=note.group,
        tasks=dict(sorted(_in_order(book, seen).items())),
        at=note.at,
        description=declared.description if declared else None,
        schedule=declared.schedule if declared else None,
    )


def _still_there(book: Notebook, tasks: Mapping[str, TaskFact], group: str | None) -> dict[str, TaskFact]:
    keys = {task.asset_key for task in tasks.values() if task.asset_key}
    declared = {fact.key: fact for fact in book.many(OUTLINES, sorted(keys))}
    return {
        name: task
        for name, task in tasks.items()
        if not task.asset_key
        or (task.asset_key in declared and (group is None or (declared[task.asset_key].group or group) == group))
    }


def _in_order(book: Notebook, tasks: Mapping[str, TaskFact]) -> dict[str, TaskFact]:
    """Return the tasks with those before them: by what code declares of the asset, else by its lineage."""
    keys = sorted({task.asset_key for task in tasks.values() if task.asset_key})
    declared = {fact.key: fact for fact in book.many(OUTLINES, keys)}
    noted = {note.key: note for note in book.many(ASSETS, keys)}
    ordered: dict[str, TaskFact] = {}
    for name, task in tasks.items():
        before: Iterable[str] = ()
        if task.asset_key in declared:
            before = declared[task.asset_key].upstream_keys
        elif task.asset_key in noted:
            before = (read.asset_key for read in noted[task.asset_key].reads if read.asset_key)
        kind = declared[task.asset_key].kind if task.asset_key in declared else ""
        upstream = ({task_name(key) for key in before} & tasks.keys()) - {name}
        ordered[name] = replace(task, upstream=tuple(sorted(upstream)), kind=task.kind or kind)
    return ordered
