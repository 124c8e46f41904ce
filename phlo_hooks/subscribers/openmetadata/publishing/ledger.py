"""What was sent, and was confirmed; written as it is confirmed, so that a crash repeats little."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

import msgspec

from phlo_hooks.keep import Keep
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind, split
from phlo_hooks.subscribers.openmetadata.publishing.records import (
    CaseRecord,
    EdgeRecord,
    EntityRecord,
    Record,
    decode,
    encode,
    plain,
)
from phlo_hooks.subscribers.openmetadata.requests import Governance, PutEntity

Struct = TypeVar("Struct", bound=Record)

_ROOT: Final = "sent/"
_ENTITY: Final = "sent/entity/"
_EDGE: Final = "sent/edge/"
_CASE: Final = "sent/case/"
_RESULTS: Final = "sent/results/"
_LONGEST: Final = 300_000
"""Bytes of a request that are kept, so that it can be sent again."""
_WRITE_AFTER: Final = 100


class Ledger:
    """
    Records of what was sent, in the plugin's keep under ``sent/``.

    Names are read once and believed for the ledger's life, which is one publishing. Safe to use from several threads.
    """

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._lock = threading.RLock()
        self._read: dict[str, bytes | None] = {}
        self._changed: dict[str, bytes | None] = {}
        self._touching: dict[EntityName, list[str]] | None = None

    def load(self, names: Iterable[str]) -> None:
        """Read many names at once."""
        with self._lock:
            wanted = [name for name in dict.fromkeys(names) if name not in self._read]
            found = self._keep.get(wanted) if wanted else {}
            self._read.update({name: found.get(name) for name in wanted})

    def get(self, name: str, kind: type[Struct]) -> Struct:
        """Return a record; an empty one when there is none."""
        data = self._data(name)
        return kind() if data is None else decode(data, kind)

    def put(self, name: str, record: Record | None) -> None:
        """Remember, or forget; on disk after ``flush``, or when much has come together."""
        self._set(name, None if record is None else encode(record))

    def flush(self) -> None:
        """Write what is remembered."""
        with self._lock:
            if self._changed:
                self._keep.put(self._changed)
                self._changed = {}

    def keep_request(self, request: PutEntity) -> None:
        """Keep a whole request, for when the entity is gone one day and has to be made anew."""
        data = encode(
            {
                "body": dict(request.body),
                "governance": msgspec.to_builtins(request.governance),
                "whole": request.whole,
                "one_case": request.one_case,
            }
        )
        self._set(body_name(request.name), data if len(data) <= _LONGEST else None)

    def request(self, name: EntityName) -> PutEntity | None:
        """Return the request with which an entity was last sent; ``None`` when it is not known."""
        data = self._data(body_name(name))
        if data is None:
            return None
        kept: dict[str, Any] = msgspec.json.decode(plain(data))
        governance = msgspec.convert(kept["governance"], Governance)
        return PutEntity(
            name=name,
            body=kept["body"],
            governance=governance,
            whole=kept["whole"],
            one_case=kept["one_case"],
        )

    def entities(self) -> Iterator[tuple[EntityName, EntityRecord]]:
        """Yield every entity that was sent."""
        for name, data in self._items(_ENTITY):
            kind, _, fqn = name.removeprefix(_ENTITY).partition("/")
            yield EntityName(Kind(kind), split(fqn)), decode(data, EntityRecord)

    def edges_into(self, downstream: EntityName) -> list[tuple[str, EdgeRecord]]:
        """Return the edges into an entity that were sent, with their names in the ledger."""
        return [(name, decode(data, EdgeRecord)) for name, data in self._items(edge_prefix(downstream))]

    def edges(self) -> Iterator[tuple[str, EntityName, EdgeRecord]]:
        """Yield every edge: its name in the ledger, where it leads to, its record."""
        for name, data in self._items(_EDGE):
            kind, _, fqn = name.removeprefix(_EDGE).partition("\n")[0].partition("/")
            yield name, EntityName(Kind(kind), split(fqn)), decode(data, EdgeRecord)

    def cases_of(self, table: EntityName) -> set[str]:
        """Return the full names of the tests of a table that we created, as the server spells them."""
        found = [decode(data, CaseRecord) for _, data in self._items(f"{_CASE}{table.fqn}.")]
        return {record.fqn for record in found if record.ours}

    def forget(self, name: EntityName) -> None:
        """Forget what hangs on an entity that is gone: its own record stays, as one that has to be sent again."""
        record = self.get(entity_name(name), EntityRecord)
        self.put(entity_name(name), EntityRecord(ours=record.ours) if record.digest else None)
        self.put(model_name(name), None)
        self.put(profile_name(name), None)
        self.put(status_name(name), None)
        self.put(suite_name(name), None)
        for edge in self._edges_of(name):
            self.put(edge, None)
        for beginning in (_CASE, _RESULTS):
            for case, _ in self._items(f"{beginning}{name.fqn}."):
                self.put(case, None)

    def _edges_of(self, name: EntityName) -> list[str]:
        """Return the edges into and out of an entity; those that were known when this was asked first."""
        with self._lock:
            if self._touching is None:
                self._touching = {}
                for edge, downstream, record in self.edges():
                    for end in {downstream, record.source}:
                        self._touching.setdefault(end, []).append(edge)
            return self._touching.get(name, [])

    def _items(self, beginning: str) -> Iterator[tuple[str, bytes]]:
        self.flush()
        yield from self._keep.items(beginning)

    def _data(self, name: str) -> bytes | None:
        with self._lock:
            if name not in self._read:
                self.load([name])
            return self._read[name]

    def _set(self, name: str, data: bytes | None) -> None:
        with self._lock:
            if name in self._read and self._read[name] == data:
                return
            self._read[name] = self._changed[name] = data
            if len(self._changed) >= _WRITE_AFTER:
                self.flush()


def entity_name(name: EntityName) -> str:
    """Return under which name an entity is remembered."""
    return f"{_ENTITY}{name.kind}/{name.fqn}"


def body_name(name: EntityName) -> str:
    """Return … the request that made it."""
    return f"{_ROOT}body/{name.kind}/{name.fqn}"


def model_name(table: EntityName) -> str:
    """Return … a table's dbt tab."""
    return f"{_ROOT}model/{table.fqn}"


def suite_name(table: EntityName) -> str:
    """Return … a table's suite of tests, which older servers want."""
    return f"{_ROOT}suite/{table.fqn}"


def edge_prefix(downstream: EntityName) -> str:
    """Return how the names of all edges into an entity begin."""
    return f"{_EDGE}{downstream.kind}/{downstream.fqn}\n"


def edge_name(upstream: EntityName, downstream: EntityName) -> str:
    """Return … an edge; no name holds a newline, the server refuses it."""
    return f"{edge_prefix(downstream)}{upstream.kind}/{upstream.fqn}"


def definition_name(name: str) -> str:
    """Return … a test definition."""
    return f"{_ROOT}definition/{name}"


def case_name(case: EntityName) -> str:
    """Return … a test case."""
    return f"{_CASE}{case.fqn}"


def results_name(case: EntityName) -> str:
    """Return … a case's results."""
    return f"{_RESULTS}{case.fqn}"


def profile_name(table: EntityName) -> str:
    """Return … a table's profiles."""
    return f"{_ROOT}profile/{table.fqn}"


def status_name(pipeline: EntityName) -> str:
    """Return … a pipeline's runs."""
    return f"{_ROOT}status/{pipeline.fqn}"
