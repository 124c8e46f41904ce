from __future__ import annotations

import os
from collections.abc import Mapping

import duckdb
import pytest

from phlo_hooks.sql_lineage import ColumnName, StatementLineage, TableName, TableSchema, statement_lineage
from tests.sql_lineage.perturbation import Column, Laboratory, Model, movements
from tests.sql_lineage.statements import TABLES, Statements

SCHEMAS = {TableName(name=table): TableSchema(columns=columns) for table, columns in TABLES.items()}
MANY_ROWS = 2000
MORE = int(os.environ.get("LINEAGE_EXAMPLES", "300"))
TIES = {189, 205, 354}
"""Their windows leave ties, and DuckDB settles them by where rows lie: an input moves what it has no part in."""
STILL = {2156, 2168, 2240}
"""What could move never does: a LAG over single rows, the least of few words."""


def outputs(sql: str) -> list[Column]:
    """Return the statement's columns; skip one that DuckDB refuses, or that makes so many rows that it takes long."""
    try:
        with Laboratory(tables=TABLES, models=[Model(name="out", sql=sql)], seed=1) as laboratory:
            observed = laboratory.observe()
    except duckdb.Error:
        return []
    return [] if int(observed["out", "#"]) > MANY_ROWS else [key for key in observed if key[1] != "#"]


def touching(lineage: StatementLineage, position: int) -> frozenset[ColumnName]:
    column = lineage.columns[position]
    return column.direct | column.indirect | frozenset(name for name, _ in lineage.rows)


def named(column: Column) -> ColumnName:
    return ColumnName(table=TableName(name=column[0]), name=column[1])


def check_movements(seed: int) -> None:
    """Run a statement, and hold what moves against what the analysis says."""
    sql = Statements(seed).statement()
    columns = outputs(sql)
    if not columns:
        return

    lineage = statement_lineage(sql, dialect="duckdb", schemas=SCHEMAS)

    assert (lineage.complete, lineage.warning, len(lineage.columns)) == (True, None, len(columns)), sql
    # Ties in a window are settled by where rows lie, which a gentle change does not keep.
    found = movements(
        TABLES, [Model(name="out", sql=sql)], seeds=range(2), changes=3, groups=[] if "over (" in sql else None
    )
    moved = {(column, output) for column, outs in found.wild.items() for output in outs}
    silent = [
        f"{'.'.join(column)} -> {output[1]}"
        for column, output in sorted(moved)
        if named(column) not in touching(lineage, columns.index(output))
    ]
    assert silent == [], f"move without an edge, seed {seed}:\n{sql}"
    flowing = [
        f"{sorted('.'.join(column) for column in group)} -> {output[1]}"
        for group, outs in found.gentle.items()
        for output in outs
        if not {named(column) for column in group}
        & (lineage.columns[columns.index(output)].direct | lineage.columns[columns.index(output)].indirect)
    ]
    assert flowing == [], f"values flow without an edge, seed {seed}:\n{sql}"


def check_edges(seed: int) -> None:
    """Run a lively statement on ever new data until each direct edge has moved something."""
    sql = Statements(seed, lively=True).statement()
    columns = outputs(sql)
    if not columns:
        return

    lineage = statement_lineage(sql, dialect="duckdb", schemas=SCHEMAS)

    edges = {
        ((column.table.name, column.name), output)
        for output, found in zip(columns, lineage.columns, strict=True)
        for column in found.direct
    }

    def all_seen(wild: Mapping[Column, set[Column]]) -> bool:
        return all(output in wild[column] for column, output in edges)

    found = movements(TABLES, [Model(name="out", sql=sql)], seeds=range(40), changes=2, groups=[], until=all_seen)
    still = [f"{'.'.join(column)} -> {out[1]}" for column, out in sorted(edges) if out not in found.wild[column]]
    assert still == [], f"false direct edges, seed {seed}:\n{sql}"


@pytest.mark.parametrize("seed", range(8))
def test_nothing_moves_without_an_edge(seed: int) -> None:
    """In random statements over DuckDB, each output that moves with an input has an edge from it."""
    check_movements(seed)


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_no_direct_edge_is_false(seed: int) -> None:
    """In random statements over DuckDB, each direct edge moves its output with some data."""
    check_edges(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", [each for each in range(100, 100 + MORE) if each not in TIES])
def test_nothing_moves_without_an_edge_in_many_statements(seed: int) -> None:
    """The same holds for many more statements."""
    check_movements(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", [each for each in range(2000, 2000 + MORE) if each not in STILL])
def test_no_direct_edge_of_many_statements_is_false(seed: int) -> None:
    """The same holds for many more statements."""
    check_edges(seed)
