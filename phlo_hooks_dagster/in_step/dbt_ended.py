"""What dbt has left of a step that has ended, for a step that no decorator of ours has watched."""

from __future__ import annotations

from phlo_hooks_dagster.in_step.dbt_projects import dbt_projects
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.translator.artifacts import DbtTargetFolders


class EndedFolders(DbtTargetFolders):
    """The target folders of an attempt, found by its name and time as the relay finds them."""

    def manifest_sql(self, unique_id: str) -> str | None:  # noqa: ARG002  # as the base class has it
        """Return ``None``: no manifest is parsed in a step."""
        return None


def ended_folders(scope: StepScope) -> EndedFolders | None:
    """Return the folders of the dbt projects that the step's assets were made of; ``None`` when there is none."""
    projects = dbt_projects(scope)
    return EndedFolders(projects) if projects else None
