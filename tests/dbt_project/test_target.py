"""What a target folder of real dbt says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks.dbt_artifacts import DbtNode, DbtTarget
from phlo_hooks.sql_lineage.api import StatementLineage, TableName
from phlo_hooks.sql_lineage.project import ProjectLineage

ORDERS = "source.shop.raw.orders"


@pytest.fixture(scope="session")
def target(built: Path) -> DbtTarget:
    return DbtTarget.load(built)


@pytest.fixture(scope="session")
def project(target: DbtTarget) -> ProjectLineage:
    return ProjectLineage(target.sql_nodes())


def model(target: DbtTarget, name: str) -> DbtNode:
    return next(node for node in target.nodes.values() if node.identifier == name)


def flows(target: DbtTarget, lineage: StatementLineage) -> dict[str, set[str]]:
    """Return the columns of a statement and what flows into each, as ``table.column`` in dbt's spelling."""
    found = {}
    for output in lineage.columns:
        ends = [(target.by_relation(column.table), column) for column in output.direct]
        found[output.name] = {f"{node.identifier if node else column.table}.{column.name}" for node, column in ends}
    return found


def test_every_table_is_one_node(target: DbtTarget) -> None:
    """Models, snapshots, seeds and sources are tables; ephemeral, disabled and doubly declared ones are not."""
    assert {node.unique_id for node in target.tables} == {
        *(f"model.shop.{name}" for name in ("stg_orders", "stg_customers", "fct_orders", "customer_orders")),
        *(f"model.shop.{name}" for name in ("late_orders", "status_history", "order_scores")),
        *("model.shop.dim_customers.v1", "model.shop.dim_customers.v2", "seed.shop.countries"),
        *(f"snapshot.shop.{name}_history" for name in ("orders", "customers", "payments")),
        *(ORDERS, "source.shop.raw.customers", "source.shop.raw.payments"),
    }
    assert not any("retired" in unique_id for unique_id in target.nodes)


def test_a_model_that_is_declared_as_a_source_is_one_table(target: DbtTarget) -> None:
    """Who reads the source reads the model, and the model has no edge to itself."""
    declared = target.nodes["source.shop.made_here.customers_again"]

    assert declared.relation == model(target, "stg_customers").relation
    assert target.main[declared.unique_id] == "model.shop.stg_customers"
    assert model(target, "dim_customers_v2").upstreams == ("model.shop.stg_customers", "seed.shop.countries")
    assert model(target, "stg_customers").upstreams == ("source.shop.raw.customers",)


def test_ephemeral_models_are_what_they_read(target: DbtTarget, project: ProjectLineage) -> None:
    """An ephemeral model upon another one is left out of tables and of columns alike."""
    fct_orders = model(target, "fct_orders")

    assert fct_orders.upstreams == ("model.shop.stg_orders", "source.shop.raw.payments")
    assert flows(target, project.lineage(fct_orders.unique_id))["paid"] == {"payments.amount_cents"}


def test_an_incremental_model_does_not_read_itself(target: DbtTarget, project: ProjectLineage) -> None:
    """The second run compiles ``{{ this }}`` into the SQL; there is no edge from the table to itself."""
    fct_orders = model(target, "fct_orders")
    lineage = project.lineage(fct_orders.unique_id)

    assert 'from "shop_db"."Marts"."fct_orders"' in (fct_orders.compiled or "")
    assert {node.identifier for table in lineage.tables if (node := target.by_relation(table))} == {
        "stg_orders",
        "payments",
    }


def test_columns_are_what_the_database_made(target: DbtTarget, project: ProjectLineage) -> None:
    """For every table with SQL, the lineage has just the columns that dbt's catalog found in the database."""
    catalogued = {node.unique_id: {column.name for column in node.catalogued} for node in target.tables}

    found = {unique_id: {column.name for column in lineage.columns} for unique_id, lineage in project.lineages()}

    assert found == {unique_id: catalogued[unique_id] for unique_id in found}
    assert len(found) == 11
    assert all(lineage.complete and lineage.warning is None for _, lineage in project.lineages())


def test_columns_are_known_without_a_catalog(
    target: DbtTarget, project: ProjectLineage, built: Path, tmp_path: Path
) -> None:
    """Where nobody ran ``dbt docs generate``, the columns of all but sources follow from the SQL."""
    folder = tmp_path / "target"
    folder.mkdir()
    for name in ("manifest.json", "run_results.json"):
        shutil.copy(built / name, folder)
    bare = DbtTarget.load(folder)

    found = dict(ProjectLineage(bare.sql_nodes()).lineages())

    assert found.keys() == dict(project.lineages()).keys()
    for unique_id, lineage in found.items():
        # Unquoted or not, DuckDB compares names without their case; how a column is spelled only the catalog knows.
        known = flows(target, project.lineage(unique_id))
        assert repr(flows(bare, lineage)).lower() == repr(known).lower()
        assert (lineage.complete, lineage.warning) == (True, None)
    assert any("dbt docs generate" in note for note in bare.notes)


def test_quoted_and_upper_case_names_are_found(target: DbtTarget, project: ProjectLineage) -> None:
    """Columns with blanks and capitals keep the platform's spelling."""
    assert flows(target, project.lineage("model.shop.stg_customers")) == {
        "customer_id": {"CUSTOMERS.CustomerID"},
        "full_name": {"CUSTOMERS.Full Name"},
        "country_code": {"CUSTOMERS.Country"},
        "updated_at": {"CUSTOMERS.Updated At"},
    }


def test_tables_written_by_hand_are_found(target: DbtTarget, project: ProjectLineage) -> None:
    """Another spelling of a source is the source; a table that dbt does not know is named in full."""
    lineage = project.lineage("model.shop.late_orders")

    assert model(target, "late_orders").upstreams == ()
    ends = {str(target.in_session(table)): target.by_relation(table) for table in lineage.tables}
    assert {name: node and node.unique_id for name, node in ends.items()} == {
        "shop_db.raw.orders": ORDERS,
        "shop_db.raw.late_reasons": None,
    }
    assert target.by_relation(TableName(name="orders")) is None


def test_a_timestamp_snapshot_dates_by_its_column(target: DbtTarget, project: ProjectLineage) -> None:
    """The columns that dbt adds come from ``updated_at`` and the unique key."""
    found = flows(target, project.lineage("snapshot.shop.orders_history"))

    assert found["dbt_scd_id"] == {"stg_orders.order_id", "stg_orders.updated_at"}
    assert found["dbt_valid_from"] == found["dbt_updated_at"] == found["dbt_valid_to"] == {"stg_orders.updated_at"}
    assert found["status"] == {"stg_orders.status"}


def test_a_check_snapshot_dates_by_the_clock(target: DbtTarget, project: ProjectLineage) -> None:
    """Without ``updated_at`` only the key flows into what dbt adds, under the names that were configured."""
    found = flows(target, project.lineage("snapshot.shop.customers_history"))

    assert found["version_id"] == {"stg_customers.customer_id", "stg_customers.country_code"}
    assert [found[name] for name in ("valid_from", "valid_to", "dbt_updated_at", "is_gone")] == [set()] * 4


def test_the_key_of_a_snapshot_may_be_an_expression(target: DbtTarget, project: ProjectLineage) -> None:
    """All columns of the expression flow into the id."""
    found = flows(target, project.lineage("snapshot.shop.payments_history"))

    assert found["dbt_scd_id"] == {"payments.id", "payments.order_id", "payments.paid_at"}


def test_versions_of_a_model_are_tables_of_their_own(target: DbtTarget) -> None:
    """A reference without a version is to the latest one."""
    assert model(target, "customer_orders").upstreams == ("model.shop.dim_customers.v2", "model.shop.fct_orders")


def test_a_python_model_has_tables_only(target: DbtTarget, project: ProjectLineage) -> None:
    """What it reads is declared; no SQL makes it."""
    scores = model(target, "order_scores")

    assert (scores.language, scores.has_sql, scores.compiled) == ("python", False, None)
    assert scores.upstreams == ("model.shop.fct_orders",)
    assert project.lineage(scores.unique_id).columns == ()


def without_compiled_code(manifest: dict[str, Any]) -> None:
    for node in manifest["nodes"].values():
        node.pop("compiled_code", None)
        node["compiled"] = False


@pytest.mark.parametrize(
    ("kept", "origin"),
    [
        (("run_results.json", "compiled"), "run_results"),
        (("compiled",), "compiled"),
        ((), ""),
    ],
)
def test_compiled_sql_is_found_where_it_is(
    target: DbtTarget, built: Path, tmp_path: Path, kept: tuple[str, ...], origin: str
) -> None:
    """After ``dbt parse`` the manifest has none: results and compiled files of the folder do; else a note says so."""
    folder = tmp_path / "target"
    folder.mkdir()
    manifest = json.loads((built / "manifest.json").read_text())
    without_compiled_code(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for name in kept:
        (shutil.copytree if (built / name).is_dir() else shutil.copy)(built / name, folder / name)

    parsed = DbtTarget.load(folder)

    # dbt writes no compiled file for a snapshot.
    with_sql = [node for node in parsed.tables if node.has_sql and node.resource_type == "model"]
    assert {node.compiled_from for node in with_sql} == {origin}
    if origin:
        assert [node.compiled for node in with_sql] == [target.compiled(node.unique_id) for node in with_sql]
    else:
        assert any("Not compiled" in note and "dbt compile" in note for note in parsed.notes)


def test_a_folder_is_read_again_only_when_it_changes(built: Path, tmp_path: Path) -> None:
    """The same files give the same object; a new manifest is seen at once."""
    folder = tmp_path / "target"
    folder.mkdir()
    shutil.copy(built / "manifest.json", folder)
    before = DbtTarget.load(folder)

    assert DbtTarget.load(folder) is before

    manifest = json.loads((built / "manifest.json").read_text())
    del manifest["nodes"]["model.shop.late_orders"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "model.shop.late_orders" not in DbtTarget.load(folder).nodes


def test_a_seed_has_the_columns_of_its_file(built: Path, tmp_path: Path) -> None:
    """Where there is no catalog, a star over a seed is known from the first line of the CSV."""
    folder = tmp_path / "target"
    folder.mkdir()
    manifest = json.loads((built / "manifest.json").read_text())
    manifest["nodes"]["model.shop.late_orders"]["compiled_code"] = "select * from staging.countries"
    (folder / "manifest.json").write_text(json.dumps(manifest))

    target = DbtTarget.load(folder)

    assert [column.name for column in model(target, "countries").catalogued] == ["code", "country_name", "region"]
    lineage = ProjectLineage(target.sql_nodes()).lineage("model.shop.late_orders")
    assert flows(target, lineage) == {name: {f"countries.{name}"} for name in ("code", "country_name", "region")}
    assert lineage.complete


def test_a_seed_whose_file_is_elsewhere_has_unknown_columns(built: Path, tmp_path: Path) -> None:
    """The manifest may come from another machine."""
    folder = tmp_path / "target"
    folder.mkdir()
    manifest = json.loads((built / "manifest.json").read_text())
    manifest["nodes"]["seed.shop.countries"]["root_path"] = str(tmp_path / "nowhere")
    (folder / "manifest.json").write_text(json.dumps(manifest))

    assert model(DbtTarget.load(folder), "countries").catalogued == ()
