"""The process that loads the target for a relay; user code never runs in the relay for that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.snapshot import LocationSnapshot


class Request(msgspec.Struct):
    """
    What to load.

    Attributes:
        options: Dagster's ``WorkspaceOpts``; empty for what the project's files name.
        origin: One code location, as Dagster serialises it; then ``options`` is not looked at.
        location: The name of that code location.
    """

    options: dict[str, Any] = {}
    origin: str = ""
    location: str = ""


class HookImport(msgspec.Struct):
    """
    How a hook was found where its code was loaded.

    Attributes:
        path: Its import path.
        top: The file of the module's top package there; empty if it was not found.
        file: The module's own file there; empty if it was not imported.
    """

    path: str
    top: str = ""
    file: str = ""


class Declared(msgspec.Struct):
    """
    What ``with_phlo_hooks`` was given in one code location.

    Attributes:
        path: The folders of ``sys.path`` when it was called, without those of the interpreter itself.
        lines: For people: which hooks no other process can import.
    """

    location: str
    overrides: dict[str, Any] = {}
    hooks: list[HookImport] = []
    path: list[str] = []
    lines: list[str] = []


class Answer(msgspec.Struct):
    """
    What was loaded.

    Attributes:
        lines: For people: which locations could not be loaded, and why.
        named: Whether anything named a code location at all.
    """

    snapshots: list[LocationSnapshot] = []
    declared: list[Declared] = []
    lines: list[str] = []
    named: bool = True


class TargetProcess:
    """
    Loads what ``dagster dev`` would load with these options.

    Args:
        patience: Seconds after which loading is given up.
    """

    def __init__(self, options: dict[str, Any], clock: Clock, *, patience: float) -> None:
        self._clock = clock
        self._patience = patience
        self._started_at = clock.monotonic()
        self._folder = tempfile.TemporaryDirectory(prefix="phlo-hooks-")
        self._output = Path(self._folder.name) / "answer.json"
        self._said = Path(self._folder.name) / "stderr"
        request = Path(self._folder.name) / "request.json"
        request.write_bytes(msgspec.json.encode(Request(options=options)))
        with request.open("rb") as given, self._said.open("wb") as said:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-m", "phlo_hooks_dagster.load_target", str(self._output)],
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )

    def answer(self) -> Answer | None:
        """Return what was loaded, or that it took too long; ``None`` while it goes on."""
        if self._process.poll() is None:
            if self._clock.monotonic() - self._started_at <= self._patience:
                return None
            return Answer(lines=[f"the code locations were not loaded within {self._patience:g} s: going on without"])
        if self._output.exists():
            return msgspec.json.decode(self._output.read_bytes(), type=Answer)
        said = self._said.read_text(errors="replace").strip().splitlines()
        return Answer(lines=[f"the code locations could not be loaded: {said[-1] if said else 'no output'}"])

    def close(self) -> None:
        """End the loading and remove its files."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._folder.cleanup()
