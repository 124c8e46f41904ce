"""
Whether a step's process can have an in-step hook at all, found out without importing pydantic or any plugin.

Saying yes by mistake costs time; saying no by mistake would leave a gate open. So whatever is not understood is a yes.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from phlo_hooks_dagster.in_step.configuration import StepOptions

GROUPS: Final = (b"[phlo_hooks.plugins]", b"[phlo.plugins.hooks]")
TELLING: Final = ("hooks", "gates")
"""Settings that bring hooks."""
_PREFIX: Final = "PHLO_HOOKS_"
_OVERRIDES: Final = "PHLO_HOOKS_OVERRIDES"
_METADATA: Final = (".dist-info", ".egg-info")


def may_have_hooks(given: StepOptions) -> bool:
    """Say whether options, environment, settings' files or an installed plugin may bring a hook for steps."""
    return (
        bool(given.hooks or given.gates)
        or _brings(given.overrides)
        or _environment_brings()
        or _files_bring((given.root or Path.cwd()).absolute())
        or has_plugins()
    )


def has_plugins() -> bool:
    """Say whether an installed package has an entry point in one of our groups."""
    return any(group in text for text in _entry_points() for group in GROUPS)


def _brings(settings: Mapping[str, Any]) -> bool:
    return any(settings.get(name) for name in TELLING)


def _environment_brings() -> bool:
    wanted = tuple(f"{_PREFIX}{name.upper()}" for name in TELLING)
    return any(name.upper().startswith(wanted) or name == _OVERRIDES for name in os.environ)


def _files_bring(start: Path) -> bool:
    """Look into the files that ``load_settings`` would read: ``phlo_hooks.toml`` and the nearest ``pyproject.toml``."""
    for folder in (start, *start.parents):
        own, project = folder / "phlo_hooks.toml", folder / "pyproject.toml"
        if own.is_file() and _file_brings(own, ()):
            return True
        if project.is_file():
            return _file_brings(project, ("tool", "phlo_hooks"))
    return False


def _file_brings(path: Path, table: tuple[str, ...]) -> bool:
    try:
        text = path.read_bytes()
        if not any(name.encode() in text for name in TELLING):
            return False
        found: Any = tomllib.loads(text.decode())
        for name in table:
            found = found.get(name, {})
        return _brings(found)
    except (OSError, ValueError, AttributeError):
        return True


def _entry_points() -> Iterator[bytes]:
    """Yield the entry points that each folder of the import path declares."""
    for place in dict.fromkeys(sys.path):
        with suppress(OSError), os.scandir(place or ".") as entries:
            for entry in entries:
                if entry.name.endswith(_METADATA):
                    with suppress(OSError):
                        yield Path(entry.path, "entry_points.txt").read_bytes()
