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
OURS: Final = b"phlo_hooks.subscribers."
"""Plugins that come with phlo-hooks, by how their values begin; none has anything to do in a step."""
_PREFIX: Final = "PHLO_HOOKS_"
_OVERRIDES: Final = "PHLO_HOOKS_OVERRIDES"
_METADATA: Final = (".dist-info", ".egg-info")


def may_have_hooks(given: StepOptions) -> bool:
    """Say whether options, environment, settings' files or an installed plugin may bring a hook for steps."""
    return bool(given.hooks or given.gates) or may_say(given, "hooks", "gates") or has_plugins()


def may_say(given: StepOptions, *names: str) -> bool:
    """Say whether the project's settings may say something under one of these names, at their top level."""
    return (
        _says(given.overrides, names)
        or _environment_says(names)
        or _files_say((given.root or Path.cwd()).absolute(), names)
    )


def has_plugins() -> bool:
    """Say whether an installed package, other than phlo-hooks, has an entry point in one of our groups."""
    return any(_brings_plugins(text) for text in _entry_points() if any(group in text for group in GROUPS))


def _brings_plugins(text: bytes) -> bool:
    in_group = False
    for line in filter(None, (each.strip() for each in text.splitlines())):
        if line.startswith(b"["):
            in_group = line in GROUPS
        elif in_group and not line.startswith((b"#", b";")):
            _, _, value = line.partition(b"=")
            if not value.strip().startswith(OURS):
                return True
    return False


def _says(settings: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return any(settings.get(name) for name in names)


def _environment_says(names: tuple[str, ...]) -> bool:
    wanted = tuple(f"{_PREFIX}{name.upper()}" for name in names)
    return any(name.upper().startswith(wanted) or name == _OVERRIDES for name in os.environ)


def _files_say(start: Path, names: tuple[str, ...]) -> bool:
    """Look into the files that ``load_settings`` would read: ``phlo_hooks.toml`` and the nearest ``pyproject.toml``."""
    own_found = False
    for folder in (start, *start.parents):
        own, project = folder / "phlo_hooks.toml", folder / "pyproject.toml"
        if not own_found and own.is_file():
            own_found = True
            if _file_says(own, (), names):
                return True
        if project.is_file():
            return _file_says(project, ("tool", "phlo_hooks"), names)
    return False


def _file_says(path: Path, table: tuple[str, ...], names: tuple[str, ...]) -> bool:
    try:
        text = path.read_bytes()
        if not any(name.encode() in text for name in names):
            return False
        found: Any = tomllib.loads(text.decode())
        for name in table:
            found = found.get(name, {})
        return _says(found, names)
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
