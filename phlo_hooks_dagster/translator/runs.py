"""Runs: queued, started, ended, lost and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from dagster import DagsterEventType

from phlo_hooks.events import ErrorInfo, HookEvent, RunEvent, Status
from phlo_hooks.redaction import redact_text
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.errors import error_info, stopped_error
from phlo_hooks_dagster.translator.links import run_url
from phlo_hooks_dagster.translator.record import LogRecord, elapsed
from phlo_hooks_dagster.translator.results import held_told
from phlo_hooks_dagster.translator.steps import interrupts_explained

ENDS: Final = {
    DagsterEventType.RUN_SUCCESS: Status.SUCCESS,
    DagsterEventType.RUN_FAILURE: Status.FAILURE,
    DagsterEventType.RUN_CANCELED: Status.CANCELED,
}
_LAUNCHERS: Final = {
    "dagster/schedule_name": "schedule",
    "dagster/sensor_name": "sensor",
    "dagster/backfill": "backfill",
}


def run_queued(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``run.queued``."""
    return [_event(context, "run.queued", Origin.of(record), Status.QUEUED)]


def run_started(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``run.start`` with what the run set out to materialize."""
    if not context.state.started:
        context.state.started = record.at
    return [_event(context, "run.start", Origin.of(record), Status.STARTED)]


def run_canceling(context: RunContext, _record: LogRecord) -> list[HookEvent]:
    """Note that somebody asked the run to stop; an interrupted step after that was canceled."""
    context.state.canceling = True
    return []


def run_ended(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``run.end``; a run that says twice how it ended has two."""
    state, status = context.state, ENDS[record.type]
    if not state.terminal:
        state.terminal, state.terminal_at = status, record.at
    explained = interrupts_explained(context, status)
    seconds = elapsed(state.started, record.at)
    error = None if status == Status.SUCCESS else _error(context, record, status)
    end = _event(context, "run.end", Origin.of(record), status, seconds=seconds, error=error)
    return [*explained, end]


def run_lost(context: RunContext, at: datetime) -> list[HookEvent]:
    """Return ``run.lost`` unless that was said and not taken back, after what waited for riders."""
    state = context.state
    if state.is_lost:
        return []
    state.is_lost, state.lost = True, state.lost + 1
    origin = Origin(at=at.timestamp())
    waited = [
        event for step in sorted(state.held) for event in held_told(context, replace(origin, step=step), look=False)
    ]
    return [*waited, _event(context, "run.lost", origin, Status.LOST, nth=state.lost)]


def run_found(context: RunContext, at: datetime) -> list[HookEvent]:
    """Return ``run.found`` if the run was said to be lost."""
    state = context.state
    if not state.is_lost:
        return []
    state.is_lost = False
    return [_event(context, "run.found", Origin(at=at.timestamp()), Status.FOUND, nth=state.lost)]


def _event(  # what a run's events differ in
    context: RunContext,
    event_type: str,
    origin: Origin,
    status: str,
    *,
    nth: int = 1,
    seconds: float | None = None,
    error: ErrorInfo | None = None,
) -> RunEvent:
    planned = {key for assets in context.state.planned.values() for key in assets}
    return context.make(
        RunEvent,
        event_type,
        origin,
        nth=nth,
        status=status,
        launcher=_launcher(context.run_tags),
        run_tags=context.run_tags,
        planned_assets=tuple(sorted(planned)),
        seconds=seconds,
        error=error,
        url=run_url(context.ui_url, context.facts.run_id),
    )


def _launcher(tags: Mapping[str, str]) -> str | None:
    return next((f"{kind}:{tags[tag]}" for tag, kind in _LAUNCHERS.items() if tag in tags), None)


def _error(context: RunContext, record: LogRecord, status: str) -> ErrorInfo | None:
    """Return the run's own error, if any that of a hook; what Dagster says of the end stands in for one not kept."""
    recorded = error_info(getattr(record.data, "error", None))
    if recorded is not None and recorded.message in context.state.stopped:
        return stopped_error(recorded.message)
    if recorded is not None or status == Status.CANCELED:
        return recorded
    return ErrorInfo(type="RunFailure", message=redact_text(record.event.message or "the run failed"))
