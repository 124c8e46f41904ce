"""Seven hundred models: what column lineage says of them, how long it takes, and how large the graph is."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import msgspec
import pytest

from benchmarks.dbt_project import compiled, create_sources, relation, unique_id, write_project, write_target
from benchmarks.generated_models import EDGES, MODELS, WIDEST, MadeTable, make_project
from phlo_hooks.dbt_artifacts import DbtTarget
from phlo_hooks.lineage.from_dbt import graph_from_dbt
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.sql_lineage.api import StatementLineage
from phlo_hooks.sql_lineage.project import ProjectLineage
from tests.dbt_project.conftest import run_dbt

COLD_SECONDS, WARM_SECONDS, GRAPH_BYTES = 120, 5, 5_000_000


@pytest.fixture(scope="session")
def tables() -> list[MadeTable]:
    return make_project()


@pytest.fixture(scope="session")
def target_folder(tables: list[MadeTable], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("big") / "target"
    write_target(folder, tables)
    return folder


@pytest.fixture(scope="session")
def lineages(target_folder: Path) -> dict[str, StatementLineage]:
    return dict(ProjectLineage(DbtTarget.load(target_folder).sql_nodes()).lineages())


def direct(lineage: StatementLineage) -> list[tuple[str, set[tuple[str, str]]]]:
    return [(column.name, {(source.table.name, source.name) for source in column.direct}) for column in lineage.columns]


def build(tables: list[MadeTable]) -> dict[str, list[tuple[str, str]]]:
    """Build every model in DuckDB and return the columns that it has then."""
    by_name = {table.name: table for table in tables}
    found = {}
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as big")
        connection.execute(create_sources(tables))
        for table in tables:
            if table.sql:
                connection.execute(f"create table {relation(table.schema, table.name)} as {compiled(table, by_name)}")
                rows = connection.execute(f"describe {relation(table.schema, table.name)}").fetchall()
                found[table.name] = [(row[0], row[1]) for row in rows]
    return found


def test_the_project_has_the_size_it_is_meant_to_have(tables: list[MadeTable]) -> None:
    """708 models, 1,725 edges, ten to forty columns, the same each time."""
    models = [table for table in tables if table.sql]

    assert (len(models), sum(len(model.parents) for model in models)) == (MODELS, EDGES) == (708, 1_725)
    assert {len(model.columns) for model in models} <= set(range(10, WIDEST + 1))
    assert len({table.name for table in tables}) == len(tables)
    assert tables == make_project()


@pytest.mark.parametrize("models", [80, pytest.param(MODELS, marks=pytest.mark.long)])
def test_duckdb_builds_it(models: int) -> None:
    """Every statement runs, and makes the columns that the generator says."""
    tables = make_project(models, EDGES * models // MODELS)

    assert build(tables) == {
        table.name: [(column.name, column.type) for column in table.columns] for table in tables if table.sql
    }


def test_every_direct_edge_is_found_and_no_other(
    tables: list[MadeTable], lineages: dict[str, StatementLineage]
) -> None:
    """Precision and recall are 1.0 against what the generator knows, and the order of columns is right too."""
    models = [table for table in tables if table.sql]

    wrong = [
        table.name
        for table in models
        if direct(lineages[unique_id(table)]) != [(column.name, set(column.origins)) for column in table.columns]
    ]

    assert wrong == []
    assert sum(len(origins) for table in models for _, origins in direct(lineages[unique_id(table)])) > 15_000
    assert {(lineage.complete, lineage.warning) for lineage in lineages.values()} == {(True, None)}


def test_it_takes_minutes_at_most_and_then_seconds(
    target_folder: Path, tmp_path: Path, lineages: dict[str, StatementLineage]
) -> None:
    """Processor time: far below 120 s the first time, below 5 s from the state database, and both say the same."""
    spent = []
    for _ in range(2):
        with Outbox.open(f"sqlite:///{tmp_path}/state.db") as outbox:
            started = time.process_time()
            nodes = DbtTarget.load(target_folder).sql_nodes()
            found = dict(ProjectLineage(nodes, cache=outbox.lineage_cache()).lineages())
            spent.append(time.process_time() - started)
            assert found == lineages

    assert spent[0] < COLD_SECONDS
    assert spent[1] < WARM_SECONDS


def test_the_graph_fits_into_a_page(target_folder: Path) -> None:
    """With SQL and every column edge it stays below the page's size."""
    graph = graph_from_dbt(target_folder)

    assert len(graph.edges) == EDGES
    assert len(msgspec.json.encode(graph)) < GRAPH_BYTES


def test_dbt_compiles_what_is_written_without_it(tmp_path: Path) -> None:
    """The manifest that is written for speed says of models what dbt's own says."""
    tables = make_project(24, 60)
    write_project(tmp_path / "project", tables)
    write_target(tmp_path / "quick", tables)
    with duckdb.connect(str(tmp_path / "project" / "big.duckdb")) as connection:
        connection.execute(create_sources(tables))

    run_dbt(tmp_path / "project", "compile")

    ours, dbts = DbtTarget.load(tmp_path / "quick"), DbtTarget.load(tmp_path / "project" / "target")
    assert ours.nodes.keys() == dbts.nodes.keys()
    for name, node in ours.nodes.items():
        other = dbts.nodes[name]
        assert (node.relation, set(node.upstreams)) == (other.relation, set(other.upstreams))
        assert (node.compiled or "").strip() == (other.compiled or "").strip()
