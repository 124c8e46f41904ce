"""Folders that are not what dbt leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks.dbt_artifacts import DbtTarget
from phlo_hooks.exceptions import DbtArtifactError, HooksError

SCHEMAS = "https://schemas.getdbt.com/dbt"


def manifest(version: str = "v12", **parts: Any) -> str:
    metadata = {"dbt_schema_version": f"{SCHEMAS}/manifest/{version}.json", "adapter_type": "duckdb"}
    return json.dumps({"metadata": metadata, "nodes": {}, **parts})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it is not JSON .the file is empty.; is dbt still writing it"),
        ('{"metadata": {"dbt', "it is not JSON .line 1: "),
        ("[1, 2]", "it is no manifest of dbt"),
        ('{"name": "shop"}', "it is no manifest of dbt"),
        (f'{{"metadata": {{"dbt_schema_version": "{SCHEMAS}/catalog/v1.json"}}}}', "no manifest of dbt but a catalog"),
        (manifest("v10"), "manifest of version 10, which is older than dbt 1.7; run a newer dbt"),
        (manifest(nodes={"model.a.b": {"unique_id": 7}}), r"it is no manifest as dbt writes it: .*unique_id"),
        (manifest(nodes=[]), "it is no manifest as dbt writes it"),
    ],
)
def test_a_manifest_that_cannot_be_read(tmp_path: Path, content: str, message: str) -> None:
    """The error names the file, what is wrong with it, and the way out where there is one."""
    (tmp_path / "manifest.json").write_text(content)

    with pytest.raises(DbtArtifactError, match=rf"manifest\.json: .*{message}"):
        DbtTarget.load(tmp_path)

    assert DbtTarget.find(tmp_path) is None


def test_no_manifest(tmp_path: Path) -> None:
    """The error says what to run."""
    with pytest.raises(DbtArtifactError, match=r"there is no manifest\.json in it; run `dbt compile` or `dbt build`"):
        DbtTarget.load(tmp_path)


def test_the_project_instead_of_its_target(tmp_path: Path) -> None:
    """Who names the project's folder is told the right one."""
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json").write_text(manifest())

    with pytest.raises(HooksError, match=r"it; is .*target meant"):
        DbtTarget.load(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    """A path that leads nowhere is named."""
    with pytest.raises(DbtArtifactError, match=r"nowhere: there is no such folder"):
        DbtTarget.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["catalog.json", "run_results.json"])
def test_a_broken_file_beside_the_manifest(tmp_path: Path, name: str) -> None:
    """It is named; silence would look like a project without columns or runs."""
    (tmp_path / "manifest.json").write_text(manifest())
    (tmp_path / name).write_text("{")

    with pytest.raises(DbtArtifactError, match=f"{name.removesuffix('.json')}.json: it is not JSON"):
        DbtTarget.load(tmp_path)


@pytest.mark.parametrize("version", ["v11", "v12", "v13", "v20"])
def test_versions_that_are_read(tmp_path: Path, version: str) -> None:
    """The manifests of dbt 1.7 and later are read; what a later one adds is skipped."""
    (tmp_path / "manifest.json").write_text(manifest(version, news={"of": "later"}, disabled=None, sources={}))

    assert DbtTarget.load(tmp_path).tables == ()


def test_a_file_path_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """Compiled SQL is looked for below the target folder only."""
    (tmp_path / "target" / "compiled" / "shop").mkdir(parents=True)
    (tmp_path / "secret.sql").write_text("select 'not yours'")
    node = {
        "unique_id": "model.shop.a",
        "resource_type": "model",
        "name": "a",
        "package_name": "shop",
        "original_file_path": "../../../secret.sql",
        "path": "secret.sql",
    }
    (tmp_path / "target" / "manifest.json").write_text(manifest(nodes={"model.shop.a": node}))

    assert DbtTarget.load(tmp_path / "target").compiled("model.shop.a") is None
