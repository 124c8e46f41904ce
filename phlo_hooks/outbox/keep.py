"""
What plugins keep, in the state database.

Names are stored as bytes: databases disagree about the order of text and about which characters it may have, and agree
about bytes. A name may be longer than an index takes, so that it is found by its digest, or by its beginning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa

from phlo_hooks.outbox.database import CHUNK, Database, upsert
from phlo_hooks.outbox.tables import keep

HEAD: Final = 200
"""Bytes of a name that the index by beginning holds."""
_PAGE: Final = 200
_LAST: Final = 0xFF
_ENCODING: Final = ("utf-8", "surrogatepass")


class OutboxKeep:
    """
    One plugin's ``Keep``; threads and processes may share it, and of two writers of one name the later one holds.

    Args:
        owner: The plugin's name.
    """

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner

    def get(self, names: Collection[str]) -> dict[str, bytes]:
        """Return the values of these names, as they stood at one moment, in one query for each 500."""
        wanted = {_digest(name): name for name in names}
        digests = sorted(wanted)
        found: dict[str, bytes] = {}
        if not digests:
            return found
        with self._database.read() as connection:
            for start in range(0, len(digests), CHUNK):
                query = sa.select(keep.c.digest, keep.c.value).where(
                    keep.c.owner == self._owner, keep.c.digest.in_(digests[start : start + CHUNK])
                )
                found.update((wanted[row.digest], row.value) for row in connection.execute(query))
        return found

    def items(self, beginning: str = "") -> Iterator[tuple[str, bytes]]:
        """Yield what begins so, by name; each 200 as they stood at one moment."""
        query = (
            sa.select(keep.c.head, keep.c.name, keep.c.value)
            .where(keep.c.owner == self._owner, *_begins(beginning.encode(*_ENCODING)))
            .order_by(keep.c.head, keep.c.name)
            .limit(_PAGE)
        )
        page = query
        while True:
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            for row in rows:
                yield row.name.decode(*_ENCODING), row.value
            if len(rows) < _PAGE:
                return
            head, name = rows[-1].head, rows[-1].name
            page = query.where(keep.c.head >= head, (keep.c.head > head) | (keep.c.name > name))

    def put(self, changes: Mapping[str, bytes | None]) -> None:
        """
        Set and remove, all of it or nothing.

        Raises:
            OutboxError: The state database cannot be written.
        """
        rows = [self._row(name, value) for name, value in changes.items() if value is not None]
        gone = sorted(_digest(name) for name, value in changes.items() if value is None)
        if not changes:
            return
        with self._database.write() as connection:
            upsert(connection, keep, sorted(rows, key=lambda row: str(row["digest"])))
            for start in range(0, len(gone), CHUNK):
                some = keep.c.digest.in_(gone[start : start + CHUNK])
                connection.execute(sa.delete(keep).where(keep.c.owner == self._owner, some))

    def _row(self, name: str, value: bytes) -> dict[str, Any]:
        encoded = name.encode(*_ENCODING)
        return {
            "owner": self._owner,
            "digest": _digest(name),
            "head": encoded[:HEAD],
            "name": encoded,
            "value": value,
        }


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode(*_ENCODING)).hexdigest()


def _begins(beginning: bytes) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the conditions for a name that begins so; those on the index come first."""
    if not beginning:
        return
    yield keep.c.head >= beginning[:HEAD]
    if (end := _after(beginning[:HEAD])) is not None:
        yield keep.c.head < end
    if len(beginning) > HEAD:
        yield keep.c.name >= beginning
        if (end := _after(beginning)) is not None:
            yield keep.c.name < end


def _after(beginning: bytes) -> bytes | None:
    """Return the first bytes that come after all that begin so; ``None`` when there are none."""
    kept = beginning.rstrip(bytes([_LAST]))
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else None
