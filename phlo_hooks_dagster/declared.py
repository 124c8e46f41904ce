"""What ``with_phlo_hooks`` was given in the target's code locations, for a relay that no code server started."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from phlo_hooks.declaration import Declaration
from phlo_hooks.settings import Settings
from phlo_hooks_dagster.hook_paths import top_file
from phlo_hooks_dagster.locations import load_before
from phlo_hooks_dagster.target_process import Declared, HookImport


def declarations(settings: Settings, stop: threading.Event) -> Iterator[Declaration]:
    """Load the target in another process and yield what was declared there; the entry point ``phlo_hooks.targets``."""
    answer = load_before(settings, stop)
    if answer is None or not answer.named:
        return
    yield Declaration(name="", notes=tuple(answer.lines))
    path = [*sys.path]
    for declared in sorted(answer.declared, key=lambda each: each.location):
        path += [folder for folder in declared.path if folder not in path]
        yield _declaration(declared, path)


def _declaration(declared: Declared, path: Sequence[str]) -> Declaration:
    return Declaration(
        name=f"code location {declared.location}",
        overrides=declared.overrides,
        hooks=tuple(_importable(hook, path) for hook in declared.hooks),
        path=tuple(declared.path),
        notes=tuple(f"code location {declared.location}: {line}" for line in declared.lines),
    )


def _importable(hook: HookImport, path: Sequence[str]) -> str:
    """Return the hook's import path; by its file where another module of that name comes first here."""
    where, _, name = hook.path.rpartition(":") if ":" in hook.path else (hook.path, "", "")
    if where.endswith(".py") or not hook.file or top_file(where, path) == hook.top:
        return hook.path
    file = str(Path(hook.file).absolute())
    return f"{file}:{name}" if name else file
