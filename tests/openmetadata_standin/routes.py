"""Which call does what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.openmetadata_standin import changing, lineage, quality, reading, runs
from tests.openmetadata_standin.errors import Refusal, bad, unhandled
from tests.openmetadata_standin.permissions import permissions
from tests.openmetadata_standin.putting import allow, put
from tests.openmetadata_standin.shapes import BY_KIND, BY_PATH, Shape
from tests.openmetadata_standin.world import Caller, Entity, World

Json = dict[str, Any]
Answered = tuple[int, Any]
DONE: Answered = (200, None)
LINEAGE_BY_NAME = 6
LINEAGE_BY_ID = 4
VERSIONS = {"1.6": "1.6.0-SNAPSHOT", "2.0": "2.0.6"}


@dataclass(frozen=True)
class Call:
    """
    One request.

    Attributes:
        way: Parts of the path after ``/api/v1``, each decoded.
        body: What the JSON says; ``None`` without one.
    """

    method: str
    way: tuple[str, ...]
    query: Mapping[str, str]
    body: Any = None


def answer(world: World, caller: Caller, call: Call) -> Answered:
    """
    Do what is asked.

    Raises:
        Refusal: The server does not.
    """
    match call.way:
        case ("system", "version"):
            return 200, {"version": VERSIONS[world.mode], "revision": "stand-in", "timestamp": 0}
        case ("users", "loggedInUser"):
            return 200, world.get("user", caller.name).body
        case ("search", "query"):
            return 200, reading.searched(world, call.query)
        case ("permissions", *rest):
            return 200, permissions(world, rest)
        case ("lineage", *rest):
            return _lineage(world, caller, call, tuple(rest))
    for length in (2, 1):
        shape = BY_PATH.get("/".join(call.way[:length]))
        if shape is not None:
            special = {"testCase": _case, "testSuite": _suite}.get(shape.kind)
            way = call.way[length:]
            found = special(world, caller, call, way) if special else None
            return found or _entity(world, caller, call, shape, way)
    raise unhandled("HTTP 404 Not Found")


def _entity(world: World, caller: Caller, call: Call, shape: Shape, rest: tuple[str, ...]) -> Answered:
    does = {"GET": _read, "PUT": _put, "POST": _put, "PATCH": _change, "DELETE": _change}[call.method]
    more = {"table": _table, "pipeline": _pipeline}.get(shape.kind)
    found = does(world, caller, call, shape, rest) or (more(world, caller, call, rest) if more else None)
    if found is None:
        raise unhandled("HTTP 405 Method Not Allowed" if len(rest) <= 1 else "HTTP 404 Not Found")
    return found


def _read(world: World, _caller: Caller, call: Call, shape: Shape, rest: tuple[str, ...]) -> Answered | None:
    kind, query = shape.kind, call.query
    match rest:
        case ():
            return 200, reading.listed(world, kind, query)
        case (identifier,):
            return 200, reading.view(world, world.by_id(kind, identifier, reading.include_of(query)), query)
        case ("name", fqn):
            return 200, reading.view(world, world.get(kind, fqn, reading.include_of(query)), query)
        case (identifier, "versions"):
            return 200, reading.versions(world.by_id(kind, identifier, "all"), json.dumps)
    return None


def _put(world: World, caller: Caller, call: Call, shape: Shape, rest: tuple[str, ...]) -> Answered | None:
    match (call.method, *rest):
        case ("PUT",):
            status, _, body = put(world, caller, shape, call.body)
            return status, body
        case ("POST",):
            return 201, put(world, caller, shape, call.body, only_new=True)[2]
        case ("PUT", "bulk") if world.mode == "2.0":
            return 200, bulk(world, caller, shape, call.body)
        case ("PUT", "restore"):
            return 200, changing.restore(world, caller, world.by_id(shape.kind, call.body["id"], "all"))
        case ("PUT", fqn, "assets", "add") if shape.kind == "dataProduct":
            return 200, add_assets(world, caller, world.get(shape.kind, fqn), call.body)
    return None


def _change(world: World, caller: Caller, call: Call, shape: Shape, rest: tuple[str, ...]) -> Answered | None:
    include = "all" if call.method == "DELETE" else "non-deleted"
    match rest:
        case (identifier,):
            entity = world.by_id(shape.kind, identifier, include)
        case ("name", fqn):
            entity = world.get(shape.kind, fqn, include)
        case _:
            return None
    if call.method == "DELETE":
        return 200, changing.delete(world, caller, entity, call.query)
    return 200, changing.patch(world, caller, entity, call.body)


def bulk(world: World, caller: Caller, shape: Shape, requests: object) -> Json:
    """Put many of one kind; those that are refused do not stop the others."""
    if not isinstance(requests, list):
        raise bad("Cannot deserialize value of type `java.util.ArrayList`")
    passed: list[Json] = []
    failed: list[Json] = []
    for request in requests:
        try:
            status, entity, _body = put(world, caller, shape, request)
            passed.append({"request": entity.fqn, "status": status})
        except Refusal as refused:
            message = refused.body["message"] if isinstance(refused.body, dict) else refused.body
            name = request.get("name") if isinstance(request, dict) else None
            failed.append({"request": name, "status": refused.status, "message": message})
    outcome = "success" if not failed else "partialSuccess" if passed else "failure"
    counts = {"numberOfRowsProcessed": len(requests), "numberOfRowsPassed": len(passed)}
    return (
        {"dryRun": False, "status": outcome, "successRequest": passed, "failedRequest": failed}
        | counts
        | {"numberOfRowsFailed": len(failed)}
    )


def add_assets(world: World, caller: Caller, product: Entity, request: Json) -> Json:
    """Put entities into a data product."""
    for reference in request["assets"]:
        entity = world.by_id(reference["type"], reference["id"])
        if product.id not in {each["id"] for each in entity.body.get("dataProducts") or []}:
            new = entity.body | {"dataProducts": [*(entity.body.get("dataProducts") or []), product.ref()]}
            world.changed(entity, new, caller.name, description={})
    return {"status": "success", "numberOfRowsPassed": len(request["assets"])}


def _table(world: World, caller: Caller, call: Call, rest: tuple[str, ...]) -> Answered | None:
    match (call.method, *rest):
        case ("PUT", identifier, "dataModel"):
            table = world.by_id("table", identifier)
            runs.put_data_model(world, caller, table, call.body)
            return 200, table.body
        case ("PUT", identifier, "tableProfile"):
            table = world.by_id("table", identifier)
            runs.put_profile(world, caller, table, call.body)
            return 200, runs.latest_profile(world, table)
        case ("GET", fqn, "tableProfile", "latest"):
            return 200, runs.latest_profile(world, world.get("table", fqn))
        case ("GET", fqn, "tableProfile" | "systemProfile" as kind):
            return 200, runs.list_profiles(world, world.get("table", fqn), kind, call.query)
    return None


def _pipeline(world: World, caller: Caller, call: Call, rest: tuple[str, ...]) -> Answered | None:
    if len(rest) < len(("fqn", "status")) or rest[1] != "status":
        return None
    pipeline = world.get("pipeline", rest[0])
    match (call.method, *rest[2:]):
        case ("PUT",):
            runs.put_run(world, caller, pipeline, call.body)
            return 200, reading.full(world, pipeline)
        case ("PUT", "bulk") if world.mode == "2.0":
            for each in call.body:
                runs.put_run(world, caller, pipeline, each)
            return 200, reading.full(world, pipeline)
        case ("GET",):
            return 200, runs.list_runs(world, pipeline, call.query)
        case ("DELETE", timestamp):
            runs.delete_run(world, pipeline, int(timestamp))
            return 200, pipeline.body
    return None


def _lineage(world: World, caller: Caller, call: Call, rest: tuple[str, ...]) -> Answered:  # noqa: PLR0911  # a table
    match (call.method, *rest):
        case ("PUT",):
            lineage.put(world, caller, call.body)
            return DONE
        case ("PUT", above, "name", above_fqn, below, "name", below_fqn) if world.mode == "2.0":
            ends = _named(world, above, above_fqn), _named(world, below, below_fqn)
            lineage.put_between(world, caller, *ends, call.body)
            return DONE
        case ("GET", "getLineageEdge", above_id, below_id):
            return 200, lineage.edge_between(world, above_id, below_id)
        case ("GET", "getLineage"):
            return 200, lineage.search_graph(world, call.query)
        case ("GET", kind, "name", fqn):
            return 200, lineage.graph(world, _named(world, kind, fqn), call.query)
        case ("GET", kind, identifier):
            return 200, lineage.graph(world, lineage.by_reference(world, {"type": kind, "id": identifier}), call.query)
        case ("DELETE", kind, identifier, "type", source):
            lineage.delete_of_source(world, lineage.by_reference(world, {"type": kind, "id": identifier}), source)
            return DONE
    if call.method in ("PATCH", "DELETE") and len(rest) in (LINEAGE_BY_ID, LINEAGE_BY_NAME):
        return _edge(world, caller, call, rest)
    raise unhandled("HTTP 405 Method Not Allowed" if len(rest) == LINEAGE_BY_NAME else "HTTP 404 Not Found")


def _edge(world: World, caller: Caller, call: Call, rest: tuple[str, ...]) -> Answered:
    if len(rest) == LINEAGE_BY_NAME:
        upstream, downstream = _named(world, rest[0], rest[2]), _named(world, rest[3], rest[5])
    else:
        references = [{"type": kind, "id": identifier} for kind, identifier in (rest[:2], rest[2:])]
        upstream, downstream = (lineage.by_reference(world, each) for each in references)
    if call.method == "PATCH":
        lineage.patch(world, caller, upstream, downstream, call.body)
    else:
        lineage.delete(world, caller, upstream, downstream)
    return DONE


def _named(world: World, kind: str, fqn: str) -> Entity:
    if kind not in BY_KIND:
        raise unhandled("HTTP 404 Not Found")
    return world.get(kind, fqn, "all")


def _suite(world: World, caller: Caller, call: Call, rest: tuple[str, ...]) -> Answered | None:
    own = "basic" if world.mode == "2.0" else "executable"
    match (call.method, *rest):
        case ("PUT" | "POST", given) if given == own:
            status, suite = quality.put_suite(world, caller, call.body)
            return status, suite.body
        case ("PUT" | "POST",):
            status, suite = quality.put_logical_suite(world, caller, call.body)
            return status, suite.body
        case ("GET", "executionSummary"):
            return 200, quality.summary(world, call.query["testSuiteId"])
    return None


def _case(world: World, caller: Caller, call: Call, rest: tuple[str, ...]) -> Answered | None:  # noqa: PLR0911  # a table
    match (call.method, *rest):
        case ("PUT" | "POST" as method,):
            status, case = quality.put_case(world, caller, call.body, only_new=method == "POST")
            return status, case.body
        case ("POST", "testCaseResults", fqn) | ("PUT", fqn, "testCaseResult"):
            return 201, quality.post_result(world, caller, world.get("testCase", fqn), call.body)
        case ("GET", "testCaseResults", fqn):
            return 200, runs.list_results(world, world.get("testCase", fqn).fqn, call.query)
        case ("PATCH", "testCaseResults", fqn, timestamp):
            return 200, quality.patch_result(world, world.get("testCase", fqn), int(timestamp), call.body)
        case ("DELETE", "testCaseResults", fqn, timestamp):
            quality.delete_result(world, world.get("testCase", fqn), int(timestamp))
            return DONE
        case ("POST", "testCaseIncidentStatus"):
            allow(world, caller, "testCase", "EditTests")
            return 200, quality.post_incident(world, caller, call.body)
        case ("GET", "testCaseIncidentStatus"):
            return 200, quality.list_incidents(world, call.query)
        case ("GET", "testCaseIncidentStatus", "stateId", state):
            return 200, quality.incident(world, state)
        case ("GET",) if link := call.query.get("entityLink"):
            return 200, quality.list_cases(world, link, call.query)
    return None
