"""``phlo-hooks doctor`` on what snapshots and events say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import IngestionEvent
from phlo_hooks.source import Batch
from phlo_hooks_dagster.snapshot import AssetSnapshot, DbtProjectSnapshot
from tests.cli.clinic import SALES, Clinic, about, open_clinic
from tests.cli.conftest import Shop
from tests.cli.recorded import RUN

Invoke = Callable[..., Result]


@pytest.fixture
def clinic(shop: Shop) -> Clinic:
    """Return a project whose catalog is installed."""
    return open_clinic(shop)


def document(result: Result) -> dict[str, Any]:
    """Return the JSON that was printed."""
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_all_is_well(clinic: Clinic, invoke: Invoke) -> None:
    """Every table known and every model's columns traced is one word and exit code 0."""
    clinic.keep()
    clinic.compile()
    clinic.ran()

    text, found = invoke("doctor"), document(invoke("doctor", "--json", "--strict"))

    assert (text.exit_code, text.stdout.splitlines()[0]) == (0, "nothing to fix")
    assert found["healthy"] is True
    assert found["summary"] == {
        "assets": 2,
        "unresolved": 0,
        "models": 1,
        "models_without_sql_here": 0,
        "models_with_column_lineage": 1,
        "warnings": 0,
        "columns": 2,
        "columns_traced": 1,
        "to_fix": 0,
        "advice": 0,
    }
    assert {(each["key"], each["rule"], each["sql_from"]) for each in found["assets"]} == {
        ("orders", "table_name", ""),
        ("sales", "dbt_relation", "target folder of a step"),
    }


def test_sql_that_is_nowhere_is_to_be_fixed(clinic: Clinic, invoke: Invoke) -> None:
    """A model that ran without column lineage, and whose SQL is not on this host, is named with the way out."""
    clinic.keep()
    clinic.ran(columns_from="")

    result = invoke("doctor")

    assert result.exit_code == 1
    assert result.stdout.startswith("1 thing to fix")
    assert "1 model, 0 with column lineage, 1 whose compiled SQL is not on this host" in result.stdout
    assert (
        "sales: its compiled SQL is on this host neither in a step's target folder nor in the project's"
        in result.stdout
    )
    assert f"run `dbt compile` so that {clinic.shop.folder / 'target'} holds its compiled SQL" in result.stdout


def test_a_snapshots_sql_is_found_in_the_results_of_its_step(clinic: Clinic, invoke: Invoke) -> None:
    """No file has a snapshot's SQL: it is here when the results of a step hold it."""
    relation = replace(SALES, unique_id="snapshot.shop.sales", resource_type="snapshot")
    clinic.assets["sales"] = AssetSnapshot(key="sales", relation=relation)
    clinic.keep()
    clinic.ran()
    before = document(invoke("doctor", "sales", "--json"))
    results = clinic.shop.folder / "target" / "build-0b8d2a4-abcdefg" / "run_results.json"
    results.parent.mkdir(parents=True)
    results.write_text(json.dumps({"results": [{"unique_id": "snapshot.shop.sales", "compiled_code": "select 1"}]}))

    after = document(invoke("doctor", "sales", "--json"))

    assert [found["assets"][0]["sql_from"] for found in (before, after)] == ["", "target folder of a step"]


def test_the_folder_to_compile_into_is_that_of_the_models_project(clinic: Clinic, invoke: Invoke) -> None:
    """With several dbt projects, the one that is named is the one that the model belongs to."""
    other = DbtProjectSnapshot(
        project_dir="/other", target_dir="/other/target", manifest_digest="", adapter="duckdb", project_name="other"
    )
    clinic.keep(other)
    clinic.ran(columns_from="")

    result = invoke("doctor")

    assert f"so that {clinic.shop.folder / 'target'} holds its compiled SQL" in result.stdout


def test_sql_that_came_later_is_to_be_read(clinic: Clinic, invoke: Invoke) -> None:
    """Lineage that was recorded without columns, though the SQL is here now, names the run to rederive."""
    clinic.keep()
    clinic.ran(columns_from="")
    clinic.compile()

    result = invoke("doctor", "sales")

    assert result.exit_code == 1
    assert f"phlo-hooks rederive --run {RUN} reads the SQL that is here now" in result.stdout


def test_a_model_that_never_ran_is_advice(clinic: Clinic, invoke: Invoke) -> None:
    """Before a first run nothing is wrong: advice, and exit code 1 only when asked to be strict."""
    clinic.keep()

    lenient, strict = invoke("doctor"), invoke("doctor", "--strict")

    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert "Advice\n  sales: its compiled SQL" in lenient.stdout


def test_an_asset_without_a_table_is_to_be_fixed(clinic: Clinic, invoke: Invoke) -> None:
    """The metadata to write is shown; of a table that only a materialization names, where it is from."""
    clinic.assets |= {"lost": AssetSnapshot(key="lost"), "told": AssetSnapshot(key="told")}
    clinic.keep()
    end = IngestionEvent(
        event_id="e-told",
        event_type="ingestion.end",
        asset_key="told",
        dataset=DatasetRef(namespace="duckdb://wh", name="wh.raw.told"),
        status="success",
        **about("told", 2),
    )
    with clinic.shop.outbox() as outbox:
        outbox.record("dagster", Batch(events=[end]))

    result = invoke("doctor", "--json", "lost", "told")
    detail = invoke("doctor", "lost")

    assert (result.exit_code, detail.exit_code) == (1, 1)
    lost, told = document(result)["assets"]
    assert (lost["rule"], lost["dataset"]["resolved"], lost["findings"][0]["level"]) == ("unresolved", False, "fix")
    assert (told["rule"], told["dataset"]["name"], told["findings"]) == ("recorded", "wh.raw.told", [])
    assert 'metadata={"dagster/table_name": "<database>.<schema>.<table>"}' in detail.stdout


def test_warnings_are_counted_and_shown(clinic: Clinic, invoke: Invoke) -> None:
    """What a statement hid is counted, and shown with the asset; it alone is no failure."""
    clinic.keep()
    clinic.compile()
    clinic.ran(warning="column x: two tables could have it \x1b[31m")

    result, detail = invoke("doctor"), invoke("doctor", "sales")

    assert result.exit_code == 0
    assert "1 statement not understood wholly" in result.stdout
    assert "warning        column x: two tables could have it \\x1b[31m" in detail.stdout


def test_a_wrong_name_is_said(clinic: Clinic, invoke: Invoke) -> None:
    """A pattern that fits no asset is an error of its own."""
    clinic.keep()

    result = invoke("doctor", "nobody/*")

    assert result.exit_code == 3
    assert "no asset is called nobody/*" in result.stderr


def test_nothing_known_says_how_to_begin(clinic: Clinic, invoke: Invoke) -> None:
    """Without any snapshot, the first step is named."""
    result = invoke("doctor")

    assert result.exit_code == 1
    assert "phlo-hooks drain -m my_project.definitions" in result.stdout


def test_a_broken_catalog_is_a_note(clinic: Clinic, invoke: Invoke) -> None:
    """A catalog that cannot be loaded is named, and no traceback is shown."""
    entry_points = Path(clinic.shop.folder / "site" / "phlo_hooks-9.9.dist-info" / "entry_points.txt")
    entry_points.write_text("[phlo_hooks.catalogs]\nother = no_such_module:x\n")

    result = invoke("doctor")

    assert result.exit_code == 1
    assert "catalog other failed: ModuleNotFoundError" in result.stdout
