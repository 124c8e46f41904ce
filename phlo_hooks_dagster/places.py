"""Where on this host the compiled SQL of dbt's models is found."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from phlo_hooks_dagster.compiled import compiled_in
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
        _, _, rest = unique_id.partition(".")
        package, _, name = rest.partition(".")
        if (package, f"{name.replace('.', '_')}.sql") in self._compiled:
            return STEP_FOLDER
        if any(compiled_in(project, unique_id) is not None for project in self._projects):
            return MANIFEST
        return ""

    @cached_property
    def _compiled(self) -> frozenset[tuple[str, str]]:
        """Package and file name of what steps have compiled."""
        return frozenset(
            (package.name, name)
            for folder in self._folders()
            for package in _subfolders(folder / "compiled")
            for _, _, names in os.walk(package)
            for name in names
        )

    def _folders(self) -> list[Path]:
        targets = [Path(each.project_dir, name) for each in self._projects for name in (each.target_dir, "target")]
        found = [
            folder
            for target in dict.fromkeys(targets)
            for folder in _subfolders(target)
            if folder.name.count("-") >= 2  # noqa: PLR2004  # <op>-<run>-<invocation>, as dagster-dbt names them
        ]
        return sorted(found, key=_age)[:NEWEST]


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
