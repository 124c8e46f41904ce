"""
Run the example from nothing to events, and say what happened: ``make demo``.

Everything is written below one folder, ``.demo`` beside the repository's Makefile, or the one that PHLO_DEMO_DIR names.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demo_progress import watch_run
from demo_report import Report
from rich.console import Console

PROJECT = Path(__file__).resolve().parent
MODULE = "nyc_flights.definitions"


@dataclass(frozen=True, kw_only=True)
class Demo:
    """One folder, and the environment in which all that works in it runs."""

    folder: Path
    environment: Mapping[str, str]
    console: Console

    def run(self, *command: str, log: str) -> None:
        """
        Run a module of this Python in the project; its output goes to a file.

        Raises:
            SystemExit: It failed; its last lines are shown.
        """
        with self.start(*command, log=log) as process:
            process.wait()
        self.check(process, log)

    def start(self, *command: str, log: str) -> subprocess.Popen[bytes]:
        """Start a module of this Python in the project; its output goes to a file."""
        file = (self.folder / log).open("wb")
        with file:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def check(self, process: subprocess.Popen[bytes], log: str) -> None:
        """End the demo when a process failed."""
        if process.returncode:
            lines = (self.folder / log).read_text(encoding="utf-8", errors="replace").splitlines()
            self.console.print("\n".join(lines[-30:]), markup=False, highlight=False)
            self.console.print(f"[red]Exit code {process.returncode}.[/red] The whole log: {self.folder / log}")
            raise SystemExit(1)


def main() -> None:
    """Prepare, run, drain, report."""
    arguments = parse_arguments()
    console = Console(highlight=False)
    demo = prepare(arguments.folder.resolve(), console)
    os.environ.update(demo.environment)
    started = time.monotonic()
    report = Report(folder=demo.folder, console=console)
    report.remember()
    parse_models(demo)
    run_id = materialize(demo, arguments)
    drain(demo)
    report.show(run_id, seconds=time.monotonic() - started)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Run the example on real data and say what happened.")
    folder = os.environ.get("PHLO_DEMO_DIR") or PROJECT.parent / ".demo"
    parser.add_argument("--folder", type=Path, default=Path(folder), help="where all of it is written (%(default)s)")
    parser.add_argument("--first", default="2013-01", metavar="MONTH", help="first month to load (%(default)s)")
    parser.add_argument("--last", default="2013-12", metavar="MONTH", help="last month to load (%(default)s)")
    parser.add_argument("--one-process", action="store_true", help="run every step in one process, not in its own")
    return parser.parse_args()


def prepare(folder: Path, console: Console) -> Demo:
    """Make the folder and the Dagster instance in it; no process of the demo writes anywhere else or calls home."""
    home = folder / "dagster_home"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "instance" / "dagster.yaml", home / "dagster.yaml")
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "NYC_FLIGHTS_DATA": str(folder),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "PYTHONWARNINGS": "ignore",
    }
    return Demo(folder=folder, environment=environment, console=console)


def parse_models(demo: Demo) -> None:
    """Have dbt write its manifest when a file of the dbt project is newer than it."""
    sources = PROJECT / "dbt"
    manifest = demo.folder / "dbt_target" / "manifest.json"
    newest = max(path.stat().st_mtime for path in sources.rglob("*") if path.is_file())
    if manifest.exists() and manifest.stat().st_mtime > newest:
        return
    with demo.console.status("dbt reads the models"):
        where = ("--project-dir", str(sources), "--profiles-dir", str(sources))
        target = ("--target-path", str(manifest.parent), "--log-path", str(manifest.parent))
        demo.run("dbt.cli.main", "parse", "--quiet", *where, *target, log="dbt_parse.log")


def materialize(demo: Demo, arguments: argparse.Namespace) -> str:
    """Run the job over the months and return the run's id."""
    mark = uuid.uuid4().hex
    tags = {
        "dagster/asset_partition_range_start": arguments.first,
        "dagster/asset_partition_range_end": arguments.last,
        "nyc_flights/demo": mark,
    }
    options = ["-m", MODULE, "-j", "load_flights", "--tags", json.dumps(tags)]
    if arguments.one_process:
        options += ["--config", str(PROJECT / "instance" / "one_process.yaml")]
    demo.console.print(f"[bold]Dagster runs load_flights for {arguments.first} to {arguments.last}[/bold]")
    with demo.start(
        "dagster", "job", "execute", "-m", MODULE, "-j", "load_flights", *options, log="run.log"
    ) as process:
        run_id = watch_run(process, mark, demo.console)
    demo.check(process, "run.log")
    return run_id


def drain(demo: Demo) -> None:
    """Read Dagster's log to its tip and deliver."""
    demo.console.print("\n[bold]phlo-hooks drain[/bold]")
    command = [sys.executable, "-m", "phlo_hooks", "drain"]
    if subprocess.run(command, cwd=PROJECT, env=demo.environment, check=False).returncode:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
