"""What every place that keeps column lineage must do; subclassed for memory, SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from phlo_hooks.sql_lineage.api import (
    ColumnName,
    OutputColumn,
    StatementLineage,
    TableName,
    TableSchema,
    Transformation,
)
from phlo_hooks.sql_lineage.cache import CachedLineage, LineageCache, schema_digest

ORDERS = TableName(catalog="shop", schema="raw", name="orders")
PEOPLE = TableName(schema="raw", name="people é \U0001f9ea")


def make_entry(
    statement: str = "s1", *, columns: tuple[str, ...] = ("id",), warning: str | None = None
) -> CachedLineage:
    """Return what was found out about a statement while ``orders`` had these columns."""
    sources = frozenset((ColumnName(table=ORDERS, name=name), Transformation.IDENTITY) for name in columns)
    lineage = StatementLineage(
        columns=(OutputColumn(name="total", sources=sources), OutputColumn(name="one")),
        complete=warning is None,
        rows=frozenset({(ColumnName(table=PEOPLE, name="id"), Transformation.JOIN)}),
        tables=frozenset({ORDERS, PEOPLE}),
        warning=warning,
    )
    schema = TableSchema(columns=dict.fromkeys(columns, "BIGINT"))
    return CachedLineage(
        statement=statement, schemas={ORDERS: schema_digest(schema), PEOPLE: schema_digest(None)}, lineage=lineage
    )


class LineageCacheContract:
    @pytest.fixture
    def cache(self) -> LineageCache:
        raise NotImplementedError

    def test_entries_come_back_as_they_were(self, cache: LineageCache) -> None:
        """What is read equals what was put, schemas and warnings and all."""
        entries = [make_entry("s1"), make_entry("s2", warning="select * of an unknown table")]

        cache.put(entries)
        found = cache.get(["s1", "s2", "s3"])

        assert found == {"s1": [entries[0]], "s2": [entries[1]]}

    def test_a_statement_has_one_entry_for_each_state_of_what_it_reads(self, cache: LineageCache) -> None:
        """Other schemas make another entry; the same ones replace theirs."""
        before, after = make_entry(columns=("id",)), make_entry(columns=("id", "price"))

        cache.put([before, after])
        cache.put([before])
        found = cache.get(["s1"])["s1"]

        assert sorted(found, key=lambda entry: entry.variant) == sorted(
            [before, after], key=lambda entry: entry.variant
        )

    def test_thousands_are_read_at_once(self, cache: LineageCache) -> None:
        """Neither putting nor getting has a limit of parameters."""
        entries = [make_entry(f"s{number}") for number in range(1_500)]

        cache.put(entries)

        assert cache.get([entry.statement for entry in entries]).keys() == {entry.statement for entry in entries}

    def test_nothing_is_nothing(self, cache: LineageCache) -> None:
        """Putting nothing and asking for nothing is allowed."""
        cache.put([])

        assert cache.get([]) == {}
        assert cache.get(["unknown"]) == {}
