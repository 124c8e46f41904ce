"""What became of one event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from phlo_hooks.cli.output import Column, Output
from phlo_hooks.cli.session import Session
from phlo_hooks.cli.text import at, clean, count, span
from phlo_hooks.events import HookEvent, IngestionEvent
from phlo_hooks.exceptions import EventError
from phlo_hooks.outbox.api import ConsumerState, DeliveryRow, StoredEvent
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.registration import Dispatch

BUS: Final = "bus"
_STATE: Final = (Column(title="consumer"), Column(title="delivery"), Column(title="detail", optional=True))


@dataclass(frozen=True, kw_only=True)
class Fate:
    """
    What one hook has to do with one event.

    Attributes:
        reasons: Why the hook does not get it; empty when it does.
        state: ``delivered``, ``pending``, ``retry``, ``waiting``, ``dead``, ``in step``, ``not matched``,
            ``no relay yet`` (none has seen the hook), or ``before it`` (recorded before the hook was first seen).
    """

    hook: str
    consumer: str
    reasons: tuple[str, ...]
    state: str
    delivery: DeliveryRow | None = None


def explain_event(session: Session, outbox: Outbox, event: StoredEvent, *, as_json: bool) -> None:
    """Print an event's fate."""
    fates, problem = _fates(session, outbox, event)
    registered = {fate.hook for fate in fates} | {fate.consumer for fate in fates}
    others = [row for row in outbox.deliveries(event_id=event.event_id) if row.consumer not in registered]
    if as_json:
        session.output.json(_document(event, fates, others, problem))
        return
    _print(session.output, event, fates, others, problem)


def _fates(session: Session, outbox: Outbox, event: StoredEvent) -> tuple[list[Fate], str | None]:
    try:
        decoded = event.decode()
    except EventError as error:
        return [], f"this version of phlo-hooks cannot read it: {error}"
    consumers = {state.name: state for state in outbox.consumers()}
    rows = {row.consumer: row for row in outbox.deliveries(event_id=event.event_id) if row.seq == event.seq}
    began = outbox.began()
    bus = session.bus
    fates = []
    for hook in bus.hooks():
        reasons = tuple(bus.explain(hook, decoded))
        consumer = hook.name if hook.dispatch is Dispatch.QUEUED else BUS
        row = rows.get(hook.name) or (rows.get(consumer) if not reasons else None)
        if row is not None:
            state = row.status
        elif reasons:
            state = "not matched"
        elif hook.in_step:
            consumer = state = "in step"
        else:
            state = _by_position(consumers.get(consumer), began.get(hook.name), event)
        fates.append(Fate(hook=hook.name, consumer=consumer, reasons=reasons, state=state, delivery=row))
    return fates, None


def _by_position(consumer: ConsumerState | None, began: datetime | None, event: StoredEvent) -> str:
    if consumer is None or began is None:
        return "no relay yet"
    if event.seq > consumer.position:
        return "pending"
    return "before it" if began > event.recorded_at else "delivered"


def _print(
    output: Output, event: StoredEvent, fates: list[Fate], others: list[DeliveryRow], problem: str | None
) -> None:
    output.heading(f"{event.event_type}  {event.event_id}")
    output.fields(
        {
            "recorded": f"{at(event.recorded_at)} UTC as seq {event.seq}, revision {event.revision}",
            "run": event.run_id or None,
            "key": event.key,
            **({} if problem else _load(event.decode())),
        },
        indent=2,
    )
    output.line()
    if problem:
        output.line(problem)
        return
    matched = [fate for fate in fates if not fate.reasons]
    output.heading(f"Matched {count(len(matched), 'hook')}")
    columns = (Column(title="hook"), *_STATE)
    output.table(columns, [(fate.hook, fate.consumer, fate.state, _detail(fate)) for fate in matched])
    output.line()
    missed = [fate for fate in fates if fate.reasons]
    output.heading(f"Not matched by {count(len(missed), 'hook')}")
    output.table((Column(title="hook"), Column(title="because")), [(f.hook, "; ".join(f.reasons)) for f in missed])
    if others:
        output.line()
        output.heading("Deliveries to consumers that have no hook here")
        output.table(_STATE, [(row.consumer, row.status, delivery_detail(row)) for row in others])


def _load(event: HookEvent) -> dict[str, str | None]:
    """Return where an ingestion's rows came from and how its load went, as far as its step told it."""
    if not isinstance(event, IngestionEvent):
        return {}
    phases = {"extract": event.extract_seconds, "normalize": event.normalize_seconds, "load": event.load_seconds}
    took = [f"{name} {span(seconds)}" for name, seconds in phases.items() if seconds is not None]
    failed = [f"failed in {event.failed_phase}"] if event.failed_phase else []
    again = [f"jobs tried again: {event.retries}"] if event.retries else []
    return {
        "sources": ", ".join(map(clean, event.sources)) or None,
        "load": ", ".join([*took, *map(clean, failed), *again]) or None,
    }


def _detail(fate: Fate) -> str:
    if fate.delivery is not None:
        return delivery_detail(fate.delivery)
    if fate.state == "before it":
        return f"recorded before the hook was first seen; phlo-hooks replay --hook {fate.hook} delivers it"
    if fate.state == "in step":
        return "called in the step's own process, never by the relay"
    return ""


def delivery_detail(row: DeliveryRow) -> str:
    """Return the state of a delivery that has a row, in words."""
    parts = [count(row.attempts, "attempt")] if row.attempts else []
    if row.status == "retry" and row.next_attempt_at:
        parts.append(f"next at {at(row.next_attempt_at)}")
    if row.status == "waiting":
        parts.append("behind an earlier event of its run")
    if row.after_dead_letter:
        parts.append("after a dead letter of its run")
    if row.replay:
        parts.append("replayed")
    if row.error:
        parts.append(f"{row.error_kind or 'error'}: {clean(row.error)}")
    return "; ".join(parts)


def _document(event: StoredEvent, fates: list[Fate], others: list[DeliveryRow], problem: str | None) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "event_type": event.event_type,
        "seq": event.seq,
        "revision": event.revision,
        "problem": problem,
        "hooks": [
            {
                "hook": fate.hook,
                "consumer": fate.consumer,
                "matches": not fate.reasons,
                "reasons": fate.reasons,
                "state": fate.state,
                "delivery": fate.delivery,
            }
            for fate in fates
        ],
        "other_deliveries": others,
    }
