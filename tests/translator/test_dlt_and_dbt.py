"""dlt and dbt as they really log, from recorded runs."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterEventType

from phlo_hooks.datasets import ColumnEdge, DatasetRef
from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.snapshot import AssetSnapshot, DbtProjectSnapshot, Relation
from phlo_hooks_dagster.translator import DbtTargetFolders, RunTranslator, TranslationRules
from phlo_hooks_dagster.translator.artifacts import digest
from phlo_hooks_dagster.translator.dbt import model_name
from tests.translator.reading import of, one, translate, translator
from tests.translator.recording import Recording, load

ORDERS = DatasetRef(namespace="duckdb://wh", name="wh.shop_raw.orders")
LINES = DatasetRef(namespace="duckdb://wh", name="wh.shop_raw.orders__lines")
STAGED = DatasetRef(namespace="duckdb://wh", name="wh.main.stg_orders")


def unpacked(run: Recording, root: Path, *, late: float = 0.0) -> DbtTargetFolders:
    """Write what dbt left behind below ``root``, with the times of the run, and return its reader."""
    started = run.records[run.types().index(DagsterEventType.STEP_START.value)].timestamp
    for name, text in run.files.items():
        path = root / "target" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (started + 1 + late, started + 1 + late))
    project = DbtProjectSnapshot(project_dir=str(root), target_dir="elsewhere", manifest_digest="", adapter="duckdb")
    return DbtTargetFolders([project])


def edited(root: Path, change: dict[str, Any]) -> None:
    """Change the metadata of the only ``run_results.json`` below ``root``."""
    (path,) = root.rglob("run_results.json")
    times = path.stat().st_mtime
    results = json.loads(path.read_text())
    results["metadata"].update(change)
    path.write_text(json.dumps(results))
    os.utime(path, (times, times))


def test_a_dlt_load() -> None:
    """A load tells the real table, its rows, bytes, jobs and columns, and the child tables that dlt made."""
    end = one(translate(load("dlt")), "ingestion.end", asset_key="raw/orders")

    assert (end.dataset, end.status, end.rows, end.tool) == (ORDERS, "success", 3, "dlt")
    (job,) = end.jobs
    assert (job.table, job.state, job.bytes) == ("orders", "completed_jobs", end.bytes)
    assert [column.name for column in end.columns][:3] == ["id", "customer", "amount"]
    (child,) = end.child_tables
    assert (child.dataset, child.rows, [each.name for each in child.columns][:2]) == (LINES, None, ["sku", "n"])
    assert end.load_id is not None
    assert end.load_id.replace(".", "").isdigit()
    assert "jobs" not in end.metadata


def test_a_dlt_load_of_nothing() -> None:
    """No job and no row is ``no_data``, of the table that it would have loaded."""
    end = one(translate(load("dlt")), "ingestion.end", asset_key="raw/refunds")

    assert (end.status, end.rows, end.jobs, end.error) == ("no_data", 0, (), None)
    assert end.dataset.name == "wh.shop_raw.refunds"


def test_the_start_of_a_load_names_the_same_table() -> None:
    """What is known before the load is the table that the load names."""
    start = one(translate(load("dlt")), "ingestion.start", asset_key="raw/orders")

    assert start.dataset == ORDERS
    assert start.rows is None


def test_dlts_stubs_are_no_lineage() -> None:
    """The assets that Dagster makes up for dlt's sources are nobody's upstream."""
    assert of(translate(load("dlt")), "lineage.edges") == []


def test_dlt_without_a_snapshot() -> None:
    """The record alone tells that it is dlt's, and its dataset as far as it names it; never dlt's wrong name."""
    run = load("dlt")
    reader = RunTranslator(run.facts, None, TranslationRules())

    events = [event for record in run.records for event in reader.feed(record)]

    end = one(events, "ingestion.end", asset_key="raw/orders")
    assert end.dataset == DatasetRef(namespace="duckdb", name="shop_raw.orders")


def test_dbt_models() -> None:
    """Each model has its own rows, columns, duration, invocation and tool name; seeds and snapshots too."""
    events = translate(load("dbt"))

    end = one(events, "transform.end", asset_key="by_customer")
    assert (end.tool, end.model, end.unique_id) == ("dbt", "by_customer", "model.shop.by_customer")
    assert (end.status, end.node_status, end.rows) == ("success", "success", 2)
    assert [column.name for column in end.columns] == ["customer", "country", "total"]
    assert 0 < end.seconds < one(events, "step.end").seconds
    assert end.invocation_id
    assert {event.unique_id for event in of(events, "transform.end")} == {
        "model.shop.by_customer",
        "model.shop.stg_orders",
        "seed.shop.countries",
        "snapshot.shop.orders_history",
    }


def test_dbt_lineage_meets_dlts_table() -> None:
    """The table that dlt loaded and the source that dbt reads are one dataset; columns come along."""
    loaded = one(translate(load("dlt")), "ingestion.end", asset_key="raw/orders").dataset

    (edge,) = one(translate(load("dbt")), "lineage.edges", asset_key="stg_orders").edges

    assert edge.upstream == loaded == ORDERS
    assert (edge.downstream, edge.upstream_asset_key, edge.origin) == (STAGED, "raw/orders", "dbt")
    assert ColumnEdge(upstream_column="amount", downstream_column="amount") in edge.columns


def test_lineage_looks_through_ephemeral_models() -> None:
    """An ephemeral model is no table: its parents are the parents."""
    edges = one(translate(load("dbt")), "lineage.edges", asset_key="by_customer").edges

    assert [edge.upstream.name for edge in edges] == [
        "wh.main.countries",
        "wh.main.stg_orders",
        "wh.shop_raw.orders__lines",
    ]


def test_a_dbt_parent_is_the_same_dataset_as_the_model() -> None:
    """A model's own dataset and the one its children name are one."""
    events = translate(load("dbt"))

    made = one(events, "transform.end", asset_key="stg_orders").dataset
    read = {edge.upstream for event in of(events, "lineage.edges") for edge in event.edges}
    assert made in read


def test_dbt_tests() -> None:
    """A dbt test tells its column, its failed rows and its unique id; a warning is no failure, a failure no error."""
    events = translate(load("dbt"))

    warned = one(events, "quality.result", check_name="accepted_values_stg_orders_amount__False__10_5__7_0")
    assert (warned.data_outcome, warned.failed_rows, warned.column) == ("warn", 1, "amount")
    failed = one(events, "quality.result", check_name="accepted_values_by_customer_customer__ada")
    assert (failed.outcome, failed.data_outcome, failed.check_type) == ("success", "fail", "dbt_test")
    assert failed.unique_id.startswith("test.shop.accepted_values_by_customer")
    assert {event.dataset for event in of(events, "quality.result")} == {
        STAGED,
        DatasetRef(namespace="duckdb://wh", name="wh.main.by_customer"),
    }


def test_broken_nodes_without_artifacts() -> None:
    """Without dbt's files the log only says that the step failed; what was made is still told."""
    events = translate(load("dbt_broken"))

    end = one(events, "transform.end", asset_key="broken")
    assert (end.status, end.node_status, end.error.type) == ("failure", None, "DagsterDbtCliRuntimeError")
    assert one(events, "transform.end", asset_key="stg_orders").status == "success"


def test_broken_nodes_with_artifacts(tmp_path: Path) -> None:
    """Dbt's own files tell which node failed and why, which were skipped, and which tests could not run."""
    run = load("dbt_broken")

    events = translate(run, artifacts=unpacked(run, tmp_path))

    broken = one(events, "transform.end", asset_key="broken")
    assert (broken.status, broken.node_status, broken.reason) == ("failure", "error", "node_failed")
    assert "no_such_column" in broken.error.message
    skipped = one(events, "transform.end", asset_key="after_broken")
    assert (skipped.status, skipped.node_status, skipped.reason, skipped.error) == (
        "skipped",
        "skipped",
        "node_skipped",
        None,
    )
    checks = {event.check_name: event.outcome for event in of(events, "quality.result")}
    assert checks["not_null_broken_x"] == "skipped"
    assert checks["test_that_errs"] == "error"
    erred = one(events, "quality.result", check_name="test_that_errs")
    assert (erred.passed, erred.data_outcome) == (None, None)


def test_compiled_sql_is_digested(tmp_path: Path) -> None:
    """A model's event carries the digest of the SQL that this run compiled."""
    run = load("dbt")

    events = translate(run, artifacts=unpacked(run, tmp_path))

    (sql,) = [text for name, text in run.files.items() if name.endswith("by_customer.sql") and "/models/by_" in name]
    assert one(events, "transform.end", asset_key="by_customer").compiled_sql_digest == digest(sql)
    assert one(events, "transform.end", asset_key="countries").compiled_sql_digest is None


def test_the_file_and_the_results_have_one_digest() -> None:
    """The compiled file and dbt's results name the same SQL by the same digest."""
    run = load("dbt")
    (results,) = [json.loads(text) for name, text in run.files.items() if name.endswith("run_results.json")]
    files = {Path(name).stem: text for name, text in run.files.items() if "/models/" in name and name.count("/") == 4}

    for each in results["results"]:
        name = each["unique_id"].split(".")[2]
        if name in files and each["unique_id"].startswith("model."):
            assert digest(files[name]) == digest(each["compiled_code"])


def test_what_was_read_survives_the_folder(tmp_path: Path) -> None:
    """When the target folder is gone, a later translation from the state tells the same."""
    run = load("dbt_broken")
    reader = translator(run, artifacts=unpacked(run, tmp_path))
    before = [event for record in run.records[:-2] for event in reader.feed(record)]
    state = reader.state

    again = translator(run, state=state)
    after = [event for record in run.records[-2:] for event in again.feed(record)] + again.finish()

    whole = translate(run, artifacts=unpacked(run, tmp_path))
    assert _by_id([*before, *after]) == _by_id(whole)


@pytest.mark.parametrize(
    "change",
    [{"invocation_id": "another"}, {"generated_at": "2020-01-01T00:00:00Z"}, {"generated_at": "nonsense"}],
)
def test_results_of_another_invocation_are_left_out(tmp_path: Path, change: dict[str, Any]) -> None:
    """A folder that bears the right name and is not this attempt's is not believed."""
    run = load("dbt_broken")
    folders = unpacked(run, tmp_path)
    edited(tmp_path, change)

    assert one(translate(run, artifacts=folders), "transform.end", asset_key="broken").node_status is None


def test_a_later_folder_is_another_attempt(tmp_path: Path) -> None:
    """A folder that appeared after the step had ended belongs to something else."""
    run = load("dbt_broken")

    events = translate(run, artifacts=unpacked(run, tmp_path, late=3600))

    assert one(events, "transform.end", asset_key="broken").node_status is None


@pytest.mark.parametrize("text", ["", "{not json", "[]", '{"metadata": null}'])
def test_unreadable_results_are_no_results(tmp_path: Path, text: str) -> None:
    """A half-written file is as good as none."""
    run = load("dbt_broken")
    folders = unpacked(run, tmp_path)
    (path,) = tmp_path.rglob("run_results.json")
    times = path.stat().st_mtime
    path.write_text(text)
    os.utime(path, (times, times))

    assert one(translate(run, artifacts=folders), "transform.end", asset_key="broken").node_status is None


def test_child_tables_of_one_asset_keep_their_columns_apart() -> None:
    """Where one asset stands for several source tables, each column edge goes to the table that has the column."""
    run, loading = load("dbt"), load("dlt")
    staged = run.snapshot.assets["stg_orders"]
    parents = tuple(
        Relation(
            database="wh",
            schema="shop_raw",
            identifier=name,
            adapter="duckdb",
            unique_id=f"source.shop.raw.{name}",
            resource_type="source",
            asset_key="raw/orders",
        )
        for name in ("orders", "orders__lines")
    )
    assets = {**run.snapshot.assets, "stg_orders": replace(staged, upstream_relations=parents)}
    together = replace(
        run,
        snapshot=replace(run.snapshot, assets=assets),
        records=(*[each for each in loading.records if each.storage_id > 5][:-1], *run.records),
    )

    edges = {edge.upstream: edge for edge in one(translate(together), "lineage.edges", asset_key="stg_orders").edges}

    assert {edge.upstream_asset_key for edge in edges.values()} == {"raw/orders"}
    assert {column.upstream_column for column in edges[ORDERS].columns} == {"id", "customer", "amount"}
    assert edges[LINES].columns == ()
    alone = {
        edge.upstream: edge
        for edge in one(
            translate(replace(together, records=run.records)), "lineage.edges", asset_key="stg_orders"
        ).edges
    }
    assert {edge.columns for edge in alone.values()} == {()}


def test_a_dbt_asset_without_a_tag_is_a_transform() -> None:
    """The kind alone tells the stage when the relation is not known."""
    run = load("dbt")
    bare = {key: AssetSnapshot(key=key, kinds=("dbt",)) for key in run.snapshot.assets}

    events = translate(replace(run, snapshot=replace(run.snapshot, assets=bare, checks=())))

    end = one(events, "transform.end", asset_key="stg_orders")
    assert (end.unique_id, end.dataset.resolved) == ("model.shop.stg_orders", False)
    assert {event.check_type for event in of(events, "quality.result")} == {"dbt_test"}


def _by_id(events: list[HookEvent]) -> dict[str, HookEvent]:
    return {event.event_id: event for event in events}


def test_versions_of_a_model_have_names_of_their_own() -> None:
    """Two versions of one model are told apart, as in dbt's selections."""
    assert model_name("model.shop.orders") == "orders"
    assert model_name("model.shop.orders.v2") == "orders.v2"
    assert model_name("orders") is None
