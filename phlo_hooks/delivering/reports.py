"""What the dispatcher tells on the bus about its own trouble."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from phlo_hooks.delivering.failures import Failure
from phlo_hooks.events import ErrorEvent, ErrorInfo, HookCorrelation, HookEvent
from phlo_hooks.ids import synthetic_event_id
from phlo_hooks.outbox.ledger import OpenDelivery

SOURCE = "phlo-hooks"


def dead_letter(row: OpenDelivery, event: HookEvent | None, now: datetime) -> ErrorEvent:
    """Tell that an event will not be delivered to a consumer unless somebody asks for it."""
    return ErrorEvent(
        event_type="delivery.dead",
        timestamp=now,
        source=SOURCE,
        correlation=event.correlation if event else HookCorrelation(run_id=row.run_id or None),
        where=row.consumer,
        hook=row.consumer,
        message=f"{row.event_type} could not be delivered to {row.consumer}",
        about_event_id=row.event_id,
        attempts=row.attempts,
        error=_info(row.error),
    )


def hook_failed(hook: str, event: HookEvent, failure: Failure, now: datetime) -> ErrorEvent:
    """Tell that a sync hook began to fail."""
    return ErrorEvent(
        event_type="hook.failed",
        timestamp=now,
        source=SOURCE,
        correlation=event.correlation,
        where=hook,
        hook=hook,
        message=f"hook {hook} failed on {event.event_type}; told once until it succeeds again",
        about_event_id=event.event_id,
        error=_info(failure.text),
    )


def lagging(consumer: str, seconds: float, pending: int, now: datetime) -> ErrorEvent:
    """Tell that a consumer has fallen behind."""
    return ErrorEvent(
        event_type="delivery.lagging",
        timestamp=now,
        source=SOURCE,
        where=consumer,
        message=f"{consumer} is {seconds:.0f} s behind, {pending} events wait",
    )


def plugin_failures(errors: Iterable[ErrorEvent], now: datetime) -> list[ErrorEvent]:
    """Return what discovery said of plugins, with ids that tell each failure once a day."""
    return [
        replace(
            error,
            event_id=synthetic_event_id(
                run_id="",
                event_type=error.event_type,
                step_key=error.where,
                asset_key=hashlib.sha256(error.message.encode()).hexdigest(),
                partition_key=now.date().isoformat(),
            ),
        )
        for error in errors
    ]


def _info(text: str | None) -> ErrorInfo | None:
    if text is None:
        return None
    kind, separator, message = text.partition(": ")
    is_named = bool(separator) and kind.isidentifier()
    return ErrorInfo(type=kind, message=message) if is_named else ErrorInfo(type="Error", message=text)
