from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import psycopg
import pytest

from phlo_hooks.sql_lineage.api import ColumnName
from tests.postgres import PostgresServer
from tests.sql_lineage.cases import Case, ExpectedColumn, Sources, column_name, load
from tests.sql_lineage.perturbation import Column, Laboratory, Model, movements

CASES = load()
RUNNABLE = [
    case
    for case in CASES
    if case.dialect == "duckdb" and not (case.incomplete or case.may_warn) and (case.data or "wild").startswith("wild")
]
# Long models take seconds each: they are left to the long run.
QUICK = [case for case in RUNNABLE if len(case.sql) < 250]
SAMPLE = QUICK[:: len(QUICK) // 30]
PREPARED = [case for case in CASES if case.dialect == "postgres" and case.theme != "broken" and not case.unprepared]


def disagreements(case: Case, *, least: int, most: int) -> list[str]:
    """Return where the corpus and the data do not agree on a statement."""
    models = [Model(name="out", sql=case.sql)]
    with Laboratory(tables=case.tables, models=models) as laboratory:
        outputs = dict(zip(laboratory.outputs(), case.columns, strict=True))
    inputs = [(table, name) for table, names in case.tables.items() for name in names]
    direct = {
        (column, output)
        for column in inputs
        for output, expected in outputs.items()
        if named(column) in expected.direct and (".".join(column), output[1]) not in case.still
    }
    seeds = iter(range(most))

    def seen(wild: Mapping[Column, set[Column]]) -> bool:
        return next(seeds) + 1 >= least and all(output in wild[column] for column, output in direct)

    found = movements(case.tables, models, seeds=range(most), groups=groups(case, inputs), until=seen)
    return [
        *(f"{'.'.join(column)} never moves {out[1]}" for column, out in direct if out not in found.wild[column]),
        *(
            f"{'.'.join(column)} moves {output[1]}"
            for column, moved in found.wild.items()
            for output in moved
            if named(column) not in edges(case, outputs[output]) | case.rows | case.optional_rows
        ),
        *(
            f"the value of {sorted('.'.join(column) for column in group)} flows into {output[1]}"
            for group, moved in found.gentle.items()
            for output in moved
            if outputs[output].certain and not {named(column) for column in group} & edges(case, outputs[output])
        ),
    ]


def groups(case: Case, inputs: list[Column]) -> list[frozenset[Column]]:
    """Change at once what the corpus says decides about rows, as it may be compared with each other."""
    if case.data:
        return []
    kinds: dict[str, set[Column]] = {}
    for table, name in inputs:
        if named((table, name)) in case.rows:
            kinds.setdefault(case.tables[table][name].split("(")[0], set()).add((table, name))
    return [frozenset(group) for group in kinds.values()]


def edges(case: Case, expected: ExpectedColumn) -> Sources:
    """Return what may move a column on its own; anything may where a person who knows no schema says `?`."""
    everything = {named((table, name)) for table, names in case.tables.items() for name in names}
    return (
        expected.direct
        | expected.indirect
        | case.optional
        | (everything if not (expected.certain and case.rows_certain) else set())
    )


def named(column: Column) -> ColumnName:
    return column_name(".".join(column), "duckdb")


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.id)
def test_corpus_agrees_with_data(case: Case) -> None:
    """What moves has an edge in the corpus, and what has a direct edge moves."""
    assert disagreements(case, least=1, most=40) == []


@pytest.mark.long
@pytest.mark.parametrize("case", RUNNABLE, ids=lambda case: case.id)
def test_all_of_the_corpus_agrees_with_data(case: Case) -> None:
    """The same holds for every statement that DuckDB runs, with more data."""
    assert disagreements(case, least=3, most=80) == []


def test_postgres_reads_the_statements(postgres: PostgresServer) -> None:
    """Each statement of the PostgreSQL dialect can be prepared over its tables."""
    refused = {}
    with psycopg.connect(postgres.new_database(), autocommit=True, prepare_threshold=None) as connection:
        for case in PREPARED:
            connection.execute("begin")
            try:
                for statement in chain(postgres_tables(case), [prepare(case.sql)]):
                    connection.execute(statement)
            except psycopg.Error as exc:
                refused[case.id] = str(exc)
            connection.execute("rollback")
            connection.execute("deallocate all")

    assert refused == {}


def postgres_tables(case: Case) -> list[bytes]:
    statements = []
    for table, columns in case.tables.items():
        *schema, _ = table.split(".")
        if len(schema) > 1:
            continue
        listed = ", ".join(
            f"{name} {case.postgres_types.get(name, 'text' if kind.startswith('struct') else kind)}"
            for name, kind in columns.items()
        )
        statements += [f"create schema if not exists {schema[0]}"] if schema else []
        statements.append(f"create table {table} ({listed})")
    return [statement.encode() for statement in statements]


def prepare(sql: str) -> bytes:
    """Return the statement as one to prepare; what makes a table is only explained, and nothing is inserted."""
    text = sql.rstrip().rstrip(";")
    if text.lower().startswith("create"):
        text = text[text.lower().index(" as ") + 4 :]
    if text.lower().startswith("insert"):
        return b"select 1"
    return f"prepare p as {text}".encode()
