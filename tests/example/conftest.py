"""The demo, run over one month, again, and once so that it fails; and the warehouse that it left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from phlo_hooks.events import HookEvent
from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox
from tests.browser import browser
from tests.postgres import postgres

__all__ = ["browser", "postgres"]

PROJECT = Path(__file__).resolve().parents[2] / "example_project"
MONTH = "2013-02"
FLIGHTS = 24_951


@dataclass(frozen=True, kw_only=True)
class Finished:
    """
    A demo that ended well.

    Attributes:
        flights: Rows of ``raw.flights`` after it.
        tables: Table to its rows, without dlt's own books.
        bodies: Event id to the bytes stored for it, in recorded order.
        opened: Addresses that a browser was asked to open.
    """

    folder: Path
    home: Path
    output: str
    flights: int
    tables: dict[str, int]
    bodies: dict[str, bytes]
    stored: int
    events: tuple[HookEvent, ...]
    opened: tuple[str, ...]

    def outbox(self) -> Outbox:
        """Open the state database."""
        return Outbox.open(f"sqlite:///{self.folder / 'dagster_home' / 'phlo_hooks.db'}")

    def environment(self) -> dict[str, str]:
        """Return what a command on the demo's folder needs."""
        return clean_environment(self.home) | {
            "DAGSTER_HOME": str(self.folder / "dagster_home"),
            "NYC_FLIGHTS_DATA": str(self.folder),
        }


def clean_environment(home: Path) -> dict[str, str]:
    """Return the environment of a stranger's machine: an empty home, and nothing of ours."""
    ours = ("DAGSTER_", "DBT_", "DLT_", "NYC_FLIGHTS_", "OPENMETADATA_", "PHLO_", "PYTHON", "RUNTIME__")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "HOME": str(home),
        "COLUMNS": "120",
    }


def run_demo(folder: Path, home: Path, *options: str, exit_code: int = 0, **environment: str) -> Finished:
    """Run the demo over one month, all steps in one process; the multiprocess executor is tried by ``make demo``."""
    command = [sys.executable, str(PROJECT / "demo.py"), "--one-process", "--first", MONTH, "--last", MONTH]
    opened = folder.with_name(f"{folder.name}-opened.txt")
    opened.write_text("")
    done = subprocess.run(
        [*command, "--folder", str(folder), *options],
        env=clean_environment(home) | {"BROWSER": str(browser_that_notes(opened))} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=850,
    )
    assert done.returncode == exit_code, done.stdout
    with Outbox.open(f"sqlite:///{folder / 'dagster_home' / 'phlo_hooks.db'}") as outbox:
        stored = list(outbox.events(EventQuery(all_revisions=True)))
    return Finished(
        folder=folder,
        home=home,
        output=done.stdout,
        flights=count_rows(folder, "raw.flights"),
        tables={table: count_rows(folder, table) for table in list_tables(folder)},
        bodies={event.event_id: event.body for event in stored},
        stored=len(stored),
        events=tuple(event.decode() for event in stored),
        opened=tuple(opened.read_text().splitlines()),
    )


def browser_that_notes(opened: Path) -> Path:
    """Return a program that stands in for the browser, and only notes what it is to open."""
    program = opened.with_suffix(".sh")
    program.write_text(f'#!/bin/sh\necho "$1" >> "{opened}"\n')
    program.chmod(0o755)
    return program


def count_rows(folder: Path, table: str) -> int:
    """Return how many rows a table of the warehouse has."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608  # the test's own names
    assert row is not None
    return int(row[0])


def list_tables(folder: Path) -> list[str]:
    """Return the tables and views of the warehouse."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
    return [
        f"{schema}.{name}" for schema, name in rows if not name.startswith("_dlt") and not schema.endswith("staging")
    ]


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Run the demo in an empty folder."""
    folder = tmp_path_factory.mktemp("demo")
    return run_demo(folder, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def second(first: Finished) -> Finished:
    """Run the demo again in the same folder, and have it open the page."""
    return run_demo(first.folder, first.home, "--open")


@pytest.fixture(scope="session")
def failed(second: Finished) -> Finished:
    """Run the demo once more, with a flight lost, so that the run fails."""
    return run_demo(second.folder, second.home, "--fail")


@pytest.fixture(scope="session")
def stopped(second: Finished, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Run the demo in a copy of the folder, with a flight that is a century late, so that a gate stops publishing."""
    folder = tmp_path_factory.mktemp("stopped") / "demo"
    shutil.copytree(second.folder, folder)
    return run_demo(folder, second.home, "--fail=gate")


@pytest.fixture
def warehouse(first: Finished) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse, the judge of what the events say."""
    with duckdb.connect(str(first.folder / "warehouse.duckdb"), read_only=True) as connection:
        yield connection
