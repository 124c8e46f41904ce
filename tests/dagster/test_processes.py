"""Runs in processes of their own, some of which are killed."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterInstance

from tests.dagster.harness import desk
from tests.dagster.projects import Project, assert_counted, ended_at_last, only_run, wait_for


@pytest.mark.parametrize("assets", [2, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_a_multiprocess_run_is_counted(instance: DagsterInstance, home: Path, tmp_path: Path, assets: int) -> None:
    """A run on the default executor, read while it goes on: each event of Dagster's log is recorded exactly once."""
    project = Project(tmp_path / "project", home, assets=assets)
    with desk(instance, tmp_path) as reading, ended_at_last(project.execute("every")) as job:
        while job.poll() is None:
            reading.poll()
            reading.time.advance(1)
        reading.settle()

        assert job.returncode == 0
        assert_counted(reading, only_run(instance))


@pytest.mark.parametrize("assets", [100, pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_a_large_run_is_counted(instance: DagsterInstance, tmp_path: Path, assets: int) -> None:
    """A run of many assets in one process: each event of Dagster's log is recorded exactly once."""
    run_id = dg.materialize(make_assets(assets), instance=instance).run_id
    with desk(instance, tmp_path, page_size=50) as reading:
        reading.settle()

        assert_counted(reading, run_id)


def make_assets(number: int) -> list[dg.AssetsDefinition]:
    """Return assets that do nothing."""
    return [dg.asset(name=f"asset_{each}")(_nothing) for each in range(number)]


def _nothing() -> None: ...


def test_a_killed_step(instance: DagsterInstance, home: Path, tmp_path: Path) -> None:
    """Kill -9 of a step's process: the step and its asset failed, the rest of the run is recorded."""
    project = Project(tmp_path / "project", home, assets=1)
    with desk(instance, tmp_path) as reading, ended_at_last(project.execute("with_killed")) as job:
        job.wait(120)

        reading.settle()

        assert_counted(reading, only_run(instance))
        assert reading.counted("asset.failed") == {("asset.failed", "killed"): 1}
        assert [event.status for event in reading.events(event_types=("run.end",))] == ["failure"]  # type: ignore[attr-defined]


def test_a_killed_run_worker_and_the_step_that_outlives_it(
    instance: DagsterInstance, home: Path, tmp_path: Path
) -> None:
    """Kill -9 of the run's own process: what its orphaned step writes later is recorded, exactly once."""
    project = Project(tmp_path / "project", home, assets=1)
    with desk(instance, tmp_path) as reading, ended_at_last(project.execute("with_orphan")) as job:
        wait_for((project.folder / "orphan.pid").exists, "started")
        reading.poll()
        os.kill(job.pid, signal.SIGKILL)
        job.wait()
        reading.poll()
        assert ("asset.materialized", "orphan") not in reading.counted("asset.materialized")
        (project.folder / "go").touch()
        run_id = only_run(instance)
        ended = {dg.DagsterEventType.STEP_SUCCESS}
        wait_for(lambda: instance.all_logs(run_id, of_type=ended), "the orphan's end")
        reading.time.advance(10)

        reading.poll()

        assert_counted(reading, run_id)
        assert reading.counted("asset.materialized") == {("asset.materialized", "orphan"): 1}


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_a_killed_relay(instance: DagsterInstance, home: Path, tmp_path: Path, kills: int) -> None:
    """A relay killed at random moments of some runs: each event is recorded once and delivered at least once."""
    project = Project(tmp_path / "project", home, assets=1)
    chance = random.Random(kills)
    assets = make_assets(5)
    run_ids = []
    with desk(instance, tmp_path, database=f"sqlite:///{home / 'phlo_hooks.db'}") as reading:
        reading.poll()
        for _ in range(kills):
            with ended_at_last(project.start("phlo_hooks", "relay")):
                run_ids.append(dg.materialize(assets, instance=instance).run_id)
                lived = reading.outbox.head() + chance.randrange(1, 40)
                for _ in range(4):
                    run_ids.append(dg.materialize(assets, instance=instance).run_id)
                    if reading.outbox.head() >= lived:
                        break
        with ended_at_last(project.start("phlo_hooks", "drain")) as drain:
            drain.wait(120)

        for run_id in run_ids:
            assert_counted(reading, run_id)
        recorded = {event.event_id for event in reading.events()}
        assert recorded <= set(project.told())
