"""
``@asset`` and ``@asset_check`` of one stage.

Each takes what Dagster's own takes and returns what that returns: to adopt one, or to drop it, one word changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Unpack, overload

import dagster as dg
from dagster import AssetChecksDefinition, AssetsDefinition

import phlo_hooks_dagster as phlo
from phlo_hooks_dagster.decorators.arguments import AssetArguments, CheckArguments
from phlo_hooks_dagster.decorators.parameters import GATES, parameters_of
from phlo_hooks_dagster.decorators.staging import Function, asked, staged, with_run_hook, without_gates, wrapped


@overload
def ingestion_asset(
    compute_fn: Function, *, gates: Sequence[phlo.Gate] = ..., **arguments: Unpack[AssetArguments]
) -> AssetsDefinition: ...
@overload
def ingestion_asset(
    compute_fn: None = None, *, gates: Sequence[phlo.Gate] = ..., **arguments: Unpack[AssetArguments]
) -> Callable[[Function], AssetsDefinition]: ...
@parameters_of(dg.asset, GATES)
def ingestion_asset(
    compute_fn: Function | None = None, *, gates: Sequence[phlo.Gate] = (), **arguments: Any
) -> AssetsDefinition | Callable[[Function], AssetsDefinition]:
    """
    Define an asset that brings data in from outside: ``@dg.asset`` with the tag ``phlo/stage: ingestion``.

    Hooks with ``in_step=True`` get ``ingestion.start`` before the function runs, and ``ingestion.end`` when it is
    certain how it ended.

    Args:
        compute_fn: The function; left out where arguments are given.
        gates: What must be open before the function may run; a closed one fails the step.
        **arguments: What ``@dg.asset`` takes.

    Raises:
        StageConflictError: The asset's tags name another stage.
    """
    return _asset_of("ingestion", compute_fn, gates, arguments)


@overload
def transform_asset(
    compute_fn: Function, *, gates: Sequence[phlo.Gate] = ..., **arguments: Unpack[AssetArguments]
) -> AssetsDefinition: ...
@overload
def transform_asset(
    compute_fn: None = None, *, gates: Sequence[phlo.Gate] = ..., **arguments: Unpack[AssetArguments]
) -> Callable[[Function], AssetsDefinition]: ...
@parameters_of(dg.asset, GATES)
def transform_asset(
    compute_fn: Function | None = None, *, gates: Sequence[phlo.Gate] = (), **arguments: Any
) -> AssetsDefinition | Callable[[Function], AssetsDefinition]:
    """
    Define an asset that is made from others: ``@dg.asset`` with the tag ``phlo/stage: transform``.

    Hooks with ``in_step=True`` get ``transform.start`` before the function runs, and ``transform.end`` when it is
    certain how it ended.

    Args:
        compute_fn: The function; left out where arguments are given.
        gates: What must be open before the function may run; a closed one fails the step.
        **arguments: What ``@dg.asset`` takes.

    Raises:
        StageConflictError: The asset's tags name another stage.
    """
    return _asset_of("transform", compute_fn, gates, arguments)


@overload
def publish_asset(
    compute_fn: Function, *, gates: Sequence[phlo.Gate] = ..., **arguments: Unpack[AssetArguments]
) -> AssetsDefinition: ...
@overload
def publish_asset(
    compute_fn: None = None, *, gates: Sequence[phlo.Gate] = ..., **arguments: Unpack[AssetArguments]
) -> Callable[[Function], AssetsDefinition]: ...
@parameters_of(dg.asset, GATES)
def publish_asset(
    compute_fn: Function | None = None, *, gates: Sequence[phlo.Gate] = (), **arguments: Any
) -> AssetsDefinition | Callable[[Function], AssetsDefinition]:
    """
    Define an asset that hands data to those who use it: ``@dg.asset`` with the tag ``phlo/stage: publish``.

    Hooks with ``in_step=True`` get ``publish.start`` before the function runs, and ``publish.end`` when it is certain
    how it ended.

    Args:
        compute_fn: The function; left out where arguments are given.
        gates: What must be open before the function may run; a closed one fails the step.
        **arguments: What ``@dg.asset`` takes.

    Raises:
        StageConflictError: The asset's tags name another stage.
    """
    return _asset_of("publish", compute_fn, gates, arguments)


@parameters_of(dg.asset_check)
def quality_check(**arguments: Unpack[CheckArguments]) -> Callable[[Function], AssetChecksDefinition]:
    """
    Define a check of an asset: ``@dg.asset_check`` whose result hooks with ``in_step=True`` get as ``quality.result``.

    A check needs no tag: whatever evaluates one is of the stage *quality*. It takes no gates: those stop assets.

    Args:
        **arguments: What ``@dg.asset_check`` takes.
    """
    decorator = "@quality_check"
    make = dg.asset_check(**without_gates(arguments, decorator=decorator))
    return lambda fn: make(wrapped(fn, decorator=decorator))


def _asset_of(
    stage: str, compute_fn: Function | None, gates: Sequence[phlo.Gate], arguments: dict[str, Any]
) -> AssetsDefinition | Callable[[Function], AssetsDefinition]:
    decorator = f"@{stage}_asset"
    checked = asked(gates, decorator=decorator, stage=stage)

    def hooked(fn: Function, make: Callable[[Function], AssetsDefinition]) -> AssetsDefinition:
        definition = make(wrapped(fn, decorator=decorator, gates=checked))
        return with_run_hook(staged(definition, stage, decorator=decorator), fn)

    if compute_fn is not None:
        return hooked(compute_fn, lambda fn: dg.asset(fn, **arguments))
    make = dg.asset(**arguments)
    return lambda fn: hooked(fn, make)
