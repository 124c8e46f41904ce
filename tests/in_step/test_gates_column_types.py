"""Which column types may become which without breaking who reads the table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks_dagster.gates.column_types import fits

WIDENING = [
    ("int", "bigint"),
    ("INTEGER", "int"),
    ("int2", "int4"),
    ("int64", "bigint"),
    ("int8", "int16"),
    ("uint8", "uint32"),
    ("float", "double precision"),
    ("real", "float8"),
    ("varchar(10)", "varchar(20)"),
    ("varchar(10)", "VARCHAR"),
    ("char(3)", "varchar(3)"),
    ("varchar(10)", "text"),
    ("character varying(10)", "varchar(10)"),
    ("decimal(10,2)", "decimal(12,2)"),
    ("numeric(10, 2)", "DECIMAL(12,4)"),
    ("int", "decimal(10,0)"),
    ("timestamp", "timestamp without time zone"),
    ("timestamp(3)", "timestamp(6)"),
    ("list<int>", "array<bigint>"),
    ("int[]", "bigint[]"),
    ("struct<a int, b varchar(5)>", "struct<a: bigint, b: varchar(9), c: date>"),
    ("map(varchar, int)", "map(varchar, bigint)"),
    ("Nullable(Int32)", "Int64"),
    ("enum('a', 'b')", "enum('a', 'b', 'c')"),
]
BREAKING = [
    ("bigint", "int"),
    ("int", "varchar"),
    ("int", "double"),
    ("int16", "int8"),
    ("double", "float"),
    ("varchar(20)", "varchar(10)"),
    ("text", "varchar(10)"),
    ("varchar(3)", "char(3)"),
    ("decimal(12,2)", "decimal(12,4)"),
    ("decimal(10,2)", "decimal(10,1)"),
    ("bigint", "decimal(10,0)"),
    ("decimal", "decimal(10,2)"),
    ("date", "timestamp"),
    ("timestamp", "timestamp with time zone"),
    ("struct<a int, b int>", "struct<a int>"),
    ("array<bigint>", "array<int>"),
    ("enum('a', 'b')", "enum('a')"),
    ("varchar", "json"),
]


@pytest.mark.parametrize(("old", "new"), WIDENING)
def test_a_wider_type_breaks_nobody(old: str, new: str) -> None:
    """Every value of the old type is one of the new."""
    assert fits(old, new)


@pytest.mark.parametrize(("old", "new"), BREAKING)
def test_another_type_breaks_readers(old: str, new: str) -> None:
    """Some value of the old type is none of the new, or reads as something else."""
    assert not fits(old, new)


@pytest.mark.parametrize(("old", "new"), [pair for pair in WIDENING if pair[0].lower() != pair[1].lower()])
def test_two_types_that_fit_both_ways_are_one(old: str, new: str) -> None:
    """Widening is no circle: who goes back has narrowed, unless both are names of one type."""
    same = {
        ("INTEGER", "int"),
        ("int64", "bigint"),
        ("timestamp", "timestamp without time zone"),
        ("character varying(10)", "varchar(10)"),
    }

    assert fits(new, old) is ((old, new) in same)


@given(st.text(max_size=40))
def test_a_type_fits_itself_whatever_it_is_called(kind: str) -> None:
    """A type that is not known is compared by its name, and nothing that a database says raises."""
    assert fits(kind, kind)


@given(st.text(alphabet="int8varchar(),<>[] 10", max_size=30), st.text(alphabet="decimal(),<>[] 38", max_size=30))
def test_any_two_types_can_be_compared(old: str, new: str) -> None:
    """Nothing that looks like a type raises."""
    assert fits(old, new) in {True, False}
