"""
Run the example from nothing to events, and say what happened: ``make demo``.

Everything is written below one folder, ``.demo`` beside the repository's Makefile, or the one that PHLO_DEMO_DIR names.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import dagster as dg
from demo_failure import WAYS, gone_wrong, put_back
from demo_openmetadata import is_configured
from demo_process import how_it_ended, lock, started
from demo_progress import MARK, SilentRunError, watch_run
from demo_report import Report
from nyc_flights.partitions import MONTHS
from rich.console import Console

from phlo_hooks.settings import load_settings

PROJECT = Path(__file__).resolve().parent
MODULE = "nyc_flights.definitions"
LOAD = "load_flights"
REFRESH = "refresh_marts"
FLIGHTS = dg.AssetKey(["raw", "flights"])
PATIENCE = 300.0
"""Seconds without a word after which a run is given up."""
ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}


@dataclass(frozen=True, kw_only=True)
class Demo:
    """
    One folder, and the environment in which all that works in it runs.

    Attributes:
        descriptor: The folder's lock.
    """

    folder: Path
    environment: Mapping[str, str]
    console: Console
    descriptor: int

    def run(self, *command: str, log: str) -> None:
        """Run a module of this Python to its end."""
        with self.started(*command, log=log) as process:
            process.wait()
        if process.returncode:
            self.fail(how_it_ended(process.returncode), log)

    def started(self, *command: str, log: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Start a module of this Python in the project; its output goes to a file."""
        return started(
            [sys.executable, "-m", *command],
            folder=PROJECT,
            environment=self.environment,
            log=self.folder / log,
            descriptor=self.descriptor,
        )

    def command(self, *arguments: str) -> bool:
        """Run ``phlo-hooks`` in the project, its output going straight to ours; return whether all was well."""
        shown = " ".join("lineage.html" if argument == str(self.page) else argument for argument in arguments)
        self.console.print(f"\n[bold]phlo-hooks {shown}[/bold]")
        environment = {**self.environment, "COLUMNS": str(self.console.width)}
        done = subprocess.run(
            [sys.executable, "-m", "phlo_hooks", *arguments], cwd=PROJECT, env=environment, check=False
        )
        return done.returncode == 0

    @property
    def page(self) -> Path:
        """Where the page is written."""
        return self.folder / "lineage.html"

    def fail(self, why: str, log: str) -> NoReturn:
        """
        Show the end of a log and why it ends there.

        Raises:
            SystemExit: Always.
        """
        path = self.folder / log
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        self.console.print("\n".join(lines[-30:]), markup=False)
        self.console.print(f"[red]{why}[/red] The whole log: {path}", soft_wrap=True)
        raise SystemExit(1)


def main() -> None:
    """Prepare, run, drain, report."""
    arguments = parse_arguments()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with lock(folder) as descriptor:
        demo = prepare(folder, console, descriptor)
        os.environ.update(demo.environment)
        try:
            run_demo(demo, arguments)
        except KeyboardInterrupt:
            console.print("[red]Stopped.[/red]")
            raise SystemExit(128 + signal.SIGINT) from None


def run_demo(demo: Demo, arguments: argparse.Namespace) -> None:
    """Do all of it."""
    began = time.monotonic()
    warehouse = demo.folder / "warehouse.duckdb"
    report = Report(folder=demo.folder, console=demo.console)
    put_back(warehouse)
    report.remember()
    parse_models(demo)
    with gone_wrong(warehouse, arguments.fail) if arguments.fail else nullcontext():
        run_id = materialize(demo, arguments)
    well = [demo.command("drain")]
    if report.events_before and is_configured(load_settings(root=PROJECT)):
        well.append(demo.command("openmetadata", "sync"))
    well.append(demo.command("trace", run_id[:8]))
    report.show(run_id)
    well.append(demo.command("lineage", "--html", str(demo.page), *(["--open"] if arguments.open else [])))
    report.show_places(run_id, demo.page, seconds=time.monotonic() - began)
    if not all(well):
        raise SystemExit(1)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Run the example on real data and say what happened.")
    folder = os.environ.get("PHLO_DEMO_DIR") or PROJECT.parent / ".demo"
    months = MONTHS.get_partition_keys()
    parser.add_argument("--folder", type=Path, default=Path(folder), help="where all of it is written (%(default)s)")
    for name, default in (("first", months[0]), ("last", months[-1])):
        said = f"{name} month to load (%(default)s)"
        parser.add_argument(f"--{name}", choices=months, default=default, metavar="MONTH", help=said)
    parser.add_argument(
        "--one-process", action="store_true", help=f"run every step of {LOAD} in one process, not in its own"
    )
    ways = "; ".join(f"{way}: {happens}" for way, happens in WAYS.items())
    parser.add_argument(
        "--fail", nargs="?", const="check", choices=WAYS, help=f"let the run fail, and be shown so. {ways} (check)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in a browser at the end")
    patience = "seconds without a word after which the run is given up (%(default).0f)"
    parser.add_argument("--patience", type=float, default=PATIENCE, metavar="SECONDS", help=patience)
    arguments = parser.parse_args()
    if arguments.first > arguments.last:
        parser.error(f"--first {arguments.first} is after --last {arguments.last}")
    return arguments


def prepare(folder: Path, console: Console, descriptor: int) -> Demo:
    """Make the Dagster instance in the folder; no process of the demo writes anywhere else or calls home."""
    home = folder / "dagster_home"
    home.mkdir(exist_ok=True)
    shutil.copyfile(PROJECT / "instance" / "dagster.yaml", home / "dagster.yaml")
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "NYC_FLIGHTS_DATA": str(folder),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "PYTHONWARNINGS": "ignore",
    }
    return Demo(folder=folder, environment=environment, console=console, descriptor=descriptor)


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
    """Run what is missing, or failing that the nightly refresh, and return the run's id."""
    mark = uuid.uuid4().hex
    job, tags = choose_job(demo, arguments.first, arguments.last)
    options = ["-m", MODULE, "-j", job, "--tags", json.dumps(tags | {MARK: mark})]
    if arguments.one_process and job == LOAD:
        options += ["--config", str(PROJECT / "instance" / "one_process.yaml")]
    why, run_id = "", ""
    with demo.started("dagster", "job", "execute", *options, log="run.log") as process:
        try:
            log = demo.folder / "run.log"
            run_id = watch_run(process, mark, demo.console, log=log, patience=arguments.patience)
        except SilentRunError as error:
            why = str(error)
    settle()
    expected = arguments.fail is not None and process.returncode == 1
    if why or (process.returncode and not expected):
        demo.fail(why or how_it_ended(process.returncode), "run.log")
    return run_id


def choose_job(demo: Demo, first: str, last: str) -> tuple[str, dict[str, str]]:
    """Return the job that has something to do, and its tags; say which and why."""
    settle()
    wanted = [month for month in MONTHS.get_partition_keys() if first <= month <= last]
    with dg.DagsterInstance.get() as instance:
        loaded = instance.get_materialized_partitions(FLIGHTS)
    if not (demo.folder / "warehouse.duckdb").exists():
        loaded = set()
    missing = [month for month in wanted if month not in loaded]
    if not missing:
        demo.console.print(
            f"The flights of {first} to {last} are loaded already.\n[bold]Dagster runs {REFRESH}[/bold], which "
            "loads the small tables again and rebuilds the rest"
        )
        return REFRESH, {}
    demo.console.print(f"[bold]Dagster runs {LOAD}[/bold] for {missing[0]} to {missing[-1]}")
    start, end = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
    return LOAD, {start: missing[0], end: missing[-1]}


def settle() -> None:
    """Report each run of a demo whose process is gone as canceled; the folder's lock says that none is left."""
    unfinished = [status for status in dg.DagsterRunStatus if status not in ENDED]
    with dg.DagsterInstance.get() as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=unfinished)):
            if MARK in run.tags:
                instance.report_run_canceled(run, message="The process of this run is gone.")


if __name__ == "__main__":
    main()
