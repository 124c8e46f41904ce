"""Consumers: who is delivered to, and how far each has come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.exceptions import OutboxError
from phlo_hooks.outbox.api import ConsumerState
from phlo_hooks.outbox.database import Database, lock_head, upsert
from phlo_hooks.outbox.tables import consumers, deliveries, events, in_flight

BUS: Final = "bus"
SYNC: Final = "sync"
QUEUED: Final = "queued"
PENDING: Final = ("retry", "waiting")
_STATE = (
    "name",
    "position",
    "created_at",
    "seen_at",
    "delivered",
    "failed",
    "last_error",
    "last_delivered_at",
    "breaker",
    "open_until",
)


class ConsumerTable:
    """Positions and counters of the consumers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, names: Iterable[str], sync_hooks: Iterable[str]) -> None:
        """Note that these hooks exist; a new consumer starts at the end of the outbox."""
        kinds = dict.fromkeys(sync_hooks, SYNC) | {name: BUS if name == BUS else QUEUED for name in names}
        with self._database.write() as connection:
            end = lock_head(connection)
            now = self._database.now()
            known: dict[str, str] = dict(connection.execute(sa.select(consumers.c.name, consumers.c.kind)).all())
            for name, kind in sorted(kinds.items()):
                if known.get(name) == kind:
                    connection.execute(sa.update(consumers).where(consumers.c.name == name).values(seen_at=now))
                else:
                    upsert(connection, consumers, [_fresh(name, kind, end, now)], keep=frozenset({"created_at"}))

    def all(self) -> list[ConsumerState]:
        """Return the consumers by name; a sync hook is listed when deliveries of its own are open or dead."""
        rows = deliveries
        waits = rows.c.status.in_(PENDING)
        counted = sa.select(
            rows.c.consumer,
            sa.func.sum(sa.case((waits, 1), else_=0)).label("pending"),
            sa.func.sum(sa.case((rows.c.status == "dead", 1), else_=0)).label("dead"),
            sa.func.min(sa.case((waits, rows.c.seq))).label("oldest"),
        ).group_by(rows.c.consumer)
        with self._database.read() as connection:
            open_rows = {row.consumer: row for row in connection.execute(counted)}
            end = _head(connection)
            states = []
            for row in connection.execute(sa.select(consumers).order_by(consumers.c.name)).all():
                own = open_rows.get(row.name)
                pending, dead = (int(own.pending), int(own.dead)) if own else (0, 0)
                if row.kind == SYNC and not pending and not dead:
                    continue
                behind = 0 if row.kind == SYNC else max(0, end - row.position)
                seqs = [own.oldest] if own and own.oldest is not None else []
                seqs += [row.position + 1] if behind else []
                oldest = _recorded_at(connection, min(seqs)) if seqs else None
                fields = {name: getattr(row, name) for name in _STATE}
                states.append(ConsumerState(**fields, pending=pending + behind, dead=dead, oldest_pending_at=oldest))
            return states

    def began(self) -> dict[str, datetime]:
        """Return when each consumer, and each sync hook, was first registered."""
        with self._database.read() as connection:
            return dict(connection.execute(sa.select(consumers.c.name, consumers.c.created_at)).all())

    def forget(self, name: str) -> bool:
        """Drop a consumer and everything kept for it; ``False`` when there is none of that name."""
        with self._database.write() as connection:
            return _forget(connection, name)

    def forget_unseen(self, days: float) -> list[str]:
        """Forget those that no dispatcher has registered for so long; return their names."""
        with self._database.write() as connection:
            limit = self._database.now() - timedelta(days=days)
            query = sa.select(consumers.c.name).where(consumers.c.seen_at < limit).order_by(consumers.c.name)
            names: list[str] = list(connection.execute(query).scalars())
            for name in names:
                _forget(connection, name)
            return names


def require(connection: Connection, name: str) -> sa.Row[Any]:
    """
    Return a consumer's row.

    Raises:
        OutboxError: There is none; the message lists those there are.
    """
    row = connection.execute(sa.select(consumers).where(consumers.c.name == name)).first()
    if row is None:
        known = ", ".join(connection.execute(sa.select(consumers.c.name).order_by(consumers.c.name)).scalars())
        raise OutboxError(f"no consumer is named {name!r}; known: {known or '(none)'}")
    return row


def _fresh(name: str, kind: str, position: int, now: object) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "position": position,
        "created_at": now,
        "seen_at": now,
        "delivered": 0,
        "failed": 0,
        "breaker": "closed",
        "opens": 0,
        "crashes": 0,
    }


def _forget(connection: Connection, name: str) -> bool:
    connection.execute(sa.delete(deliveries).where(deliveries.c.consumer == name))
    connection.execute(sa.delete(in_flight).where(in_flight.c.worker == name))
    return connection.execute(sa.delete(consumers).where(consumers.c.name == name)).rowcount > 0


def _head(connection: Connection) -> int:
    return connection.execute(sa.select(sa.func.coalesce(sa.func.max(events.c.seq), 0))).scalar_one()


def _recorded_at(connection: Connection, seq: int) -> Any:
    return connection.execute(sa.select(events.c.recorded_at).where(events.c.seq == seq)).scalar()
