"""Tell another process what one ``with_phlo_hooks`` call asked for; runs where the code is loaded."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from phlo_hooks.exceptions import RegistrationError
from phlo_hooks_dagster.hook_paths import hook_path, top_file
from phlo_hooks_dagster.options import RelayOptions
from phlo_hooks_dagster.target_process import Declared, HookImport


def declared_in(location: str, options: RelayOptions, *, working_directory: str | None) -> Declared:
    """Return what the options say, with hooks by import path; a hook that has none is a line."""
    folders = [*([str(Path(working_directory).absolute())] if working_directory else []), *options.path]
    declared = Declared(location=location, overrides=dict(options.overrides))
    for hook in options.hooks:
        try:
            path = hook_path(hook)
        except RegistrationError as error:
            declared.lines.append(str(error))
        else:
            declared.hooks.append(_import_of(path, folders))
    declared.path = [folder for folder in dict.fromkeys(folders) if not _is_the_interpreters(folder)]
    return declared


def plain(value: object) -> Any:
    """Return a setting's value as data."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return dict(value) if isinstance(value, Mapping) else str(value)


def _import_of(path: str, folders: list[str]) -> HookImport:
    where = path.rpartition(":")[0] if ":" in path else path
    if where.endswith(".py"):
        return HookImport(path=path)
    file = getattr(sys.modules.get(where), "__file__", None)
    return HookImport(path=path, top=top_file(where, folders), file=file or "")


def _is_the_interpreters(folder: str) -> bool:
    """Say whether a folder of the path is the standard library or the installed packages: the relay has its own."""
    places = sysconfig.get_paths()
    own = {places[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return folder.endswith(".zip") or any(Path(folder).is_relative_to(place) for place in own)
