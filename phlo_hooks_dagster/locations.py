"""Snapshots that the relay makes itself, of the code locations that its command line or the project names."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec

from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import Settings
from phlo_hooks.source import Batch
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.snapshot import LocationSnapshot
from phlo_hooks_dagster.snapshot_builder import stored_snapshot

log = logging.getLogger(__name__)


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


class Answer(msgspec.Struct):
    """
    What was loaded.

    Attributes:
        lines: For people: which locations could not be loaded, and why.
        named: Whether anything named a code location at all.
    """

    snapshots: list[LocationSnapshot] = []
    lines: list[str] = []
    named: bool = True


class TargetSnapshots:
    """
    Loads the target once, beside the reading, in another process; user code never runs in the relay.

    A relay that a code server started loads nothing: its sensor writes the snapshots.

    Args:
        patience: Seconds after which loading is given up.
    """

    def __init__(self, settings: Settings, clock: Clock, *, patience: float) -> None:
        self._options = _options(settings)
        self._clock = clock
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._started_at = 0.0
        elsewhere = compat.INSTANCE_VARIABLE in os.environ
        self._done = elsewhere or not (self._options or _project_names_code(Path.cwd()))

    @property
    def loading(self) -> bool:
        """Say whether snapshots may still come."""
        return not self._done

    def skip(self) -> None:
        """Load nothing: the snapshots are made by whoever made this source."""
        self._done = True

    def collect(self, *, wait: bool) -> Generator[Batch, None, None]:
        """Yield the target's snapshots once they are there."""
        if self._done:
            return
        if self._process is None:
            self._start()
        process = self._process
        while process is not None and process.poll() is None:
            if self._clock.monotonic() - self._started_at > self._patience:
                log.warning("the code locations were not loaded within %g s: going on with the log", self._patience)
                self.close()
                return
            if not wait:
                return
            self._clock.sleep(0.05)
        yield from self._batches()

    def close(self) -> None:
        """End the loading and remove its files."""
        self._done = True
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _start(self) -> None:
        self._started_at = self._clock.monotonic()
        self._folder = tempfile.TemporaryDirectory(prefix="phlo-hooks-")
        request = Path(self._folder.name) / "request.json"
        request.write_bytes(msgspec.json.encode(Request(options=self._options)))
        output = Path(self._folder.name) / "answer.json"
        with request.open("rb") as given, (Path(self._folder.name) / "stderr").open("wb") as said:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-m", "phlo_hooks_dagster.load_target", str(output)],
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )

    def _batches(self) -> Generator[Batch, None, None]:
        answer = self._answer()
        now = self._clock.now()
        for line in answer.lines if answer.named else ():
            log.warning("%s", redact_text(line))
        if answer.snapshots:
            stored = tuple(stored_snapshot(snapshot, valid_from=now) for snapshot in answer.snapshots)
            yield Batch(snapshots=stored)
        self.close()

    def _answer(self) -> Answer:
        assert self._folder is not None  # noqa: S101  # made together with the process
        output = Path(self._folder.name) / "answer.json"
        if output.exists():
            return msgspec.json.decode(output.read_bytes(), type=Answer)
        said = (Path(self._folder.name) / "stderr").read_text(errors="replace").strip().splitlines()
        return Answer(lines=[f"the code locations could not be loaded: {said[-1] if said else 'no output'}"])


def _options(settings: Settings) -> dict[str, Any]:
    """Return ``WorkspaceOpts``' arguments that are given."""
    return {name: value for name, value in settings.target.model_dump().items() if value}


def _project_names_code(folder: Path) -> bool:
    """Say whether ``dagster dev`` would find code locations here without being told any."""
    if (folder / "workspace.yaml").exists():
        return True
    try:
        tools = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError):
        return False
    return "dagster" in tools or "dg" in tools
