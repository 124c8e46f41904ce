"""Test suites, cases, results and the incidents that failed ones open."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from tests.openmetadata_standin import reading, shapes, vocabulary
from tests.openmetadata_standin.columns import Changes, keep_text
from tests.openmetadata_standin.errors import bad, conflict, missing, must_not_be_null, no_such_value, refusal
from tests.openmetadata_standin.naming import checked
from tests.openmetadata_standin.patching import patched
from tests.openmetadata_standin.putting import allow
from tests.openmetadata_standin.runs import check_ms
from tests.openmetadata_standin.wanted import check_fields
from tests.openmetadata_standin.world import Caller, Entity, World, now

Json = dict[str, Any]
LINK = {
    "1.6": re.compile(r"""^<#E::table::([\w'\- .&/:+"\\()$#%]+?)(?:::columns::([\w'\- .&/:+"\\()$#%]+))?>$"""),
    "2.0": re.compile(r"^<#E::table::([^<>|]+?)(?:::columns::([^<>|]+))?>$"),
}
BOT_MAY = ("New", "Resolved")


def put_suite(world: World, caller: Caller, request: object) -> tuple[int, Entity]:
    """Create a table's own suite; its name is the table's, whatever was sent."""
    known = shapes.names(
        "name displayName description owners executableEntityReference basicEntityReference domains tags"
    )
    suite = check_fields(request, known, "api.tests.CreateTestSuite")
    named = suite.get("basicEntityReference" if world.mode == "2.0" else "executableEntityReference")
    if named is None:
        raise bad("Cannot create an executable test suite without the table")
    return basic_suite(world, caller, world.get("table", named))


def basic_suite(world: World, caller: Caller, table: Entity) -> tuple[int, Entity]:
    """Return a table's own suite."""
    fqn = f"{table.fqn}.testSuite"
    existing = world.find("testSuite", fqn, "all")
    if existing is not None:
        return 200, existing
    body = {"name": fqn, "executable": True, "basic": True, "executableEntityReference": table.ref()}
    return 201, world.add("testSuite", fqn, body, table, caller.name)


def put_logical_suite(world: World, caller: Caller, request: Json) -> tuple[int, Entity]:
    """Create a suite of tests of any tables."""
    name = checked(request.get("name"), kind="testSuite")
    existing = world.find("testSuite", name, "all")
    if existing is not None:
        return 200, existing
    return 201, world.add("testSuite", name, {"name": name, "executable": False, "basic": False}, None, caller.name)


def put_case(world: World, caller: Caller, request: object, *, only_new: bool = False) -> tuple[int, Entity]:
    """Create or update a test case."""
    newer = shapes.BY_KIND["testCase"].newer
    older = shapes.BY_KIND["testCase"].takes("1.6") - newer
    known = (older | newer) - {"testSuite"} if world.mode == "2.0" else older
    case = check_fields(request, known, "api.tests.CreateTestCase")
    name = checked(case.get("name"), kind="testCase")
    needed = ["testDefinition", "entityLink", *(["testSuite"] if world.mode == "1.6" else [])]
    if absent := [each for each in needed if case.get(each) is None]:
        raise must_not_be_null(*absent)
    table, column = _linked(world, case["entityLink"])
    definition = world.get("testDefinition", case["testDefinition"])
    given = {each["name"] for each in case.get("parameterValues") or []}
    for parameter in definition.body.get("parameterDefinition") or []:
        if parameter.get("required") and parameter["name"] not in given:
            raise bad(f"Required parameter {parameter['name']} is not passed in parameterValues")
    suite = _suite(world, caller, case, table)
    allow(world, caller, "testCase", "Create")
    entity_fqn = f"{table.fqn}.{column}" if column else table.fqn
    body = {key: value for key, value in case.items() if value is not None and key != "testSuite"}
    body |= {"name": name, "testDefinition": definition.ref(), "testSuite": suite.ref(), "entityFQN": entity_fqn}
    body["parameterValues"] = body.get("parameterValues") or []
    existing = world.find("testCase", f"{entity_fqn}.{name}", "all")
    if existing is None:
        return 201, world.add("testCase", f"{entity_fqn}.{name}", body, suite, caller.name)
    if only_new:
        raise conflict()
    _merge(world, caller, existing, body)
    return 200, existing


def _linked(world: World, link: object) -> tuple[Entity, str | None]:
    found = LINK[world.mode].match(str(link))
    if found is None:
        raise bad(f'[entityLink must match "{LINK[world.mode].pattern}"]')
    return world.get("table", found[1]), found[2]


def _suite(world: World, caller: Caller, case: Json, table: Entity) -> Entity:
    if world.mode == "2.0":
        return basic_suite(world, caller, table)[1]
    suite = world.get("testSuite", case["testSuite"])
    if not suite.body["executable"]:
        raise bad("Test case must belong to an executable test suite")
    return suite


def _merge(world: World, caller: Caller, existing: Entity, body: Json) -> None:
    changes, new = Changes(), dict(body)
    for text in ("description", "displayName"):
        keep_text(existing.body, new, text, changes, text, bot=caller.is_bot)
    if existing.body["parameterValues"] != new["parameterValues"]:
        changes.set("parameterValues", existing.body["parameterValues"], new["parameterValues"])
        existing.body.pop("testCaseStatus", None)
    if existing.deleted:
        changes.set("deleted", old=True, new=False)
    if existing.body["testDefinition"]["id"] != new["testDefinition"]["id"]:
        changes.set("testDefinition", existing.body["testDefinition"], new["testDefinition"])
    if changes:
        described = {"fieldsUpdated": changes.updated, "fieldsAdded": changes.added}
        world.changed(existing, existing.body | new | {"deleted": False}, caller.name, description=described)


def list_cases(world: World, link: str, query: Mapping[str, str]) -> Json:
    """Return the cases of a table or a column; ``includeAllTests``: those of a table's columns too."""
    fqn = ".".join(link.strip("<>").split("::")[2::2])
    below = query.get("includeAllTests") == "true"

    def is_meant(case: Entity) -> bool:
        about = str(case.body["entityFQN"])
        return about == fqn or (below and about.startswith(f"{fqn}."))

    return reading.listed(world, "testCase", query, is_meant)


def post_result(world: World, caller: Caller, case: Entity, request: object) -> Json:
    """Store one result; a failed one opens an incident, even when the time is taken."""
    allow(world, caller, "testCase", "EditTests")
    newer = frozenset[str]() if world.mode == "2.0" else shapes.RESULT_NEWER
    result = dict(check_fields(request, shapes.RESULT - newer, "tests.type.TestCaseResult"))
    needed = ["timestamp", "testCaseStatus", *(["testResultValue"] if world.mode == "2.0" else [])]
    if absent := [each for each in needed if result.get(each) is None]:
        raise must_not_be_null(*absent)
    if not vocabulary.TEST_STATUSES.take(result["testCaseStatus"], world.mode):
        raise no_such_value(vocabulary.TEST_STATUSES.what, result["testCaseStatus"])
    check_ms(result["timestamp"])
    if result["testCaseStatus"] == "Failed":
        result["incidentId"] = _incident(world, case, caller)
    results = world.results.setdefault(case.fqn, {})
    if result["timestamp"] in results:
        raise conflict()
    results[result["timestamp"]] = {"id": str(uuid.uuid4()), "testCaseFQN": case.fqn} | result
    if result["timestamp"] == max(results):
        case.body["testCaseStatus"] = result["testCaseStatus"]
    world.touch()
    return results[result["timestamp"]]


def patch_result(world: World, case: Entity, timestamp: int, operations: object) -> Json:
    """Correct one result."""
    results = world.results.get(case.fqn, {})
    if timestamp not in results:
        raise missing("testCaseResult", str(timestamp))
    new = patched(results[timestamp], operations)
    if new != results[timestamp]:
        results[timestamp] = new
        if timestamp == max(results):
            case.body["testCaseStatus"] = new["testCaseStatus"]
        world.touch()
    return new


def delete_result(world: World, case: Entity, timestamp: int) -> None:
    """Delete one result."""
    if world.results.get(case.fqn, {}).pop(timestamp, None) is None:
        raise missing("testCaseResult", str(timestamp))
    world.touch()


def _incident(world: World, case: Entity, caller: Caller) -> str:
    for state, history in world.incidents.items():
        if history[-1]["testCaseReference"]["id"] == case.id and _status(history) != "Resolved":
            return state
    state = str(uuid.uuid4())
    world.incidents[state] = [_record(case, caller, state, "New", None)]
    world.touch()
    return state


def _status(history: list[Json]) -> str:
    return str(history[-1]["testCaseResolutionStatusType"])


def _record(case: Entity, caller: Caller, state: str, status: str, details: Json | None) -> Json:
    record = {"id": str(uuid.uuid4()), "stateId": state, "timestamp": now(), "updatedAt": now()}
    record |= {"updatedBy": {"type": "user", "name": caller.name}, "testCaseReference": case.ref()}
    record["testCaseResolutionStatusType"] = status
    return record | ({"testCaseResolutionStatusDetails": details} if details else {})


def post_incident(world: World, caller: Caller, request: object) -> Json:
    """Say what became of an incident."""
    known = shapes.names("testCaseResolutionStatusType testCaseResolutionStatusDetails testCaseReference severity")
    asked = check_fields(request, known, "api.tests.CreateTestCaseResolutionStatus")
    if absent := [each for each in ("testCaseReference", "testCaseResolutionStatusType") if asked.get(each) is None]:
        raise must_not_be_null(*absent)
    status = asked["testCaseResolutionStatusType"]
    if not vocabulary.INCIDENT_STATUSES.take(status, world.mode):
        raise no_such_value(vocabulary.INCIDENT_STATUSES.what, status)
    case = world.get("testCase", asked["testCaseReference"])
    details = asked.get("testCaseResolutionStatusDetails")
    if caller.is_bot and status not in BOT_MAY:
        raise bad("Task cannot be created by bot only by user or teams")
    if status == "Resolved" and not details:
        raise refusal(500, 'Cannot invoke "Resolved.getResolvedBy()" because "details" is null')
    state = _incident(world, case, caller)
    record = _record(case, caller, state, status, details)
    world.incidents[state].append(record)
    world.touch()
    return record


def list_incidents(world: World, query: Mapping[str, str]) -> Json:
    """Return states of incidents, the newest first."""
    found = [record for history in world.incidents.values() for record in history]
    if case := query.get("testCaseFQN"):
        found = [each for each in found if each["testCaseReference"]["fullyQualifiedName"] == case]
    if status := query.get("testCaseResolutionStatusType"):
        found = [each for each in found if each["testCaseResolutionStatusType"] == status]
    first, last = int(query.get("startTs", 0)), int(query.get("endTs", 1 << 62))
    found = [each for each in found if first <= each["timestamp"] <= last]
    if query.get("latest") == "true":
        found = list({each["stateId"]: each for each in found}.values())
    return {"data": found[::-1], "paging": {"total": len(found)}}


def incident(world: World, state: str) -> Json:
    """Return the states of one incident, the newest first."""
    history = world.incidents.get(state, [])
    return {"data": history[::-1], "paging": {"total": len(history)}}


def summary(world: World, suite: str) -> Json:
    """Return how the cases of a suite went last; those without a result are left out."""
    counts = dict.fromkeys(("success", "failed", "aborted", "queued"), 0)
    for case in world.of_kind("testCase"):
        if case.parent == suite and (status := case.body.get("testCaseStatus")):
            counts[status.lower()] += 1
    return counts | {"total": sum(counts.values()), "columnTestSummary": []}
