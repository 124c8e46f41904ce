# ruff: noqa: S608  SQL is what is tested, and no database gets it
from __future__ import annotations

import pytest

from phlo_hooks.sql_lineage import TableName, TableSchema, column_name, statement_lineage, table_name
from tests.sql_lineage.reading import direct, read, schemas, table


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("snowflake", 'select id, "id" as q, Id as "Mixed" from t', {"ID": "T.ID", "Q": "T.id", "Mixed": "T.ID"}),
        ("postgres", 'select ID, "Id" from T', {"id": "t.id", "Id": "t.Id"}),
        ("redshift", 'select "ID" from T', {"id": "t.id"}),
        ("trino", 'select "ID" from T', {"id": "t.id"}),
        ("duckdb", 'select ID, "Id" as Other from T', {"ID": "t.id", "Other": "t.id"}),
        ("databricks", "select `ID` as `A b` from T", {"A b": "t.id"}),
        ("bigquery", "select ID from `P.d.T`", {"ID": "P.d.T.id"}),
    ],
)
def test_names_are_folded_as_the_platform_folds(dialect: str, sql: str, expected: dict[str, str]) -> None:
    """Outputs are called as the platform would call them; a table that nobody knows has one spelling."""
    lineage = read(sql, dialect=dialect)

    assert direct(lineage) == expected


@pytest.mark.parametrize(
    ("spelled", "known", "found"),
    [
        ("orders", "wh.raw.orders", "wh.raw.orders"),
        ("RAW.Orders", "wh.raw.orders", "wh.raw.orders"),
        ("wh.raw.orders", "raw.orders", "raw.orders"),
        ("wh.raw.orders", "orders", "orders"),
        ("other.orders", "raw.orders", "other.orders"),
    ],
)
def test_a_table_is_found_by_what_its_name_ends_with(spelled: str, known: str, found: str) -> None:
    """Parts that only one side names are no difference; parts that differ are."""
    lineage = statement_lineage(f"select id from {spelled}", dialect="duckdb", schemas=schemas({known: "id"}))

    assert lineage.tables == {table(found)}


def test_a_name_that_fits_two_tables_means_neither() -> None:
    """Without a default schema, two tables of a name leave its columns unknown."""
    lineage = read("select * from orders", raw__orders="id", stg__orders="id")

    assert lineage.tables == {table("orders")}
    assert not lineage.complete


def test_the_default_schema_decides_between_two_tables() -> None:
    """The table of the session's schema is meant."""
    known = schemas({"wh.raw.orders": "id", "wh.stg.orders": "key"})

    lineage = statement_lineage(
        "select * from orders", dialect="duckdb", schemas=known, default_catalog="wh", default_schema="stg"
    )

    assert direct(lineage) == {"key": "wh.stg.orders.key"}


def test_a_table_of_another_schema_is_not_taken_for_the_default_one() -> None:
    """``orders`` in schema ``stg`` is not ``raw.orders``, even if that is the only one known."""
    lineage = statement_lineage(
        "select * from orders", dialect="duckdb", schemas=schemas({"raw.orders": "id"}), default_schema="stg"
    )

    assert lineage.columns == ()


def test_a_bare_name_that_is_known_is_of_the_default_schema() -> None:
    """With a default schema ``stg``, what is known of ``orders`` says nothing about ``raw.orders``."""
    known = schemas({"orders": "id"})

    other = statement_lineage("select * from raw.orders", dialect="duckdb", schemas=known, default_schema="stg")
    same = statement_lineage("select * from stg.orders", dialect="duckdb", schemas=known, default_schema="stg")

    assert (set(other.tables), other.complete) == ({table("raw.orders")}, False)
    assert direct(same) == {"id": "orders.id"}


def test_schemas_may_be_a_function() -> None:
    """It is asked with the name as spelled, then with the defaults."""
    asked: list[TableName] = []

    def look_up(name: TableName) -> TableSchema | None:
        asked.append(name)
        return TableSchema(columns={"id": ""}) if name.schema == "stg" else None

    lineage = statement_lineage("select * from t", dialect="duckdb", schemas=look_up, default_schema="stg")

    assert [str(name) for name in asked] == ["t", "stg.t"]
    assert direct(lineage) == {"id": "t.id"}


def test_documentation_may_spell_columns_as_people_type_them() -> None:
    """A schema's ``order_id`` is Snowflake's ORDER_ID, but not its quoted "Order_Id"."""
    lineage = read('select order_id, o."ORDER_ID" as b, o."Order_Id" as c from o', dialect="snowflake", o="order_id")

    assert direct(lineage) == {"ORDER_ID": "o.order_id", "B": "o.order_id", "C": ""}


@pytest.mark.parametrize(
    ("rendered", "dialect", "expected"),
    [
        ('"wh"."main"."Orders"', "duckdb", "wh.main.orders"),
        ('"wh"."main"."Orders"', "postgres", "wh.main.Orders"),
        ("wh.main.orders", "snowflake", "WH.MAIN.ORDERS"),
        ("`p`.`d`.`T`", "bigquery", "p.d.T"),
    ],
)
def test_rendered_names_have_the_form_of_lineage(rendered: str, dialect: str, expected: str) -> None:
    """What dbt renders is read into the name that a statement's lineage has."""
    assert str(table_name(rendered, dialect=dialect)) == expected


def test_a_column_is_called_as_the_platform_shows_it() -> None:
    """Unquoted names are folded, quoted ones where the platform folds them."""
    assert column_name("Id", dialect="snowflake") == "ID"
    assert column_name("Id", dialect="snowflake", quoted=True) == "Id"
    assert column_name("Id", dialect="duckdb") == "Id"
