"""How far each consumer of the events is, and what it could not take."""

from __future__ import annotations

from typing import Final

from phlo_hooks.exceptions import HooksError
from phlo_hooks.lineage.graph import GraphConsumer, GraphDeadLetter
from phlo_hooks.outbox.api import ConsumerState, DeliveryRow, StoredEvent
from phlo_hooks.outbox.history import History
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.redaction import redact_text

DEAD_LETTERS: Final = 500
"""Dead letters that a graph lists, the newest."""


def deliveries(outbox: Outbox) -> tuple[tuple[GraphConsumer, ...], tuple[GraphDeadLetter, ...]]:
    """Return every consumer, and the newest dead letters, newest first."""
    letters = outbox.deliveries(status="dead", limit=DEAD_LETTERS, newest=True)
    assets = {row.seq: _asset_key(row) for row in History(outbox.database).at({letter.seq for letter in letters})}
    return (
        tuple(_consumer(state) for state in outbox.consumers()),
        tuple(_letter(letter, assets.get(letter.seq)) for letter in letters),
    )


def _consumer(state: ConsumerState) -> GraphConsumer:
    return GraphConsumer(
        name=state.name,
        delivered=state.delivered,
        pending=state.pending,
        dead=state.dead,
        failed=state.failed,
        breaker=state.breaker,
        position=state.position,
        last_error=redact_text(state.last_error) if state.last_error else None,
        last_delivered_at=state.last_delivered_at,
        oldest_pending_at=state.oldest_pending_at,
    )


def _letter(row: DeliveryRow, asset_key: str | None) -> GraphDeadLetter:
    return GraphDeadLetter(
        consumer=row.consumer,
        event_id=row.event_id,
        event_type=row.event_type,
        run_id=row.run_id,
        attempts=row.attempts,
        asset_key=asset_key,
        error=redact_text(row.error) if row.error else None,
        error_kind=row.error_kind,
        at=row.last_attempt_at,
    )


def _asset_key(row: StoredEvent) -> str | None:
    try:
        event = row.decode()
    except HooksError:
        return None
    key = event.correlation.asset_key or getattr(event, "asset_key", None)
    return key if isinstance(key, str) else None
