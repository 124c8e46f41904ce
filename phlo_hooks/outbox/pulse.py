"""Whether anything happened: a few numbers that change when the state database does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from phlo_hooks.outbox.database import Database
from phlo_hooks.outbox.tables import consumers, deliveries, head, snapshots

_CONSUMER = (
    "name",
    "position",
    "delivered",
    "failed",
    "last_error",
    "last_delivered_at",
    "breaker",
    "open_until",
)


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """
    The state database at one moment; two that are equal mean that nothing happened in between.

    Attributes:
        head: ``seq`` of the newest event.
        snapshot: The newest snapshot of a code location.
        deliveries: Digest of every consumer's position and of what is open or dead.
    """

    head: int
    snapshot: int
    deliveries: str


def take_pulse(database: Database) -> Pulse:
    """Look once, in one transaction that reads no event."""
    rows = deliveries.c
    waiting = sa.select(
        rows.consumer,
        rows.status,
        sa.func.count(),
        sa.func.sum(rows.attempts),
        sa.func.max(rows.seq),
        sa.func.max(rows.last_attempt_at),
    ).group_by(rows.consumer, rows.status)
    positions = sa.select(*(consumers.c[name] for name in _CONSUMER))
    with database.read() as connection:
        newest: int = connection.execute(sa.select(head.c.seq).where(head.c.id == 1)).scalar_one()
        snapshot: int = connection.execute(sa.select(sa.func.coalesce(sa.func.max(snapshots.c.id), 0))).scalar_one()
        states = [tuple(row) for row in connection.execute(positions.order_by(consumers.c.name))]
        states += [tuple(row) for row in connection.execute(waiting.order_by(rows.consumer, rows.status))]
    digest = hashlib.blake2b(repr(states).encode("utf-8", "backslashreplace"), digest_size=12)
    return Pulse(head=newest, snapshot=snapshot, deliveries=digest.hexdigest())
