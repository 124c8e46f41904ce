"""Code locations that the relay's command line or the project names."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import dagster as dg
import msgspec
import pytest

from phlo_hooks.settings import load_settings
from phlo_hooks.source import StoredSnapshot
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.locations import TargetSnapshots
from phlo_hooks_dagster.snapshot import LocationSnapshot
from phlo_hooks_dagster.snapshot_builder import build_snapshot, stored_snapshot

CODE = """
import dagster as dg

@dg.asset(group_name="{group}")
def orders(): ...

defs = dg.Definitions(assets=[orders])
print("user code may print")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project folder, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def collected(project: Path, target: dict[str, Any]) -> list[StoredSnapshot]:
    """Load a target and return its snapshots."""
    loading = TargetSnapshots(load_settings({"target": target}, root=project), Clock(), patience=120)
    try:
        return [snapshot for batch in loading.collect(wait=True) for snapshot in batch.snapshots]
    finally:
        loading.close()


def test_a_file_is_loaded_under_the_name_that_runs_carry(project: Path) -> None:
    """-f FILE gives one snapshot, named as dagster dev names that code location."""
    file = project / "shop.py"
    file.write_text(CODE.format(group="sales"))

    (stored,) = collected(project, {"python_file": [str(file)]})

    snapshot = msgspec.json.decode(stored.body, type=LocationSnapshot)
    assert stored.code_location == snapshot.code_location == "shop.py"
    assert snapshot.assets["orders"].group == "sales"


def test_code_that_fails_is_one_line(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    """User code that raises costs its snapshot and nothing else: one line says which location and why."""
    good, bad = project / "good.py", project / "bad.py"
    good.write_text(CODE.format(group="sales"))
    bad.write_text("raise RuntimeError('no warehouse')")

    with caplog.at_level(logging.WARNING):
        found = collected(project, {"python_file": [str(good), str(bad)]})

    assert [stored.code_location for stored in found] == ["good.py"]
    assert [record.getMessage() for record in caplog.records] == [
        "code location bad.py could not be loaded: RuntimeError: no warehouse"
    ]


def test_without_a_target_nothing_is_loaded(project: Path) -> None:
    """Where neither the command line nor the project's files name code, no process is started."""
    loading = TargetSnapshots(load_settings({}, root=project), Clock(), patience=120)

    assert not loading.loading
    assert list(loading.collect(wait=True)) == []


def test_equal_content_has_an_equal_digest() -> None:
    """Loading the same code again is no new snapshot; a change of a group is."""

    def digest(group: str) -> str:
        orders = dg.asset(name="orders", group_name=group)(_nothing)
        repository = dg.Definitions(assets=[orders]).get_repository_def()
        return stored_snapshot(build_snapshot(repository, "shop"), valid_from=Clock().now()).digest

    assert digest("sales") == digest("sales")
    assert digest("sales") != digest("returns")


def test_stubs_are_marked() -> None:
    """An upstream asset that exists only because something depends on it is marked."""
    mart = dg.asset(name="mart", deps=["nowhere", "orders"])(_nothing)
    orders = dg.asset(name="orders", metadata={"dagster/uri": "file:///x", "password": "hunter22"})(_nothing)

    snapshot = build_snapshot(dg.Definitions(assets=[mart, orders]).get_repository_def(), "shop")

    assert snapshot.assets["mart"].deps == ("nowhere", "orders")
    assert snapshot.assets["nowhere"].stub
    assert snapshot.assets["orders"].metadata["dagster/uri"] == "file:///x"
    assert "hunter22" not in str(snapshot)


def _nothing() -> None: ...
