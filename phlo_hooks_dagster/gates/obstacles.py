"""Why a blocking check cannot stand for a gate: what Dagster does not order, or does not run together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dagster import AssetCheckKey, AssetKey

from phlo_hooks.filters import glob_matches
from phlo_hooks_dagster.compat_gates import is_blocked_by_checks_of, jobs_with_assets, makes, selected
from phlo_hooks_dagster.gates.check_step import check_name
from phlo_hooks_dagster.gates.checks_passed import GATE_CHECK, ChecksPassed
from phlo_hooks_dagster.gates.gate import Gate


def obstacle(graph: Any, key: AssetKey, upstream: AssetKey | None, gates: Sequence[Gate]) -> str | None:
    """
    Return why a blocking check on the upstream cannot guard the asset; ``None`` when it can.

    Args:
        upstream: ``None`` when the asset has none outside of its own step.
    """
    if upstream is None:
        return "it has no upstream outside of its own step"
    node, above, name = graph.get(key), graph.get(upstream), upstream.to_user_string()
    if not above.is_materializable:
        return f"its upstream {name} is not made in this code location, so it runs in another run"
    if not is_blocked_by_checks_of(node.assets_def, upstream):
        return f"its own step checks {name}, and Dagster lets no step wait for checks of what it checks itself"
    theirs, own = above.partitions_def, node.partitions_def
    if theirs is not None and own is not None and theirs != own:
        return f"its upstream {name} is partitioned otherwise, so that no run makes both"
    for gate in gates:
        if isinstance(gate, ChecksPassed) and (why := _unordered(graph, upstream, gate)):
            return why
    return None


def job_obstacles(
    graph: Any, jobs: Sequence[object], automations: Sequence[object], needed: Mapping[AssetKey, Iterable[AssetKey]]
) -> Iterator[tuple[AssetKey, str]]:
    """
    Yield the guarded assets that a job runs without the check that guards them, and why.

    Args:
        graph: With the checks.
        needed: Guarded assets to the upstreams that have such a check.
    """
    for name, job in jobs_with_assets(jobs, automations):
        assets, checks = selected(graph, job)
        for key in sorted(assets.intersection(needed)):
            for upstream in sorted(needed[key]):
                above = upstream.to_user_string()
                if upstream not in assets:
                    yield key, f"{name} runs it without its upstream {above}"
                elif AssetCheckKey(upstream, check_name(key)) not in checks:
                    yield key, f"{name} runs it without the checks of its upstream {above}"


def looked_at(graph: Any, upstream: AssetKey, gate: Gate) -> Iterator[AssetKey]:
    """Yield what a gate looks at of a direct upstream and what lies behind it."""
    if gate.upstreams is None:
        yield upstream
        return
    seen, waiting = {upstream}, [upstream]
    while waiting:
        key = waiting.pop()
        if any(glob_matches(glob, key.to_user_string()) for glob in gate.upstreams):
            yield key
        further = graph.get(key).parent_keys - seen
        seen |= further
        waiting += sorted(further)


def _unordered(graph: Any, upstream: AssetKey, gate: ChecksPassed) -> str | None:
    """Return the first check that Dagster evaluates whenever it likes: in a step of its own, and not blocking."""
    for key in looked_at(graph, upstream, gate):
        node = graph.get(key)
        for check in sorted(node.check_keys, key=lambda each: each.name):
            if check.name.startswith(GATE_CHECK) or (gate.checks is not None and check.name not in gate.checks):
                continue
            if makes(graph, check) is node.assets_def:
                continue
            told = f"check {check.name} of {key.to_user_string()} runs in a step of its own"
            if not graph.get(check).blocking:
                return f"{told} and is not blocking: Dagster orders no check after another; give it blocking=True"
            if gate.warnings:
                return f"{told}, and Dagster lets nothing wait for its warnings"
    return None
