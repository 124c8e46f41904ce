# ruff: noqa: S608  SQL is what is tested, and no database gets it
from __future__ import annotations

import subprocess
import sys
import time

import pytest

from phlo_hooks.exceptions import HooksError, UnknownDialectError
from phlo_hooks.sql_lineage import statement_lineage
from tests.sql_lineage.reading import direct, read, table

DEEP = {
    "brackets": "select " + "(" * 5000 + "a" + ")" * 5000 + " from t",
    "subqueries": "select * from " + "(select * from " * 30_000 + "t" + ")" * 30_000,
    "case": "select " + "case when a then 1 else " * 3000 + "1" + " end" * 3000 + " from t",
    "not": "select " + "not " * 5000 + "a from t",
    "subscripts": "select a" + "[1]" * 5000 + " from t",
    "casts": "select a" + "::int" * 5000 + " from t",
}
LONG = {
    "sum": ("select " + "+".join(["a"] * 5000) + " as s from t", {"s": "t.a"}),
    "unions": (" union all ".join(["select a from t"] * 1000), {"a": "t.a"}),
    "ctes": (
        "with c0 as (select a from t), "
        + ", ".join(f"c{n} as (select a from c{n - 1})" for n in range(1, 1000))
        + " select * from c999",
        {"a": "t.a"},
    ),
    "list": ("select a from t where a in (" + ",".join(["1"] * 20_000) + ")", {"a": "t.a"}),
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_a_warning(name: str) -> None:
    """Nesting past what can be read ends in a warning, quickly, and never in a dead process."""
    lineage = statement_lineage(DEEP[name], dialect="duckdb")

    assert "nested" in (lineage.warning or "")
    assert lineage.tables == {table("t")}


@pytest.mark.parametrize("name", LONG)
def test_long_statements_are_read(name: str) -> None:
    """Length is no depth: thousands of operands, unions, CTEs are read."""
    sql, expected = LONG[name]
    started = time.process_time()

    lineage = statement_lineage(sql, dialect="duckdb")

    assert direct(lineage) == expected
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("selec a from raw.t join u on x", "cannot be parsed"),
        ("select a from raw.t where", "cut off"),
        ("select a from raw.t join u on", "cut off"),
        ("select {{ x }} from raw.t", "Jinja"),
        ("{% if x %} select a from raw.t {% endif %}", "Jinja"),
        ("", "no query"),
        ("-- nothing", "no query"),
        ("select 'open", "cannot be"),
        ("grant select on t to you", "not read"),
    ],
)
def test_what_cannot_be_read_is_said(sql: str, reason: str) -> None:
    """Nothing is raised; the warning is one line."""
    lineage = statement_lineage(sql, dialect="postgres")

    assert lineage.warning is not None
    assert reason in lineage.warning
    assert "\n" not in lineage.warning
    assert lineage.columns == ()
    assert not lineage.complete


def test_tables_of_a_statement_that_cannot_be_parsed_are_found() -> None:
    """Table lineage is left: what FROM and JOIN name, CTEs and functions aside."""
    sql = """
        with c as (select * from raw.a)
        selec extract(day from d) from c join "raw"."B" on true, unnest(x) left join other.t using (k) ???
    """

    lineage = statement_lineage(sql, dialect="postgres")

    assert {str(name) for name in lineage.tables} == {"raw.a", "raw.B", "other.t"}


def test_jinja_in_a_comment_or_string_is_text() -> None:
    """Only what would be run counts."""
    lineage = read("select a, '{{ x }}' as b -- {{ ref('t') }}\nfrom t", t="a")

    assert direct(lineage) == {"a": "t.a", "b": ""}
    assert lineage.warning is None


def test_several_statements_are_counted() -> None:
    """The last one that makes columns is the model; tables are those of all."""
    lineage = read("set x = 1; create temp table q as select a from t; select b from u", t="a", u="b")

    assert direct(lineage) == {"b": "u.b"}
    assert lineage.tables == {table("t"), table("u")}
    assert "2 statements" in (lineage.warning or "")


def test_an_unknown_dialect_is_refused() -> None:
    """The error names the dialect and those that are known."""
    with pytest.raises(UnknownDialectError, match=r"'nosuch'.*duckdb.*snowflake") as caught:
        statement_lineage("select 1", dialect="nosuch")

    assert isinstance(caught.value, HooksError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("alias", ["postgresql", "motherduck", "Spark", "athena", "MySQL", " duckdb "])
def test_other_names_of_dialects_are_known(alias: str) -> None:
    """Adapters of dbt and dialects of sqlglot go by their own names."""
    assert direct(statement_lineage("select a from t", dialect=alias)) == {"a": "t.a"}


def test_importing_the_package_does_not_import_sqlglot() -> None:
    """Who sees no SQL does not pay for its parser."""
    code = "import sys, phlo_hooks.sql_lineage; sys.exit('sqlglot' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_answer_is_the_same_each_time() -> None:
    """Nothing of one call is left for the next."""
    sql = "select *, x, a.q from (select * from t join u using (k)) a, v"

    assert len({str(sorted(map(str, read(sql).columns))) + str(read(sql).warning) for _ in range(5)}) == 1


@pytest.mark.parametrize(
    "address",
    ["s3://key:hunter2@bucket/x.parquet", "https://host/x.csv?signature=hunter2"],
)
def test_a_file_is_named_without_what_is_secret_in_its_address(address: str) -> None:
    """User, password and signed parameters are in no name and no warning."""
    lineage = statement_lineage(f"select *, a from '{address}'", dialect="duckdb")

    assert len(lineage.tables) == 1
    assert "hunter2" not in repr(lineage)


def test_a_literal_is_in_no_warning() -> None:
    """What is said of a statement that cannot be read names a place, not its text."""
    lineage = statement_lineage("select a from t where token = 'hunter2' and (((", dialect="duckdb")

    assert lineage.warning is not None
    assert "hunter2" not in lineage.warning
