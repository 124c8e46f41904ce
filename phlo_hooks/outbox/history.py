"""What happened last: the newest runs, and the newest events of each asset, without reading the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.outbox.api import StoredEvent
from phlo_hooks.outbox.database import CHUNK, Database
from phlo_hooks.outbox.memory import newest_snapshots
from phlo_hooks.outbox.reading import CURRENT, EVENT, UUID_LENGTH, stored
from phlo_hooks.outbox.tables import INDEXED_KEYS, UtcDateTime, events
from phlo_hooks.source import StoredSnapshot

_PAGE: Final = 1000
_SHORT_KEY: Final = sa.text(INDEXED_KEYS)
"""What the index by asset holds."""


@dataclass(frozen=True, kw_only=True)
class AssetTypes:
    """One asset, and the types of the events that were recorded about it."""

    asset_key: str
    event_types: frozenset[str]


class History:
    """Reads the newest events; what it costs grows with the assets and runs asked for, hardly with the outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Read everything in one transaction, as it stood at its begin; for one thread, and for seconds only."""
        with self._database.read() as connection:
            self._connection = connection
            try:
                yield
            finally:
                self._connection = None

    def newest_runs(self, event_types: Sequence[str], limit: int) -> list[str]:
        """Return the ids of the runs that the newest events of some types belong to, newest first."""
        found: list[tuple[int, str]] = []
        for event_type in event_types:
            query = sa.select(events.c.seq, events.c.run_id).where(events.c.event_type == event_type, CURRENT)
            with self._reading() as connection:
                rows = connection.execute(query.order_by(events.c.seq.desc()).limit(limit)).all()
            found += [(row.seq, row.run_id) for row in rows if row.run_id]
        return list(dict.fromkeys(run_id for _, run_id in sorted(found, reverse=True)))[:limit]

    def runs_like(self, beginning: str, limit: int) -> list[str]:
        """Return the ids of runs that begin so, whatever events there are of them."""
        query = (
            sa.select(events.c.run_id)
            .where(events.c.run_id != "", events.c.run_id.startswith(beginning, autoescape=True))
            .distinct()
            .order_by(events.c.run_id)
            .limit(limit)
        )
        if len(beginning) >= UUID_LENGTH:
            query = sa.select(events.c.run_id).where(events.c.run_id == beginning).limit(1)
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def places(self, run_id: str) -> list[tuple[int, str, datetime]]:
        """Return place, type and time of recording of each event of a run, without reading the events."""
        query = sa.select(events.c.seq, events.c.event_type, events.c.recorded_at).where(
            events.c.run_id == run_id, CURRENT
        )
        with self._reading() as connection:
            rows = connection.execute(query.order_by(events.c.seq)).all()
        return [(row.seq, row.event_type, row.recorded_at) for row in rows]

    def count_runs(self, event_types: Sequence[str], *, past: int) -> int:
        """Return how many runs there are, counted no further than ``past``."""
        some = (
            sa.select(events.c.run_id)
            .where(events.c.event_type.in_(event_types), events.c.run_id != "")
            .distinct()
            .limit(past)
        )
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()

    def sizes(self, run_ids: Iterable[str]) -> dict[str, int]:
        """Return how many events each run has; a corrected one counts once."""
        sizes: dict[str, int] = {}
        for some in _parts(run_ids):
            query = (
                sa.select(events.c.run_id, sa.func.count())
                .where(events.c.run_id.in_(some), events.c.revision == 1)
                .group_by(events.c.run_id)
            )
            with self._reading() as connection:
                sizes.update((row[0], row[1]) for row in connection.execute(query))
        return sizes

    def run(self, run_id: str, event_types: Sequence[str] = ()) -> Iterator[StoredEvent]:
        """Yield the events of a run, oldest first; of some types when they are given."""
        wanted = sa.select(*EVENT).where(events.c.run_id == run_id, CURRENT)
        if event_types:
            wanted = wanted.where(events.c.event_type.in_(event_types))
        seq = 0
        while True:
            page = wanted.where(events.c.seq > seq).order_by(events.c.seq).limit(_PAGE)
            with self._reading() as connection:
                rows = connection.execute(page).all()
            yield from map(stored, rows)
            if len(rows) < _PAGE:
                return
            seq = rows[-1].seq

    def assets(self) -> list[AssetTypes]:
        """Return every asset that events are about; one with a key of more than 400 characters is left out."""
        query = (
            sa.select(events.c.asset_key, events.c.event_type).where(events.c.asset_key != "", _SHORT_KEY).distinct()
        )
        types: dict[str, set[str]] = {}
        with self._reading() as connection:
            for row in connection.execute(query):
                types.setdefault(row.asset_key, set()).add(row.event_type)
        return [AssetTypes(asset_key=key, event_types=frozenset(types[key])) for key in sorted(types)]

    def newest(
        self, asset_key: str, event_type: str, limit: int, *, before: StoredEvent | None = None
    ) -> list[StoredEvent]:
        """
        Return the newest events of one type about an asset, newest first by when they happened.

        Args:
            before: Only those that come after this one in that order.
        """
        values: dict[str, Any] = {"b_asset": asset_key, "b_type": event_type, "b_limit": limit}
        if before is not None:
            values |= {"b_at": before.timestamp, "b_seq": before.seq}
        with self._reading() as connection:
            rows = connection.execute(_NEWEST if before is None else _NEXT_NEWEST, values).all()
        return [stored(row) for row in rows]

    def at(self, seqs: Iterable[int]) -> Iterator[StoredEvent]:
        """Yield the events at the given places."""
        for some in _parts(seqs):
            with self._reading() as connection:
                rows = connection.execute(sa.select(*EVENT).where(events.c.seq.in_(some))).all()
            yield from map(stored, rows)

    def snapshots(self) -> list[StoredSnapshot]:
        """Return the newest snapshot of each code location."""
        with self._reading() as connection:
            return newest_snapshots(connection)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._connection is not None:
            yield self._connection
            return
        with self._database.read() as connection:
            yield connection


_NEWEST: Final = (
    sa.select(*EVENT)
    .where(
        events.c.asset_key == sa.bindparam("b_asset"),
        events.c.event_type == sa.bindparam("b_type"),
        _SHORT_KEY,
        CURRENT,
    )
    .order_by(events.c.timestamp.desc(), events.c.seq.desc())
    .limit(sa.bindparam("b_limit"))
)
_NEXT_NEWEST: Final = _NEWEST.where(
    (events.c.timestamp < sa.bindparam("b_at", type_=UtcDateTime))
    | ((events.c.timestamp == sa.bindparam("b_at", type_=UtcDateTime)) & (events.c.seq < sa.bindparam("b_seq")))
)


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(values)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]
