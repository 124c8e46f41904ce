"""Lineage edges: put whole, patched, deleted, and the graph that they make."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from tests.openmetadata_standin import shapes, vocabulary
from tests.openmetadata_standin.errors import Refusal, bad, must_not_be_null, no_such_value, refusal
from tests.openmetadata_standin.patching import patched
from tests.openmetadata_standin.putting import allow
from tests.openmetadata_standin.shapes import BY_KIND
from tests.openmetadata_standin.wanted import check_fields, columns_of
from tests.openmetadata_standin.world import Caller, Entity, World

Json = dict[str, Any]
NO_GRAPH = shapes.names("chart databaseSchema database databaseService dataProduct domain apiCollection glossaryTerm")
DEEPEST = 3


def put(world: World, caller: Caller, request: object) -> None:
    """Put an edge by the ids of its ends; what the details do not say is gone."""
    edge = check_fields(request, frozenset({"edge"}), "api.lineage.AddLineage").get("edge")
    if edge is None:
        raise must_not_be_null("edge")
    check_fields(edge, frozenset({"fromEntity", "toEntity", "description", "lineageDetails"}), "type.EntitiesEdge")
    ends = [_end(world, edge.get(name)) for name in ("fromEntity", "toEntity")]
    put_between(world, caller, ends[0], ends[1], edge.get("lineageDetails"))


def put_between(world: World, caller: Caller, upstream: Entity, downstream: Entity, details: Json | None) -> None:
    """Put an edge between two entities."""
    allow(world, caller, downstream.kind, "EditLineage")
    stored = _checked(world, upstream, downstream, details) if details is not None else None
    _store(world, upstream, downstream, stored)
    if {upstream.kind, downstream.kind} & NO_GRAPH:
        raise Refusal(
            500, {"code": 500, "message": "OpenSearch exception [type=script_exception, reason=runtime error]"}
        )


def _store(world: World, upstream: Entity, downstream: Entity, details: Json | None) -> None:
    new: Json = {"fromEntity": upstream.id, "toEntity": downstream.id, "details": details}
    if world.edges.get((upstream.id, downstream.id)) != new:
        world.edges[upstream.id, downstream.id] = new
        world.touch()


def _end(world: World, reference: Json | None) -> Entity:
    if not reference or reference.get("id") is None:
        raise bad("[id must not be null]")
    return by_reference(world, reference)


def by_reference(world: World, reference: Json) -> Entity:
    """Return the entity behind ``{"id", "type"}``."""
    kind = str(reference.get("type"))
    if kind not in BY_KIND:
        raise refusal(404, f"Entity repository for {kind} not found. Is the ENTITY_TYPE_MAP initialized?")
    try:
        uuid.UUID(str(reference["id"]))
    except ValueError:
        raise bad(f'Cannot deserialize value of type `java.util.UUID` from String "{reference["id"]}"') from None
    return world.by_id(kind, str(reference["id"]), "all")


def _checked(world: World, upstream: Entity, downstream: Entity, details: Json) -> Json:
    stored = dict(details) | {"source": details.get("source") or "Manual"}
    if not vocabulary.LINEAGE_SOURCES.take(stored["source"], world.mode):
        raise no_such_value(vocabulary.LINEAGE_SOURCES.what, stored["source"])
    if details.get("pipeline"):
        stored["pipeline"] = by_reference(world, details["pipeline"]).ref()
    if details.get("columnsLineage"):
        above, below = columns_of(world, upstream), columns_of(world, downstream)
        for each in details["columnsLineage"]:
            if each.get("toColumn") is None:
                raise must_not_be_null("toColumn")
            _check_column(downstream, below, each["toColumn"])
            for column in each.get("fromColumns") or []:
                _check_column(upstream, above, column)
    return stored


def _check_column(entity: Entity, known: set[str] | None, column: str) -> None:
    if known is None or column in known:
        return
    what = {"apiEndpoint": "field name", "dashboard": "chart name"}.get(entity.kind, "fully qualified column name")
    raise bad(f"Invalid {what} {column}")


def edge_between(world: World, upstream: str, downstream: str) -> Json:
    """Return one edge; without details there is none, for this call."""
    edge = world.edges.get((upstream, downstream))
    if edge is None or edge["details"] is None:
        raise refusal(404, f"Lineage edge not found between {upstream} and {downstream}")
    return {"edge": edge["details"]}


def patch(world: World, caller: Caller, upstream: Entity, downstream: Entity, operations: object) -> None:
    """Patch an edge's details; columns are not checked here."""
    allow(world, caller, downstream.kind, "EditLineage")
    _store(world, upstream, downstream, patched(edge_between(world, upstream.id, downstream.id)["edge"], operations))


def delete(world: World, caller: Caller, upstream: Entity, downstream: Entity) -> None:
    """Delete one edge."""
    allow(world, caller, downstream.kind, "EditLineage")
    if world.edges.pop((upstream.id, downstream.id), None) is None:
        raise refusal(404, f"Lineage edge not found between {upstream.fqn} and {downstream.fqn}")
    world.touch()


def delete_of_source(world: World, entity: Entity, source: str) -> None:
    """Delete the edges of one source into an entity."""
    doomed = [
        ends
        for ends, edge in world.edges.items()
        if edge["toEntity"] == entity.id and edge["details"] and edge["details"]["source"] == source
    ]
    for ends in doomed:
        del world.edges[ends]
        world.touch()


def graph(world: World, entity: Entity, query: Mapping[str, str]) -> Json:
    """Return an entity's graph from the database, so many hops up and down."""
    depths = [int(query.get(name, 1)) for name in ("upstreamDepth", "downstreamDepth")]
    if any(not 0 <= depth <= DEEPEST for depth in depths):
        raise bad(f"[query param depth must be between 0 and {DEEPEST}]")
    up, down = _walk(world, entity, depths[0], "toEntity"), _walk(world, entity, depths[1], "fromEntity")
    if entity.kind == "pipeline":
        down += [
            edge
            for edge in world.edges.values()
            if ((edge["details"] or {}).get("pipeline") or {}).get("id") == entity.id
        ]
    ids = {edge[end] for edge in (*up, *down) for end in ("fromEntity", "toEntity")} - {entity.id}
    shown = [[_shown(edge) for edge in edges] for edges in (up, down)]
    nodes = [world.entities[each].ref() for each in sorted(ids)]
    return {"entity": entity.ref(), "nodes": nodes, "upstreamEdges": shown[0], "downstreamEdges": shown[1]}


def _walk(world: World, start: Entity, depth: int, end: str) -> list[Json]:
    other = "fromEntity" if end == "toEntity" else "toEntity"
    found: dict[tuple[str, str], Json] = {}
    front = {start.id}
    for _hop in range(depth):
        edges = {ends: edge for ends, edge in world.edges.items() if edge[end] in front and ends not in found}
        found |= edges
        front = {edge[other] for edge in edges.values()}
    return list(found.values())


def _shown(edge: Json) -> Json:
    details = {"lineageDetails": edge["details"]} if edge["details"] is not None else {}
    return {"fromEntity": edge["fromEntity"], "toEntity": edge["toEntity"]} | details


def search_graph(world: World, query: Mapping[str, str]) -> Json:
    """Return the graph that the UI reads; of what is unknown, nothing."""
    known = (world.find(kind, query.get("fqn", "")) for kind in BY_KIND)
    entity = next((each for each in known if each is not None), None)
    if entity is None:
        return {"entity": {}, "nodes": [], "edges": []}
    depths = {name: str(min(int(query.get(name, 0)), DEEPEST)) for name in ("upstreamDepth", "downstreamDepth")}
    around = graph(world, entity, depths)
    edges = {
        (each["fromEntity"], each["toEntity"]): each for each in (*around["upstreamEdges"], *around["downstreamEdges"])
    }
    shown = [
        {"fromEntity": _indexed(world, start), "toEntity": _indexed(world, end), "doc_id": f"{start}-{end}"}
        | (edge.get("lineageDetails") or {"pipeline": None})
        for (start, end), edge in edges.items()
    ]
    if world.mode == "1.6":
        return {"entity": entity.body, "nodes": around["nodes"], "edges": shown}
    up = [
        each for each in shown if (each["fromEntity"]["id"], each["toEntity"]["id"]) in _ends(around["upstreamEdges"])
    ]
    return {"entity": entity.body, "nodes": around["nodes"], "upstreamEdges": up} | {
        "downstreamEdges": [each for each in shown if each not in up]
    }


def _ends(edges: list[Json]) -> set[tuple[str, str]]:
    return {(each["fromEntity"], each["toEntity"]) for each in edges}


def _indexed(world: World, identifier: str) -> Json:
    entity = world.entities[identifier]
    return {"fqn": entity.fqn, "id": identifier, "type": entity.kind}
