from __future__ import annotations

import pytest

from phlo_hooks.sql_lineage import TableSchema, statement_lineage
from tests.sql_lineage.reading import direct, read, table, words


@pytest.mark.parametrize(
    ("sql", "expected", "because"),
    [
        ("select x from t, u", {"x": ""}, "may be a column of t or u"),
        ("select a + x as v from t join u using (k)", {"v": ""}, "may be a column of"),
        ("select t.a + x as v from t join u using (k)", {"v": "t.a"}, "may be a column of t or u"),
        ("select a + 1 as b, b * 2 as c from t", {"b": "t.a", "c": "t.a"}, None),
        ("select a as b, b as a from t", {"b": "t.a", "a": ""}, "may be a column or the alias before it"),
        ("select a + 1 as c from t where c > 1", {"c": "t.a"}, "may be a column or the alias before it"),
        ("select concat(a, b) as a, a as c from t", {"a": "t.a t.b", "c": "t.a"}, None),
        ("select (select max(x) from u where on_sale) as m from t", {"m": "u.x"}, None),
        ("select (select max(x) from u where a = b) as m from t", {"m": "u.x"}, "or of the query around it"),
        ("select t from t", {"t": ""}, "whole row"),
        ("select z.a from t", {"a": "t.z"}, None),
        ("select count(distinct a) as n from t", {"n": "t.a"}, None),
        ("select * from t", {}, "not all columns of t"),
        ("with c as (select * from t) select a, b as x from c", {"a": "t.a", "x": "t.b"}, None),
        ("with c as (select * from t), d as (select *, 1 as n from c) select a, n from d", {"a": "t.a", "n": ""}, None),
        ("with c as (select t.*, u.x from t join u using (k)) select x, y from c", {"x": "u.x", "y": "t.y"}, None),
        ("select k from t join u using (k)", {"k": "t.k"}, None),
        ("select a from t group by a order by a", {"a": "t.a"}, None),
        ("select a from (select * exclude (a) from t) x", {"a": ""}, "no table has a column a"),
    ],
)
def test_what_cannot_be_known_without_schemas_is_left_out(
    sql: str, expected: dict[str, str], because: str | None
) -> None:
    """Certain edges stay, the others are left out, and the warning names the column."""
    lineage = read(sql)

    assert direct(lineage) == expected
    assert (because is None) == (lineage.warning is None)
    assert because is None or because in (lineage.warning or "")


def test_the_warning_names_the_column_and_counts_the_rest() -> None:
    """One line, whatever is wrong: the first reasons and how many more."""
    lineage = read("select a, b, c, d, e from t, u")

    assert (lineage.warning or "").startswith("column a: a may be a column of t or u; column b:")
    assert (lineage.warning or "").endswith("; and 2 more")


def test_a_gap_that_does_not_reach_the_output_is_no_warning() -> None:
    """What nobody selects needs no explanation."""
    lineage = read("with c as (select t.a, x from t, u) select a from c")

    assert direct(lineage) == {"a": "t.a"}
    assert lineage.warning is None


def test_a_schema_of_some_columns_leaves_the_others_possible() -> None:
    """Documentation that names a few columns neither hides the others nor makes the star complete."""
    known = {table("t"): TableSchema(columns={"a": ""}, complete=False), table("u"): TableSchema(columns={"x": ""})}

    lineage = statement_lineage("select a, b, x from t cross join u", dialect="duckdb", schemas=known)

    assert direct(lineage) == {"a": "t.a", "b": "t.b", "x": "u.x"}
    assert not statement_lineage("select * from t", dialect="duckdb", schemas=known).complete


def test_a_correlated_name_that_both_may_have_is_left_out() -> None:
    """The subquery's table is unknown, the outer one is known to have the column: nobody can say."""
    lineage = read("select (select max(x) from u where key = a) as m from t", t="a key")

    assert direct(lineage) == {"m": "u.x"}
    assert words(lineage.columns[0].sources, direct=False) == ""
    assert "of the subquery or of the query around it" in (lineage.warning or "")


def test_right_side_of_a_union_of_unknown_stars_is_not_guessed() -> None:
    """Positions of unknown columns cannot meet; the names of the left side are the union's."""
    lineage = read("select a from (select * from t union all select * from u) x")

    assert direct(lineage) == {"a": "t.a"}
    assert lineage.warning is not None


def test_two_branches_over_one_unknown_table_do_meet() -> None:
    """The same star twice has the same columns at the same places."""
    sql = "select a, kind from (select *, 'x' as kind from t union all select *, 'y' from t where b) s"

    lineage = read(sql)

    assert direct(lineage) == {"a": "t.a", "kind": ""}
    assert lineage.warning is None


def test_a_pivot_over_any_values_leaves_names_open() -> None:
    """Columns that the data names are not invented; asked for by name, they come from the aggregate."""
    lineage = read("with p as (pivot t on k using sum(a) group by b) select b, jan from p", t="a b k")
    whole = read("pivot t on k using sum(a) group by b", t="a b k")

    assert direct(lineage) == {"b": "t.b", "jan": "t.a"}
    assert (direct(whole), whole.complete) == ({"b": "t.b"}, False)
