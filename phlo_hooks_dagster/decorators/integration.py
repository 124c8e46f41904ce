"""What the decorators over an integration's own have in common: the function watched, its specs marked, its riders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dagster import AssetsDefinition

from phlo_hooks_dagster.compat_step import report_rider
from phlo_hooks_dagster.decorators.marks import marked
from phlo_hooks_dagster.decorators.staging import Function, asked, wrapped
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.in_step.watching import MakeObserver
from phlo_hooks_dagster.riders import RIDER, Rider, to_metadata


def hooked(
    decorate: Callable[[Function], AssetsDefinition],
    *,
    decorator: str,
    tool: str,
    stage: str,
    gates: Sequence[Any],
    observer: MakeObserver,
) -> Callable[[Function], AssetsDefinition]:
    """
    Return the integration's decorator for a watched function, its specs marked.

    Raises:
        RegistrationError: One of ``gates`` is no gate.
    """
    checked = asked(gates, decorator=decorator, stage=stage)

    def hook(fn: Function) -> AssetsDefinition:
        definition = decorate(wrapped(fn, decorator=decorator, gates=checked, observer=observer))
        return marked(definition, tool=tool, stage=stage)

    return hook


def leave(scope: StepScope, rider: Rider, message: str) -> None:
    """Write the rider into Dagster's log, as a record of this step; it is stored when this returns."""
    report_rider(
        scope.instance,
        run_id=scope.run_id,
        job_name=scope.job_name,
        step_key=scope.step_key,
        message=message,
        metadata={RIDER: to_metadata(rider)},
    )
