"""
Write the generated dbt project: as a project for dbt, as the target folder dbt would leave, or as the graph.

::

    python benchmarks/dbt_project.py --project FOLDER       # dbt_project.yml, profiles.yml, models
    python benchmarks/dbt_project.py --target FOLDER        # manifest.json and catalog.json, without dbt
    python benchmarks/dbt_project.py --graph graph.json     # what the page shows
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.generated_models import EDGES, MODELS, MadeTable, make_project

DATABASE: Final = "big"
PROJECT: Final = "big_project"
_REF: Final = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")
_SOURCE: Final = re.compile(r"\{\{ source\('(\w+)', '(\w+)'\) \}\}")


def relation(schema: str, name: str) -> str:
    """Return a table as dbt-duckdb renders it."""
    return f'"{DATABASE}"."{schema}"."{name}"'


def compiled(table: MadeTable, tables: Mapping[str, MadeTable]) -> str:
    """Return a model's SQL as dbt compiles it."""
    sql = _REF.sub(lambda found: relation(tables[found[1]].schema, found[1]), table.sql)
    return _SOURCE.sub(lambda found: relation(found[1], found[2]), sql)


def unique_id(table: MadeTable) -> str:
    """Return dbt's name of a table."""
    if table.sql:
        return f"model.{PROJECT}.{table.name}"
    return f"source.{PROJECT}.{table.schema}.{table.name}"


def create_sources(tables: Sequence[MadeTable]) -> str:
    """Return the SQL that makes the source tables, empty."""
    made = [
        f'create schema if not exists "{DATABASE}"."{schema}"' for schema in sorted({table.schema for table in tables})
    ]
    for table in tables:
        if not table.sql:
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            made.append(f"create table {relation(table.schema, table.name)} ({columns})")
    return ";\n".join(made)


def write_project(folder: Path, tables: Sequence[MadeTable]) -> None:
    """Write a project that dbt can run against a DuckDB file in the folder."""
    models = folder / "models"
    for table in tables:
        if table.sql:
            path = models / table.schema / f"{table.name}.sql"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(table.sql + "\n")
    layers = {table.schema for table in tables if table.sql}
    layering = {layer: {"+schema": layer, "+materialized": "table"} for layer in sorted(layers)}
    project = {"name": PROJECT, "version": "1.0", "profile": PROJECT, "models": {PROJECT: layering}}
    target = {"type": "duckdb", "path": str(folder / f"{DATABASE}.duckdb"), "schema": "main", "threads": 2}
    profile = {PROJECT: {"target": "dev", "outputs": {"dev": target}}}
    _write_json(folder / "dbt_project.yml", project)
    _write_json(folder / "profiles.yml", profile)
    _write_json(models / "sources.yml", {"version": 2, "sources": _declared(tables)})
    macros = folder / "macros" / "generate_schema_name.sql"
    macros.parent.mkdir(exist_ok=True)
    macros.write_text("{% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}\n")


def write_target(folder: Path, tables: Sequence[MadeTable]) -> None:
    """Write the artifacts that dbt would leave, so far as they are read for lineage; the sources are catalogued."""
    folder.mkdir(parents=True, exist_ok=True)
    by_name = {table.name: table for table in tables}
    metadata = {
        "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
        "dbt_version": "1.11.16",
        "generated_at": "2026-01-05T06:00:00.000000Z",
        "invocation_id": "00000000-0000-0000-0000-000000000708",
        "project_name": PROJECT,
        "adapter_type": "duckdb",
    }
    manifest = {
        "metadata": metadata,
        "nodes": {unique_id(table): _node(table, by_name) for table in tables if table.sql},
        "sources": {unique_id(table): _source(table) for table in tables if not table.sql},
        "disabled": {},
        "exposures": {},
    }
    catalog_metadata = {**metadata, "dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}
    catalog = {
        "metadata": catalog_metadata,
        "nodes": {},
        "sources": {unique_id(table): _catalogued(table) for table in tables if not table.sql},
    }
    _write_json(folder / "manifest.json", manifest)
    _write_json(folder / "catalog.json", catalog)


def _write_json(path: Path, content: Any) -> None:
    # JSON is YAML too: dbt reads its project files from it.
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1))


def _declared(tables: Sequence[MadeTable]) -> list[dict[str, Any]]:
    schemas = sorted({table.schema for table in tables if not table.sql})
    return [
        {"name": schema, "tables": [{"name": table.name} for table in tables if table.schema == schema]}
        for schema in schemas
    ]


def _node(table: MadeTable, tables: Mapping[str, MadeTable]) -> dict[str, Any]:
    path = f"models/{table.schema}/{table.name}.sql"
    return {
        "unique_id": unique_id(table),
        "resource_type": "model",
        "package_name": PROJECT,
        "name": table.name,
        "alias": table.name,
        "database": DATABASE,
        "schema": table.schema,
        "relation_name": relation(table.schema, table.name),
        "original_file_path": path,
        "path": path.removeprefix("models/"),
        "language": "sql",
        "config": {"enabled": True, "materialized": "table"},
        "columns": {},
        "tags": [table.schema],
        "description": f"One row per record of {' and '.join(table.parents)}.",
        "depends_on": {"macros": [], "nodes": [unique_id(tables[name]) for name in table.parents]},
        "compiled": True,
        "compiled_code": compiled(table, tables),
        "raw_code": table.sql,
    }


def _source(table: MadeTable) -> dict[str, Any]:
    return {
        "unique_id": unique_id(table),
        "resource_type": "source",
        "package_name": PROJECT,
        "source_name": table.schema,
        "name": table.name,
        "identifier": table.name,
        "database": DATABASE,
        "schema": table.schema,
        "relation_name": relation(table.schema, table.name),
        "columns": {},
        "config": {"enabled": True},
    }


def _catalogued(table: MadeTable) -> dict[str, Any]:
    columns = {
        column.name: {"name": column.name, "type": column.type, "index": index, "comment": None}
        for index, column in enumerate(table.columns, start=1)
    }
    about = {"type": "BASE TABLE", "database": DATABASE, "schema": table.schema, "name": table.name}
    return {"metadata": about, "columns": columns, "stats": {}, "unique_id": unique_id(table)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what is asked for."""
    parser = argparse.ArgumentParser(description="Write the generated dbt project.")
    parser.add_argument("--project", type=Path, help="folder for a project that dbt can run")
    parser.add_argument("--target", type=Path, help="folder for manifest.json and catalog.json, without dbt")
    parser.add_argument("--graph", type=Path, help="file for the graph as JSON")
    parser.add_argument("--models", type=int, default=MODELS)
    parser.add_argument("--edges", type=int, default=EDGES)
    chosen = parser.parse_args(arguments)
    tables = make_project(chosen.models, chosen.edges)
    if chosen.project:
        write_project(chosen.project, tables)
    if chosen.target:
        write_target(chosen.target, tables)
    if chosen.graph:
        write_graph(chosen.graph, tables)
    return 0


def write_graph(path: Path, tables: Sequence[MadeTable]) -> None:
    """Write the graph of the project, columns and all."""
    import msgspec

    from phlo_hooks.lineage.from_dbt import graph_from_dbt

    with tempfile.TemporaryDirectory() as folder:
        write_target(Path(folder), tables)
        path.write_bytes(msgspec.json.encode(graph_from_dbt(Path(folder))))


if __name__ == "__main__":
    sys.exit(main())
