"""The two halves of a run whose steps are processes: one of them is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).with_name("killed_project.py")


def run(module: str, *arguments: str, folder: Path) -> None:
    """Run a command on the project, as in a shell; it may fail, as the run does."""
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(folder / "home"),
        "KILLED_PROJECT_TOLD": str(folder / "told"),
        "PHLO_HOOKS_START": "all",
    }
    subprocess.run(
        [sys.executable, "-m", module, *arguments, "-f", str(PROJECT)],
        env=environment,
        cwd=folder,
        capture_output=True,
        check=module == "phlo_hooks",
        timeout=180,
    )


def test_a_killed_step_is_told_by_the_relay_alone(tmp_path: Path) -> None:
    """Each event of a step that lived is told in it; of the killed one only the start; its end comes from the log."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")

    run("dagster", "job", "execute", "-j", "every", folder=tmp_path)
    run("phlo_hooks", "drain", folder=tmp_path)

    lines = (tmp_path / "told").read_text().splitlines()
    inside = [line.partition("|")[2] for line in lines if line.startswith("in ")]
    outside = [line.partition("|")[2] for line in lines if line.startswith("out ")]
    assert sorted(inside) == [
        "killed|1|killed|||ingestion.start",
        "plain|1|plain|||transform.end",
        "plain|1|plain|||transform.start",
        "stored|1|stored|||ingestion.end",
        "stored|1|stored|||ingestion.start",
    ]
    assert [outside.count(key) for key in inside] == [1] * len(inside)
    assert outside.count("killed|1|killed|||ingestion.end") == 1
