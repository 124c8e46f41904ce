"""Where compiled SQL is said to be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from phlo_hooks_dagster.places import MANIFEST, STEP_FOLDER, SqlPlaces
from phlo_hooks_dagster.snapshot import DbtProjectSnapshot


@pytest.mark.parametrize("file", ["orders_v2.sql", "orders.sql"])
def test_versioned_model_is_found_under_either_name(tmp_path: Path, file: str) -> None:
    """A version's SQL is in the file of its own, or in the one that dbt's ``defined_in`` names."""
    folder = tmp_path / "target" / "dbt_models-1234567-abcdefg" / "compiled" / "shop" / "models"
    folder.mkdir(parents=True)
    (folder / file).write_text("select 1")
    project = DbtProjectSnapshot(
        project_dir=str(tmp_path), target_dir="target", manifest_digest="", adapter="duckdb", project_name="shop"
    )

    places = SqlPlaces([project])

    assert places.of("model.shop.orders.v2") == STEP_FOLDER
    assert places.of("model.shop.customers") not in {STEP_FOLDER, MANIFEST}
