from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from phlo_hooks.sql_lineage import ColumnName, StatementLineage, TableName, TableSchema, statement_lineage
from tests.sql_lineage.cases import Case, load

# A known `orders` may stand for an unknown `raw.orders`: that two spellings can be one table is tested elsewhere.
# These are written so that the reading anybody would choose is wrong, which only who knows the columns can see.
ADVERSE = {
    "in over a column that only the outer table has",
    "lateral alias of an alias that is a column of the same table",
    "same expression twice under two names, one of them a column",
}
CASES = [
    case
    for case in load()
    if case.theme != "broken"
    and case.title not in ADVERSE
    and len(case.schemas) == len(case.tables)
    and len({table.name for table in case.schemas}) == len(case.schemas)
]
BATCHES = 12


def less(case: Case) -> Iterator[Mapping[TableName, TableSchema]]:
    """Yield what an analysis may be told that is told less than all: nothing, some tables, some columns."""
    rng = random.Random(case.id)
    yield {}
    for _ in range(2):
        yield {table: schema for table, schema in case.schemas.items() if rng.random() < 0.5}
        yield {
            table: TableSchema(
                columns={name: kind for name, kind in schema.columns.items() if rng.random() < 0.6}, complete=False
            )
            for table, schema in case.schemas.items()
        }


def direct(lineage: StatementLineage) -> dict[str, frozenset[ColumnName]]:
    """Return direct sources by output column, of those whose name only one column has."""
    names = Counter(column.name.lower() for column in lineage.columns)
    return {column.name.lower(): column.direct for column in lineage.columns if names[column.name.lower()] == 1}


def unlike(case: Case, whole: StatementLineage, part: StatementLineage) -> Iterator[str]:
    all_edges = direct(whole)
    anything = frozenset[ColumnName]().union(*(column.direct for column in whole.columns))
    for name, sources in direct(part).items():
        # Of two columns of one name DuckDB calls the second x_1, which who knows one of them cannot tell.
        twin = all_edges.get(f"{name}_1", frozenset())
        for extra in sources - all_edges.get(name, anything) - twin - case.optional:
            yield f"false direct edge {extra.table}.{extra.name} -> {name}"
        for lost in all_edges.get(name, frozenset()) - sources:
            if part.warning is None:
                yield f"{lost.table}.{lost.name} -> {name} is lost without a warning"
    known = frozenset(column for column, _ in whole.rows) | case.optional | case.optional_rows
    for extra in frozenset(column for column, _ in part.rows) - known:
        yield f"false row edge {extra.table}.{extra.name}"
    if part.complete and len(part.columns) < len(whole.columns):
        yield "columns are lost, yet it says that it is complete"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_knowing_less_makes_no_edge(batch: int) -> None:
    """With fewer or partial schemas an edge may be lost, and is then warned of; none appears."""
    wrong = [
        f"{case.id}, told of {', '.join(map(str, schemas)) or 'nothing'}: {fault}\n{case.sql}"
        for case in CASES[batch::BATCHES]
        for whole in [statement_lineage(case.sql, dialect=case.dialect, schemas=case.schemas)]
        for schemas in less(case)
        for fault in unlike(case, whole, statement_lineage(case.sql, dialect=case.dialect, schemas=schemas))
    ]

    assert wrong == [], "\n\n".join(wrong)
