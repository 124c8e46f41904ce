"""A run's progress, as Dagster's log tells it."""

from __future__ import annotations

import subprocess
import time

import dagster as dg
from dagster import DagsterEventType as Type
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

PLANNED = {Type.ASSET_MATERIALIZATION_PLANNED, Type.ASSET_CHECK_EVALUATION_PLANNED}
DONE = {Type.ASSET_MATERIALIZATION, Type.ASSET_CHECK_EVALUATION}
STEPS = {Type.STEP_START, Type.STEP_SUCCESS, Type.STEP_FAILURE}


def watch_run(process: subprocess.Popen[bytes], mark: str, console: Console) -> str:
    """Show the run that carries ``mark`` until its process ends, and return its id."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with dg.DagsterInstance.get() as instance, Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        watched = _Watched(instance, mark, progress)
        while process.poll() is None:
            watched.look()
            time.sleep(0.5)
        watched.look()
        watched.finish()
        return watched.run_id


class _Watched:
    """What has been read of one run's log."""

    def __init__(self, instance: dg.DagsterInstance, mark: str, progress: Progress) -> None:
        self.run_id = ""
        self._instance = instance
        self._mark = mark
        self._progress = progress
        self._bar = progress.add_task("Dagster starts", total=None)
        self._cursor: str | None = None
        self._started: dict[str, float] = {}
        self._planned = 0

    def look(self) -> None:
        """Read what is new."""
        if not self.run_id:
            runs = self._instance.get_runs(dg.RunsFilter(tags={"nyc_flights/demo": self._mark}), limit=1)
            if not runs:
                return
            self.run_id = runs[0].run_id
        page = self._instance.get_records_for_run(self.run_id, cursor=self._cursor, of_type=PLANNED | DONE | STEPS)
        self._cursor = page.cursor
        for record in page.records:
            event = record.event_log_entry.dagster_event
            if event is not None:
                self._show(event, record.event_log_entry.timestamp)

    def finish(self) -> None:
        """Name what the bar counted; an asset that was not yielded leaves it short of full."""
        self._progress.update(self._bar, description="assets and checks")

    def _show(self, event: dg.DagsterEvent, at: float) -> None:
        step = event.step_key or ""
        if event.event_type in PLANNED:
            self._planned += 1
            self._progress.update(self._bar, total=self._planned)
        elif event.event_type in DONE:
            self._progress.advance(self._bar)
        elif event.event_type is Type.STEP_START:
            self._started[step] = at
            self._progress.update(self._bar, description=step)
        else:
            took = at - self._started.get(step, at)
            word = "[green]done[/green]" if event.event_type is Type.STEP_SUCCESS else "[red]failed[/red]"
            self._progress.console.print(f"  {step:<20} {word} in {took:.1f} s")
