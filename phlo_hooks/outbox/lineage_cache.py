"""What was found out about SQL statements, kept in the state database."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.exceptions import OutboxError
from phlo_hooks.outbox.database import CHUNK, Database, upsert
from phlo_hooks.outbox.tables import sql_lineage
from phlo_hooks.sql_lineage.cache import CachedLineage, decode, encode

KEPT: Final = timedelta(days=90)
"""What was not asked for so long is forgotten."""
LIMIT: Final = 20_000
"""Results that are kept, the ones used last; some kilobytes each."""
NOTED_EVERY: Final = timedelta(days=1)
"""How exactly it is known when a result was last used: noting it is a write."""

log = logging.getLogger(__name__)


class StateLineageCache:
    """
    A ``LineageCache`` in the state database.

    It only saves time: what cannot be read or written is logged, and found out again.
    """

    def __init__(self, database: Database, *, limit: int = LIMIT) -> None:
        self._database = database
        self._limit = limit

    def get(self, statements: Collection[str]) -> Mapping[str, Sequence[CachedLineage]]:
        """Return what is known of these statements, in one query for each 500."""
        found: dict[str, list[CachedLineage]] = {}
        stale: set[str] = set()
        now = self._database.now()
        try:
            for row in self._rows(sorted(statements)):
                entry = _decoded(row.statement, row.body)
                if entry is not None:
                    found.setdefault(row.statement, []).append(entry)
                if row.used_at < now - NOTED_EVERY:
                    stale.add(row.statement)
            self._note_use(sorted(stale), now)
        except OutboxError as error:
            log.warning("cached lineage is not used: %s", error)
        return found

    def put(self, entries: Sequence[CachedLineage]) -> None:
        """Keep what was found out, and forget what was not used for long."""
        now = self._database.now()
        rows = {
            (entry.statement, entry.variant): {
                "statement": entry.statement,
                "variant": entry.variant,
                "body": encode(entry),
                "used_at": now,
            }
            for entry in entries
        }
        try:
            with self._database.write(wait_for_disk=False) as connection:
                upsert(connection, sql_lineage, [rows[key] for key in sorted(rows)])
                self._prune(connection, now)
        except OutboxError as error:
            log.warning("lineage is not cached: %s", error)

    def _rows(self, statements: Sequence[str]) -> Iterator[sa.Row[tuple[str, bytes, datetime]]]:
        with self._database.read() as connection:
            for start in range(0, len(statements), CHUNK):
                query = sa.select(sql_lineage.c.statement, sql_lineage.c.body, sql_lineage.c.used_at).where(
                    sql_lineage.c.statement.in_(statements[start : start + CHUNK])
                )
                yield from connection.execute(query)

    def _note_use(self, statements: Sequence[str], now: datetime) -> None:
        if not statements:
            return
        with self._database.write(wait_for_disk=False) as connection:
            for start in range(0, len(statements), CHUNK):
                mine = sql_lineage.c.statement.in_(statements[start : start + CHUNK])
                connection.execute(sa.update(sql_lineage).where(mine).values(used_at=now))

    def _prune(self, connection: Connection, now: datetime) -> None:
        used = sql_lineage.c.used_at
        last_kept = sa.select(used).order_by(used.desc()).offset(self._limit - 1).limit(1)
        since = connection.execute(last_kept).scalar()
        oldest = now - KEPT if since is None else max(now - KEPT, since)
        connection.execute(sa.delete(sql_lineage).where(used < oldest))


def _decoded(statement: str, body: bytes) -> CachedLineage | None:
    try:
        return decode(statement, body)
    except ValueError:
        log.debug("the cached lineage of %s was written by another version", statement)
        return None
