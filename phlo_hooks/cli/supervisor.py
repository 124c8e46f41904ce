"""
Keep a worker process at work until it says that it is done.

A hook may end its process in the middle of anything: ``os._exit(0)``, a segmentation fault, the out-of-memory killer.
An exit code proves nothing then; only a written report does. The supervisor runs no foreign code and so cannot be
taken along.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from phlo_hooks.cli.errors import WorkerCrashedError
from phlo_hooks.cli.exit_codes import ExitCode

STARTING: Final = "starting"
WORKING: Final = "working"
DONE: Final = "done"

_TICK: Final = 0.1
_LINGER: Final = 5.0
"""Seconds a worker that has reported may take to end; a thread of some hook may never."""


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What a worker wrote about its work.

    Attributes:
        phase: ``starting`` until plugins and sources are loaded, ``working``, or ``done``.
        message: One line about the error it ended with; empty for none.
        result: The command's own.
    """

    phase: str = STARTING
    code: int = 0
    message: str = ""
    result: dict[str, Any] = {}


def read_report(path: Path) -> Report:
    """Return what the worker last wrote."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.MsgspecError):
        return Report()


def write_report(path: Path, report: Report) -> None:
    """Write a report wholly or not at all; silently not, when the supervisor is gone and its folder with it."""
    draft = path.with_suffix(".draft")
    try:
        draft.write_bytes(msgspec.json.encode(report))
        draft.replace(path)
    except FileNotFoundError:
        return


@dataclass(frozen=True, kw_only=True)
class Restarts:
    """
    How often a worker that died without a report is started again; times in seconds.

    Attributes:
        limit: Deaths in a row; ``None`` for as many as it takes.
        loading_limit: Deaths in a row before the work began; ``None`` for as many as it takes.
        calm: A worker that lived this long starts the count afresh.
        retried: Exit codes in a report that are worth another try.
    """

    first: float = 0.2
    longest: float = 5.0
    limit: int | None = 20
    loading_limit: int | None = 3
    calm: float = 60.0
    retried: frozenset[int] = frozenset()

    def wait(self, deaths: int) -> float:
        """Return the pause before the next start."""
        return float(min(self.longest, self.first * 2 ** min(deaths - 1, 16)))


@dataclass(kw_only=True)
class Supervisor:
    """
    Starts the worker, starts it again when it dies, and passes signals on.

    Attributes:
        command: The worker's command line without the supervisor's own options.
        say: Told, in one line, of each death and each restart.
        extra: Options to append at each start, such as the time that is left.
        gone: Whether the process that we work for has ended.
        grace: Seconds a worker may take to stop before it is killed.
        deaths: How often the worker died without a report, all in all.
    """

    command: Sequence[str]
    say: Callable[[str], None]
    restarts: Restarts = field(default_factory=Restarts)
    extra: Callable[[], Sequence[str]] = tuple
    gone: Callable[[], bool] = lambda: False
    grace: float = 10.0
    stop_code: ExitCode = ExitCode.INTERRUPTED
    deaths: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _signals: int = 0
    _last_death: tuple[str, ...] = ()

    def run(self) -> Report:
        """
        Return the worker's last report.

        Raises:
            WorkerCrashedError: It died more often than allowed.
        """
        deaths = self.deaths = 0
        with tempfile.TemporaryDirectory(prefix="phlo-hooks-") as folder, self._signals_passed_on():
            while True:
                began = time.monotonic()
                report, ending = self._one(Path(folder) / f"report-{deaths}.json")
                if self._stop.is_set():
                    return report if report.phase == DONE else Report(phase=DONE, code=self.stop_code)
                if report.phase == DONE and report.code not in self.restarts.retried:
                    return report
                deaths = 1 if time.monotonic() - began > self.restarts.calm else deaths + 1
                self.deaths += 1
                self._give_up(deaths, report, ending)
                pause = self.restarts.wait(deaths)
                self.say(f"{report.message or ending}; starting it again in {pause:g} s")
                self._pause(pause)
                if self._stop.is_set():
                    return Report(phase=DONE, code=self.stop_code)

    def _one(self, path: Path) -> tuple[Report, str]:
        """Run one worker to its end; return what it reported and how it ended, in words."""
        path.unlink(missing_ok=True)
        options = ("--supervisor-pid", str(os.getpid()), "--report", str(path), *self._last_death)
        command = [*self.command, *self.extra(), *options]
        # A group of its own: Ctrl-C reaches the supervisor, which passes it on once.
        worker = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)  # noqa: S603  # our own command
        try:
            self._watch(worker, path)
        finally:
            self._last_death = ("--after-kill",) if worker.poll() == -signal.SIGKILL else ()
            _end(worker)
        return read_report(path), _ending(worker.returncode)

    def _watch(self, worker: subprocess.Popen[bytes], path: Path) -> None:
        told = 0
        deadline: float | None = None
        while worker.poll() is None:
            if self.gone():
                self._stop.set()
            if self._stop.is_set() and (deadline is None or self._signals > told):
                if told:
                    return
                told = max(self._signals, 1)
                worker.send_signal(signal.SIGTERM)
                deadline = time.monotonic() + self.grace
            if deadline is None and read_report(path).phase == DONE:
                deadline = time.monotonic() + _LINGER
            if deadline is not None and time.monotonic() > deadline:
                return
            try:
                worker.wait(_TICK)
            except subprocess.TimeoutExpired:
                continue

    def _give_up(self, deaths: int, report: Report, ending: str) -> None:
        loading = report.phase == STARTING and self.restarts.loading_limit
        limit = self.restarts.loading_limit if loading else self.restarts.limit
        if limit is None or deaths < limit:
            return
        while_ = "while it loaded plugins and sources" if loading else "before it was done"
        raise WorkerCrashedError(
            f"{ending} {deaths} times in a row {while_}; `phlo-hooks plugin check` loads them one by one, "
            "and [tool.phlo_hooks.plugins] deny = [...] leaves one out"
        )

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stop.is_set() and time.monotonic() < until:
            if self.gone():
                self._stop.set()
            self._stop.wait(min(_TICK, seconds))

    @contextmanager
    def _signals_passed_on(self) -> Iterator[None]:
        def note(_number: int, _frame: object) -> None:
            self._signals += 1
            self._stop.set()

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def worker_command(argv: Sequence[str]) -> list[str]:
    """Return the command line that runs the same command in another process."""
    return [sys.executable, "-m", "phlo_hooks", *argv]


class Watch:
    """
    Whether a process still lives, even when its id was given to another.

    A parent is seen to be gone when this process gets a new one; any other process when its id is free or belongs to
    a process that started later.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._is_parent = os.getppid() == pid
        self._born = _birth(pid)

    def gone(self) -> bool:
        """Return whether the process has ended."""
        if self._is_parent:
            return os.getppid() != self._pid
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return _birth(self._pid) != self._born


def _birth(pid: int) -> str | None:
    """Return when a process started, in the kernel's own count; ``None`` where that cannot be read."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


def _end(worker: subprocess.Popen[bytes]) -> None:
    if worker.poll() is None:
        worker.kill()
    worker.wait()


def _ending(code: int) -> str:
    if code >= 0:
        return f"the worker process exited with code {code} without having finished"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"the worker process was ended by {name}"
