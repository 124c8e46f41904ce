"""
What makes one of Dagster's definitions a hooked one: the function watched, the stage as a tag, the run hook.

LIGHT: every step's process imports this module, so it imports nothing of ``phlo_hooks`` before it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from dagster import (
    AssetChecksDefinition,
    AssetsDefinition,
    AssetSpec,
    DagsterInvalidDefinitionError,
    OpDefinition,
    map_asset_specs,
)

import phlo_hooks_dagster as phlo
from phlo_hooks_dagster.decorators.likeness import in_likeness
from phlo_hooks_dagster.decorators.storing import may_store
from phlo_hooks_dagster.identity.stage_tag import STAGE_TAG, STAGES
from phlo_hooks_dagster.in_step.watching import MakeObserver, watched

Function = Callable[..., Any]
Arguments = TypeVar("Arguments", bound=Mapping[str, Any])


def wrapped(
    fn: Function, *, decorator: str, gates: Sequence[phlo.Gate] = (), observer: MakeObserver | None = None
) -> Function:
    """
    Return the function as Dagster is to have it.

    Args:
        observer: Makes what collects more than hooks are told, for each attempt of a step.

    Raises:
        TypeError: It is no function, or a definition already.
    """
    if isinstance(fn, (AssetsDefinition, AssetChecksDefinition, OpDefinition)):
        kind = type(fn).__name__
        raise TypeError(f"{decorator} stands in the place of Dagster's own decorator, not above it: this is {kind}")
    if not callable(fn):
        raise TypeError(f"{decorator} decorates a function, not {fn!r}; its arguments are given by name")
    return in_likeness(watched(fn, gates=gates, observer=observer), fn)


def asked(gates: Sequence[phlo.Gate], *, decorator: str, stage: str | None) -> tuple[phlo.Gate, ...]:
    """
    Return the gates that a decorator was given; ``stage`` is what is known of it.

    Raises:
        RegistrationError: One of them is no gate, or nothing says the stage.
    """
    if not gates and isinstance(gates, (tuple, list)):
        return ()
    from phlo_hooks_dagster.gates import checked_gates  # noqa: PLC0415  # see LIGHT

    return checked_gates(gates, decorator=decorator, stage=stage)


def checked_stage(stage: str | None, *, decorator: str) -> str | None:
    """
    Return the stage.

    Raises:
        DagsterInvalidDefinitionError: There is no such stage.
    """
    if stage is None or stage in STAGES:
        return stage
    known = ", ".join(sorted(STAGES))
    raise DagsterInvalidDefinitionError(f"{decorator}(stage={stage!r}): there is no such stage; there are {known}")


def staged(definition: AssetsDefinition, stage: str | None, *, decorator: str) -> AssetsDefinition:
    """
    Return the definition with the stage as a tag of each of its assets.

    Raises:
        StageConflictError: One of them has another stage already.
    """
    if stage is None:
        return definition

    def tagged(spec: AssetSpec) -> AssetSpec:
        said = spec.tags.get(STAGE_TAG, stage)
        if said != stage:
            from phlo_hooks_dagster.decorators.conflict import StageConflictError  # noqa: PLC0415  # see LIGHT

            raise StageConflictError(spec.key.to_user_string(), said, stage, decorator)
        return spec.merge_attributes(tags={STAGE_TAG: stage})

    mapped = list(map_asset_specs(tagged, [definition]))
    return mapped[0]


def with_run_hook(definition: AssetsDefinition, fn: Function) -> AssetsDefinition:
    """Return the definition with the run hook, when only Dagster knows at the end what was stored."""
    return run_hooked(definition) if may_store(fn) else definition


def run_hooked(definition: AssetsDefinition) -> AssetsDefinition:
    """Return the definition with the run hook beside its own hooks."""
    from phlo_hooks_dagster.run_hooks import phlo_run_hooks  # noqa: PLC0415  # see LIGHT

    return definition.with_hooks(phlo_run_hooks())


def stage_in(definition: AssetsDefinition) -> str | None:
    """Return a stage that one of the assets has by its tag or kind; ``None`` where none says one."""
    from phlo_hooks_dagster.identity.rules import TranslationRules  # noqa: PLC0415  # see LIGHT
    from phlo_hooks_dagster.identity.stages import stage_of  # noqa: PLC0415  # see LIGHT
    from phlo_hooks_dagster.snapshot import AssetSnapshot  # noqa: PLC0415  # see LIGHT

    for spec in definition.specs:
        key = spec.key.to_user_string()
        snapshot = AssetSnapshot(key=key, tags=dict(spec.tags), kinds=tuple(spec.kinds))
        found = stage_of(key, snapshot, TranslationRules()).tells
        if found is not None:
            return found
    return None


def guarded_graph(definition: AssetsDefinition, gates: Sequence[phlo.Gate], *, decorator: str) -> AssetsDefinition:
    """
    Return the definition with gates that the ops ask that return its assets.

    Raises:
        RegistrationError: One of these ops is not hooked, or nothing says the assets' stage.
    """
    from phlo_hooks.exceptions import RegistrationError  # noqa: PLC0415  # see LIGHT
    from phlo_hooks_dagster.compat_gates import is_watched  # noqa: PLC0415  # see LIGHT
    from phlo_hooks_dagster.in_step.graph_gates import with_gates  # noqa: PLC0415  # see LIGHT

    asked(gates, decorator=decorator, stage=stage_in(definition))
    if not is_watched(definition):
        names = ", ".join(sorted(key.to_user_string() for key in definition.keys))
        raise RegistrationError(
            f"{decorator} of {names}: the op that returns the asset asks its gates; write that op with @hooked_op"
        )
    return with_gates(definition, gates)


def without_gates(arguments: Arguments, *, decorator: str) -> Arguments:
    """
    Return the arguments.

    Raises:
        TypeError: There are gates among them, where no start of an asset is told.
    """
    if "gates" in arguments:
        raise TypeError(
            f"{decorator} takes no gates=: a gate is asked in the step that makes an asset; "
            "give them to the asset that must not start"
        )
    return arguments
