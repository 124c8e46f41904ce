"""A step's bus for each test, and nothing of it left for the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster.in_step import bus
from phlo_hooks_dagster.in_step.configuration import StepOptions, configure, using


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    yield
    configure(StepOptions())
    bus.reset()


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[RecordingHook]:
    """Return the hook that the steps of this test call."""
    hook = RecordingHook()
    with using(StepOptions(hooks=(hook.registration(in_step=True),), root=tmp_path)):
        yield hook


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Open an instance in memory."""
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened
