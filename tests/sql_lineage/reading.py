"""Short spellings for tests of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from phlo_hooks.sql_lineage import (
    ColumnName,
    StatementLineage,
    TableName,
    TableSchema,
    Transformation,
    statement_lineage,
)


def table(written: str) -> TableName:
    """Return ``catalog.schema.name``, of which the first two may be missing."""
    parts: list[str | None] = [*([None] * (2 - written.count("."))), *written.split(".")]
    return TableName(catalog=parts[0], schema=parts[1], name=parts[2] or "")


def schemas(tables: Mapping[str, str]) -> dict[TableName, TableSchema]:
    """Return schemas of tables whose columns are words; ``…`` as the last word says that there are more."""
    return {
        table(name): TableSchema(columns={w: "" for w in words.split() if w != "…"}, complete="…" not in words)
        for name, words in tables.items()
    }


def read(sql: str, *, dialect: str = "duckdb", **tables: str) -> StatementLineage:
    """Return the lineage of a statement; tables are given by name and columns, with ``__`` for a dot."""
    known = schemas({name.replace("__", "."): words for name, words in tables.items()})
    return statement_lineage(sql, dialect=dialect, schemas=known)


def words(sources: Iterable[tuple[ColumnName, Transformation]], *, direct: bool | None = None) -> str:
    """Return sources in one line, ``table.column``, without how."""
    return " ".join(sorted({f"{c.table}.{c.name}" for c, how in sources if direct is None or how.direct is direct}))


def direct(lineage: StatementLineage) -> dict[str, str]:
    """Return the direct sources of each output column."""
    return {column.name: words(column.sources, direct=True) for column in lineage.columns}
