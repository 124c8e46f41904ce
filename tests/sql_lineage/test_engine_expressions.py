# ruff: noqa: S608  SQL is what is tested, and no database gets it
from __future__ import annotations

import pytest

from phlo_hooks.sql_lineage import TableSchema, Transformation, statement_lineage
from tests.sql_lineage.reading import direct, read, table, words

COLUMNS = "a b c d k ts arr s j"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", {"a": "identity"}),
        ("(a)", {"a": "identity"}),
        ("a + b", {"a": "transformation", "b": "transformation"}),
        ("case a when 1 then b else c end", {"a": "conditional", "b": "transformation", "c": "transformation"}),
        ("if(a > 1, b, c)", {"a": "conditional", "b": "transformation", "c": "transformation"}),
        ("coalesce(a, b)", {"a": "conditional", "b": "conditional"}),
        ("sum(a)", {"a": "aggregation"}),
        ("round(avg(a + b), 2)", {"a": "aggregation", "b": "aggregation"}),
        ("sum(case when a then b end)", {"a": "aggregation", "b": "aggregation"}),
        ("count(*)", {}),
        ("count(a)", {"a": "aggregation"}),
        ("sum(a) filter (where b > 1)", {"a": "aggregation", "b": "conditional"}),
        ("sum(a) over (partition by b order by c)", {"a": "aggregation", "b": "window", "c": "window"}),
        ("lag(a) over (order by b)", {"a": "transformation", "b": "window"}),
        ("row_number() over (partition by a order by b)", {"a": "window", "b": "window"}),
        ("string_agg(a, ',' order by b)", {"a": "aggregation", "b": "sort"}),
        ("list_transform(arr, x -> x + a)", {"arr": "transformation", "a": "transformation"}),
        ("[x + a for x in arr if x > b]", {"arr": "transformation", "a": "transformation", "b": "conditional"}),
        ("s.f.g", {"s": "transformation"}),
        ("s['f']", {"s": "transformation"}),
        ("{'x': a, 'y': b}", {"a": "transformation", "b": "transformation"}),
        ("{'x': a, 'y': b}.x", {"a": "identity"}),
        ("j -> 'x' ->> 'y'", {"j": "transformation"}),
        ("a::int", {"a": "transformation"}),
        ("k.upper().substring(1, 2)", {"k": "transformation"}),
        ("current_date", {}),
        ("interval 1 day + ts", {"ts": "transformation"}),
        ("a in (1, b)", {"a": "transformation", "b": "transformation"}),
        ("grouping(a)", {}),
    ],
)
def test_an_expression_says_how_each_column_takes_part(expression: str, expected: dict[str, str]) -> None:
    """Each column of an expression reaches the output in one way, in OpenLineage's words."""
    lineage = read(f"select {expression} as v from t", t=COLUMNS)

    assert {column.name: how.value for column, how in lineage.columns[0].sources} == expected
    assert lineage.warning is None


def test_fields_of_structs_are_told_apart_through_queries() -> None:
    """A struct that a CTE makes has fields with sources of their own, arrays of structs too."""
    sql = """
        with made as (select k, array_agg({'x': a, 'y': {'z': b}} order by c) as parts from t group by k),
        parts as (select k, part from made, unnest(parts) as u(part))
        select part.x as x, part.y.z as z, part as whole from parts
    """

    lineage = read(sql, t=COLUMNS)

    assert direct(lineage) == {"x": "t.a", "z": "t.b", "whole": "t.a t.b"}


def test_types_of_schemas_tell_the_fields_of_structs() -> None:
    """``s.*`` is expanded when the schema says of which fields the struct is."""
    known = {table("t"): TableSchema(columns={"id": "INT64", "s": "STRUCT<x INT64, y STRUCT<z STRING>>"})}

    lineage = statement_lineage("select id, s.*, s.y.* from t", dialect="bigquery", schemas=known)

    assert direct(lineage) == {"id": "t.id", "x": "t.s", "y": "t.s", "z": "t.s"}
    assert lineage.complete


def test_json_that_the_statement_makes_keeps_its_values_apart() -> None:
    """What is taken out of an object is only what was put in under that name."""
    sql = "with o as (select object_construct('x', a, 'y', b) as o from t) select o:x::int as x from o"

    lineage = read(sql, dialect="snowflake", t=COLUMNS)

    assert direct(lineage) == {"X": "t.a"}


def test_lambda_parameters_are_no_columns() -> None:
    """A parameter hides a column of its name, within the lambda only."""
    lineage = read("select list_filter(arr, a -> a > b) as v, a from t", t=COLUMNS)

    assert direct(lineage) == {"v": "t.arr t.b", "a": "t.a"}


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("snowflake", "select dateadd(day, 1, ts) as v, day from t", {"V": "t.ts", "DAY": "t.day"}),
        ("bigquery", "select date_trunc(ts, month) as v, month from t", {"v": "t.ts", "month": "t.month"}),
        ("redshift", "select datediff(month, ts, day) as v from t", {"v": "t.day t.ts"}),
        ("databricks", "select timestampdiff(hour, ts, day) as v from t", {"v": "t.day t.ts"}),
        (
            "duckdb",
            "select date_part('year', day) as v, extract(month from ts) as w from t",
            {"v": "t.day", "w": "t.ts"},
        ),
    ],
)
def test_parts_of_dates_are_no_columns(dialect: str, sql: str, expected: dict[str, str]) -> None:
    """``day`` where a function wants a unit is a word, even beside a column of that name."""
    assert direct(read(sql, dialect=dialect, t="ts day month")) == expected


def test_a_scalar_subquery_brings_its_conditions_to_its_column_only() -> None:
    """What filters inside a subquery touches the column that uses it, not the others."""
    sql = "select t.a, (select max(u.x) from u where u.id = t.k) as m from t"

    lineage = read(sql, t=COLUMNS, u="id x")

    assert direct(lineage) == {"a": "t.a", "m": "u.x"}
    assert words(lineage.columns[1].sources, direct=False) == "t.k u.id"
    assert lineage.rows == frozenset()


def test_rows_say_how() -> None:
    """Filters, joins, groups and the order of the statement decide about all columns, each by its name."""
    sql = """
        select t.a, count(*) as n from t join u on t.k = u.id where t.b > 1
        group by t.a having max(t.c) > 1 order by t.a
    """

    lineage = read(sql, t=COLUMNS, u="id")

    found = {(str(column.table), column.name, how) for column, how in lineage.rows}
    assert found == {
        ("t", "k", Transformation.JOIN),
        ("u", "id", Transformation.JOIN),
        ("t", "b", Transformation.FILTER),
        ("t", "a", Transformation.GROUP_BY),
        ("t", "c", Transformation.FILTER),
        ("t", "a", Transformation.SORT),
    }


def test_limits_inside_make_their_order_count() -> None:
    """The order of a subquery decides about rows only where a limit cuts them."""
    cut = read("select a from (select a from t order by b limit 1) x", t=COLUMNS)
    whole = read("select a from (select a from t order by b) x", t=COLUMNS)

    assert words(cut.rows) == "t.b"
    assert words(whole.rows) == ""
