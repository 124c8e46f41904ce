"""A run's facts out of its notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from phlo_hooks.events import Status
from phlo_hooks.subscribers.openmetadata.facts import RunFact, TaskRun
from phlo_hooks.subscribers.openmetadata.learning.run_notes import STARTED, Cell, RunNote, StepNote, TaskNote
from phlo_hooks.subscribers.openmetadata.names import EntityName

_WORST: Final = (
    Status.FAILURE,
    Status.LOST,
    Status.CANCELED,
    Status.RETRY,
    Status.STARTED,
    Status.QUEUED,
    Status.SKIPPED,
    Status.SUCCESS,
    Status.NO_DATA,
)
"""Of the partitions of one task the first of these that any has is the task's."""
_COPY: Final = re.compile(r"\[[^\[\]]*\]\Z")


def run_fact(
    note: RunNote, tasks: Iterable[TaskNote], steps: Iterable[StepNote], told: Iterable[EntityName]
) -> RunFact:
    """Return a run; ``told`` are the datasets whose lineage it told."""
    found: dict[str, TaskRun] = {}
    groups: dict[str, str] = {}
    for task in tasks:
        run = _of_cells(list(task.cells.items()), task.step_key)
        if run is not None:
            name = task_name(task.asset_key)
            found[name] = run
            if task.group is not None:
                groups[name] = task.group
    _add_steps(found, steps)
    if note.status == Status.LOST:
        found = {
            name: replace(task, status=Status.LOST) if task.status == Status.STARTED else task
            for name, task in found.items()
        }
    return RunFact(
        run_id=note.run_id,
        at=note.at,
        status=note.status,
        job=note.job,
        code_location=note.code_location,
        queued_at=note.queued_at,
        started_at=note.started_at,
        ended_at=note.ended_at,
        partition=note.partition,
        launcher=note.launcher,
        error=note.error,
        tasks=dict(sorted(found.items())),
        groups=dict(sorted(groups.items())),
        told=tuple(sorted(told)),
        status_at=minute(note.at) if note.status else None,
    )


def task_name(asset_key: str) -> str:
    """Return the name of the task that makes an asset."""
    return "__".join(asset_key.split("/"))


def step_task_name(step_key: str) -> str:
    """
    Return the name of the task that a step without assets is; the copies that dynamic outputs make of it are one.

    >>> step_task_name("load[2026_05_01]")
    'load'
    """
    return _COPY.sub("", step_key)


def minute(at: datetime) -> datetime:
    """Return the minute that a moment is in."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _of_cells(cells: Sequence[tuple[str, Cell]], step_key: str | None) -> TaskRun | None:
    """Return how all partitions of a task went together: the worst of them, with their rows added up."""
    ended = [cell for _, cell in cells if cell.place[1] > STARTED]
    counted = [cell for partition, cell in cells if cell.status and (partition or cell.place[1] > STARTED or not ended)]
    if not counted:
        return None
    worst = min(counted, key=lambda cell: (_badness(cell.status), cell.place))
    rows = [cell.rows[1] for cell in counted if cell.rows is not None]
    moments = [cell.at for cell in counted if cell.at is not None]
    starts = [start for _, cell in cells if (start := _start(cell)) is not None]
    over = len(ended) == len(counted)
    return TaskRun(
        status=worst.status,
        at=max(moments),
        started_at=min(starts, default=None),
        ended_at=max(moments) if over else None,
        attempt=max(cell.place[0] for cell in counted),
        rows=sum(rows) if rows else None,
        step_key=step_key,
        reason=worst.reason,
    )


def _start(cell: Cell) -> datetime | None:
    if cell.measured is not None and cell.at is not None:
        return cell.at - cell.measured
    return cell.started_at


def _badness(status: str) -> int:
    return _WORST.index(status) if status in _WORST else len(_WORST)


def _add_steps(found: dict[str, TaskRun], steps: Iterable[StepNote]) -> None:
    """Let steps speak for their assets where those are silent; steps without any are tasks themselves."""
    copies: dict[str, list[StepNote]] = {}
    for step in steps:
        if step.asset_keys:
            _speak(found, step)
        elif step.cell.status and not step.judges:
            copies.setdefault(step_task_name(step.step_key), []).append(step)
    for name, alike in copies.items():
        worst = min(alike, key=lambda step: (_badness(step.cell.status), step.cell.place))
        own = _of_cells([(step.step_key, step.cell) for step in alike], worst.step_key)
        if own is not None:
            found[name] = own


def _speak(found: dict[str, TaskRun], step: StepNote) -> None:
    own = _of_cells([("", step.cell)], step.step_key)
    if own is None:
        return
    for name in map(task_name, step.asset_keys):
        told = found.get(name)
        if told is None:
            found[name] = replace(own, rows=None)
        elif told.started_at is None:
            found[name] = replace(told, started_at=own.started_at)
