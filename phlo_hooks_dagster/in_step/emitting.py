"""
Events of the user's own code: into Dagster's log first, then to the step's hooks.

LIGHT: what reads settings and what makes hooks' events is imported when it is needed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final

from dagster import DagsterInstance, InitResourceContext, MetadataValue
from msgspec import json

from phlo_hooks.codec import event_fields
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import EventError
from phlo_hooks.redaction import redact_event
from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.cutting import cut_to_fit
from phlo_hooks_dagster.in_step.bus import secret_names, step_bus
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.in_step.telling import first_of_its_id, tell
from phlo_hooks_dagster.options import in_worker
from phlo_hooks_dagster.riders import DEEPEST, LIMIT, RIDER, EventRider, depth_of, refusal, to_metadata

NO_CONTEXT: Final = (
    "emit was called in a thread that Dagster knows nothing of, while a step runs: it cannot tell which step the event "
    "belongs to; pass the context of the asset or op: hooks.emit(event, context=context), or instance= for an event of "
    "no run"
)
NO_STEP: Final = (
    "emit was called while a resource is made for a run, before the step's function: it cannot tell which step the "
    "event belongs to; emit in a method that assets and ops call"
)
TOO_DEEP: Final = (
    f"{{}} is nested too deep to be emitted: at most {DEEPEST - 1} levels; emit a text in place of the rest"
)
_HEAD: Final = ("event_type", "event_id", "version", "timestamp", "source")
_RESERVED: Final = 4096
"""Bytes of a rider that are kept for what stands around the event."""


def emit(
    event: HookEvent, *, context: object = None, instance: DagsterInstance | None = None, in_run: bool = False
) -> None:
    """
    Record an event in Dagster's log, then call the step's hooks with it; it is recorded whatever happens next.

    Args:
        context: Dagster's context, also an IO manager's, where it cannot be found: in a thread. Of a sensor or
            schedule, or of a test: the event belongs to no run and goes to that context's instance.
        instance: Where an event goes that belongs to no run; by default to the instance that ``DAGSTER_HOME`` names.
        in_run: The caller knows that this is a run's process: an event of no run would be a mistake.

    Raises:
        EventError: An event that user code cannot emit, one emitted in a thread without ``context``, or one of no run
            where no instance is known.
        SettingsError: The project's settings name secrets, and cannot be read.
        CodecError: Something in the event has no JSON form.
        dagster.Failure: A hook with policy ``raise`` failed; the event is recorded all the same.
    """
    rider = _rider(_checked(event))
    scope = StepScope.current(context)
    if scope is not None:
        _write(rider, scope.instance, run_id=scope.run_id, job_name=scope.job_name, step_key=scope.step_key)
        if step_bus() is not None and first_of_its_id(scope, event.event_id):
            tell([_placed(scope, rider)], scope, emitted=True)
        return
    if isinstance(context, InitResourceContext) and context.run is not None:
        raise EventError(NO_STEP)
    found = instance or getattr(context, "instance", None)
    if found is None and context is None and (in_run or in_worker()):
        raise EventError(NO_CONTEXT)
    with _opened(found) as opened:
        _write(rider, opened, run_id="", job_name="", step_key=None)


def _checked(event: HookEvent) -> HookEvent:
    if not isinstance(event, HookEvent):
        raise TypeError(f"only a HookEvent can be emitted, not {_kind(event)}")
    why = refusal(event.event_type)
    if why is not None:
        raise EventError(why)
    return event


def _kind(value: object) -> str:
    """Name what is no event, never its content, which may be secret or long."""
    return f"the class {value.__name__}; make one" if isinstance(value, type) else f"a {type(value).__name__}"


def _rider(event: HookEvent) -> EventRider:
    """Return the event as it travels: without secrets, and no longer than a rider may be."""
    fields = event_fields(redact_event(event, extra_names=secret_names()))
    where = {name: value for name, value in fields["correlation"].items() if value is not None}
    head = {**{name: fields[name] for name in _HEAD}, "correlation": where}
    own = {name: value for name, value in fields.items() if name not in head and name != "key"}
    fitted, cut = cut_to_fit(own, LIMIT - _RESERVED - len(json.encode(head)))
    rider = EventRider(event={**head, **fitted}, cut=cut)
    if depth_of({"event": rider.event}) > DEEPEST:
        raise EventError(f"{event.event_type} is nested too deep to be emitted: at most {DEEPEST - 1} levels are read")
    return rider


def _write(rider: EventRider, instance: DagsterInstance, *, run_id: str, job_name: str, step_key: str | None) -> None:
    compat_step.report_rider(
        instance,
        run_id=run_id,
        job_name=job_name,
        step_key=step_key,
        message=f"phlo-hooks: {rider.event['event_type']}",
        metadata={RIDER: MetadataValue.json(to_metadata(rider))},
    )


def _placed(scope: StepScope, rider: EventRider) -> HookEvent:
    """Return the event as the relay will make it of the rider."""
    from phlo_hooks_dagster.in_step.placing import placed  # noqa: PLC0415  # see LIGHT

    return placed(scope, rider)


def _opened(instance: DagsterInstance | None) -> AbstractContextManager[DagsterInstance]:
    if instance is not None:
        return nullcontext(instance)
    opened = compat_step.home_instance()
    if opened is None:
        raise EventError(
            "the event belongs to no run, and DAGSTER_HOME names no instance to record it in; set DAGSTER_HOME, or "
            "pass instance= or the context of a sensor or schedule as context="
        )
    return opened
