"""A run's progress, as Dagster's log tells it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType as Type
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

MARK = "nyc_flights/demo"
PLANNED = {Type.ASSET_MATERIALIZATION_PLANNED, Type.ASSET_CHECK_EVALUATION_PLANNED}
DONE = {Type.ASSET_MATERIALIZATION, Type.ASSET_CHECK_EVALUATION}
ENDS = {Type.STEP_SUCCESS, Type.STEP_FAILURE}


class SilentRunError(Exception):
    """A run's process is there, but it has written nothing for too long."""

    def __init__(self, run_id: str, seconds: float) -> None:
        what = f"Run {run_id}" if run_id else "Dagster"
        super().__init__(f"{what} has written nothing for {seconds:.0f} s.")
        self.run_id = run_id
        self.seconds = seconds


def watch_run(
    process: subprocess.Popen[bytes], mark: str, console: Console, *, log: Path, patience: float, pause: float = 0.5
) -> str:
    """
    Show the run that carries ``mark`` until its process ends.

    Args:
        process: The run's worker.
        mark: Value of the run's tag ``nyc_flights/demo``.
        console: Where to show it.
        log: What the process prints to.
        patience: Seconds that may pass without a word in Dagster's log or in ``log``.
        pause: Seconds between two looks.

    Returns:
        The run's id; empty when the process ended before it had made one.

    Raises:
        SilentRunError: Nothing happened for ``patience`` seconds.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with dg.DagsterInstance.get() as instance, Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        watched = _Watched(instance, mark, progress)
        silence = Silence(lambda: (watched.records, log.stat().st_size))
        while process.poll() is None:
            watched.look()
            if silence.seconds() > patience:
                raise SilentRunError(watched.run_id, patience)
            time.sleep(pause)
        watched.look()
        watched.finish()
        return watched.run_id


class Silence:
    """How long a value has stayed the same."""

    def __init__(self, value: Callable[[], object], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._value = value
        self._clock = clock
        self._last = value()
        self._since = clock()

    def seconds(self) -> float:
        """Look at the value; return the seconds since it changed."""
        value, now = self._value(), self._clock()
        if value != self._last:
            self._last, self._since = value, now
        return now - self._since


class _Watched:
    """
    What has been read of one run's log.

    Attributes:
        records: How many records that is.
    """

    def __init__(self, instance: dg.DagsterInstance, mark: str, progress: Progress) -> None:
        self.run_id = ""
        self.records = 0
        self._instance = instance
        self._mark = mark
        self._progress = progress
        self._bar = progress.add_task("Dagster starts", total=None)
        self._cursor: str | None = None
        self._started: dict[str, float] = {}
        self._planned = 0
        self._expected: set[str] = set()
        self._made: set[str] = set()

    def look(self) -> None:
        """Read what is new."""
        if not self.run_id:
            runs = self._instance.get_runs(dg.RunsFilter(tags={MARK: self._mark}), limit=1)
            if not runs:
                return
            self.run_id = runs[0].run_id
        page = self._instance.get_records_for_run(self.run_id, cursor=self._cursor)
        self._cursor = page.cursor
        self.records += len(page.records)
        for record in page.records:
            event = record.event_log_entry.dagster_event
            if event is not None:
                self._show(event, record.event_log_entry.timestamp)

    def finish(self) -> None:
        """Name what the bar counted, and what it waited for in vain."""
        self._progress.update(self._bar, description="assets and checks")
        for asset in sorted(self._expected - self._made):
            self._progress.console.print(f"  {asset:<20} yielded nothing")

    def _show(self, event: dg.DagsterEvent, at: float) -> None:
        step = event.step_key or ""
        if event.event_type in PLANNED:
            self._planned += 1
            if event.event_type is Type.ASSET_MATERIALIZATION_PLANNED and event.asset_key is not None:
                self._expected.add(event.asset_key.to_user_string())
            self._progress.update(self._bar, total=self._planned)
        elif event.event_type in DONE:
            self._progress.advance(self._bar)
            if event.event_type is Type.ASSET_MATERIALIZATION and event.asset_key is not None:
                self._made.add(event.asset_key.to_user_string())
        elif event.event_type is Type.STEP_START:
            self._started[step] = at
            self._progress.update(self._bar, description=step)
        elif event.event_type in ENDS:
            took = at - self._started.get(step, at)
            word = "[green]done[/green]" if event.event_type is Type.STEP_SUCCESS else "[red]failed[/red]"
            self._progress.console.print(f"  {step:<20} {word} in {took:.1f} s")
