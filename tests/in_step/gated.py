"""Assets whose materializations say what a run's tags and config tell them to, and gates asked about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from phlo_hooks_dagster.compat_gates import graph_of_definitions
from phlo_hooks_dagster.gates import Gate, GateView
from phlo_hooks_dagster.gates.upstreams import upstreams_of

DAYS = dg.StaticPartitionsDefinition(["mon", "tue"])


def source(
    told: Mapping[str, Any] | None = None,
    *,
    name: str = "up",
    partitions: dg.PartitionsDefinition[Any] | None = None,
    **given: Any,
) -> dg.AssetsDefinition:
    """Return an asset whose materialization has this metadata."""

    def make() -> dg.MaterializeResult[Any]:
        return dg.MaterializeResult(metadata=dict(told or {}))

    made: dg.AssetsDefinition = dg.asset(name=name, partitions_def=partitions, **given)(make)
    return made


def target(
    *, deps: Sequence[Any] = ("up",), partitions: dg.PartitionsDefinition[Any] | None = None
) -> dg.AssetsDefinition:
    """Return the asset that is to be guarded, without a decorator of ours."""

    @dg.asset(name="down", deps=list(deps), partitions_def=partitions)
    def down() -> None:
        """Stand for what is published."""

    return down


def check(name: str, *, passed: bool = True, severity: str = "ERROR", **given: Any) -> dg.AssetChecksDefinition:
    """Return a check of ``up`` in a step of its own."""

    @dg.asset_check(asset="up", name=name, **given)
    def judge() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=passed, severity=dg.AssetCheckSeverity(severity), description="2 are wrong")

    return judge


def run(instance: dg.DagsterInstance, *assets: Any, **given: Any) -> dg.ExecuteInProcessResult:
    """Materialize and check these."""
    return dg.materialize(list(assets), instance=instance, raise_on_error=False, **given)


def ask(
    gate: Gate,
    instance: dg.DagsterInstance,
    *assets: Any,
    partition: str | None = None,
    run_id: str = "the run that asks",
    now: datetime | None = None,
) -> str | None:
    """Ask a gate whether ``down`` may start, as its step would."""
    graph = graph_of_definitions(assets, ())
    key = dg.AssetKey("down")
    view = GateView(
        instance=instance,
        run_id=run_id,
        asset_key=key,
        partition_key=partition,
        upstreams=upstreams_of(graph, instance, key, partition, globs=gate.upstreams),
        now=now or datetime.now(UTC),
    )
    return gate.reason_to_stop(view)
