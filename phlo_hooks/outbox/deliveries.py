"""Deliveries that did not simply succeed: listed, tried again, dropped, or asked for once more."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.outbox.api import DeliveryRow, EventQuery, StoredEvent
from phlo_hooks.outbox.consumers import SYNC, require
from phlo_hooks.outbox.database import CHUNK, Database, lock_head, upsert
from phlo_hooks.outbox.reading import Reading
from phlo_hooks.outbox.tables import consumers, deliveries

DROPPED = "dropped"
_HIDDEN = {"calls", "crashes", "resume_at"}
_ROW = [column for column in deliveries.c if column.name not in _HIDDEN]


class DeliveryTable:
    """Rows of deliveries, as people and the command line see them."""

    def __init__(self, database: Database, reading: Reading) -> None:
        self._database = database
        self._reading = reading

    def rows(
        self,
        *,
        consumer: str | None,
        status: str | None,
        event_id: str | None,
        run_id: str | None,
        limit: int | None,
        newest: bool = False,
    ) -> list[DeliveryRow]:
        """Return rows by seq, the newest first when asked for; dropped ones only when asked for."""
        order = (
            (deliveries.c.seq.desc(), deliveries.c.consumer) if newest else (deliveries.c.seq, deliveries.c.consumer)
        )
        query = sa.select(*_ROW).order_by(*order)
        query = query.where(deliveries.c.status == status if status else deliveries.c.status != DROPPED)
        for column, value in (("consumer", consumer), ("event_id", event_id), ("run_id", run_id)):
            if value is not None:
                query = query.where(deliveries.c[column] == value)
        if limit is not None:
            query = query.limit(limit)
        with self._database.read() as connection:
            return [DeliveryRow(**row._asdict()) for row in connection.execute(query)]

    def retry_dead(self, consumer: str | None, event_ids: Collection[str] | None) -> int:
        """Let dead letters be delivered again, with all their attempts before them; return how many."""
        fresh = {"status": "retry", "attempts": 0, "crashes": 0, "next_attempt_at": None}
        with self._database.write() as connection:
            for name in _with_dead(connection, consumer):
                # A consumer that killed the process, or is shut off, gets the try that was asked for.
                connection.execute(
                    sa.update(consumers)
                    .where(consumers.c.name == name, consumers.c.kind == SYNC)
                    .values(open_until=None)
                )
            return _change_dead(connection, consumer, event_ids, fresh)

    def drop_dead(self, consumer: str | None, event_ids: Collection[str] | None) -> int:
        """Give up on dead letters; what follows them in their runs still says ``after_dead_letter``."""
        with self._database.write() as connection:
            return _change_dead(connection, consumer, event_ids, {"status": DROPPED})

    def replay(self, consumer: str, query: EventQuery) -> int:
        """Deliver past events to a consumer once more; return how many were asked for."""
        asked = 0
        found = self._reading.matching(query)
        while page := tuple(islice(found, CHUNK)):
            with self._database.write() as connection:
                asked += _insert_replay(connection, consumer, page)
        if not asked:
            with self._database.read() as connection:
                require(connection, consumer)
        return asked


def _insert_replay(connection: Connection, consumer: str, page: tuple[StoredEvent, ...]) -> int:
    lock_head(connection)
    state = require(connection, consumer)
    seqs = [event.seq for event in page]
    open_rows: set[int] = set(
        connection.execute(
            sa.select(deliveries.c.seq).where(
                deliveries.c.consumer == consumer,
                deliveries.c.seq.in_(seqs),
                deliveries.c.status.in_(("retry", "waiting")),
            )
        ).scalars()
    )
    rows = [
        _replay_row(consumer, event)
        for event in page
        if event.seq not in open_rows and (event.seq <= state.position or state.kind == SYNC)
    ]
    upsert(connection, deliveries, rows, keep=frozenset({"calls", "after_dead_letter"}))
    return len(rows)


def _replay_row(consumer: str, event: StoredEvent) -> dict[str, Any]:
    return {
        "consumer": consumer,
        "seq": event.seq,
        "event_id": event.event_id,
        "event_type": event.event_type,
        "run_id": event.run_id,
        "status": "waiting",
        "attempts": 0,
        "calls": 0,
        "crashes": 0,
        "resume_at": None,
        "next_attempt_at": None,
        "error": None,
        "error_kind": None,
        "after_dead_letter": False,
        "replay": True,
    }


def _with_dead(connection: Connection, consumer: str | None) -> list[str]:
    query = sa.select(deliveries.c.consumer).distinct().where(deliveries.c.status == "dead")
    names: list[str] = list(connection.execute(query).scalars())
    return names if consumer is None else [name for name in names if name == consumer]


def _change_dead(
    connection: Connection, consumer: str | None, event_ids: Collection[str] | None, values: dict[str, Any]
) -> int:
    mine = [deliveries.c.status == "dead"]
    if consumer is not None:
        mine.append(deliveries.c.consumer == consumer)
    if event_ids is None:
        return connection.execute(sa.update(deliveries).where(*mine).values(**values)).rowcount
    changed = 0
    ids = sorted(set(event_ids))
    for start in range(0, len(ids), CHUNK):
        some = deliveries.c.event_id.in_(ids[start : start + CHUNK])
        changed += connection.execute(sa.update(deliveries).where(*mine, some).values(**values)).rowcount
    return changed
