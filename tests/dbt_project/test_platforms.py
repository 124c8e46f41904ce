"""One table in all its spellings, on every platform; manifests made by hand after what each adapter of dbt writes."""

# ruff: noqa: S608  # the SQL is the tests' own
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks.dbt_artifacts import DbtTarget
from phlo_hooks.lineage.from_dbt import graph_from_dbt
from phlo_hooks.lineage.graph import Graph

SCHEMA = "https://schemas.getdbt.com/dbt/manifest/v12.json"


def source(
    relation_name: str | None, database: str, schema: str, name: str, source_name: str = "raw"
) -> dict[str, Any]:
    return {
        "unique_id": f"source.shop.{source_name}.{name}",
        "resource_type": "source",
        "package_name": "shop",
        "source_name": source_name,
        "name": name,
        "identifier": name,
        "database": database,
        "schema": schema,
        "relation_name": relation_name,
    }


def model(
    name: str, relation_name: str, database: str, within: str, sql: str, *reads: str, **config: Any
) -> dict[str, Any]:
    return {
        "unique_id": f"model.shop.{name}",
        "resource_type": "model",
        "package_name": "shop",
        "name": name,
        "alias": name,
        "database": database,
        "schema": within,
        "relation_name": relation_name,
        "compiled_code": sql,
        "config": {"materialized": "table", **config},
        "depends_on": {"nodes": list(reads)},
    }


def write(folder: Path, adapter: str, *nodes: dict[str, Any]) -> Path:
    metadata = {"dbt_schema_version": SCHEMA, "adapter_type": adapter, "project_name": "shop"}
    parts: dict[str, dict[str, Any]] = {"nodes": {}, "sources": {}}
    for node in nodes:
        parts["sources" if node["resource_type"] == "source" else "nodes"][node["unique_id"]] = node
    (folder / "manifest.json").write_text(json.dumps({"metadata": metadata, **parts}))
    return folder


def shape(graph: Graph) -> tuple[list[str], set[tuple[str, str, str]]]:
    """Return the tables, and the edges with their direct column edges, by short names."""
    found = set()
    for edge in graph.edges:
        up, down = graph.tables[edge.source], graph.tables[edge.target]
        for above, below, _ in edge.direct:
            found.add((up.name, f"{up.columns[above].name} > {down.columns[below].name}", down.name))
    return [table.name for table in graph.tables], found


@pytest.mark.parametrize(
    ("adapter", "rendered", "spellings"),
    [
        ("duckdb", '"db"."raw"."orders"', ["db.raw.orders", "raw.orders", "RAW.Orders", '"DB"."Raw"."ORDERS"']),
        ("postgres", '"db"."raw"."orders"', ["db.raw.orders", "raw.orders", "RAW.ORDERS", '"raw"."orders"']),
        ("redshift", '"db"."raw"."orders"', ["db.raw.orders", "RAW.ORDERS", '"raw"."orders"']),
        ("snowflake", "db.raw.orders", ["DB.RAW.ORDERS", "raw.orders", '"DB"."RAW"."ORDERS"', "Raw.Orders"]),
        ("bigquery", "`db`.`raw`.`orders`", ["`db.raw.orders`", "raw.orders", "`raw`.orders", "db.raw.orders"]),
        ("databricks", "`db`.`raw`.`orders`", ["db.raw.orders", "RAW.orders", "`raw`.`ORDERS`"]),
        ("trino", '"db"."raw"."orders"', ["db.raw.orders", "RAW.ORDERS", '"raw"."orders"']),
    ],
)
def test_spellings_of_a_table_are_one_node(tmp_path: Path, adapter: str, rendered: str, spellings: list[str]) -> None:
    """Case, quotes and a missing catalog make no second table, as far as the platform itself makes no difference."""
    quote = "`" if "`" in rendered else '"' if '"' in rendered else ""
    nodes = [source(rendered, "db", "raw", "orders")]
    for number, spelled in enumerate(spellings):
        name = f"m{number}"
        relation = ".".join(f"{quote}{part}{quote}" for part in ("db", "marts", name))
        nodes.append(model(name, relation, "db", "marts", f"select id as order_id from {spelled}"))
    # Half of them declare what they read, the others do not.
    nodes[1]["depends_on"]["nodes"] = ["source.shop.raw.orders"]

    tables, edges = shape(graph_from_dbt(write(tmp_path, adapter, *nodes)))

    assert sorted(tables) == sorted(["raw.orders", *(f"marts.m{number}" for number in range(len(spellings)))])
    assert {(up.lower(), flow.lower(), down) for up, flow, down in edges} == {
        ("raw.orders", "id > order_id", f"marts.m{number}") for number in range(len(spellings))
    }


@pytest.mark.parametrize(
    ("adapter", "one", "other"),
    [
        ("postgres", '"db"."raw"."orders"', 'raw."Orders"'),
        ("snowflake", "db.raw.orders", 'raw."orders"'),
        ("bigquery", "`db`.`raw`.`orders`", "raw.Orders"),
    ],
)
def test_names_that_differ_stay_apart(tmp_path: Path, adapter: str, one: str, other: str) -> None:
    """Where the platform tells two names apart, they are two tables."""
    nodes = [
        source(one, "db", "raw", "orders"),
        model("m", one.replace("orders", "m"), "db", "raw", f"select 1 as x from {other}"),
    ]

    tables, _ = shape(graph_from_dbt(write(tmp_path, adapter, *nodes)))

    assert len(tables) == 3


def test_tables_that_nobody_declares_are_one_however_they_are_spelled(tmp_path: Path) -> None:
    """Three models that read the same hand-written name share one source table."""
    nodes = [
        model(f"m{number}", f'"db"."main"."m{number}"', "db", "main", f"select id from {spelled}")
        for number, spelled in enumerate(["ext.stocks", "EXT.Stocks", '"DB".ext."STOCKS"', "db.ext.stocks"])
    ]

    tables, edges = shape(graph_from_dbt(write(tmp_path, "duckdb", *nodes)))

    assert len(tables) == 5
    assert len({up for up, _, _ in edges}) == 1


def test_an_unqualified_name_is_in_the_schema_of_the_session(tmp_path: Path) -> None:
    """``main`` in DuckDB, the profile's schema in Snowflake; a table of that name elsewhere is not meant."""
    duck, snow = tmp_path / "duck", tmp_path / "snow"
    duck.mkdir()
    snow.mkdir()
    sql = "select id from orders"
    ours = [
        source('"db"."raw"."orders"', "db", "raw", "orders"),
        source('"db"."main"."orders"', "db", "main", "orders", "other"),
        model("m", '"db"."marts"."m"', "db", "marts", sql, schema="marts"),
        model("n", '"db"."main"."n"', "db", "main", "select 1 as one"),
    ]
    theirs = [
        source("db.raw.orders", "db", "raw", "orders"),
        source("db.dev.orders", "db", "dev", "orders", "other"),
        model("m", "db.marts.m", "db", "marts", sql, schema="marts"),
        model("n", "db.dev.n", "db", "dev", "select 1 as one"),
    ]

    _, in_duckdb = shape(graph_from_dbt(write(duck, "duckdb", *ours)))
    _, in_snowflake = shape(graph_from_dbt(write(snow, "snowflake", *theirs)))

    assert {up for up, _, _ in in_duckdb} == {"main.orders"}
    assert {up for up, _, _ in in_snowflake} == {"dev.orders"}


def test_a_source_that_is_a_file_is_named_by_its_source(tmp_path: Path) -> None:
    """dbt-duckdb renders a function that reads files; the table edge stays, and columns are not made up."""
    reading = "read_parquet('s3://lake/orders/*.parquet')"
    nodes = [
        source(reading, "db", "lake", "orders"),
        model("m", '"db"."main"."m"', "db", "main", f"select id from {reading}", "source.shop.raw.orders"),
    ]

    graph = graph_from_dbt(write(tmp_path, "duckdb", *nodes))

    assert [(graph.tables[e.source].name, graph.tables[e.target].name) for e in graph.edges] == [
        ("lake.orders", "main.m")
    ]


def test_an_adapter_that_no_parser_knows_has_tables(tmp_path: Path) -> None:
    """Tables and what dbt declares are there; each model says why its columns are not."""
    nodes = [
        source("db.raw.orders", "db", "raw", "orders"),
        model("m", "db.main.m", "db", "main", "select id from db.raw.orders", "source.shop.raw.orders"),
    ]

    graph = graph_from_dbt(write(tmp_path, "cobol", *nodes))

    assert len(graph.edges) == 1
    assert "unknown SQL dialect 'cobol'" in (next(t for t in graph.tables if t.name == "main.m").warning or "")


def test_sql_that_cannot_be_parsed_leaves_the_tables(tmp_path: Path) -> None:
    """What dbt declares stays, with one warning at that table and none elsewhere."""
    nodes = [
        source('"db"."raw"."orders"', "db", "raw", "orders"),
        model("bad", '"db"."main"."bad"', "db", "main", "select from from where ((", "source.shop.raw.orders"),
        model(
            "good", '"db"."main"."good"', "db", "main", 'select id from "db"."raw"."orders"', "source.shop.raw.orders"
        ),
    ]

    graph = graph_from_dbt(write(tmp_path, "duckdb", *nodes))

    warnings = {table.name: table.warning for table in graph.tables}
    assert warnings["main.bad"]
    assert (warnings["main.good"], warnings["raw.orders"]) == (None, None)
    assert len(graph.edges) == 2


def test_secrets_in_sql_do_not_reach_the_graph(tmp_path: Path) -> None:
    """Compiled SQL may hold what a macro took from the environment."""
    sql = "select * from read_csv('https://ada:hunter2@files.example.com/x.csv')"
    nodes = [model("m", '"db"."main"."m"', "db", "main", sql)]

    (table,) = graph_from_dbt(write(tmp_path, "duckdb", *nodes)).tables

    assert "hunter2" not in repr(table)


def test_a_contract_names_all_columns(tmp_path: Path) -> None:
    """With an enforced contract, a star over what nobody knows is known all the same to those who read the model."""
    loose = model(
        "m", '"db"."main"."m"', "db", "main", "select 1 as one, * from ext.unknown", contract={"enforced": True}
    )
    loose["columns"] = {"one": {"name": "one"}, "id": {"name": "id", "data_type": "integer"}}
    reader = model("r", '"db"."main"."r"', "db", "main", 'select * from "db"."main"."m"', "model.shop.m")

    graph = graph_from_dbt(write(tmp_path, "duckdb", loose, reader))

    assert shape(graph)[1] == {("main.m", "one > one", "main.r"), ("main.m", "id > id", "main.r")}
    assert next(table for table in graph.tables if table.name == "main.r").warning is None
    assert DbtTarget.load(tmp_path).nodes["model.shop.m"].contracted
