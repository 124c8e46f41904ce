from __future__ import annotations

from typing import Any

import pytest

from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.native import parse
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.types import api_field, column_bodies, column_body

DISPLAYS = frozenset(["dataTypeDisplay", "name", "ordinalPosition"])


def body(platform: str, text: str | None) -> dict[str, Any]:
    """Return a column's body without what every column has."""
    full = column_body(Column(name="c", type=text), platform, ordinal=1)
    return {key: value for key, value in full.items() if key not in DISPLAYS}


def word(platform: str, text: str) -> str:
    return str(body(platform, text)["dataType"])


@pytest.mark.parametrize(
    ("platform", "text", "expected"),
    [
        ("duckdb", "BIGINT", {"dataType": "BIGINT"}),
        ("duckdb", "HUGEINT", {"dataType": "LARGEINT"}),
        ("duckdb", "DECIMAL(18,3)", {"dataType": "DECIMAL", "precision": 18, "scale": 3}),
        ("duckdb", "TIMESTAMP WITH TIME ZONE", {"dataType": "TIMESTAMP"}),
        ("duckdb", "TIMESTAMP_NS", {"dataType": "TIMESTAMP"}),
        ("duckdb", "ENUM('a)', 'b')", {"dataType": "ENUM"}),
        ("duckdb", "INTEGER[3]", {"dataType": "ARRAY", "arrayDataType": "INT"}),
        ("duckdb", "datetime64[ns, UTC]", {"dataType": "DATETIME"}),
        ("duckdb", "timestamp[us]", {"dataType": "TIMESTAMP"}),
        ("duckdb", "MAP(VARCHAR, INTEGER)", {"dataType": "MAP"}),
        ("postgres", "character varying(255)", {"dataType": "VARCHAR", "dataLength": 255}),
        ("postgres", "character varying", {"dataType": "STRING"}),
        ("postgres", "numeric(10,2)", {"dataType": "DECIMAL", "precision": 10, "scale": 2}),
        ("postgres", "numeric", {"dataType": "DECIMAL"}),
        ("postgres", "double precision", {"dataType": "DOUBLE"}),
        ("postgres", "timestamp(6) without time zone", {"dataType": "TIMESTAMP"}),
        ("postgres", "int4[]", {"dataType": "ARRAY", "arrayDataType": "INT"}),
        ("postgres", "_text", {"dataType": "ARRAY", "arrayDataType": "STRING"}),
        ("postgres", "ARRAY", {"dataType": "ARRAY", "arrayDataType": "UNKNOWN"}),
        ("postgres", "bytea", {"dataType": "BYTEA"}),
        ("postgres", "jsonb", {"dataType": "JSON"}),
        ("postgres", "interval day to second", {"dataType": "INTERVAL"}),
        ("postgres", "char", {"dataType": "CHAR", "dataLength": 1}),
        ("snowflake", "NUMBER(38,0)", {"dataType": "NUMBER", "precision": 38, "scale": 0}),
        ("snowflake", "TIMESTAMP_NTZ(9)", {"dataType": "TIMESTAMP"}),
        ("snowflake", "VARIANT", {"dataType": "VARIANT"}),
        ("snowflake", "OBJECT", {"dataType": "JSON"}),
        ("snowflake", "FLOAT", {"dataType": "DOUBLE"}),
        ("snowflake", "BINARY(16)", {"dataType": "BINARY", "dataLength": 16}),
        ("bigquery", "INT64", {"dataType": "BIGINT"}),
        ("bigquery", "FLOAT64", {"dataType": "DOUBLE"}),
        ("bigquery", "BIGNUMERIC(76, 38)", {"dataType": "DECIMAL", "precision": 76, "scale": 38}),
        ("bigquery", "ARRAY<STRING>", {"dataType": "ARRAY", "arrayDataType": "STRING"}),
        ("bigquery", "GEOGRAPHY", {"dataType": "GEOGRAPHY"}),
        ("databricks", "long", {"dataType": "BIGINT"}),
        ("spark", "map<string,array<int>>", {"dataType": "MAP"}),
        ("redshift", "super", {"dataType": "SUPER"}),
        ("redshift", "varbyte(100)", {"dataType": "VARBINARY", "dataLength": 100}),
        ("trino", "timestamp(3) with time zone", {"dataType": "TIMESTAMP"}),
        ("athena", "array<struct<a:int>>", {"dataType": "ARRAY", "arrayDataType": "STRUCT"}),
        ("sqlite", "INTEGER", {"dataType": "BIGINT"}),
        ("sqlite", "", {"dataType": "UNKNOWN"}),
        ("mssql", "nvarchar(max)", {"dataType": "STRING"}),
        ("mssql", "bit", {"dataType": "BOOLEAN"}),
        ("mssql", "datetime2(7)", {"dataType": "DATETIME"}),
        ("mssql", "uniqueidentifier", {"dataType": "UUID"}),
        ("mysql", "tinyint(1)", {"dataType": "BOOLEAN"}),
        ("mysql", "int unsigned", {"dataType": "INT"}),
        ("mysql", "mediumtext", {"dataType": "MEDIUMTEXT"}),
        ("oracle", "VARCHAR2(10 CHAR)", {"dataType": "VARCHAR", "dataLength": 10}),
        ("oracle", "NUMBER(5,-2)", {"dataType": "NUMBER", "precision": 5}),
        ("clickhouse", "LowCardinality(Nullable(String))", {"dataType": "STRING"}),
        ("clickhouse", "Array(UInt8)", {"dataType": "ARRAY", "arrayDataType": "SMALLINT"}),
        ("duckdb", "wei", {"dataType": "DECIMAL"}),
        ("duckdb", "complex", {"dataType": "JSON"}),
        ("duckdb", "my_domain", {"dataType": "UNKNOWN"}),
        ("unknown", None, {"dataType": "UNKNOWN"}),
        ("postgres", "numeric(3,5)", {"dataType": "DECIMAL", "precision": 3}),
        ("postgres", "varchar(99999999999)", {"dataType": "STRING"}),
    ],
)
def test_types(platform: str, text: str | None, expected: dict[str, Any]) -> None:
    """Each platform's types have the server's word, and what the server asks beside it."""
    found = body(platform, text)
    found.pop("children", None)

    assert found == expected


@pytest.mark.parametrize(
    ("platform", "ours", "theirs"),
    [
        ("duckdb", "text", "VARCHAR"),
        ("duckdb", "bigint", "BIGINT"),
        ("duckdb", "double", "DOUBLE"),
        ("duckdb", "bool", "BOOLEAN"),
        ("duckdb", "timestamp", "TIMESTAMP WITH TIME ZONE"),
        ("duckdb", "binary", "BLOB"),
        ("duckdb", "json", "JSON"),
        ("postgres", "text", "character varying"),
        ("postgres", "binary", "bytea"),
        ("bigquery", "bigint", "INT64"),
        ("bigquery", "decimal", "NUMERIC"),
        ("snowflake", "double", "FLOAT"),
    ],
)
def test_two_tellers_agree(platform: str, ours: str, theirs: str) -> None:
    """What dlt says of a column and what the platform says is one type: another would be another column there."""
    assert word(platform, ours) == word(platform, theirs)


@pytest.mark.parametrize(
    "text",
    [
        'STRUCT(id INTEGER, "odd name" VARCHAR, tags STRUCT(k VARCHAR)[])',
        "struct<id:int,`odd name`:string,tags:array<struct<k:string>>>",
        "STRUCT<id INT64 NOT NULL, `odd name` STRING, tags ARRAY<STRUCT<k STRING>>>",
        'row(id integer, "odd name" varchar, tags array(row(k varchar)))',
        "struct<id: int COMMENT 'a, b', `odd name`: string, tags: array<struct<k: string>>>",
    ],
)
def test_nested_types(text: str) -> None:
    """Fields of structs are children, those of arrays of structs too, in each platform's way to write them."""
    found = column_body(Column(name="c", type=text), "unknown", ordinal=1)

    assert found["dataType"] == "STRUCT"
    assert [child["name"] for child in found["children"]] == ["id", "odd name", "tags"]
    assert found["children"][0]["dataType"] in ("INT", "BIGINT")
    assert found["children"][2]["arrayDataType"] == "STRUCT"
    assert [child["name"] for child in found["children"][2]["children"]] == ["k"]


def test_fields_without_names() -> None:
    """Fields that have no name, or one name twice, are told apart or told once."""
    unnamed = column_body(Column(name="c", type="STRUCT<INT64, STRING>"), "bigquery", ordinal=1)
    twice = column_body(Column(name="c", type="row(a int, a int)"), "trino", ordinal=1)

    assert [child["name"] for child in unnamed["children"]] == ["_1", "_2"]
    assert [child["name"] for child in twice["children"]] == ["a"]


def test_what_else_a_column_says() -> None:
    """Display, place, description and whether it must be there; the display in the server's lower case."""
    found = column_body(
        Column(name="id", type="VARCHAR(10)", nullable=False, description="The key."), "postgres", ordinal=3
    )

    assert found == {
        "name": "id",
        "ordinalPosition": 3,
        "dataType": "VARCHAR",
        "dataLength": 10,
        "dataTypeDisplay": "varchar(10)",
        "description": "The key.",
        "constraint": "NOT_NULL",
    }


def test_names_are_told_once() -> None:
    """The server refuses a name that comes twice; where the platform has one case, `ID` is `id` again."""
    columns = [Column(name="id"), Column(name="ID"), Column(name="id"), Column(name="b")]

    assert [each["name"] for each in column_bodies(columns, "postgres")] == ["id", "ID", "b"]
    assert [each["name"] for each in column_bodies(columns, "duckdb", one_case=True)] == ["id", "b"]
    assert [each["name"] for each in column_bodies(columns, "snowflake", spell=str.upper)] == ["ID", "B"]
    assert [each["ordinalPosition"] for each in column_bodies(columns, "duckdb", one_case=True)] == [1, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bigint", "LONG"),
        ("text", "STRING"),
        ("decimal(10,2)", "DOUBLE"),
        ("bool", "BOOLEAN"),
        ("timestamp", "TIMESTAMP"),
        ("json", "RECORD"),
        ("array<text>", "ARRAY"),
        ("uuid", "STRING"),
        (None, "UNKNOWN"),
    ],
)
def test_fields_of_an_api(text: str | None, expected: str) -> None:
    """An API's fields have the fewer words that the server knows for them."""
    assert api_field(Column(name="f", type=text))["dataType"] == expected


def test_names_of_fields_of_an_api() -> None:
    """The server takes shorter names of fields than of columns; nested ones too."""
    api = DatasetRef(namespace="https://shop.example", name="v1/orders")

    field = api_field(Column(name="a" * 200, type=f"struct<{'b' * 200}:int>"))

    assert len(field["name"]) == len(field["children"][0]["name"]) == 128
    assert Naming(Options(), deployment="x").column(api, "a" * 200) == field["name"]


def test_fields_of_an_api_nest() -> None:
    """A struct is a record with its fields."""
    field = api_field(Column(name="f", type="struct<a:int,b:array<struct<c:text>>>", description="All."))

    assert field["dataType"] == "RECORD"
    assert field["description"] == "All."
    assert [(child["name"], child["dataType"]) for child in field["children"]] == [("a", "INT"), ("b", "ARRAY")]
    assert field["children"][1]["children"] == [{"name": "c", "dataType": "STRING", "dataTypeDisplay": "text"}]


def test_endless_nesting() -> None:
    """A type that nests deeper than anyone reads is cut, not refused."""
    native = parse("array<" * 5000)

    assert native.word == "ARRAY"
    assert word("trino", "array<" * 5000) == "ARRAY"
