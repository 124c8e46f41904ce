"""What the decorators over an integration's own have in common: the function watched, its specs marked, its riders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dagster import AssetsDefinition

from phlo_hooks_dagster.compat_step import report_rider
from phlo_hooks_dagster.decorators.likeness import in_likeness
from phlo_hooks_dagster.decorators.marks import marked
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.in_step.watching import StepObserver, watched
from phlo_hooks_dagster.riders import RIDER, Rider, to_metadata

Function = Callable[..., Any]


def hooked(
    decorate: Callable[[Function], AssetsDefinition],
    *,
    decorator: str,
    tool: str,
    stage: str,
    gates: Sequence[Any],
    observer: Callable[[StepScope], StepObserver],
) -> Callable[[Function], AssetsDefinition]:
    """
    Return the integration's decorator for a watched function, its specs marked.

    Raises:
        TypeError: What is decorated is no function, or one of ``gates`` is no gate.
    """
    asked = _checked(gates, decorator, stage)

    def hook(fn: Function) -> AssetsDefinition:
        if isinstance(fn, AssetsDefinition):
            raise TypeError(f"{decorator} stands in the place of @{tool}_assets, not above it")
        if not callable(fn):
            raise TypeError(f"{decorator} decorates a function, not {fn!r}; its arguments are given by name")
        definition = decorate(in_likeness(watched(fn, gates=asked, observer=observer), fn))
        return marked(definition, tool=tool, stage=stage)

    return hook


def _checked(gates: Sequence[Any], decorator: str, stage: str) -> tuple[Any, ...]:
    if not gates:
        return ()
    from phlo_hooks_dagster.gates import checked_gates  # noqa: PLC0415  most assets have none

    return checked_gates(gates, decorator=decorator, stage=stage)


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
