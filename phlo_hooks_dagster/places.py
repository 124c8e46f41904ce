"""Where on this host the compiled SQL of dbt's models is found."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from phlo_hooks_dagster.compiled import RESULTS, compiled_in, compiled_names, sql_in, stamp, target_folders
from phlo_hooks_dagster.snapshot import DbtProjectSnapshot

STEP_FOLDER: Final = "target folder of a step"
MANIFEST: Final = "manifest with compiled code"
NEWEST: Final = 20
"""Folders of steps that are looked into."""


class SqlPlaces:
    """Looks for compiled SQL in the target folders of steps, then in that of the project."""

    def __init__(self, projects: Sequence[DbtProjectSnapshot]) -> None:
        self._projects = tuple(projects)

    def of(self, unique_id: str) -> str:
        """Return where the SQL of a model is found, ``""`` when nowhere."""
        package, names = compiled_names(unique_id)
        if any((package, name) in self._compiled for name in names) or self._is_in_results(unique_id):
            return STEP_FOLDER
        if any(compiled_in(project, unique_id) is not None for project in self._projects):
            return MANIFEST
        return ""

    def _is_in_results(self, unique_id: str) -> bool:
        """Return whether a step's results hold the SQL: that of a snapshot is nowhere else."""
        if not unique_id.startswith("snapshot."):
            return False
        stamped = ((folder / RESULTS, stamp(folder / RESULTS)) for folder in self._found)
        return any(at is not None and unique_id in _nodes_in(path, at) for path, at in stamped)

    @cached_property
    def _compiled(self) -> frozenset[tuple[str, str]]:
        """Package and file name of what steps have compiled."""
        return frozenset(
            (package.name, name)
            for folder in self._found
            for package in _subfolders(folder / "compiled")
            for _, _, names in os.walk(package)
            for name in names
        )

    @cached_property
    def _found(self) -> list[Path]:
        """Return the folders of the newest steps, newest first."""
        found = [
            folder
            for target in target_folders(self._projects)
            for folder in _subfolders(target)
            if folder.name.count("-") >= 2  # noqa: PLR2004  # <op>-<run>-<invocation>, as dagster-dbt names them
        ]
        return sorted(found, key=_age)[:NEWEST]


@lru_cache(maxsize=2 * NEWEST)
def _nodes_in(results: Path, _stamp: tuple[int, int]) -> frozenset[str]:
    return frozenset(sql_in(results))


def _subfolders(folder: Path) -> Iterator[Path]:
    try:
        yield from (path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return


def _age(folder: Path) -> float:
    try:
        return -folder.stat().st_mtime
    except OSError:
        return 0.0
