"""The processes of the demo: each in a session of its own, none left behind."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

GRACE = 20.0
"""Seconds that Dagster has to end a run in good order."""


@contextmanager
def lock(folder: Path) -> Iterator[int]:
    """
    Hold the folder; what is started with the descriptor that this yields holds it too, until its end.

    Raises:
        SystemExit: Another demo holds it.
    """
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"Another demo works in {folder}: wait for it, or name a folder with --folder.") from None
        yield file.fileno()


@contextmanager
def started(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], log: Path, descriptor: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command that writes to ``log``; when the block ends, however it ends, nothing of it is left running."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(descriptor,),
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes], grace: float = GRACE) -> None:
    """Ask a process to end, then end it and all that it started."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def how_it_ended(returncode: int) -> str:
    """Say how a process ended."""
    if returncode < 0:
        return f"It was ended by {signal.Signals(-returncode).name}."
    return f"It ended with exit code {returncode}."
