"""Everything that the server holds, in memory."""

from __future__ import annotations

import copy
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.openmetadata_standin.columns import Columns
from tests.openmetadata_standin.errors import missing, unhandled
from tests.openmetadata_standin.naming import split, under
from tests.openmetadata_standin.shapes import BY_KIND
from tests.openmetadata_standin.tags import Tags

Json = dict[str, Any]


@dataclass(frozen=True)
class Caller:
    """Who asks."""

    name: str
    is_bot: bool


@dataclass
class Entity:
    """
    One entity.

    Attributes:
        body: All its fields, references too.
        parent: Id of what it is in.
        versions: Earlier bodies, the newest first.
        patched_by: Who made the last change, if that was a PATCH.
    """

    kind: str
    body: Json
    parent: str | None = None
    versions: list[str] = field(default_factory=list)
    patched_by: str | None = None

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.body["id"])

    @property
    def fqn(self) -> str:
        """Its full name."""
        return str(self.body["fullyQualifiedName"])

    @property
    def deleted(self) -> bool:
        """Whether it was deleted softly."""
        return bool(self.body["deleted"])

    def ref(self) -> Json:
        """Return a reference to it."""
        return {"id": self.id, "type": self.kind, "name": self.body["name"], "fullyQualifiedName": self.fqn} | {
            "displayName": self.body.get("displayName") or self.body["name"],
            "deleted": self.deleted,
        }


class World:
    """
    Entities, and what hangs on them by id or full name.

    Attributes:
        revision: Counts what changed.
        edges: ``(from id, to id)`` to the edge; without ``details`` it was put so.
        runs: Pipeline's full name to timestamp to status.
        results: Test case's full name to timestamp to result.
        incidents: State id to its list of states, oldest first.
        profiles: Table's id to the profiles that were put.
    """

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.revision = 0
        self.entities: dict[str, Entity] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self.edges: dict[tuple[str, str], Json] = {}
        self.runs: dict[str, dict[int, Json]] = {}
        self.results: dict[str, dict[int, Json]] = {}
        self.incidents: dict[str, list[Json]] = {}
        self.profiles: dict[str, list[Json]] = {}
        self.forbidden: set[tuple[str, str]] = set()
        self.tags = Tags(lambda kind, fqn: self.find(kind, fqn) is not None, self._exclusive)
        self.columns = Columns(mode, self.tags)
        self.fields = Columns(mode, self.tags, fields=True)

    def touch(self) -> None:
        """Note that something changed."""
        self.revision += 1

    def of_kind(self, kind: str) -> Iterator[Entity]:
        """Yield entities by full name."""
        for (found, _fqn), identifier in sorted(self._ids.items()):
            if found == kind:
                yield self.entities[identifier]

    def find(self, kind: str, fqn: str, include: str = "non-deleted") -> Entity | None:
        """Return an entity by its full name; a service also by a name that ought to be quoted."""
        identifier = self._ids.get((kind, fqn))
        if identifier is None and kind.endswith("Service"):
            identifier = self._ids.get((kind, under("", fqn)))
        entity = self.entities.get(identifier or "")
        return entity if entity is not None and _included(entity, include) else None

    def get(self, kind: str, fqn: str, include: str = "non-deleted") -> Entity:
        """Return it, or raise the 404."""
        entity = self.find(kind, fqn, include)
        if entity is None:
            raise missing(kind, fqn)
        return entity

    def by_id(self, kind: str, identifier: str, include: str = "non-deleted") -> Entity:
        """Return it by its id, or raise the 404; what is no id is an unhandled 404."""
        try:
            uuid.UUID(identifier)
        except ValueError:
            raise unhandled("HTTP 404 Not Found") from None
        entity = self.entities.get(identifier)
        if entity is None or entity.kind != kind or not _included(entity, include):
            raise missing(kind, identifier)
        return entity

    def add(self, kind: str, fqn: str, body: Json, parent: Entity | None, by: str) -> Entity:
        """Store a new entity."""
        stored = {
            "id": str(uuid.uuid4()),
            "fullyQualifiedName": fqn,
            "version": 0.1,
            "updatedAt": now(),
            "updatedBy": by,
        }
        entity = Entity(kind, body | stored | {"deleted": False}, parent.id if parent else None)
        self.entities[entity.id] = entity
        self._ids[kind, fqn] = entity.id
        self.touch()
        return entity

    def changed(self, entity: Entity, body: Json, by: str, *, major: bool = False, description: Json) -> None:
        """Store a new version."""
        old = float(entity.body["version"])
        entity.versions.insert(0, json.dumps(entity.body))
        version = round(old + (1.0 if major else 0.1), 1)
        described: Json = (
            {"fieldsAdded": [], "fieldsUpdated": [], "fieldsDeleted": []} | description | {"previousVersion": old}
        )
        entity.body = body | {"version": version, "updatedAt": now(), "updatedBy": by, "changeDescription": described}
        entity.patched_by = None
        self.touch()

    def children(self, entity: Entity) -> list[Entity]:
        """Return what is directly in it."""
        return [each for each in self.entities.values() if each.parent == entity.id]

    def remove(self, entity: Entity) -> None:
        """Delete it for good, with what is in it and what hangs on it."""
        for child in self.children(entity):
            self.remove(child)
        del self.entities[entity.id]
        del self._ids[entity.kind, entity.fqn]
        self.edges = {ends: edge for ends, edge in self.edges.items() if entity.id not in ends}
        self.runs.pop(entity.fqn, None)
        self.results.pop(entity.fqn, None)
        self.profiles.pop(entity.id, None)
        self.touch()

    def _exclusive(self, classification: str) -> bool:
        entity = self.find("classification", classification)
        return bool(entity and entity.body.get("mutuallyExclusive"))


def _included(entity: Entity, include: str) -> bool:
    return include == "all" or entity.deleted == (include == "deleted")


def now() -> int:
    """Return the time in milliseconds."""
    return int(time.time() * 1000)


def seed(world: World) -> World:
    """Add what every server has, and some people, tags, terms, domains and products."""

    def add(kind: str, fqn: str, parent: Entity | None = None, **body: Any) -> Entity:
        assert kind in BY_KIND
        return world.add(kind, fqn, {"name": split(fqn)[-1], "description": ""} | body, parent, "admin")

    add("user", "admin", email="admin@open-metadata.org", isAdmin=True, isBot=False)
    add("user", "ingestion-bot", email="ingestion-bot@open-metadata.org", isBot=True, isAdmin=False)
    for name in ("ada", "grace"):
        add("user", name, email=f"{name}@example.org", isBot=False, isAdmin=False)
    for name in ("Organization", "Core Data"):
        add("team", name, teamType="Group")
    tags = {
        "Tier": ("Tier1", "Tier2", "Tier3"),
        "PII": ("None", "Sensitive"),
        "PersonalData": ("Personal", "SpecialCategory"),
    }
    for classification, names in tags.items():
        owner = add("classification", classification, mutuallyExclusive=classification in ("Tier", "PII"))
        for name in names:
            add("tag", f"{classification}.{name}", owner, classification=owner.ref())
    add("glossaryTerm", "Business.Order")
    add("glossaryTerm", "Business.Delay")
    sales = add("domain", "Sales", domainType="Aggregate")
    add("dataProduct", "Orders360", domains=[sales.ref()])
    world.revision = 0
    return world


def copied(body: Json) -> Json:
    """Return a copy that can be changed."""
    return copy.deepcopy(body)
