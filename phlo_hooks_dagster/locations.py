"""Snapshots that the relay makes itself, of the code locations that its command line or the project names."""

from __future__ import annotations

import json
import logging
import os
import threading
import tomllib
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import Settings
from phlo_hooks.source import Batch
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.snapshot_builder import stored_snapshot
from phlo_hooks_dagster.target_process import Answer, TargetProcess

log = logging.getLogger(__name__)

_TICK: Final = 0.05
_loaded_before: Final[dict[str, Answer]] = {}
"""What was loaded before the source was opened, until the source takes it: one process is enough."""


class TargetSnapshots:
    """
    Loads the target once, beside the reading, unless it was loaded before.

    A relay that a code server started loads nothing: its sensor writes the snapshots.

    Args:
        patience: Seconds after which loading is given up.
    """

    def __init__(self, settings: Settings, clock: Clock, *, patience: float) -> None:
        self._options = _options(settings)
        self._clock = clock
        self._patience = patience
        self._process: TargetProcess | None = None
        self._done = not _is_named(self._options)

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
        answer = _loaded_before.pop(_key(self._options), None)
        if answer is None:
            answer = self._load(wait=wait)
            if answer is None:
                return
            for line in answer.lines if answer.named else ():
                log.warning("%s", redact_text(line))
        if answer.snapshots:
            now = self._clock.now()
            yield Batch(snapshots=tuple(stored_snapshot(snapshot, valid_from=now) for snapshot in answer.snapshots))
        self.close()

    def close(self) -> None:
        """End the loading and remove its files."""
        self._done = True
        if self._process is not None:
            self._process.close()
            self._process = None

    def _load(self, *, wait: bool) -> Answer | None:
        if self._process is None:
            self._process = TargetProcess(self._options, self._clock, patience=self._patience)
        while (answer := self._process.answer()) is None and wait:
            self._clock.sleep(_TICK)
        return answer


def load_before(settings: Settings, stop: threading.Event) -> Answer | None:
    """Load the target and keep it for the source; ``None`` when nothing names one, or ``stop`` was set."""
    options = _options(settings)
    if not _is_named(options):
        return None
    process = TargetProcess(options, Clock(), patience=settings.relay.snapshot_wait)
    try:
        while (answer := process.answer()) is None and not stop.is_set():
            stop.wait(_TICK)
    finally:
        process.close()
    if answer is not None:
        _loaded_before[_key(options)] = answer
    return answer


def _options(settings: Settings) -> dict[str, Any]:
    """Return ``WorkspaceOpts``' arguments that are given."""
    return {name: value for name, value in settings.target.model_dump().items() if value}


def _key(options: dict[str, Any]) -> str:
    return json.dumps([str(Path.cwd()), options], sort_keys=True)


def _is_named(options: dict[str, Any]) -> bool:
    if compat.INSTANCE_VARIABLE in os.environ:
        return False
    return bool(options) or _project_names_code(Path.cwd())


def _project_names_code(folder: Path) -> bool:
    """Say whether ``dagster dev`` would find code locations here without being told any."""
    if (folder / "workspace.yaml").exists():
        return True
    try:
        tools = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError):
        return False
    return "dagster" in tools or "dg" in tools
