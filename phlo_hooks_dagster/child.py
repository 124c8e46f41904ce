"""The relay as a child process of the code server."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import OVERRIDES_VARIABLE
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.compat import INSTANCE_VARIABLE
from phlo_hooks_dagster.declaring import plain

LOG_LIMIT: Final = 5_000_000
LIVED_LONG: Final = 60.0
FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0
TAIL: Final = 4096

Start = Callable[[Sequence[str], Mapping[str, str], Path, IO[bytes]], "subprocess.Popen[bytes]"]


@dataclass(frozen=True, kw_only=True)
class RelayCommand:
    """
    What the child is told.

    Attributes:
        overrides: Settings from ``with_phlo_hooks``, JSON.
        instance_ref: Dagster's reference to the code server's instance; a temporary one is found by nothing else.
        folder: Where its log file and the reference lie; readable by their owner only.
        cwd: Where relative paths of the project hold.
        path: Folders that the code was loaded with and that are on ``sys.path`` no longer.
    """

    overrides: Mapping[str, Any]
    instance_ref: str
    folder: Path
    cwd: Path
    path: Sequence[str] = ()
    arguments: Sequence[str] = field(default_factory=lambda: [sys.executable, "-m", "phlo_hooks", "relay"])

    @property
    def log_file(self) -> Path:
        """Where the child writes."""
        return self.folder / "relay.log"


class RelayChild:
    """Starts the relay, watches it, and starts it again when it died, later each time it dies soon."""

    def __init__(self, command: RelayCommand, *, clock: Clock, start: Start | None = None) -> None:
        self.command = command
        self._clock = clock
        self._start = start or _popen
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._next_at = 0.0
        self._pause = FIRST_PAUSE
        self._died = ""
        atexit.register(self.stop)

    @property
    def pid(self) -> int | None:
        """Return the child's process id while it lives."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def ensure(self) -> str | None:
        """Have a living child, or return one line about why there is none."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return None
            self._note_death(code)
        wait = self._next_at - self._clock.monotonic()
        if wait > 0:
            return f"{self._died}; trying again in {wait:.0f} s"
        try:
            self._run()
        except OSError as error:
            self._put_off(f"the relay cannot be started: {error}")
            return self._died
        return None

    def stop(self) -> None:
        """Ask the child to end; it would by itself when it notices that its parent is gone."""
        if self.pid is not None and self._process is not None:
            self._process.terminate()
        _reference(self.command.folder, os.getpid()).unlink(missing_ok=True)

    def _run(self) -> None:
        command = self.command
        command.folder.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(command.folder)
        reference = _reference(command.folder, os.getpid())
        _write_private(reference, command.instance_ref)
        path = dict.fromkeys(str(Path(entry or ".").absolute()) for entry in (*sys.path, *command.path))
        environment = {
            **os.environ,
            OVERRIDES_VARIABLE: json.dumps(command.overrides, default=plain),
            INSTANCE_VARIABLE: str(reference),
            "PYTHONPATH": os.pathsep.join(path),
        }
        if command.log_file.exists() and command.log_file.stat().st_size > LOG_LIMIT:
            command.log_file.replace(command.log_file.with_suffix(".log.1"))
        arguments = [*command.arguments, "--parent-pid", str(os.getpid())]
        with command.log_file.open("ab") as log_file:
            self._process = self._start(arguments, environment, command.cwd, log_file)
        self._started_at = self._clock.monotonic()

    def _note_death(self, code: int) -> None:
        if self._clock.monotonic() - self._started_at > LIVED_LONG:
            self._pause = FIRST_PAUSE
        self._process = None
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        said = _last_line(self.command.log_file)
        self._put_off(f"the relay {how}{': ' + said if said else ''} (log: {self.command.log_file})")

    def _put_off(self, reason: str) -> None:
        self._died = reason
        self._next_at = self._clock.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)


def _popen(
    arguments: Sequence[str], environment: Mapping[str, str], cwd: Path, log_file: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # our own interpreter and module
        list(arguments),
        env=dict(environment),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=log_file,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read: an instance reference may hold a database password."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _reference(folder: Path, pid: int) -> Path:
    return folder / f"instance-{pid}.json"


def _remove_leftovers(folder: Path) -> None:
    """Remove the references of code servers that were killed before they could."""
    for path in folder.glob("instance-*.json"):
        pid = path.stem.removeprefix("instance-")
        if pid.isdigit() and not _lives(int(pid)):
            path.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _last_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return redact_text(lines[-1].strip()) if lines else ""
