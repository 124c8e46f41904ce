"""What a tick does and says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterInstance

from phlo_hooks.outbox.store import Outbox
from phlo_hooks_dagster import with_phlo_hooks
from phlo_hooks_dagster.child import RelayChild
from phlo_hooks_dagster.sensor import SENSOR_NAME


@dg.asset(group_name="sales")
def orders() -> int:
    return 1


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def tick(defs: dg.Definitions, instance: DagsterInstance) -> str:
    """Evaluate the sensor once and return what it says."""
    context = dg.build_sensor_context(instance=instance, repository_def=defs.get_repository_def())
    data: Any = defs.get_repository_def().get_sensor_def(SENSOR_NAME).evaluate_tick(context)
    return str(data.skip_message)


def settings(tmp_path: Path) -> dict[str, Any]:
    """Return settings with a state database of the test's own."""
    return {"database": f"sqlite:///{tmp_path / 'state.db'}"}


def test_a_tick_in_mode_tick_relays(instance: DagsterInstance, tmp_path: Path) -> None:
    """In mode 'tick' one tick reads a run that ended since the load, calls the hooks and says so."""
    seen: list[str] = []
    defs = with_phlo_hooks(
        dg.Definitions(assets=[orders]),
        mode="tick",
        hooks=[_collector(seen)],
        settings=settings(tmp_path),
    )
    dg.materialize([orders], instance=instance)

    said = tick(defs, instance)

    assert "asset.materialized" in seen
    assert said == "up to date · 1 consumer"


def _collector(seen: list[str]) -> Any:
    from phlo_hooks import hook

    @hook
    def collect(event: Any) -> None:
        seen.append(event.event_type)

    return collect


def test_a_tick_saves_the_snapshot_once(instance: DagsterInstance, tmp_path: Path) -> None:
    """In mode 'external' a tick publishes what the assets are, and says that no relay runs."""
    defs = with_phlo_hooks(dg.Definitions(assets=[orders]), mode="external", settings=settings(tmp_path))

    said = tick(defs, instance)
    tick(defs, instance)

    outbox = Outbox.open(f"sqlite:///{tmp_path / 'state.db'}")
    snapshots = outbox.memory("dagster").snapshots()
    outbox.close()
    assert len(snapshots) == 1
    assert b'"sales"' in snapshots[0].body
    assert "no relay" in said or "starting" in said


def test_a_tick_says_what_is_wrong(instance: DagsterInstance, tmp_path: Path) -> None:
    """A state database that cannot be opened is one line in the tick, not a traceback."""
    (tmp_path / "state.db").write_bytes(b"no database" * 100)
    defs = with_phlo_hooks(dg.Definitions(assets=[orders]), settings=settings(tmp_path))

    said = tick(defs, instance)

    assert said.startswith("not relaying: ")
    assert "\n" not in said


def test_a_tick_starts_no_child_while_another_relay_works(
    instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody holds the lease, this code server's tick starts nothing and reports how far that one is."""
    started: list[object] = []
    monkeypatch.setattr(RelayChild, "ensure", lambda child: started.append(child))  # noqa: PLW0108  # a method
    outbox = Outbox.open(f"sqlite:///{tmp_path / 'state.db'}")
    lease = outbox.acquire_lease("relay", owner="sidecar", seconds=600, pid=1, host="elsewhere")
    defs = with_phlo_hooks(dg.Definitions(assets=[orders]), settings=settings(tmp_path))

    tick(defs, instance)
    before = list(started)
    assert lease is not None
    lease.release()
    tick(defs, instance)

    outbox.close()
    assert before == []
    assert len(started) == 1


def test_the_first_start_reads_from_the_load_on(
    instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run between the load and the child's first poll is not lost: the child is told when the load was."""
    children: list[RelayChild] = []
    monkeypatch.setattr(RelayChild, "ensure", lambda child: children.append(child))  # noqa: PLW0108  # a method
    before = datetime.now(UTC)
    defs = with_phlo_hooks(dg.Definitions(assets=[orders]), settings=settings(tmp_path))

    tick(defs, instance)

    start = datetime.fromisoformat(children[0].command.overrides["start"])
    assert before <= start <= datetime.now(UTC)
