"""What was found out about statements before, so that it need not be found out again."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec

from phlo_hooks.sql_lineage.api import (
    ColumnName,
    OutputColumn,
    StatementLineage,
    TableName,
    TableSchema,
    Transformation,
)

UNKNOWN: Final = ""
"""Digest of the schema of a table about which nothing is known."""
_SMALLEST: Final = 1


@dataclass(frozen=True, kw_only=True)
class CachedLineage:
    """
    What a statement makes, as long as the tables it reads have these schemas.

    Attributes:
        statement: Digest of the SQL, its dialect, and what analyses it.
        schemas: Digest of the schema of each table that was asked for.
    """

    statement: str
    schemas: Mapping[TableName, str] = field(default_factory=dict)
    lineage: StatementLineage

    @property
    def variant(self) -> str:
        """One digest of all schemas."""
        return digest([[*_parts(table), self.schemas[table]] for table in sorted(self.schemas, key=_parts_of_any)])


class LineageCache(Protocol):
    """Keeps what was found out, under the digest of the statement; one statement may have several variants."""

    def get(self, statements: Collection[str]) -> Mapping[str, Sequence[CachedLineage]]:
        """Return what is known of these statements, all at once."""

    def put(self, entries: Sequence[CachedLineage]) -> None:
        """Keep what was found out; what cannot be kept is found out again."""


class MemoryLineageCache:
    """A cache that lasts as long as its process."""

    def __init__(self, *, limit: int = 20_000) -> None:
        self._limit = limit
        self._entries: dict[tuple[str, str], CachedLineage] = {}

    def get(self, statements: Collection[str]) -> Mapping[str, Sequence[CachedLineage]]:
        """Return what is known of these statements."""
        wanted = set(statements)
        found: dict[str, list[CachedLineage]] = {}
        for (statement, _), entry in self._entries.items():
            if statement in wanted:
                found.setdefault(statement, []).append(entry)
        return found

    def put(self, entries: Sequence[CachedLineage]) -> None:
        """Keep what was found out, and forget the oldest beyond the limit."""
        for entry in entries:
            self._entries[entry.statement, entry.variant] = entry
        for oldest in list(self._entries)[: max(0, len(self._entries) - self._limit)]:
            del self._entries[oldest]


def digest(parts: Any) -> str:
    """Return a digest of plain data."""
    return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=20).hexdigest()


def statement_digest(
    sql: str, *, dialect: str, default_catalog: str | None, default_schema: str | None, engine: str
) -> str:
    """Return the digest under which a statement is cached; another engine finds out anew."""
    return digest([engine, dialect, default_catalog, default_schema, sql])


def schema_digest(schema: TableSchema | None) -> str:
    """Return a digest of all that a schema says."""
    return UNKNOWN if schema is None else digest([list(schema.columns.items()), schema.complete])


def encode(entry: CachedLineage) -> bytes:
    """Return an entry's content as few bytes, without its digest."""
    tables: dict[TableName, int] = {}

    def place(table: TableName) -> int:
        return tables.setdefault(table, len(tables))

    def sources(found: Collection[tuple[ColumnName, Transformation]]) -> list[tuple[int, str, str]]:
        return sorted((place(column.table), column.name, how.value) for column, how in found)

    lineage = entry.lineage
    for table in sorted(lineage.tables | entry.schemas.keys(), key=_parts_of_any):
        place(table)
    content = [
        [[column.name, sources(column.sources)] for column in lineage.columns],
        lineage.complete,
        sources(lineage.rows),
        sorted(place(table) for table in lineage.tables),
        lineage.warning,
        sorted((place(table), found) for table, found in entry.schemas.items()),
    ]
    return zlib.compress(msgspec.msgpack.encode([[_parts(table) for table in tables], *content]), _SMALLEST)


def decode(statement: str, body: bytes) -> CachedLineage:
    """
    Return the entry that was encoded.

    Raises:
        ValueError: The bytes are no entry's.
    """
    try:
        names, columns, complete, rows, read, warning, schemas = _decoder.decode(zlib.decompress(body))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"the cached lineage of statement {statement} cannot be read") from error
    tables = [TableName(catalog=catalog, schema=schema, name=name) for catalog, schema, name in names]

    def sources(found: list[tuple[int, str, Transformation]]) -> frozenset[tuple[ColumnName, Transformation]]:
        return frozenset((ColumnName(table=tables[place], name=name), how) for place, name, how in found)

    lineage = StatementLineage(
        columns=tuple(OutputColumn(name=name, sources=sources(found)) for name, found in columns),
        complete=complete,
        rows=sources(rows),
        tables=frozenset(tables[place] for place in read),
        warning=warning,
    )
    return CachedLineage(
        statement=statement, schemas={tables[place]: found for place, found in schemas}, lineage=lineage
    )


_Sources = list[tuple[int, str, Transformation]]
_decoder: Final = msgspec.msgpack.Decoder(
    tuple[
        list[tuple[str | None, str | None, str]],
        list[tuple[str, _Sources]],
        bool,
        _Sources,
        list[int],
        str | None,
        list[tuple[int, str]],
    ]
)


def _parts(table: TableName) -> tuple[str | None, str | None, str]:
    return (table.catalog, table.schema, table.name)


def _parts_of_any(table: TableName) -> tuple[str, str, str]:
    return (table.catalog or "", table.schema or "", table.name)
