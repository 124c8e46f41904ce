"""What a GET shows: one entity, its versions, lists by pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from tests.openmetadata_standin import shapes
from tests.openmetadata_standin.errors import bad, unhandled
from tests.openmetadata_standin.shapes import BY_KIND, domain_field
from tests.openmetadata_standin.world import Entity, World

Json = dict[str, Any]
Query = Mapping[str, str]
ALWAYS = shapes.names(
    "id name fullyQualifiedName displayName description version updatedAt updatedBy deleted changeDescription"
)
ON_DEMAND = {
    "table": "tableConstraints tablePartition usageSummary customMetrics followers joins schemaDefinition dataModel "
    "testSuite profile tableProfilerConfig sampleData retentionPeriod columns votes certification",
    "pipeline": "tasks pipelineStatus followers scheduleInterval usageSummary votes",
    "dashboard": "charts dataModels followers usageSummary votes project",
    "container": "children dataModel size followers votes",
    "apiCollection": "apiEndpoints followers votes",
    "testCase": "testSuite testDefinition testCaseResult incidentId owners testSuites",
    "metric": "relatedMetrics followers votes",
    "testSuite": "tests summary owners",
}
MORE = frozenset({"owners", "tags", "dataProducts", "extension", "lifeCycle", "domain", "domains", "reviewers"})
LARGEST_PAGE = 1_000_000
USUAL_PAGE = 10


def include_of(query: Query) -> str:
    """Return ``include``, or raise the 400 for another word."""
    include = query.get("include", "non-deleted")
    if include not in ("all", "deleted", "non-deleted"):
        raise bad(f"query param include must be one of [all, deleted, non-deleted]: {include}")
    return include


def view(world: World, entity: Entity, query: Query) -> Json:
    """Return what a GET shows of an entity."""
    on_demand = frozenset(ON_DEMAND.get(entity.kind, "").split())
    asked = {name.strip() for name in query.get("fields", "").split(",") if name.strip()}
    governed = MORE - ({"domain"} if domain_field(world.mode) == "domains" else {"domains"})
    for name in asked - {"*"}:
        if name not in on_demand | governed:
            raise bad(f"Invalid field name {name}")
    body = full(world, entity)
    if "*" in asked:
        return body
    shown = (ALWAYS | BY_KIND[entity.kind].shown | asked) - (on_demand - asked - {"columns"})
    if entity.kind == "testCase":
        shown |= {"testCaseResult", "testCaseStatus"}
    result = {key: value for key, value in body.items() if key in shown}
    if "tags" not in asked and "columns" in result:
        result["columns"] = [{key: value for key, value in each.items() if key != "tags"} for each in result["columns"]]
    return result


def full(world: World, entity: Entity) -> Json:
    """Return all of it, with what is computed."""
    body = dict(entity.body)
    if entity.kind == "table":
        suite = next((each for each in world.children(entity) if each.kind == "testSuite"), None)
        if suite is not None:
            body["testSuite"] = suite.ref()
    if entity.kind == "pipeline" and (runs := world.runs.get(entity.fqn)):
        body["pipelineStatus"] = runs[max(runs)]
    if entity.kind == "testCase" and (results := world.results.get(entity.fqn)):
        body["testCaseResult"] = results[max(results)]
        if results[max(results)]["testCaseStatus"] == "Failed":
            body["incidentId"] = results[max(results)].get("incidentId")
    if entity.kind == "container":
        body["children"] = [each.ref() for each in world.children(entity) if each.kind == "container"]
    return body


def listed(world: World, kind: str, query: Query, also: Callable[[Entity], bool] = lambda _: True) -> Json:
    """Return one page."""
    include = include_of(query)
    try:
        limit = int(query.get("limit", USUAL_PAGE))
    except ValueError:
        raise unhandled("HTTP 404 Not Found") from None
    if not 0 <= limit <= LARGEST_PAGE:
        raise bad(f"[query param limit must be between 0 and {LARGEST_PAGE}]")
    found = [
        each
        for each in world.of_kind(kind)
        if (include == "all" or each.deleted == (include == "deleted")) and _within(each, query) and also(each)
    ]
    start = 0
    if after := query.get("after"):
        start = sum(each.fqn <= _plain(after) for each in found)
    page = found[start : start + limit]
    paging: Json = {"total": len(found)}
    if page and start + limit < len(found):
        paging["after"] = base64.b64encode(page[-1].fqn.encode()).decode()
    if page and start:
        paging["before"] = base64.b64encode(page[0].fqn.encode()).decode()
    return {"data": [view(world, each, query) for each in page], "paging": paging}


def searched(world: World, query: Query) -> Json:
    """Return what the search finds by a name, whatever its case: ``q=name:"orders"``; all of it without one."""
    wanted = query.get("q", "*").partition(":")[2].strip('"').replace("\\", "").lower()
    kind = query.get("index", "table_search_index").removesuffix("_search_index")
    found = [each for each in world.of_kind(kind) if not wanted or str(each.body["name"]).lower() == wanted]
    start = int(query.get("from", 0))
    page = found[start : start + int(query.get("size", USUAL_PAGE))]
    hits = [{"_index": f"{kind}_search_index", "_source": full(world, each)} for each in page if not each.deleted]
    return {"hits": {"total": {"value": len(found), "relation": "eq"}, "hits": hits}}


def _plain(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, ValueError):
        raise unhandled("Illegal base64 character") from None


def _within(entity: Entity, query: Query) -> bool:
    """Apply ``service=``, ``database=``, ``databaseSchema=``, ``apiCollection=``, ``parent=`` (classification)."""
    for name in ("service", "database", "databaseSchema", "apiCollection"):
        if name in query and (entity.body.get(name) or {}).get("fullyQualifiedName") != query[name]:
            return False
    if "parent" in query:
        return entity.fqn.startswith(f"{query['parent']}.")
    return True


def versions(entity: Entity, as_text: Callable[[Any], str]) -> Json:
    """Return the history of one entity."""
    return {"entityType": entity.kind, "versions": [as_text(entity.body), *entity.versions]}
