"""Where the dbt projects of a step lie, for whoever reads what dbt left there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.snapshot import DbtProjectSnapshot
from phlo_hooks_dagster.snapshot_dbt import PROJECT

TARGET_VARIABLE: Final = "DBT_TARGET_PATH"


def dbt_projects(scope: StepScope) -> tuple[DbtProjectSnapshot, ...]:
    """Return the projects that the step's assets were made of, and those of its dbt resources where it has them."""
    return tuple(dict.fromkeys(_projects(scope)))


def project_of(directory: str | os.PathLike[str], target: str | os.PathLike[str] | None = None) -> DbtProjectSnapshot:
    """Return a project of which only its folders matter, its target where dbt is told to have it."""
    folder = Path(directory).absolute()
    where = os.environ.get(TARGET_VARIABLE) or target or "target"
    return DbtProjectSnapshot(project_dir=str(folder), target_dir=str(folder / where), manifest_digest="", adapter="")


def _projects(scope: StepScope) -> Iterator[DbtProjectSnapshot]:
    for spec in compat_step.asset_specs(scope.step):
        project = spec.metadata.get(PROJECT)
        directory = getattr(project, "project_dir", None)
        if directory is not None:
            yield project_of(directory, getattr(project, "target_path", None))
            break
    definition = getattr(scope.context, "op_def", None)  # a run hook's context has none, and no resources of the step
    for key in sorted(definition.required_resource_keys if definition is not None else ()):
        directory = getattr(getattr(scope.context.resources, key, None), "project_dir", None)
        if directory is not None:
            yield project_of(directory)
