"""One run with its steps, what took its time inside them, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import HookEvent, QualityResultEvent, RunEvent, Status, StepEvent, TransformEvent
from phlo_hooks.lineage.graph import GraphModel, GraphRun, GraphStep, RunCheck
from phlo_hooks.lineage.links import run_url, safe_url, step_url
from phlo_hooks.lineage.recorded import RunRecord
from phlo_hooks.lineage.touches import check_message, check_outcome, error_text

TableIndex = Callable[[str | None, DatasetRef | None], tuple[int, ...]]
"""Asset key and dataset to the indexes of tables."""
_OPEN: Final = frozenset([Status.QUEUED, Status.STARTED])
_BY_TYPE: Final = {"run.queued": Status.QUEUED, "run.start": Status.STARTED, "run.found": Status.STARTED}
_STEP_ENDS: Final = {"step.retry": Status.RETRY, "step.skip": Status.SKIPPED, "step.lost": Status.LOST}


@dataclass(kw_only=True)
class _Attempt:
    key: str
    number: int
    start: datetime | None = None
    end: StepEvent | None = None
    assets: tuple[str, ...] = ()
    models: list[TransformEvent] = field(default_factory=list)


def run_state(events: Iterable[HookEvent]) -> str:
    """Return how a run stands by its newest event."""
    status = ""
    for event in sorted((each for each in events if isinstance(each, RunEvent)), key=lambda each: each.timestamp):
        status = (
            _BY_TYPE.get(event.event_type) or ("lost" if event.event_type == "run.lost" else event.status) or status
        )
    return status


def graph_run(record: RunRecord, tables: TableIndex, ui_url: str | None) -> GraphRun | None:
    """Return a run; ``None`` when there is no event of it."""
    if not record.events:
        return None
    own = [event for event in record.events if isinstance(event, RunEvent)]
    queued = next((event.timestamp for event in own if event.event_type == "run.queued"), None)
    started = next((event.timestamp for event in own if event.event_type == "run.start"), None)
    ended = next((event for event in reversed(own) if event.event_type == "run.end"), None)
    origin = started or queued or min(event.timestamp for event in record.events)
    status = run_state(own) or Status.STARTED
    error = next((event.error for event in reversed(own) if event.error is not None), None)
    return GraphRun(
        id=record.run_id,
        job=next((event.correlation.job_name for event in record.events if event.correlation.job_name), None),
        status=status,
        started_at=origin,
        seconds=None if ended is None or status in _OPEN else _took(ended, origin),
        queued_seconds=_between(queued, started) if queued and started else None,
        launcher=next((event.launcher for event in own if event.launcher), None),
        partition=_partition(record.events),
        code_location=next(
            (each.correlation.code_location for each in record.events if each.correlation.code_location), None
        ),
        error=error_text(error),
        url=safe_url(next((event.url for event in own if event.url), None)) or run_url(ui_url, record.run_id),
        events=record.size,
        steps=_steps(record.events, origin, status, tables, ui_url),
        checks=tuple(_check(event, origin, tables) for event in record.events if isinstance(event, QualityResultEvent)),
    )


def _steps(
    events: Iterable[HookEvent], origin: datetime, run_status: str, tables: TableIndex, ui_url: str | None
) -> tuple[GraphStep, ...]:
    attempts: dict[tuple[str, int], _Attempt] = {}
    for event in events:
        key = event.correlation.step_key
        if not key or not isinstance(event, (StepEvent, TransformEvent)):
            continue
        number = event.correlation.attempt or 1
        attempt = attempts.setdefault((key, number), _Attempt(key=key, number=number))
        if isinstance(event, TransformEvent):
            if event.event_type == "transform.end":
                attempt.models.append(event)
            continue
        attempt.assets = event.asset_keys or attempt.assets
        if event.event_type == "step.start":
            attempt.start = event.timestamp
        else:
            attempt.end = event
    steps = [_step(each, origin, run_status, tables, ui_url) for each in attempts.values()]
    return tuple(sorted(steps, key=lambda step: (step.start, step.key, step.attempt)))


def _step(attempt: _Attempt, origin: datetime, run_status: str, tables: TableIndex, ui_url: str | None) -> GraphStep:
    end = attempt.end
    begin = attempt.start or (_earlier(end) if end is not None else attempt.models[0].timestamp)
    status = _STEP_ENDS.get(end.event_type, end.status) if end is not None else _unended(run_status)
    seconds = None
    if end is not None and end.event_type not in ("step.lost", "step.skip"):
        seconds = end.seconds if end.seconds is not None else _between(begin, end.timestamp)
    found: dict[int, None] = {}
    for key in attempt.assets:
        found.update(dict.fromkeys(tables(key, None)))
    return GraphStep(
        key=attempt.key,
        attempt=attempt.number,
        status=status,
        start=_between(origin, begin),
        seconds=seconds,
        tables=tuple(found),
        models=_models(attempt, origin, begin, tables),
        error=_why(end),
        url=safe_url(end.url if end is not None else None) or step_url(ui_url, _run_id(end), attempt.key),
    )


def _models(attempt: _Attempt, origin: datetime, begin: datetime, tables: TableIndex) -> tuple[GraphModel, ...]:
    """Return what took its own time in a step; one that began before its step only tells how long it took."""
    models = []
    for event in attempt.models:
        start = None
        if event.seconds is not None:
            start = event.timestamp.timestamp() - event.seconds - origin.timestamp()
            start = round(start, 6) if start >= _between(origin, begin) else None
        found = tables(event.asset_key, event.dataset)
        models.append(
            GraphModel(
                name=event.model or (event.unique_id or "").rpartition(".")[2] or event.asset_key,
                status=event.status,
                table=found[0] if found else None,
                start=start,
                seconds=event.seconds,
                rows=event.rows,
                message=error_text(event.error) or (event.reason.replace("_", " ") if event.reason else None),
            )
        )
    return tuple(sorted(models, key=lambda model: (model.start is None, model.start or 0.0, model.name)))


def _check(event: QualityResultEvent, origin: datetime, tables: TableIndex) -> RunCheck:
    found = tables(event.asset_key, event.dataset)
    return RunCheck(
        name=event.check_name,
        outcome=check_outcome(event),
        at=_between(origin, event.timestamp),
        table=found[0] if found else None,
        step=event.correlation.step_key,
        severity=event.severity,
        message=check_message(event),
    )


def _why(end: StepEvent | None) -> str | None:
    if end is None:
        return None
    if end.error is not None:
        return error_text(end.error)
    if not end.reason:
        return None
    reason = end.reason.replace("_", " ")
    return f"{reason}: {end.culprit}" if end.culprit else reason


def _unended(run_status: str) -> str:
    """Return how an attempt stands that nobody said the end of."""
    return Status.STARTED if run_status in _OPEN else Status.LOST


def _earlier(end: StepEvent) -> datetime:
    if end.seconds is None:
        return end.timestamp
    return datetime.fromtimestamp(end.timestamp.timestamp() - end.seconds, tz=end.timestamp.tzinfo)


def _took(ended: RunEvent, origin: datetime) -> float:
    return ended.seconds if ended.seconds is not None else _between(origin, ended.timestamp)


def _between(start: datetime, end: datetime) -> float:
    return round(max(0.0, (end - start).total_seconds()), 6)


def _partition(events: Iterable[HookEvent]) -> str | None:
    for event in events:
        if isinstance(event, RunEvent):
            tags = event.run_tags
            if one := tags.get("dagster/partition"):
                return str(one)
            first, last = tags.get("dagster/asset_partition_range_start"), tags.get("dagster/asset_partition_range_end")
            if first and last:
                return str(first) if first == last else f"{first} … {last}"
    return next((each.correlation.partition_key for each in events if each.correlation.partition_key), None)


def _run_id(end: StepEvent | None) -> str:
    return (end.correlation.run_id or "") if end is not None else ""
