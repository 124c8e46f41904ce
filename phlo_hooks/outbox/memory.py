"""What a source may read of what was stored for it, and the snapshots of its assets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.codec import decode_event
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import EventError
from phlo_hooks.outbox.api import UntranslatableRow
from phlo_hooks.outbox.database import CHUNK, Database, lock_head
from phlo_hooks.outbox.lineage_cache import StateLineageCache
from phlo_hooks.outbox.tables import events, marks, snapshots, streams, untranslatable
from phlo_hooks.source import StoredSnapshot, StreamState, UntranslatableRecord
from phlo_hooks.sql_lineage.cache import LineageCache

_STREAM = [column for column in streams.c if column.name != "source"]
_SNAPSHOT = [snapshots.c.code_location, snapshots.c.digest, snapshots.c.body, snapshots.c.valid_from]


class StoredMemory:
    """One source's ``SourceMemory``, read from the state database."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source

    def stream(self, stream_id: str) -> StreamState | None:
        """Return one stream's state, or ``None`` when it was never read."""
        query = sa.select(*_STREAM).where(streams.c.source == self._source, streams.c.stream_id == stream_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else StreamState(**row._asdict())

    def streams(self, *, status: str | None = None, ended_after: datetime | None = None) -> Sequence[StreamState]:
        """Return streams by status, without their translators' state; with ``ended_after``, those that ended since."""
        query = (
            sa.select(*(column for column in _STREAM if column.name != "state"))
            .where(streams.c.source == self._source)
            .order_by(streams.c.stream_id)
        )
        if status is not None:
            query = query.where(streams.c.status == status)
        if ended_after is not None:
            query = query.where(streams.c.ended_at > ended_after)
        with self._database.read() as connection:
            return [StreamState(**row._asdict()) for row in connection.execute(query)]

    def mark(self, name: str) -> str | None:
        """Return one of the source's own notes."""
        query = sa.select(marks.c.value).where(marks.c.source == self._source, marks.c.name == name)
        with self._database.read() as connection:
            return connection.execute(query).scalar()

    def snapshot_at(self, code_location: str, when: datetime) -> StoredSnapshot | None:
        """Return the snapshot that held at ``when``, else the earliest one, else ``None``."""
        mine = sa.select(*_SNAPSHOT).where(snapshots.c.code_location == code_location)
        held = mine.where(snapshots.c.valid_from <= when).order_by(snapshots.c.valid_from.desc(), snapshots.c.id.desc())
        first = mine.order_by(snapshots.c.valid_from, snapshots.c.id)
        with self._database.read() as connection:
            row = connection.execute(held.limit(1)).first() or connection.execute(first.limit(1)).first()
        return None if row is None else StoredSnapshot(**row._asdict())

    def snapshots(self) -> Sequence[StoredSnapshot]:
        """Return the newest snapshot of each code location."""
        with self._database.read() as connection:
            return newest_snapshots(connection)

    def event(self, event_id: str) -> HookEvent | None:
        """Return an event that is stored, its newest revision; ``None`` also when it cannot be read any more."""
        mine = sa.select(events.c.body).where(events.c.event_id == event_id)
        query = mine.order_by(events.c.revision.desc()).limit(1)
        with self._database.read() as connection:
            body = connection.execute(query).scalar()
        try:
            return None if body is None else decode_event(body)
        except EventError:
            return None

    def untranslatable(self, stream_id: str | None = None) -> Sequence[UntranslatableRecord]:
        """Return the records that wait to be tried again."""
        return [
            UntranslatableRecord(
                stream_id=row.stream_id, record_id=row.record_id, record_type=row.record_type, error=row.error
            )
            for row in list_untranslatable(self._database, self._source, stream_id)
        ]

    def lineage_cache(self) -> LineageCache:
        """Return where column lineage of SQL is kept, for all sources alike."""
        return StateLineageCache(self._database)


def list_untranslatable(
    database: Database, source: str | None = None, stream_id: str | None = None
) -> list[UntranslatableRow]:
    """Return the records that gave no event, oldest first."""
    query = sa.select(untranslatable).order_by(
        untranslatable.c.source, untranslatable.c.stream_id, untranslatable.c.record_id
    )
    if source is not None:
        query = query.where(untranslatable.c.source == source)
    if stream_id is not None:
        query = query.where(untranslatable.c.stream_id == stream_id)
    with database.read() as connection:
        return [UntranslatableRow(**row._asdict()) for row in connection.execute(query)]


def forget_untranslatable(database: Database, source: str, stream_id: str, record_ids: Sequence[int]) -> int:
    """Drop records that nobody wants to try again; return how many there were."""
    dropped = 0
    with database.write() as connection:
        for start in range(0, len(record_ids), CHUNK):
            mine: list[Any] = [untranslatable.c.source == source, untranslatable.c.stream_id == stream_id]
            mine.append(untranslatable.c.record_id.in_(record_ids[start : start + CHUNK]))
            dropped += connection.execute(sa.delete(untranslatable).where(*mine)).rowcount
    return dropped


def save_snapshot(database: Database, snapshot: StoredSnapshot) -> bool:
    """Store a snapshot unless the newest one of its code location is the same; return whether it was stored."""
    with database.write() as connection:
        lock_head(connection)
        return insert_snapshot(connection, snapshot)


def insert_snapshot(connection: Connection, snapshot: StoredSnapshot) -> bool:
    """Store a snapshot in the caller's transaction, under the head's lock."""
    newest = (
        sa.select(snapshots.c.digest)
        .where(snapshots.c.code_location == snapshot.code_location)
        .order_by(snapshots.c.valid_from.desc(), snapshots.c.id.desc())
        .limit(1)
    )
    if connection.execute(newest).scalar() == snapshot.digest:
        return False
    connection.execute(
        sa.insert(snapshots).values(
            code_location=snapshot.code_location,
            digest=snapshot.digest,
            body=snapshot.body,
            valid_from=snapshot.valid_from,
        )
    )
    return True


def list_sources(database: Database) -> list[str]:
    """Return the names of the sources that something is stored for."""
    query = sa.union(sa.select(streams.c.source), sa.select(marks.c.source))
    with database.read() as connection:
        return sorted(connection.execute(query).scalars())


def snapshot_digests(database: Database) -> dict[str, str]:
    """Return the digest of the newest snapshot of each code location, without reading a snapshot."""
    heads = sa.select(snapshots.c.code_location, snapshots.c.digest).order_by(snapshots.c.valid_from, snapshots.c.id)
    with database.read() as connection:
        return {row.code_location: row.digest for row in connection.execute(heads)}


def newest_snapshots(connection: Connection) -> list[StoredSnapshot]:
    """Return the newest snapshot of each code location."""
    heads = sa.select(snapshots.c.code_location, snapshots.c.id).order_by(snapshots.c.valid_from, snapshots.c.id)
    newest = {row.code_location: row.id for row in connection.execute(heads)}
    query = sa.select(*_SNAPSHOT).where(snapshots.c.id.in_(list(newest.values())))
    rows = connection.execute(query.order_by(snapshots.c.code_location)).all()
    return [StoredSnapshot(**row._asdict()) for row in rows]
