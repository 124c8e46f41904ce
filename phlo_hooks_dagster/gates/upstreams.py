"""Which assets a guarded one is made from, and which of their partitions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dagster import AssetCheckKey, AssetKey, DagsterInstance

from phlo_hooks.filters import glob_matches
from phlo_hooks_dagster.compat_gates import upstream_partitions
from phlo_hooks_dagster.gates.gate import Upstream

Reached = dict[AssetKey, tuple[str, ...] | None]
"""Assets to the partitions that count; ``None`` for those without."""


def upstreams_of(
    graph: Any,
    instance: DagsterInstance,
    asset: AssetKey,
    partition: str | None,
    *,
    globs: Sequence[str] | None = None,
    leave_out: Collection[AssetKey | AssetCheckKey] = (),
    through: AssetKey | None = None,
) -> tuple[Upstream, ...]:
    """
    Return the direct upstream assets, or with globs those that match at any distance, ordered by key.

    Args:
        graph: The assets of the code location.
        leave_out: Assets and checks of the asset's own step: when it starts, nothing is known of them.
        through: Only this direct upstream and what lies behind it.
    """
    found: Reached = {}
    level: Reached = {asset: None if partition is None else (partition,)}
    while level:
        further: Reached = {}
        for child, partitions in level.items():
            for parent in sorted(graph.get(child).parent_keys - {child} if graph.has(child) else ()):
                if (child == asset and through not in {None, parent}) or not graph.has(parent):
                    continue
                _join(further, parent, _mapped(graph, instance, child, partitions, parent))
        level = {key: each for key, each in further.items() if _join(found, key, each)}
        if globs is None:
            break
    chosen = [key for key in found if key not in leave_out and (globs is None or _matches(key, globs))]
    return tuple(_upstream(graph, key, found[key], leave_out) for key in sorted(chosen))


def _mapped(
    graph: Any, instance: DagsterInstance, child: AssetKey, partitions: tuple[str, ...] | None, parent: AssetKey
) -> tuple[str, ...] | None:
    if partitions is None:
        return upstream_partitions(graph, instance, child, None, parent)
    mapped = [upstream_partitions(graph, instance, child, each, parent) for each in partitions]
    known = [each for each in mapped if each is not None]
    return tuple(dict.fromkeys(key for each in known for key in each)) if known else None


def _join(found: Reached, key: AssetKey, partitions: tuple[str, ...] | None) -> bool:
    """Add partitions to what was found of an asset, and say whether there was anything new."""
    if key not in found:
        found[key] = partitions
        return True
    before = found[key]
    if before is None or partitions is None:
        return False
    found[key] = tuple(dict.fromkeys((*before, *partitions)))
    return len(found[key] or ()) > len(before)


def _matches(key: AssetKey, globs: Sequence[str]) -> bool:
    return any(glob_matches(glob, key.to_user_string()) for glob in globs)


def _upstream(
    graph: Any, key: AssetKey, partitions: tuple[str, ...] | None, leave_out: Collection[AssetKey | AssetCheckKey]
) -> Upstream:
    node = graph.get(key)
    metadata: Mapping[str, Any] = node.metadata
    return Upstream(
        key=key,
        partitions=partitions,
        partitions_def=node.partitions_def,
        checks=frozenset(check.name for check in node.check_keys if check not in leave_out),
        metadata=dict(metadata),
        local=node.is_materializable,
    )
