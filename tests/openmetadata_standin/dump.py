"""All that a server holds, in a form that is the same for two servers that were told the same."""

from __future__ import annotations

from typing import Any

from tests.openmetadata_standin.world import Entity, World

Json = dict[str, Any]
LEFT_OUT = frozenset({"id", "version", "updatedAt", "updatedBy", "changeDescription", "sourceHash"})
SEEDED = frozenset({"user", "team", "classification", "tag", "glossaryTerm"})


def dump(world: World) -> Json:
    """Return it without ids, versions and times of writing; edges by the full names of their ends."""
    kinds = {entity.kind for entity in world.entities.values()} - SEEDED
    return {
        "entities": {kind: {each.fqn: _plain(each.body) for each in world.of_kind(kind)} for kind in sorted(kinds)},
        "edges": {
            f"{_name(world, above)} -> {_name(world, below)}": _plain(edge["details"])
            for (above, below), edge in sorted(world.edges.items(), key=lambda each: [_name(world, i) for i in each[0]])
        },
        "runs": {fqn: dict(sorted(runs.items())) for fqn, runs in sorted(world.runs.items()) if runs},
        "results": {
            fqn: {at: _plain(result, also={"incidentId"}) for at, result in sorted(results.items())}
            for fqn, results in sorted(world.results.items())
        },
        "incidents": sorted(_incident(history) for history in world.incidents.values()),
        "profiles": {
            _name(world, table): sorted((_plain(each) for each in profiles), key=str)
            for table, profiles in sorted(world.profiles.items(), key=lambda each: _name(world, each[0]))
        },
    }


def _name(world: World, identifier: str) -> str:
    entity: Entity | None = world.entities.get(identifier)
    return f"{entity.kind} {entity.fqn}" if entity else "gone"


def _plain(value: Any, also: frozenset[str] | set[str] = frozenset()) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    if {"id", "type", "fullyQualifiedName"} <= value.keys():
        return f"{value['type']} {value['fullyQualifiedName']}"
    return {key: _plain(each) for key, each in sorted(value.items()) if key not in LEFT_OUT | also}


def _incident(history: list[Json]) -> str:
    states = [each["testCaseResolutionStatusType"] for each in history]
    return f"{history[0]['testCaseReference']['fullyQualifiedName']}: {' '.join(states)}"
