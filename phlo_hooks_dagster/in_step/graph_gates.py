"""
Gates of assets that graphs of ops make: they stand on the asset's spec, and the op that returns it asks them.

LIGHT: see ``bus``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dagster import AssetKey, AssetsDefinition, AssetSpec, map_asset_specs

from phlo_hooks_dagster.in_step.scope import StepScope

GATES: Final = "phlo/gates"
"""Name of the metadata on the spec; it is in no record of a run."""


@dataclass(frozen=True)
class GraphGates:
    """What the metadata holds."""

    gates: tuple[Any, ...]

    def __str__(self) -> str:
        """Name the gates, for people."""
        return ", ".join(str(gate.name) for gate in self.gates)


@dataclass(kw_only=True)
class _Known:
    declared: bool = False


_known = _Known()


def with_gates(definition: AssetsDefinition, gates: Sequence[Any]) -> AssetsDefinition:
    """Return the definition with the gates on each of its assets."""
    if not gates:
        return definition
    _known.declared = True
    metadata = {GATES: GraphGates(tuple(gates))}

    def guarded(spec: AssetSpec) -> AssetSpec:
        return spec.merge_attributes(metadata=metadata)

    mapped = list(map_asset_specs(guarded, [definition]))
    return mapped[0]


def gates_of_graph(scope: StepScope) -> tuple[Any, ...]:
    """Return the gates of the assets that this step of a graph makes; none is looked for where no graph has any."""
    if not _known.declared:
        return ()
    from phlo_hooks_dagster.compat_gates import graph_of_step  # noqa: PLC0415  # see LIGHT

    graph, _ = graph_of_step(scope.step)
    found = (graph.get(AssetKey.from_user_string(key)).metadata.get(GATES) for key in scope.planned)
    return tuple(gate for held in found if isinstance(held, GraphGates) for gate in held.gates)
