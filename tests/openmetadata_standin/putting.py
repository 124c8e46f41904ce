"""What a PUT stores, keeps and erases."""

from __future__ import annotations

import json
from typing import Any

from tests.openmetadata_standin.columns import Changes, keep_text
from tests.openmetadata_standin.errors import Refusal, bad, conflict, refusal
from tests.openmetadata_standin.shapes import TASK_UNTRACKED, Shape, domain_field
from tests.openmetadata_standin.wanted import Wanted
from tests.openmetadata_standin.world import Caller, Entity, World, copied

Json = dict[str, Any]


def put(
    world: World, caller: Caller, shape: Shape, request: object, *, only_new: bool = False
) -> tuple[int, Entity, Json]:
    """
    Create or update.

    Returns:
        Status, the entity as stored, and the body to answer, which may say more than is stored.
    """
    wanted = Wanted(world, shape, request)
    allow(world, caller, shape.kind, "Create")
    existing = world.find(shape.kind, wanted.fqn, "all")
    if existing is None:
        entity = world.add(shape.kind, wanted.fqn, complete(shape, wanted.body, world.mode), wanted.parent, caller.name)
        return 201, entity, entity.body
    if only_new:
        raise conflict()
    return 200, existing, Merge(world, caller, shape, existing, wanted.body).done()


def allow(world: World, caller: Caller, kind: str, operation: str) -> None:
    """Raise the 403 for what was forbidden."""
    if (kind, operation) in world.forbidden:
        name = caller.name
        raise refusal(403, f"Principal: CatalogPrincipal{{name='{name}'}} operations [{operation}] not allowed")


def complete(shape: Shape, body: Json, mode: str) -> Json:
    """Return a body with the empty lists that every entity has."""
    empty = ["owners"] if shape.plain else ["owners", "tags", "dataProducts"]
    empty += ["domains"] if mode == "2.0" and not shape.plain else []
    return {name: [] for name in empty} | body


class Merge:
    """A PUT on what exists."""

    def __init__(self, world: World, caller: Caller, shape: Shape, entity: Entity, wanted: Json) -> None:
        self._world = world
        self._caller = caller
        self._shape = shape
        self._entity = entity
        self._old = entity.body
        self._wanted = wanted
        self._changes = Changes()

    def done(self) -> Json:
        """Store what is to be stored and return what is to be answered."""
        try:
            new = self._new()
        except Refusal:
            self._world.touch()  # tags may be gone
            raise
        if self._old["deleted"]:
            self._changes.updated.append({"name": "deleted", "oldValue": True, "newValue": False})
            new["deleted"] = False
        if not self._changes:
            return new | {key: self._old[key] for key in ("version", "updatedAt", "updatedBy")}
        changes = self._changes
        described = {"fieldsAdded": changes.added, "fieldsUpdated": changes.updated, "fieldsDeleted": changes.deleted}
        as_text = {kind: [_as_text(each) for each in listed] for kind, listed in described.items()}
        if "serviceType" in self._shape.own:
            new["serviceType"] = self._old["serviceType"]
        self._world.changed(self._entity, new, self._caller.name, major=changes.breaking, description=as_text)
        return self._entity.body

    def _new(self) -> Json:
        old, wanted, bot = self._old, self._wanted, self._caller.is_bot
        new = copied(old)
        self._texts(new)
        if "connection" in old and "connection" not in wanted:
            raise bad('Cannot invoke "…ServiceConnectionEntityInterface.getConfig()" because … is null')
        if wanted.get("connection") not in (None, old.get("connection")):
            self._replace(new, "connection")
        if wanted.get("owners") and _ids(wanted["owners"]) != _ids(old.get("owners")):
            self._replace(new, "owners")
        if not self._shape.plain:
            new["tags"] = self._world.tags.joined(old, wanted, self._changes, "tags")
            domain = domain_field(self._world.mode)
            if wanted.get(domain) and _ids(wanted[domain]) != _ids(old.get(domain)):
                self._replace(new, domain)
            if _ids(wanted.get("dataProducts")) != _ids(old.get("dataProducts")):
                self._changes.set("dataProducts", old.get("dataProducts"), wanted.get("dataProducts"))
                new["dataProducts"] = wanted.get("dataProducts") or []
        for name in sorted(self._shape.replaced & self._shape.takes(self._world.mode)):
            if _plain(wanted.get(name)) != _plain(old.get(name)):
                self._replace(new, name)
        for name in self._shape.untracked:
            _set(new, name, wanted.get(name))
        self._nested(new, bot=bot)
        return new

    def _texts(self, new: Json) -> None:
        for text in ("description", "displayName"):
            _set(new, text, self._wanted.get(text))
            keep_text(self._old, new, text, self._changes, text, bot=self._caller.is_bot)

    def _replace(self, new: Json, name: str) -> None:
        self._changes.set(name, self._old.get(name), self._wanted.get(name))
        _set(new, name, self._wanted.get(name))

    def _nested(self, new: Json, *, bot: bool) -> None:
        old, wanted, changes = self._old, self._wanted, self._changes
        columns, fields = self._world.columns, self._world.fields
        if self._shape.kind == "table":
            new["columns"] = columns.merged(old["columns"], wanted["columns"], changes, bot=bot)
        if self._shape.kind == "pipeline":
            self._tasks(new, bot=bot)
        if self._shape.kind == "container" and "dataModel" in wanted:
            before = (old.get("dataModel") or {}).get("columns") or []
            merged = columns.merged(before, wanted["dataModel"]["columns"], changes, name="dataModel.columns", bot=bot)
            new["dataModel"] = wanted["dataModel"] | {"columns": merged}
        if self._shape.kind == "apiEndpoint":
            for name in ("requestSchema", "responseSchema"):
                if name not in wanted:
                    new.pop(name, None)
                    continue
                before = (old.get(name) or {}).get("schemaFields") or []
                path = f"{name}.schemaFields"
                merged = fields.merged(before, wanted[name]["schemaFields"], changes, name=path, bot=bot)
                new[name] = wanted[name] | {"schemaFields": merged}

    def _tasks(self, new: Json, *, bot: bool) -> None:
        before = {task["name"]: task for task in self._old.get("tasks") or []}
        wanted = self._wanted.get("tasks") or []
        tasks = []
        for task in wanted:
            old = before.pop(task["name"], None)
            if old is None:
                self._changes.added.append({"name": "tasks", "newValue": [task]})
                tasks.append(task)
                continue
            merged = dict(task)
            keep_text(old, merged, "description", self._changes, f"tasks.{task['name']}.description", bot=bot)
            merged["tags"] = self._world.tags.joined(old, task, self._changes, f"tasks.{task['name']}.tags")
            assert set(merged) <= {*TASK_UNTRACKED, "name", "description", "tags", "fullyQualifiedName", "owners"}
            tasks.append(merged)
        if before:
            self._changes.deleted.append({"name": "tasks", "oldValue": list(before.values())})
        if tasks or "tasks" in new:
            new["tasks"] = tasks


def _set(body: Json, name: str, value: Any) -> None:
    if value is None:
        body.pop(name, None)
    else:
        body[name] = value


def _ids(references: Any) -> list[str]:
    if isinstance(references, dict):
        references = [references]
    return sorted(str(each["id"]) for each in references or [])


def _plain(value: Any) -> Any:
    """References are compared by id; what is empty is absent."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and "id" in value[0]:
        return _ids(value)
    return value or None


def _as_text(change: Json) -> Json:
    return {key: json.dumps(value) if isinstance(value, list) else value for key, value in change.items()}
