"""
What ``with_phlo_hooks`` gave, for the steps of this process.

LIGHT: definitions import this module in every step's process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator


@dataclass(frozen=True, kw_only=True)
class StepOptions:
    """
    What a project says in code of its steps.

    Attributes:
        hooks: As given to ``with_phlo_hooks(hooks=)``; those with ``in_step=True`` are called.
        overrides: Settings given in code, above environment and files.
        root: Where settings' files are looked for; the working directory by default.
        gates: Beside those of decorators and settings.
    """

    hooks: tuple[object, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    root: Path | None = None
    translator: DagsterHooksTranslator | None = None
    gates: tuple[object, ...] = ()


@dataclass(kw_only=True)
class _Held:
    options: StepOptions = field(default_factory=StepOptions)
    version: int = 0


_held = _Held()
_lock = threading.Lock()


def configure(options: StepOptions) -> None:
    """Take these options for every step of the process from now on; the last call wins."""
    with _lock:
        if options != _held.options:
            _held.options = options
            _held.version += 1


def options() -> StepOptions:
    """Return what holds now; the defaults when nothing was configured."""
    return _held.options


def version() -> int:
    """Return a number that grows whenever the options change."""
    return _held.version


@contextmanager
def using(wanted: StepOptions) -> Iterator[None]:
    """Take these options for as long as the block runs; for tests."""
    before = _held.options
    configure(wanted)
    try:
        yield
    finally:
        configure(before)
