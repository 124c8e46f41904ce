"""Steps: started, ended, retried, skipped; what each means for the step's assets and checks."""

from __future__ import annotations

from typing import Final

from dagster import DagsterEventType

from phlo_hooks.events import ErrorInfo, HookEvent, Status, StepEvent
from phlo_hooks_dagster.riders import HOOK
from phlo_hooks_dagster.translator.assets import asset_starts
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.errors import error_info, is_interrupt, stopped_error
from phlo_hooks_dagster.translator.links import step_url
from phlo_hooks_dagster.translator.outcomes import Outcome, settle_step
from phlo_hooks_dagster.translator.record import LogRecord, elapsed
from phlo_hooks_dagster.translator.results import held_told
from phlo_hooks_dagster.translator.state import Interrupted, StepState
from phlo_hooks_dagster.translator.upstream import skip_culprit
from phlo_hooks_dagster.translator.waiting import lineage_waited_for

STOPPED: Final = "stopped_by_hook"
_MILLISECONDS: Final = 1000


def step_started(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``step.start`` and a start for each staged asset; a start after a retry or an end is a new attempt."""
    step = context.state.step(record.step)
    if step.attempt == 0 or step.ended:
        step.attempt += 1
    step.started, step.ended, step.did = record.at, "", set()
    context.state.loads.pop(record.step, None)
    origin = Origin.of(record, step.attempt)
    return [step_event(context, "step.start", origin, Status.STARTED), *asset_starts(context, origin)]


def step_retried(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``step.retry``, and the end of this attempt for each staged asset that did not materialize in it."""
    waited = _waited(context, record)
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
    outcome = Outcome(status=Status.RETRY, reason="step_failed", error=error)
    return [*waited, event, *settle_step(context, origin, outcome)]


def step_ended(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """
    Return what waited for it, ``step.end``, and the last word on the step's planned assets and checks.

    An interrupt that nobody is known to have asked for waits for the run's end, which tells what it was.
    """
    waited = _waited(context, record)
    if record.type is DagsterEventType.STEP_FAILURE:
        return [*waited, *_step_failed(context, record)]
    step, origin = _ended(context, record, Status.SUCCESS)
    ended = _conclude(context, origin, Status.SUCCESS, None, _seconds(record, step))
    context.state.loads.pop(record.step, None)
    return [*waited, *ended]


def _waited(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return what waited for the attempt's end."""
    step = context.state.steps.get(record.step)
    origin = Origin.of(record, step.attempt if step else 0)
    return [*held_told(context, origin), *lineage_waited_for(context, record.step)]


def _step_failed(context: RunContext, record: LogRecord) -> list[HookEvent]:
    state = context.state
    raw = getattr(record.data, "error", None)
    error = error_info(raw) or ErrorInfo(type="StepFailure", message="the step failed and left no error")
    canceled = is_interrupt(raw) and (state.canceling or state.terminal == Status.CANCELED)
    status = Status.CANCELED if canceled else Status.FAILURE
    step, origin = _ended(context, record, status)
    seconds = _seconds(record, step)
    stopped = _stopped_by_hook(record.data)
    if stopped is not None:
        state.stopped.add(stopped.message)
        return _conclude(context, origin, status, stopped, seconds, reason=STOPPED)
    if is_interrupt(raw) and not canceled and not state.terminal:
        state.interrupted[record.step] = Interrupted(record=record.id, at=record.at, error=error, seconds=seconds)
        return []
    return _conclude(context, origin, status, error, seconds)


def interrupts_explained(context: RunContext, run_status: str) -> list[HookEvent]:
    """Return the ends of the steps that an interrupt stopped: canceled when the run was, else failed."""
    state, events = context.state, list[HookEvent]()
    status = Status.CANCELED if run_status == Status.CANCELED else Status.FAILURE
    for step_key in sorted(state.interrupted):
        waiting, step = state.interrupted.pop(step_key), state.step(step_key)
        step.ended = status
        origin = Origin(at=waiting.at, record=waiting.record, step=step_key, attempt=step.attempt)
        events.extend(_conclude(context, origin, status, waiting.error, waiting.seconds))
    return events


def _stopped_by_hook(failure: object) -> ErrorInfo | None:
    """Return what a hook said that failed the step; ``None`` for a step that failed for another reason."""
    told = getattr(failure, "user_failure_data", None)
    if told is None or HOOK not in (told.metadata or ()):
        return None
    said = error_info(getattr(failure, "error", None))
    return stopped_error(told.description or (said.message if said else "a hook stopped the step"))


def _conclude(  # how an attempt ended
    context: RunContext,
    origin: Origin,
    status: str,
    error: ErrorInfo | None,
    seconds: float | None,
    *,
    reason: str | None = None,
) -> list[HookEvent]:
    event = step_event(context, "step.end", origin, status, reason=reason, error=error, seconds=seconds)
    if reason is None:
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
