"""Instances in temporary folders."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from tests.dagster.harness import Desk, desk


@pytest.fixture(scope="session", autouse=True)
def _no_telemetry() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
        patch.delenv("DAGSTER_HOME", raising=False)
        yield


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a DAGSTER_HOME whose databases exist and hold nothing: making them takes seconds."""
    folder = tmp_path_factory.mktemp("template") / "home"
    folder.mkdir()
    (folder / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with DagsterInstance.from_config(str(folder)) as opened:
        opened.get_run_records(limit=1)
        opened.get_asset_keys()
    return folder


@pytest.fixture
def home(empty_home: Path, tmp_path: Path) -> Path:
    """Return an empty DAGSTER_HOME."""
    return Path(shutil.copytree(empty_home, tmp_path / "home"))


@pytest.fixture
def instance(home: Path) -> Iterator[DagsterInstance]:
    """Open an instance with Dagster's default storage, SQLite in one file per run."""
    with DagsterInstance.from_config(str(home)) as opened:
        yield opened


@pytest.fixture
def reading(instance: DagsterInstance, tmp_path: Path) -> Iterator[Desk]:
    """Return a source on that instance that reads its whole history, and an outbox."""
    with desk(instance, tmp_path) as opened:
        yield opened
