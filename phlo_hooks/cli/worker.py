"""The process in which hooks and sources run, seen from inside."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from phlo_hooks.cli.errors import outcome_of
from phlo_hooks.cli.options import Command
from phlo_hooks.cli.supervisor import DONE, WORKING, Report, write_report

_WATCH_EVERY: Final = 0.5
_GRACE: Final = 10.0


@dataclass(kw_only=True)
class Worker:
    """
    The worker's side of the agreement with its supervisor.

    Attributes:
        stop: Set when the work is to end: by SIGTERM, SIGINT, or the supervisor's death.
    """

    report_path: Path
    supervisor_pid: int
    stop: threading.Event = field(default_factory=threading.Event)
    grace: float = _GRACE

    def run(self, work: Callable[[Worker], dict[str, Any]], *, interrupt: bool) -> int:
        """
        Do the work, and write how it ended.

        Args:
            interrupt: Whether a stop raises ``KeyboardInterrupt`` in ``work``, for work that does not look at ``stop``.
        """
        self._heed_signals(interrupt=interrupt)
        threading.Thread(target=self._watch_supervisor, name="watch-supervisor", daemon=True).start()
        try:
            report = Report(phase=DONE, result=work(self))
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  # reported to the supervisor
            report = self._failed(error)
        write_report(self.report_path, report)
        return report.code

    def working(self) -> None:
        """Say that all is loaded and the work begins."""
        write_report(self.report_path, Report(phase=WORKING))

    def _failed(self, error: BaseException) -> Report:
        context = click.get_current_context(silent=True)
        if context is not None and getattr(context.obj, "debug", False):
            import traceback

            traceback.print_exception(error)
        outcome = outcome_of(error)
        return Report(phase=DONE, code=outcome.code, message=outcome.message)

    def _heed_signals(self, *, interrupt: bool) -> None:
        def note(_number: int, _frame: object) -> None:
            first = not self.stop.is_set()
            self.stop.set()
            if first and interrupt:
                raise KeyboardInterrupt

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, note)

    def _watch_supervisor(self) -> None:
        while os.getppid() == self.supervisor_pid:
            time.sleep(_WATCH_EVERY)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self.grace)
        os._exit(1)


def _note_kill(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  # click's form
    if value:
        context.obj.invocation.after_kill = True


def supervised(command: Command) -> Command:
    """Add the hidden options by which a supervisor starts the command as its worker."""
    for option in (
        click.option("--supervisor-pid", type=int, hidden=True),
        click.option("--report", "report_path", type=click.Path(path_type=Path), hidden=True),
        click.option("--after-kill", is_flag=True, hidden=True, expose_value=False, callback=_note_kill),
    ):
        command = option(command)
    return command
