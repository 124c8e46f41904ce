# ruff: noqa: S608  SQL is what is tested, and no database gets it
from __future__ import annotations

import re

import hypothesis.strategies as st
from hypothesis import given, settings

from phlo_hooks.sql_lineage import StatementLineage, TableSchema, statement_lineage
from tests.sql_lineage.cases import Case, load
from tests.sql_lineage.reading import schemas

CASES = [case for case in load() if case.dialect in ("duckdb", "postgres", "snowflake") and not case.incomplete]
QUERIES = [
    case
    for case in CASES
    if case.sql.lstrip().lower().startswith(("select", "with")) and not case.sql.rstrip().endswith(";")
]
TABLES = {"t": "a b c k", "u": "k d e", "v": "a d"}
EXAMPLES = 60

columns = st.sampled_from(["a", "b", "c", "d", "e", "k", "t.a", "u.d", "u.k", "v.a"])


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Return an expression over the columns of the tables, some of them ambiguous or missing."""
    first, second = draw(columns), draw(columns)
    shape = draw(
        st.sampled_from(
            ["{0}", "{0} + {1}", "coalesce({0}, {1})", "case when {0} > 1 then {1} end", "lower({0})", "({0})"]
        )
    )
    return shape.format(first, second)


@st.composite
def statements(draw: st.DrawFn) -> str:
    """Return a query, with or without a CTE around its tables."""
    items = draw(st.lists(expressions(), min_size=1, max_size=4))
    select = ", ".join(f"{item} as c{place}" for place, item in enumerate(items))
    source = draw(st.sampled_from(["t", "t join u using (k)", "t join u on t.k = u.k", "t, v", "t cross join u, v"]))
    where = draw(st.sampled_from(["", " where a > 1", " where exists (select 1 from v where v.d = b)"]))
    body = f"select {select} from {source}{where}"
    return draw(st.sampled_from([body, f"with x as ({body}) select * from x", f"select * from ({body}) as x"]))


def edges(lineage: StatementLineage) -> set[tuple[object, ...]]:
    """Return every edge that is said, direct or not."""
    own = {(column.name, *source) for column in lineage.columns for source in column.sources}
    return own | {(None, *source) for source in lineage.rows}


def analyse(case: Case, sql: str) -> StatementLineage:
    return statement_lineage(sql, dialect=case.dialect, schemas=case.schemas)


@settings(max_examples=EXAMPLES, deadline=None)
@given(statements(), st.sets(st.sampled_from(sorted(TABLES))))
def test_knowing_less_never_says_more(sql: str, hidden: set[str]) -> None:
    """Whatever tables are unknown, what is said then is said with all schemas too."""
    known = schemas(TABLES)
    fewer = {name: schema for name, schema in known.items() if name.name not in hidden}

    with_all = statement_lineage(sql, dialect="duckdb", schemas=known)
    with_fewer = statement_lineage(sql, dialect="duckdb", schemas=fewer)

    assert edges(with_fewer) <= edges(with_all) or with_all.warning is not None


@settings(max_examples=EXAMPLES, deadline=None)
@given(statements(), st.data())
def test_incomplete_schemas_never_say_more(sql: str, data: st.DataObject) -> None:
    """A schema that names a few columns leads to no edge that the whole one would not."""
    known = schemas(TABLES)
    partly = {
        name: TableSchema(
            columns={c: "" for c in schema.columns if data.draw(st.booleans(), label=f"{name}.{c}")}, complete=False
        )
        for name, schema in known.items()
    }

    with_all = statement_lineage(sql, dialect="duckdb", schemas=known)
    with_part = statement_lineage(sql, dialect="duckdb", schemas=partly)

    assert edges(with_part) <= edges(with_all) or with_all.warning is not None


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(QUERIES))
def test_wrapping_a_query_changes_nothing(case: Case) -> None:
    """``select * from (…)`` has the columns of what it wraps, from the same sources."""
    plain, wrapped = analyse(case, case.sql), analyse(case, f"select * from (\n{case.sql}\n) as wrapping")

    assert [(c.name.lower(), c.sources) for c in wrapped.columns] == [
        (c.name.lower(), c.sources) for c in plain.columns
    ]
    assert wrapped.rows <= plain.rows
    assert wrapped.tables == plain.tables


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(QUERIES))
def test_names_of_ctes_do_not_matter(case: Case) -> None:
    """A statement that is put into a CTE of any name has the same lineage."""
    if "with" in re.findall(r"\w+", case.sql.lower()):
        return

    plain = analyse(case, case.sql)
    named = analyse(case, f"with some_other_name as (\n{case.sql}\n) select * from some_other_name")

    assert [column.sources for column in named.columns] == [column.sources for column in plain.columns]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(QUERIES))
def test_a_union_with_itself_changes_nothing(case: Case) -> None:
    """Both sides say the same of each column."""
    if case.sql.rstrip().endswith(","):
        # sqlglot reads a trailing comma at the end of a statement only, and the engine then warns.
        assert analyse(case, f"({case.sql}\n) union all ({case.sql}\n)").warning is not None
        return
    if not case.sql.lstrip().lower().startswith("select") or "order by" in case.sql.lower():
        return

    plain = analyse(case, case.sql)
    twice = analyse(case, f"({case.sql}\n) union all ({case.sql}\n)")

    assert [column.sources for column in twice.columns] == [column.sources for column in plain.columns]
    assert twice.rows == plain.rows
