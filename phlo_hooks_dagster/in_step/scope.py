"""
The step that is running here.

LIGHT: the translator is imported when there is something to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dagster import DagsterInstance

from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.in_step.configuration import options


@dataclass(frozen=True, kw_only=True)
class StepScope:
    """
    One attempt of one step, from inside.

    Attributes:
        attempt: Counted from 1.
        root_run_id: The run that was first, of a run that was executed again; else the run itself.
        run_tags: All of the run's tags.
        context: Dagster's context, as the step's function gets it; of a run hook, its own.
        step: Dagster's own idea of the step; only ``compat_*`` modules look into it.
    """

    run_id: str
    job_name: str
    step_key: str
    attempt: int
    root_run_id: str
    parent_run_id: str | None
    run_tags: Mapping[str, str]
    context: Any
    step: Any

    @classmethod
    def current(cls, context: object = None) -> StepScope | None:
        """
        Return the step that this thread or task runs, or that a context belongs to; ``None`` outside of a run.

        Args:
            context: Dagster's context of an op, asset, asset check or run hook, from any thread.
        """
        found = compat_step.current_context() if context is None else context
        step = compat_step.step_of(found)
        if step is None:
            return None
        run = compat_step.run_of(step)
        return cls(
            run_id=run.run_id,
            job_name=run.job_name,
            step_key=compat_step.key_of(step),
            attempt=compat_step.attempt_of(step),
            root_run_id=run.root_run_id or run.run_id,
            parent_run_id=run.parent_run_id,
            run_tags=run.tags,
            context=found,
            step=step,
        )

    @property
    def identity(self) -> tuple[str, str, int]:
        """Return run, step and attempt."""
        return self.run_id, self.step_key, self.attempt

    @property
    def instance(self) -> DagsterInstance:
        """Dagster's instance, as the run knows it."""
        return compat_step.instance_of(self.step)

    @cached_property
    def planned(self) -> Mapping[str, tuple[str, ...]]:
        """Assets that the run planned to materialize in this step, by key, and their partitions."""
        return compat_step.planned_assets(self.step)

    @cached_property
    def checks(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """Asset checks that the run planned to evaluate in this step, by asset and name, and their partitions."""
        return compat_step.planned_checks(self.step)

    @cached_property
    def code_location(self) -> str | None:
        """The code location that the run came from; ``None`` for a run made in this process."""
        return compat_step.code_location_of(compat_step.run_of(self.step))[0]

    @cached_property
    def assets(self) -> Mapping[str, Any]:
        """What the step's own assets are, as ``AssetSnapshot``, by key."""
        from phlo_hooks_dagster.in_step.assets import asset_snapshots  # noqa: PLC0415  # see LIGHT

        return asset_snapshots(self.step, options().translator)

    def run_context(self, *, artifacts: Any = None) -> Any:
        """
        Return the translator's ``RunContext`` of this step: it knows the step's own assets and nothing of other steps.

        Args:
            artifacts: ``DbtArtifacts``: dbt's own word on the nodes of this step.
        """
        from phlo_hooks_dagster.in_step.assets import run_context  # noqa: PLC0415  # see LIGHT

        return run_context(self, artifacts)
