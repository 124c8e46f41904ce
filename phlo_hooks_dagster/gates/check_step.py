"""
The step of a blocking check that stands for gates.

Dagster reads the annotation of ``context``, so this module has no postponed annotations.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    Failure,
    multi_asset_check,
)

from phlo_hooks_dagster.compat_gates import graph_of_step, makes, partitions_of_run, runs
from phlo_hooks_dagster.gates.asking import closed_gates, refuse
from phlo_hooks_dagster.gates.checks_passed import GATE_CHECK
from phlo_hooks_dagster.gates.gate import Gate, GateClosedError, GateView, Upstream
from phlo_hooks_dagster.gates.text import listed
from phlo_hooks_dagster.gates.upstreams import upstreams_of

STEP: Final = "phlo_gates_on_"
"""How the names of the steps begin in which such checks are evaluated."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """An asset that a check guards, and its gates."""

    key: AssetKey
    gates: tuple[Gate, ...]


def check_name(guarded: AssetKey) -> str:
    """Return the name of the check that guards an asset."""
    return f"{GATE_CHECK}{_identifier(guarded)}"


def check_of(upstream: AssetKey, guarded: tuple[Guarded, ...]) -> AssetChecksDefinition:
    """Return the blocking checks on an asset that stand for the gates of assets made from it, in one step."""
    specs = [
        AssetCheckSpec(
            name=check_name(each.key),
            asset=upstream,
            blocking=True,
            description=f"Gates of {each.key.to_user_string()}: {', '.join(gate.name for gate in each.gates)}.",
            metadata={"phlo/guards": each.key.to_user_string()},
        )
        for each in guarded
    ]

    @multi_asset_check(specs=specs, name=f"{STEP}{_identifier(upstream)}", can_subset=True)
    def ask(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        refused: list[GateClosedError] = []
        wanted = {check.name for check in context.selected_asset_check_keys}
        for each in guarded:
            if check_name(each.key) not in wanted:
                continue
            error = _asked(context, upstream, each)
            stops = error is not None and runs(context, each.key)
            yield _result(upstream, each, error, stops=stops)
            if error is not None and stops:
                refused.append(error)
        if refused:
            raise Failure(
                description=listed([str(error) for error in refused]),
                metadata={"phlo/hook": f"gates:{refused[0].gate}", "phlo/reason": refused[0].reason},
                allow_retries=all(error.retry for error in refused),
            )

    return ask


def _identifier(key: AssetKey) -> str:
    """Return a name that no other key has: Dagster's own may be that of several, as it makes dashes underscores."""
    name = key.to_python_identifier()
    if all(_PLAIN.fullmatch(part) for part in key.path):
        return name
    return f"{name}_{sha256(key.to_string().encode()).hexdigest()[:8]}"


def _result(upstream: AssetKey, guarded: Guarded, error: GateClosedError | None, *, stops: bool) -> AssetCheckResult:
    """Return the check's result: of an asset that this run does not make, closed gates are a warning."""
    return AssetCheckResult(
        asset_key=upstream,
        check_name=check_name(guarded.key),
        passed=error is None,
        severity=AssetCheckSeverity.ERROR if stops or error is None else AssetCheckSeverity.WARN,
        description=None if error is None else str(error),
        metadata={"phlo/guards": guarded.key.to_user_string()},
    )


def _asked(context: AssetCheckExecutionContext, upstream: AssetKey, guarded: Guarded) -> GateClosedError | None:
    op: Any = context.op_execution_context
    _, graph = graph_of_step(op)
    view = GateView(
        instance=context.instance,
        run_id=context.run.run_id,
        asset_key=guarded.key,
        partition_key=None,
        upstreams=(),
        now=datetime.now(UTC),
    )
    partitions = partitions_of_run(op) if graph.get(guarded.key).partitions_def is not None else (None,)
    closed = []
    for partition in partitions:

        def find(gate: Gate, partition: str | None = partition) -> tuple[Upstream, ...]:
            found = upstreams_of(
                graph, context.instance, guarded.key, partition, globs=gate.upstreams, through=upstream
            )
            return tuple(_with_awaited(op, graph, each) for each in found)

        closed += closed_gates(guarded.gates, replace(view, partition_key=partition), find, tags=context.run.tags)
    try:
        refuse(closed, guarded.key.to_user_string())
    except GateClosedError as error:
        return error
    return None


def _with_awaited(step: Any, graph: Any, upstream: Upstream) -> Upstream:
    """Say which checks Dagster itself lets the guarded asset wait for: blocking ones, in steps of their own."""
    if not graph.has(upstream.key):
        return upstream
    node = graph.get(upstream.key)
    checks = {name: AssetCheckKey(upstream.key, name) for name in upstream.checks}
    awaited = {
        name
        for name, check in checks.items()
        if graph.get(check).blocking and makes(graph, check) is not node.assets_def and runs(step, check)
    }
    return replace(upstream, awaited=frozenset(awaited))
