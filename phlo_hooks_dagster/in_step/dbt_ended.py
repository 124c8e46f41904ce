"""What dbt has left of a step that has ended, for a step that no decorator of ours has watched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.snapshot import DbtProjectSnapshot
from phlo_hooks_dagster.snapshot_dbt import PROJECT
from phlo_hooks_dagster.translator.artifacts import DbtTargetFolders

TARGET_VARIABLE: Final = "DBT_TARGET_PATH"


class EndedFolders(DbtTargetFolders):
    """The target folders of an attempt, found by its name and time as the relay finds them."""

    def manifest_sql(self, unique_id: str) -> str | None:  # noqa: ARG002  # as the base class has it
        """Return ``None``: no manifest is parsed in a step."""
        return None


def ended_folders(scope: StepScope) -> EndedFolders | None:
    """Return the folders of the dbt projects that the step's assets were made of; ``None`` when there is none."""
    projects = tuple(dict.fromkeys(_projects(scope)))
    return EndedFolders(projects) if projects else None


def _projects(scope: StepScope) -> Iterator[DbtProjectSnapshot]:
    for spec in compat_step.asset_specs(scope.step):
        project = spec.metadata.get(PROJECT)
        directory = getattr(project, "project_dir", None)
        if directory is not None:
            target = os.environ.get(TARGET_VARIABLE) or str(getattr(project, "target_path", "target"))
            folder = Path(directory).absolute()
            yield DbtProjectSnapshot(
                project_dir=str(folder), target_dir=str(folder / target), manifest_digest="", adapter=""
            )
