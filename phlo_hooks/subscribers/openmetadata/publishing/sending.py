"""What one publishing has at hand."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind, split
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing.ledger import Ledger, entity_name
from phlo_hooks.subscribers.openmetadata.publishing.parts import parts_at, tails
from phlo_hooks.subscribers.openmetadata.publishing.records import EntityRecord
from phlo_hooks.subscribers.openmetadata.publishing.results import Api, Tally
from phlo_hooks.subscribers.openmetadata.requests import PutEntity, PutTest
from phlo_hooks.subscribers.openmetadata.versions import Once

_log = logging.getLogger(__name__)

_GOVERNED: Final = ("owners", "tags", "{domain}", "dataProducts")
_FIELDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.TABLE: (
        *(*_GOVERNED, "columns", "schemaDefinition", "tableConstraints", "tablePartition", "retentionPeriod"),
        "extension",
    ),
    Kind.CONTAINER: (*_GOVERNED, "dataModel", "extension"),
    Kind.API_ENDPOINT: _GOVERNED,
    Kind.PIPELINE: (*_GOVERNED, "tasks", "scheduleInterval", "extension"),
    Kind.DASHBOARD: (*_GOVERNED, "charts", "dataModels", "extension"),
    Kind.DATABASE: (*_GOVERNED, "extension"),
    Kind.DATABASE_SCHEMA: (*_GOVERNED, "extension"),
}
"""What a PUT may erase, and only stands in an answer that was asked for it."""
_PAGE: Final = 500


@dataclass(frozen=True)
class End:
    """One end of an edge: its id, and its columns as the server spells them, without the entity's name."""

    id: str
    columns: tuple[str, ...] = ()


@dataclass
class Sending:
    """
    What one publishing has at hand; shared by several threads.

    Attributes:
        verify: Whether what was sent before is not believed.
        once: What was warned of in this process.
        requests: The entities of this publishing.
        tests: Its tests, by case.
        fresh: Entities that this publishing created: nobody else can have written anything there.
        restored: Whether what was missing is back, by name.
    """

    client: Api
    ledger: Ledger
    options: Options
    tally: Tally
    verify: bool
    once: Once
    requests: Mapping[EntityName, PutEntity] = field(default_factory=dict)
    tests: Mapping[EntityName, PutTest] = field(default_factory=dict)
    fresh: set[EntityName] = field(default_factory=set)
    restored: dict[EntityName, bool] = field(default_factory=dict)
    restoring: threading.RLock = field(default_factory=threading.RLock)
    found: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    def warn(self, text: str) -> None:
        """Say something once in a process."""
        if self.once.new([text]):
            _log.warning("OpenMetadata: %s", text)

    def fields(self, kind: Kind) -> str | None:
        """Return what to ask for, beyond what an answer has anyway."""
        domain = "domains" if self.client.server().features.domains else "domain"
        return ",".join(name.format(domain=domain) for name in _FIELDS.get(kind, ())) or None

    def entity(self, name: EntityName) -> dict[str, Any] | None:
        """Return an entity as it stands there, a deleted one too; ``None`` for none."""
        return self.client.get(name.path, {"fields": self.fields(name.kind), "include": "all"})

    def is_deleted(self, name: EntityName) -> bool:
        """Return whether people deleted it softly, or the table of a test: it stays so, and nothing is wrong."""
        there = self.client.get(name.path, {"include": "all"})
        if there is None and name.kind is Kind.TEST_CASE:
            return self.is_deleted(name.table)
        return bool(there and there.get("deleted"))

    def tables(self, schema: EntityName) -> dict[str, dict[str, Any]]:
        """Return all tables of a schema, by name."""
        found: dict[str, dict[str, Any]] = {}
        asked: dict[str, Any] = {
            "databaseSchema": schema.fqn,
            "fields": self.fields(Kind.TABLE),
            "include": "all",
            "limit": _PAGE,
        }
        while True:
            answer = self.client.get(PATHS[Kind.TABLE], asked) or {}
            found.update({str(each["name"]): each for each in answer.get("data") or ()})
            after = (answer.get("paging") or {}).get("after")
            if not after:
                return found
            asked["after"] = after

    def looked_up(self, path: str) -> dict[str, Any] | None:
        """Return what is there, asked once in this publishing."""
        if path not in self.found:
            self.found[path] = self.client.get(path)
        return self.found[path]

    def end(self, name: EntityName, *, anew: bool = False) -> End | None:
        """Return an end of an edge, as remembered or, ``anew``, as it stands there; ``None`` for what is not there."""
        record = self.ledger.get(entity_name(name), EntityRecord)
        if record.id and not anew:
            return End(record.id, tuple(record.columns))
        there = self.entity(name)
        if there is None or there.get("deleted"):
            return None
        columns = columns_of(name, there)
        if record.id == there["id"]:
            record.columns = columns
            self.ledger.put(entity_name(name), record)
        return End(str(there["id"]), tuple(columns))

    def resolve(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body whose reference by name is one by id."""
        parent = body.get("parent")
        if not isinstance(parent, Mapping) or "fullyQualifiedName" not in parent:
            return dict(body)
        kind, fqn = Kind(parent["type"]), str(parent["fullyQualifiedName"])
        end = self.end(named(kind, fqn))
        reference = {"type": kind.value, **({"id": end.id} if end else {})}
        return {**body, "parent": reference}


def named(kind: Kind, fqn: str) -> EntityName:
    """Return the name that a full name is."""
    return EntityName(kind, split(fqn))


def columns_of(name: EntityName, body: Mapping[str, Any]) -> list[str]:
    """Return an entity's columns as the server spells them."""
    if name.kind is Kind.PIPELINE:
        return []
    return tails(parts_at(body, name.kind) or [], str(body.get("fullyQualifiedName") or name.fqn), name.kind)
