"""What one ``with_phlo_hooks`` call asked for."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator


class RelayMode(StrEnum):
    """Where the relay runs."""

    CHILD = "child"
    """As a child process of the code server, started and watched by the sensor."""
    TICK = "tick"
    """In the sensor's ticks, within a budget, where child processes are forbidden."""
    EXTERNAL = "external"
    """Elsewhere, as ``phlo-hooks relay``; the sensor writes the snapshots only."""


@dataclass(frozen=True, kw_only=True)
class RelayOptions:
    """
    What the sensor is made from.

    Attributes:
        hooks: What was given as ``hooks=``.
        hook_paths: Their import paths; empty in mode ``tick``, which needs none.
        overrides: Settings that were given as arguments.
        loaded_at: When the definitions were loaded: from then on their snapshot holds, and a first start reads.
        root: The folder in which settings are looked for.
        translator: The project's own ``DagsterHooksTranslator``.
        path: ``sys.path`` as it was then: Dagster puts the working directory there while it loads code, and no longer.
    """

    mode: RelayMode = RelayMode.CHILD
    hooks: tuple[object, ...] = ()
    hook_paths: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    loaded_at: datetime
    root: Path
    path: tuple[str, ...] = ()
    translator: DagsterHooksTranslator | None = None


def joined(first: RelayOptions, then: RelayOptions) -> RelayOptions:
    """Return what two calls gave together; where they speak of the same, the later one wins."""
    return replace(
        first,
        mode=first.mode if then.mode is RelayMode.CHILD else then.mode,
        hooks=_each_once(first.hooks, then.hooks),
        hook_paths=_each_once(first.hook_paths, then.hook_paths),
        overrides={**first.overrides, **then.overrides},
        path=_each_once(first.path, then.path),
        translator=then.translator or first.translator,
    )


def _each_once(first: tuple[Any, ...], then: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*first, *(each for each in then if each not in first))


def in_worker() -> bool:
    """Say whether this process executes a run or a step: it has no use for the sensor's settings."""
    if multiprocessing.parent_process() is not None:
        return True
    return len(sys.argv) > 2 and sys.argv[1] == "api" and sys.argv[2].startswith("execute")  # noqa: PLR2004  # dagster api execute_run
