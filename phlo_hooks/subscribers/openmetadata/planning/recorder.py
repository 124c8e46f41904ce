"""A client that asks the server and tells it nothing: what it is told it notes, and answers as the server would."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from phlo_hooks.subscribers.openmetadata.client import Answer
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind, split
from phlo_hooks.subscribers.openmetadata.planning.changes import (
    ADD,
    CHANGE,
    REMOVE,
    Change,
    of_edge,
    of_entity,
    of_patch,
    word,
)
from phlo_hooks.subscribers.openmetadata.publishing import Api
from phlo_hooks.subscribers.openmetadata.versions import Server

Result = TypeVar("Result")

COUNTED: Final[Mapping[str, str]] = {"result of": "results of", "size of": "sizes of", "run of": "runs of"}
"""What many are told of, and what many are called."""
_BY_PATH: Final = {path: kind for kind, path in PATHS.items()}
_PARENTS: Final = ("databaseSchema", "database", "apiCollection", "service", "classification")
_EDGE: Final = 5
"""Parts of ``lineage/<type>/<id>/<type>/<id>``."""


class Recorder:
    """
    Takes a client's place.

    Attributes:
        changes: What would have been written, in order.
    """

    def __init__(self, client: Api) -> None:
        self.changes: list[Change] = []
        self._client = client
        self._lock = threading.Lock()
        self._seen: dict[str, dict[str, Any]] = {}
        self._made: dict[str, tuple[Kind, dict[str, Any]]] = {}
        self._names: dict[str, str] = {}
        self._edges: dict[tuple[str, str], dict[str, Any]] = {}

    def server(self) -> Server:
        """Return which server it is."""
        return self._client.server()

    def parallel(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """Run calls, several at once."""
        return self._client.parallel(calls)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """Return what is there, or would be."""
        if path in self._made:
            return dict(self._made[path][1])
        found = self._client.get(path, params)
        with self._lock:
            self._note(path, found)
        if path == PATHS[Kind.TABLE] and params and "databaseSchema" in params and not params.get("after"):
            made = [
                body
                for kind, body in self._made.values()
                if kind is Kind.TABLE and body.get("databaseSchema") == params["databaseSchema"]
            ]
            return {**(found or {}), "data": [*((found or {}).get("data") or ()), *made]}
        return found

    def put(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:  # noqa: ARG002  # a client's
        """Note what would be created or changed."""
        first, *rest = path.split("/")
        if path in _BY_PATH:
            return self._entity(_BY_PATH[path], body)
        if path == "lineage":
            return self._edge(body["edge"])
        if rest[-1:] == ["bulk"]:
            for each in body:
                self._entity(_BY_PATH[first], each)
        elif rest[-1:] == ["dataModel"]:
            self._add(CHANGE, "table", self._name(Kind.TABLE, rest[0]), "dbt model")
        elif rest[-1:] == ["tableProfile"]:
            self._add(ADD, "size of", self._name(Kind.TABLE, rest[0]))
        elif rest[-1:] == ["status"]:
            self._add(ADD, "run of", unquote(rest[0]), _time(body))
        elif rest[-2:] == ["assets", "add"]:
            what = [self._name(Kind(each["type"]), each["id"]) for each in body["assets"]]
            self._add(CHANGE, word(Kind.DATA_PRODUCT), unquote(rest[0]), *(f"+ {name}" for name in what))
        return Answer(200)

    def post(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:  # noqa: ARG002  # a client's
        """Note a result, or an incident that would be resolved."""
        if path.endswith("testCaseIncidentStatus"):
            self._add(CHANGE, "incident of", str(body["testCaseReference"]), "resolved")
        else:
            self._add(ADD, "result of", unquote(path.rpartition("/")[2]), _time(body))
        return Answer(201, {})

    def patch(
        self,
        path: str,
        body: Sequence[Mapping[str, Any]],
        params: Mapping[str, Any] | None = None,  # noqa: ARG002  # a client's
    ) -> Answer:
        """Note what would be changed."""
        place, _, entity_id = path.rpartition("/")
        kind = _BY_PATH.get(place)
        if kind is None:
            self._add(CHANGE, "result of", unquote(place.rpartition("/")[2]))
        else:
            name = self._name(kind, entity_id)
            before = self._seen.get(EntityName(kind, split(name)).path)
            with self._lock:
                self.changes.append(of_patch(kind, name, before, body))
                self._patch_seen(before or {}, body)
        return Answer(200, {})

    def delete(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:  # noqa: ARG002  # a client's
        """Note what would go."""
        parts = path.split("/")
        if parts[0] == "lineage" and len(parts) == _EDGE:
            ends = [self._name(Kind(parts[1]), parts[2]), self._name(Kind(parts[3]), parts[4])]
            self._add(REMOVE, "edge", " -> ".join(ends))
        else:
            place, _, entity_id = path.rpartition("/")
            kind = _BY_PATH[place]
            self._add(REMOVE, word(kind), self._name(kind, entity_id))
        return Answer(200)

    def _add(self, sign: str, kind: str, name: str, *details: str) -> None:
        with self._lock:
            self.changes.append(Change(sign=sign, kind=kind, name=name, details=details))

    def _note(self, path: str, found: dict[str, Any] | None) -> None:
        """Remember what was seen, to say later what changes."""
        if found is None:
            return
        if path.startswith("lineage/"):
            for edge in found.get("upstreamEdges") or ():
                self._edges[str(edge["fromEntity"]), str(edge["toEntity"])] = edge.get("lineageDetails") or {}
            return
        for each in found.get("data") or [found]:
            if isinstance(each, dict) and each.get("id") and each.get("fullyQualifiedName"):
                self._names[str(each["id"])] = str(each["fullyQualifiedName"])
        kind = _BY_PATH.get(path)
        if kind is not None:
            for each in found.get("data") or ():
                self._seen[EntityName(kind, split(str(each["fullyQualifiedName"]))).path] = each
        elif "/name/" in path:
            self._seen[path] = {**self._seen.get(path, {}), **found}

    def _entity(self, kind: Kind, body: Mapping[str, Any]) -> Answer:
        name = self._named(kind, body)
        with self._lock:
            before = self._seen.get(name.path)
            if kind is not Kind.TEST_SUITE:
                self.changes.append(of_entity(kind, name.fqn, before, body))
            made = {
                **(before or {}),
                **body,
                "id": (before or {}).get("id") or str(uuid.uuid5(uuid.NAMESPACE_URL, name.path)),
                "fullyQualifiedName": name.fqn,
                "deleted": False,
            }
            self._made[name.path] = kind, made
            self._names[made["id"]] = name.fqn
        return Answer(201 if before is None else 200, made)

    def _patch_seen(self, seen: dict[str, Any], patch: Sequence[Mapping[str, Any]]) -> None:
        """Take what a patch changes as seen, so that the PUT after it does not say it again."""
        for operation in patch:
            field = str(operation["path"]).removeprefix("/")
            if operation["op"] == "add" and "/" not in field:
                seen[field] = operation.get("value")

    def _named(self, kind: Kind, body: Mapping[str, Any]) -> EntityName:
        """Return which entity a create request is about."""
        own = str(body["name"])
        if kind is Kind.TEST_CASE:
            _, _, table, *column = str(body["entityLink"]).strip("<>").split("::")
            return EntityName(kind, (*split(table), *column[1:], own))
        parent = body.get("parent")
        if isinstance(parent, str):
            return EntityName(kind, (*split(parent), own))
        if isinstance(parent, Mapping):
            return EntityName(kind, (*split(self._name(kind, str(parent["id"]))), own))
        above = next((split(str(body[field])) for field in _PARENTS if body.get(field)), ())
        return EntityName(kind, (*above, own))

    def _edge(self, edge: Mapping[str, Any]) -> Answer:
        ends = [edge["fromEntity"], edge["toEntity"]]
        name = " -> ".join(self._name(Kind(end["type"]), str(end["id"])) for end in ends)
        with self._lock:
            before = self._edges.get((str(ends[0]["id"]), str(ends[1]["id"])))
            self.changes.append(of_edge(name, before, edge["lineageDetails"]))
        return Answer(200)

    def _name(self, kind: Kind, entity_id: str) -> str:
        """Return the full name behind an id."""
        if entity_id not in self._names:
            found = self._client.get(f"{PATHS[kind]}/{entity_id}", {"include": "all"}) or {}
            self._names[entity_id] = str(found.get("fullyQualifiedName") or entity_id)
        return self._names[entity_id]


def _time(body: Mapping[str, Any]) -> str:
    return f"{datetime.fromtimestamp(int(body['timestamp']) / 1000, UTC):%Y-%m-%d %H:%M:%S}"
