"""Projects in temporary folders, run by Dagster's own commands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dagster import DagsterEventType, DagsterInstance

from tests.dagster.harness import Desk, dagsters_count

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0

PROJECT = """
import os, pathlib, signal, time
import dagster as dg
from phlo_hooks import hook
from phlo_hooks_dagster import with_phlo_hooks

HERE = pathlib.Path(__file__).parent
WIDTH = {width}


def make(number):
    @dg.asset(name=f"asset_{{number}}", deps=[f"asset_{{number - WIDTH}}"] if number >= WIDTH else [])
    def each():
        return number
    return each


@dg.asset
def killed():
    os.kill(os.getpid(), signal.SIGKILL)


@dg.asset
def orphan():
    (HERE / "orphan.pid").write_text(str(os.getpid()))
    while not (HERE / "go").exists():
        time.sleep(0.05)


@hook(events=["*"])
def tell(event):
    with (HERE / "told").open("a") as file:
        file.write(event.event_id + "\\n")


assets = [make(number) for number in range({assets})]


@dg.asset_check(asset="asset_0")
def is_there():
    return dg.AssetCheckResult(passed=True)


defs = with_phlo_hooks(
    dg.Definitions(
        assets=[*assets, killed, orphan],
        asset_checks=[is_there],
        jobs=[
            dg.define_asset_job("every", selection=dg.AssetSelection.assets(*assets)),
            dg.define_asset_job("with_killed", selection=["asset_0", "killed"]),
            dg.define_asset_job("with_orphan", selection=["orphan"]),
        ],
    ),
    hooks=[tell],
)
"""


class Project:
    """A folder with definitions, and a DAGSTER_HOME."""

    def __init__(self, folder: Path, home: Path, *, assets: int, width: int = 3) -> None:
        self.folder = folder
        self.home = home
        folder.mkdir(exist_ok=True)
        self.file = folder / "project_defs.py"
        self.file.write_text(PROJECT.format(assets=assets, width=width))

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of its commands."""
        return {
            **os.environ,
            "DAGSTER_HOME": str(self.home),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "PYTHONPATH": str(ROOT),
            "PHLO_HOOKS_HOOKS": f'["{self.file}:tell"]',
        }

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command of the environment's, its output in a file."""
        with (self.folder / f"{command[-1]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def execute(self, job: str) -> subprocess.Popen[bytes]:
        """Start ``dagster job execute``."""
        return self.start("dagster", "job", "execute", "-f", str(self.file), "-j", job)

    def told(self) -> Counter[str]:
        """Return how often each event was delivered to the project's hook."""
        path = self.folder / "told"
        return Counter(path.read_text().split()) if path.exists() else Counter()


def wait_for(condition: Callable[[], Any], what: str, *, seconds: float = PATIENCE) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"after {seconds:g} s: not {what}"
        time.sleep(0.05)
    return found


@contextmanager
def ended_at_last(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End a process with everything it started."""
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


def only_run(instance: DagsterInstance) -> str:
    """Return the id of the only run."""
    (record,) = instance.get_run_records()
    return record.dagster_run.run_id


def assert_counted(reading: Desk, run_id: str) -> None:
    """Compare what is recorded of a run with Dagster's own log, event by event."""
    pairs = {
        "step.start": (DagsterEventType.STEP_START,),
        "step.end": (DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE),
        "asset.materialized": (DagsterEventType.ASSET_MATERIALIZATION,),
        "quality.result": (DagsterEventType.ASSET_CHECK_EVALUATION,),
    }
    for event_type, kinds in pairs.items():
        expected = dagsters_count(reading.instance, run_id, *kinds)
        recorded = Counter({key: n for (_, key), n in reading.counted(event_type, run_id=run_id).items()})
        assert recorded == expected, event_type
    planned = set(dagsters_count(reading.instance, run_id, DagsterEventType.ASSET_MATERIALIZATION_PLANNED))
    (start,) = reading.events(event_types=("run.start",), run_id=run_id)
    assert set(start.planned_assets) == planned  # type: ignore[attr-defined]
