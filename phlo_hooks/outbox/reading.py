"""Events out of the outbox: one, some, or how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.exceptions import OutboxError
from phlo_hooks.outbox.api import EventQuery, OutboxSummary, StoredEvent
from phlo_hooks.outbox.database import Database
from phlo_hooks.outbox.tables import events, head, untranslatable

PAGE: Final = 500
UUID_LENGTH: Final = 36
_SHOWN: Final = 5
EVENT: Final = [column for column in events.c if column.name != "asset_key"]
"""The columns that ``stored`` needs."""
_LATER: Final = events.alias("later")
CURRENT: Final = ~sa.exists().where(_LATER.c.event_id == events.c.event_id, _LATER.c.revision > events.c.revision)
"""Leaves out what a later revision corrects."""


class Reading:
    """Reads events; every page in a transaction of its own, so that nobody waits for a slow reader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def head(self) -> int:
        """Return the seq of the newest event; 0 when there is none."""
        with self._database.read() as connection:
            return connection.execute(sa.select(head.c.seq).where(head.c.id == 1)).scalar_one()

    def after(self, seq: int, limit: int) -> list[StoredEvent]:
        """Return the next events, every revision, in order."""
        query = sa.select(*EVENT).where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
        with self._database.read() as connection:
            return [stored(row) for row in connection.execute(query)]

    def at(self, seqs: Sequence[int]) -> dict[int, StoredEvent]:
        """Return the events at the given places."""
        with self._database.read() as connection:
            return {row.seq: stored(row) for row in connection.execute(sa.select(*EVENT).where(events.c.seq.in_(seqs)))}

    def one(self, event_id: str) -> StoredEvent | None:
        """
        Return the newest revision of an event, by its id or the beginning of it.

        Raises:
            OutboxError: Several ids begin like that.
        """
        newest = sa.select(*EVENT).order_by(events.c.revision.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(newest.where(events.c.event_id == event_id)).first()
            if row is None and event_id:
                row = connection.execute(newest.where(events.c.event_id == _complete(connection, event_id))).first()
        return None if row is None else stored(row)

    def revisions(self, event_id: str) -> list[StoredEvent]:
        """Return every revision of an event, oldest first."""
        query = sa.select(*EVENT).where(events.c.event_id == event_id).order_by(events.c.revision)
        with self._database.read() as connection:
            return [stored(row) for row in connection.execute(query)]

    def matching(self, query: EventQuery) -> Iterator[StoredEvent]:
        """Yield the events that a query asks for, oldest first."""
        if query.newest and query.limit is not None:
            yield from reversed(list(self._scan(query, descending=True)))
        else:
            yield from self._scan(query, descending=False)

    def summary(self) -> OutboxSummary:
        """Count what there is; a corrected event counts once."""
        first = events.c.revision == 1
        by_type = sa.select(events.c.event_type, sa.func.count()).where(first).group_by(events.c.event_type)
        runs = sa.select(sa.func.count(sa.distinct(events.c.run_id))).where(events.c.run_id != "")
        span = [sa.select(edge(events.c.timestamp)) for edge in (sa.func.min, sa.func.max)]
        bad = sa.select(sa.func.count()).select_from(untranslatable)
        with self._database.read() as connection:
            counts = [(row[0], row[1]) for row in connection.execute(by_type.order_by(events.c.event_type))]
            first_at, last_at = (connection.execute(part).scalar() for part in span)
            return OutboxSummary(
                events=sum(count for _, count in counts),
                runs=connection.execute(runs).scalar_one(),
                by_type=counts,
                first_at=first_at,
                last_at=last_at,
                untranslatable=connection.execute(bad).scalar_one(),
            )

    def _scan(self, query: EventQuery, *, descending: bool) -> Iterator[StoredEvent]:
        wanted = _statement(query)
        order = events.c.seq.desc() if descending else events.c.seq
        left = query.limit
        edge: int | None = None
        while left is None or left > 0:
            page = wanted.order_by(order).limit(PAGE)
            if edge is not None:
                page = page.where(events.c.seq < edge if descending else events.c.seq > edge)
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            for row in rows:
                if not _fits(query, row.event_type, row.asset_key):
                    continue
                yield stored(row)
                left = None if left is None else left - 1
                if left == 0:
                    return
            if len(rows) < PAGE:
                return
            edge = rows[-1].seq


def _statement(query: EventQuery) -> sa.Select[Any]:
    wanted = sa.select(*EVENT, events.c.asset_key)
    exact = [name for name in query.event_types if not is_glob(name)]
    if query.event_types and len(exact) == len(query.event_types):
        wanted = wanted.where(events.c.event_type.in_(exact))
    if query.run_id:
        is_whole = len(query.run_id) >= UUID_LENGTH
        run = events.c.run_id
        wanted = wanted.where(run == query.run_id if is_whole else run.startswith(query.run_id, autoescape=True))
    if query.asset_key is not None and not is_glob(query.asset_key):
        wanted = wanted.where(events.c.asset_key == query.asset_key)
    if query.since is not None:
        wanted = wanted.where(events.c.timestamp >= query.since)
    if query.until is not None:
        wanted = wanted.where(events.c.timestamp <= query.until)
    if query.after_seq:
        wanted = wanted.where(events.c.seq > query.after_seq)
    if not query.all_revisions:
        wanted = wanted.where(CURRENT)
    return wanted


def _fits(query: EventQuery, event_type: str, asset_key: str) -> bool:
    if query.event_types and not any(fnmatchcase(event_type, pattern) for pattern in query.event_types):
        return False
    return query.asset_key is None or query.asset_key == asset_key or fnmatchcase(asset_key, query.asset_key)


def is_glob(text: str) -> bool:
    """Return whether a name stands for several."""
    return any(mark in text for mark in "*?[")


def _complete(connection: Connection, beginning: str) -> str | None:
    query = (
        sa.select(events.c.event_id)
        .where(events.c.event_id.startswith(beginning, autoescape=True))
        .distinct()
        .order_by(events.c.event_id)
        .limit(_SHOWN)
    )
    ids: list[str] = list(connection.execute(query).scalars())
    if len(ids) > 1:
        raise OutboxError(f"several events begin with {beginning!r}: {', '.join(ids)}; give more of the id")
    return ids[0] if ids else None


def stored(row: sa.Row[Any]) -> StoredEvent:
    """Return the event of a row that has the columns of ``EVENT``."""
    return StoredEvent(
        seq=row.seq,
        event_id=row.event_id,
        revision=row.revision,
        event_type=row.event_type,
        run_id=row.run_id,
        key=row.key,
        timestamp=row.timestamp,
        recorded_at=row.recorded_at,
        body=row.body,
    )
