"""Steps: started, ended, retried, skipped; what each means for the step's assets and checks."""

from __future__ import annotations

from typing import Final

from dagster import DagsterEventType

from phlo_hooks.events import ErrorInfo, HookEvent, Status, StepEvent
from phlo_hooks_dagster.translator.assets import asset_starts
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.errors import error_info, is_interrupt
from phlo_hooks_dagster.translator.links import step_url
from phlo_hooks_dagster.translator.outcomes import Outcome, settle_step
from phlo_hooks_dagster.translator.record import LogRecord, elapsed
from phlo_hooks_dagster.translator.state import StepState
from phlo_hooks_dagster.translator.upstream import skip_culprit

_MILLISECONDS: Final = 1000


def step_started(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``step.start`` and a start for each staged asset; a start after a retry or an end is a new attempt."""
    step = context.state.step(record.step)
    if step.attempt == 0 or step.ended:
        step.attempt += 1
    step.started, step.ended, step.did = record.at, "", set()
    origin = Origin.of(record, step.attempt)
    return [step_event(context, "step.start", origin, Status.STARTED), *asset_starts(context, origin)]


def step_retried(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``step.retry``, and the end of this attempt for each staged asset that did not materialize in it."""
    step, origin = _ended(context, record, Status.RETRY)
    error = error_info(record.data.error)
    event = step_event(
        context,
        "step.retry",
        origin,
        Status.RETRY,
        error=error,
        seconds=_seconds(record, step),
        retry_in_seconds=record.data.seconds_to_wait,
    )
    return [event, *settle_step(context, origin, Outcome(status=Status.RETRY, reason="step_failed", error=error))]


def step_ended(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``step.end`` and the last word on the step's planned assets and checks."""
    failed = record.type is DagsterEventType.STEP_FAILURE
    raw = getattr(record.data, "error", None) if failed else None
    status = Status.SUCCESS
    if failed:
        status = Status.CANCELED if context.state.canceling and is_interrupt(raw) else Status.FAILURE
    step, origin = _ended(context, record, status)
    error = error_info(raw)
    if failed and error is None:
        error = ErrorInfo(type="StepFailure", message="the step failed and left no error")
    event = step_event(context, "step.end", origin, status, error=error, seconds=_seconds(record, step))
    reason = {Status.SUCCESS: "not_yielded", Status.CANCELED: "canceled", Status.FAILURE: "step_failed"}[status]
    said = Status.SKIPPED if status == Status.SUCCESS else status
    return [event, *settle_step(context, origin, Outcome(status=said, reason=reason, error=error))]


def step_skipped(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``step.skip``: an output that the step needs was never yielded."""
    step = context.state.step(record.step)
    step.ended = Status.SKIPPED
    culprit = skip_culprit(context, record.step)
    origin = Origin.of(record)
    outcome = Outcome(status=Status.SKIPPED, reason="upstream_skipped", culprit=culprit, started=False)
    event = step_event(context, "step.skip", origin, Status.SKIPPED, reason=outcome.reason, culprit=culprit)
    return [event, *settle_step(context, origin, outcome)]


def step_event(  # noqa: PLR0913  # what a step's events differ in
    context: RunContext,
    event_type: str,
    origin: Origin,
    status: str,
    *,
    reason: str | None = None,
    culprit: str | None = None,
    seconds: float | None = None,
    retry_in_seconds: float | None = None,
    error: ErrorInfo | None = None,
) -> StepEvent:
    """Return one event of a step."""
    return context.make(
        StepEvent,
        event_type,
        origin,
        status=status,
        reason=reason,
        culprit=culprit,
        seconds=seconds,
        asset_keys=tuple(sorted(context.state.planned.get(origin.step, ()))),
        retry_in_seconds=retry_in_seconds,
        error=error,
        url=step_url(context.ui_url, context.facts.run_id, origin.step),
    )


def _ended(context: RunContext, record: LogRecord, status: str) -> tuple[StepState, Origin]:
    """Note how the attempt ended; a step that failed before it started has had its first attempt."""
    step = context.state.step(record.step)
    if step.attempt == 0 or step.ended == Status.RETRY:
        step.attempt += 1
        step.started, step.did = 0.0, set()
    step.ended = status
    return step, Origin.of(record, step.attempt)


def _seconds(record: LogRecord, step: StepState) -> float | None:
    measured = getattr(record.data, "duration_ms", None)
    if measured is not None:
        return round(float(measured) / _MILLISECONDS, 6)
    return elapsed(step.started, record.at)
