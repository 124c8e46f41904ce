"""
Dagster's other decorators, hooked: several assets or checks of one step, graphs of ops, and ops.

Each takes what Dagster's own takes and returns what that returns: to adopt one, or to drop it, one word changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Unpack, overload

import dagster as dg
from dagster import AssetChecksDefinition, AssetsDefinition, OpDefinition

import phlo_hooks_dagster as phlo
from phlo_hooks_dagster.decorators.arguments import (
    GraphAssetArguments,
    GraphMultiAssetArguments,
    MultiAssetArguments,
    MultiCheckArguments,
    OpArguments,
)
from phlo_hooks_dagster.decorators.parameters import GATES, STAGE, parameters_of
from phlo_hooks_dagster.decorators.staging import (
    Function,
    asked,
    checked_stage,
    guarded_graph,
    run_hooked,
    stage_in,
    staged,
    with_run_hook,
    without_gates,
    wrapped,
)

OF_ITS_ASSETS: Final = "that of its assets"
"""What is known of a stage before the assets are."""


@parameters_of(dg.multi_asset, GATES, STAGE)
def hooked_multi_asset(
    *, gates: Sequence[phlo.Gate] = (), stage: str | None = None, **arguments: Unpack[MultiAssetArguments]
) -> Callable[[Function], AssetsDefinition]:
    """
    Define assets that one function makes: ``@dg.multi_asset``, hooked.

    Hooks with ``in_step=True`` get the start and the end of each asset that has a stage, and ``asset.materialized`` of
    the others.

    Args:
        gates: What must be open before the function may run; a closed one fails the step.
        stage: Of all its assets; left out, each has the stage that its own tag ``phlo/stage`` or its kind says.
        **arguments: What ``@dg.multi_asset`` takes.

    Raises:
        StageConflictError: The tags of one of the assets name another stage.
    """
    decorator = "@hooked_multi_asset"
    marked = checked_stage(stage, decorator=decorator)
    checked = asked(gates, decorator=decorator, stage=OF_ITS_ASSETS)
    make = dg.multi_asset(**arguments)

    def decorate(fn: Function) -> AssetsDefinition:
        definition = staged(make(wrapped(fn, decorator=decorator, gates=checked)), marked, decorator=decorator)
        asked(checked, decorator=decorator, stage=stage_in(definition))
        return with_run_hook(definition, fn)

    return decorate


@overload
def hooked_graph_asset(
    compose_fn: Function,
    *,
    gates: Sequence[phlo.Gate] = ...,
    stage: str | None = ...,
    **arguments: Unpack[GraphAssetArguments],
) -> AssetsDefinition: ...
@overload
def hooked_graph_asset(
    compose_fn: None = None,
    *,
    gates: Sequence[phlo.Gate] = ...,
    stage: str | None = ...,
    **arguments: Unpack[GraphAssetArguments],
) -> Callable[[Function], AssetsDefinition]: ...
@parameters_of(dg.graph_asset, GATES, STAGE)
def hooked_graph_asset(
    compose_fn: Function | None = None, *, gates: Sequence[phlo.Gate] = (), stage: str | None = None, **arguments: Any
) -> AssetsDefinition | Callable[[Function], AssetsDefinition]:
    """
    Define an asset that a graph of ops makes: ``@dg.graph_asset``, hooked.

    Each of its ops has the run hook, which tells the asset's end when Dagster has recorded it. The op that returns the
    asset, written with ``@hooked_op``, tells its start and asks its gates.

    Args:
        compose_fn: The function; left out where arguments are given.
        gates: What must be open before the op may run that returns the asset; a closed one fails its step.
        stage: Of the asset; left out, it has the stage that its tag ``phlo/stage`` or its kind says.
        **arguments: What ``@dg.graph_asset`` takes.

    Raises:
        StageConflictError: The asset's tags name another stage.
        RegistrationError: There are gates, and the op that returns the asset is no ``@hooked_op``.
    """
    hooked = _graph_hooked("@hooked_graph_asset", stage, gates)

    if compose_fn is not None:
        return hooked(dg.graph_asset(compose_fn, **arguments))
    make = dg.graph_asset(**arguments)
    return lambda fn: hooked(make(fn))


@parameters_of(dg.graph_multi_asset, GATES, STAGE)
def hooked_graph_multi_asset(
    *, gates: Sequence[phlo.Gate] = (), stage: str | None = None, **arguments: Unpack[GraphMultiAssetArguments]
) -> Callable[[Function], AssetsDefinition]:
    """
    Define assets that a graph of ops makes: ``@dg.graph_multi_asset``, hooked as ``hooked_graph_asset`` is.

    Args:
        gates: What must be open before an op may run that returns one of the assets; a closed one fails its step.
        stage: Of all its assets; left out, each has the stage that its own tag ``phlo/stage`` or its kind says.
        **arguments: What ``@dg.graph_multi_asset`` takes.

    Raises:
        StageConflictError: The tags of one of the assets name another stage.
        RegistrationError: There are gates, and an op that returns one of the assets is no ``@hooked_op``.
    """
    hooked = _graph_hooked("@hooked_graph_multi_asset", stage, gates)
    make = dg.graph_multi_asset(**arguments)
    return lambda fn: hooked(make(fn))


@parameters_of(dg.multi_asset_check)
def hooked_multi_asset_check(**arguments: Unpack[MultiCheckArguments]) -> Callable[[Function], AssetChecksDefinition]:
    """
    Define checks that one function makes: ``@dg.multi_asset_check``, each result told as ``quality.result``.

    Args:
        **arguments: What ``@dg.multi_asset_check`` takes.
    """
    decorator = "@hooked_multi_asset_check"
    make = dg.multi_asset_check(**without_gates(arguments, decorator=decorator))
    return lambda fn: make(wrapped(fn, decorator=decorator))


@overload
def hooked_op(
    compute_fn: Function, *, gates: Sequence[phlo.Gate] = ..., **arguments: Unpack[OpArguments]
) -> OpDefinition: ...
@overload
def hooked_op(
    compute_fn: None = None, *, gates: Sequence[phlo.Gate] = ..., **arguments: Unpack[OpArguments]
) -> Callable[[Function], OpDefinition]: ...
@parameters_of(dg.op, GATES)
def hooked_op(
    compute_fn: Function | None = None, *, gates: Sequence[phlo.Gate] = (), **arguments: Any
) -> OpDefinition | Callable[[Function], OpDefinition]:
    """
    Define an op: ``@dg.op``, hooked.

    Where its step makes an asset (in a ``hooked_graph_asset``), hooks with ``in_step=True`` get the asset's start
    before the function runs.

    Args:
        compute_fn: The function; left out where arguments are given.
        gates: What must be open before the function may run; a closed one fails the step.
        **arguments: What ``@dg.op`` takes.
    """
    decorator = "@hooked_op"
    checked = asked(gates, decorator=decorator, stage=OF_ITS_ASSETS)
    if compute_fn is not None:
        return dg.op(wrapped(compute_fn, decorator=decorator, gates=checked), **arguments)
    make = dg.op(**arguments)
    return lambda fn: make(wrapped(fn, decorator=decorator, gates=checked))


def _graph_hooked(
    decorator: str, stage: str | None, gates: Sequence[phlo.Gate]
) -> Callable[[AssetsDefinition], AssetsDefinition]:
    marked = checked_stage(stage, decorator=decorator)
    checked = asked(gates, decorator=decorator, stage=OF_ITS_ASSETS)

    def hooked(definition: AssetsDefinition) -> AssetsDefinition:
        made = staged(definition, marked, decorator=decorator)
        return run_hooked(guarded_graph(made, checked, decorator=decorator) if checked else made)

    return hooked
