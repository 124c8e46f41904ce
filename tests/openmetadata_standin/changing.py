"""PATCH, DELETE and restore."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.openmetadata_standin import shapes
from tests.openmetadata_standin.columns import names_of
from tests.openmetadata_standin.errors import bad, missing
from tests.openmetadata_standin.patching import patched
from tests.openmetadata_standin.putting import allow
from tests.openmetadata_standin.shapes import BY_KIND
from tests.openmetadata_standin.wanted import check_fields, owner
from tests.openmetadata_standin.world import Caller, Entity, World

Json = dict[str, Any]
KEPT = ("id", "name", "fullyQualifiedName", "version", "updatedAt", "updatedBy", "deleted", "changeDescription")
COMPUTED = shapes.names(
    "href followers votes testSuite pipelineStatus testCaseResult incidentId children dataModel "
    "service serviceType database databaseSchema domain domains testCaseStatus entityFQN"
)


def patch(world: World, caller: Caller, entity: Entity, operations: object) -> Json:
    """Apply a JSON patch; a bot's overwrites what people wrote, too."""
    allow(world, caller, entity.kind, "EditAll")
    if entity.deleted:
        raise missing(entity.kind, entity.fqn)
    shape = BY_KIND[entity.kind]
    new = patched(entity.body, operations) | {name: entity.body[name] for name in KEPT if name in entity.body}
    check_fields(new, shape.takes(world.mode) | {*KEPT} | COMPUTED | entity.body.keys(), f"entity.{entity.kind}")
    _check(world, new)
    if new == entity.body:
        return entity.body
    changed = [name for name in new if new[name] != entity.body.get(name)]
    updated = [
        {"name": each, "oldValue": _text(entity.body.get(each)), "newValue": _text(new[each])} for each in changed
    ]
    deleted = [{"name": each, "oldValue": _text(entity.body[each])} for each in entity.body if each not in new]
    same_session = entity.patched_by == caller.name
    version = entity.body["version"]
    world.changed(entity, new, caller.name, description={"fieldsUpdated": updated, "fieldsDeleted": deleted})
    if same_session:
        entity.body["version"] = version
    entity.patched_by = caller.name
    return entity.body


def _check(world: World, new: Json) -> None:
    new["tags"] = world.tags.normal(new.get("tags") or [])
    new["owners"] = [owner(world, each) for each in new.get("owners") or []]
    if "columns" in new:
        columns = new["columns"]
        assert names_of(columns) is not None
        new["columns"] = world.columns.normal(columns, new["fullyQualifiedName"])
    if isinstance(new.get("domain"), dict):
        new["domain"] = world.by_id("domain", str(new["domain"].get("id"))).ref()
    if new.get("domains"):
        new["domains"] = [world.by_id("domain", str(each.get("id"))).ref() for each in new["domains"]]
    if new.get("dataProducts"):
        new["dataProducts"] = [world.by_id("dataProduct", str(each.get("id"))).ref() for each in new["dataProducts"]]
    if new.get("extension"):
        raise bad(f"Unknown custom field {next(iter(new['extension']))}")


def delete(world: World, caller: Caller, entity: Entity, query: Mapping[str, str]) -> Json:
    """Delete softly, or for good with ``hardDelete=true``; what is in it only with ``recursive=true``."""
    allow(world, caller, entity.kind, "Delete")
    for_good = query.get("hardDelete") == "true"
    if world.children(entity) and query.get("recursive") != "true":
        raise bad(f"{entity.kind} is not empty")
    answer = entity.body | {"deleted": True}
    if for_good:
        world.remove(entity)
    else:
        _soften(world, caller, entity)
    return answer


def _soften(world: World, caller: Caller, entity: Entity) -> None:
    for child in world.children(entity):
        _soften(world, caller, child)
    if not entity.deleted:
        change = {"fieldsUpdated": [{"name": "deleted", "oldValue": False, "newValue": True}]}
        world.changed(entity, entity.body | {"deleted": True}, caller.name, description=change)


def restore(world: World, caller: Caller, entity: Entity) -> Json:
    """Bring back what was deleted softly."""
    change = {"fieldsUpdated": [{"name": "deleted", "oldValue": True, "newValue": False}]}
    world.changed(entity, entity.body | {"deleted": False}, caller.name, description=change)
    return entity.body


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value
