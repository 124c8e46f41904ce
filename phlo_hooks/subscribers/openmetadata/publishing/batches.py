"""Entities of one kind, and tables together where there are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.entities import confirm, is_due, send_entity
from phlo_hooks.subscribers.openmetadata.publishing.ledger import entity_name
from phlo_hooks.subscribers.openmetadata.publishing.merging import Merged, merge_entity
from phlo_hooks.subscribers.openmetadata.publishing.parts import Ours
from phlo_hooks.subscribers.openmetadata.publishing.records import EntityRecord
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending
from phlo_hooks.subscribers.openmetadata.requests import PutEntity

_MANY: Final = 5
"""From how many tables of one schema on they are read, and put, together."""
_CHUNK: Final = 50
_WIDE: Final = 2000
"""Columns that are put with one call: 10,000 take a server two seconds."""
_CROWDED: Final = 20
"""A schema with so many times the tables that we look for is not read whole."""


def send_entities(sending: Sending, requests: Sequence[PutEntity]) -> None:
    """Bring entities of one kind to the server."""
    due = [request for request in requests if is_due(sending, request)]
    found = _stand(sending, due) if due and due[0].name.kind is Kind.TABLE else {}
    made = _put_together(sending, [request for request in due if found.get(request.name, ...) is None])
    calls = [partial(send_entity, sending, request, found.get(request.name, ...)) for request in due]
    sending.client.parallel([call for call, request in zip(calls, due, strict=True) if request.name not in made])


def _stand(sending: Sending, requests: Sequence[PutEntity]) -> dict[EntityName, dict[str, Any] | None]:
    """Return tables as they stand there, read together where there are many of one schema."""
    schemas: dict[EntityName, list[EntityName]] = {}
    for request in requests:
        schemas.setdefault(request.name.up(Kind.DATABASE_SCHEMA), []).append(request.name)
    found: dict[EntityName, dict[str, Any] | None] = {}
    for schema, names in schemas.items():
        if len(names) < _MANY:
            continue
        try:
            if _is_crowded(sending, schema, len(names)):
                continue
            tables = sending.tables(schema)
        except Refused:
            continue  # each is asked for by itself, and says why
        found.update({name: tables.get(name.name) for name in names})
    return found


def _is_crowded(sending: Sending, schema: EntityName, wanted: int) -> bool:
    counted = sending.client.get(PATHS[Kind.TABLE], {"databaseSchema": schema.fqn, "limit": 0, "include": "all"}) or {}
    return int((counted.get("paging") or {}).get("total") or 0) > wanted * _CROWDED


def _put_together(sending: Sending, requests: Sequence[PutEntity]) -> set[EntityName]:
    """Create many tables with few calls; those that did not come about are left for others to try."""
    if len(requests) < _MANY or not sending.client.server().features.bulk:
        return set()
    for request in requests:
        if sending.ledger.get(entity_name(request.name), EntityRecord).id:
            sending.ledger.forget(request.name)
    todo = [(request, merged) for request in requests if (merged := _new(sending, request)) is not None]
    sending.client.parallel([partial(_put_chunk, sending, chunk) for chunk in _chunks(todo)])
    return _confirm_together(sending, todo)


def _put_chunk(sending: Sending, chunk: Sequence[tuple[PutEntity, Merged]]) -> None:
    with suppress(Refused):  # what did not come about is tried alone, and says why
        sending.client.put(f"{PATHS[Kind.TABLE]}/bulk", [merged.put for _, merged in chunk])


def _chunks(tables: Sequence[tuple[PutEntity, Merged]]) -> Iterator[list[tuple[PutEntity, Merged]]]:
    """Yield tables so that no call takes long: not too many, nor too many columns."""
    chunk: list[tuple[PutEntity, Merged]] = []
    columns = 0
    for each in tables:
        width = len(each[1].parts)
        if chunk and (len(chunk) >= _CHUNK or columns + width > _WIDE):
            yield chunk
            chunk, columns = [], 0
        chunk.append(each)
        columns += width
    if chunk:
        yield chunk


def _confirm_together(sending: Sending, chunk: Sequence[tuple[PutEntity, Merged]]) -> set[EntityName]:
    """Read what came about, as the answer does not tell ids, and remember it."""
    made: set[EntityName] = set()
    schemas = {request.name.up(Kind.DATABASE_SCHEMA) for request, _ in chunk}
    tables = {schema: sending.tables(schema) for schema in schemas}
    for request, merged in chunk:
        there = tables[request.name.up(Kind.DATABASE_SCHEMA)].get(request.name.name)
        put = merged.put or {}
        if there is not None and there.get("sourceHash") == put.get("sourceHash"):
            sending.fresh.add(request.name)
            confirm(sending, request, merged, there, EntityRecord())
            made.add(request.name)
    return made


def _new(sending: Sending, request: PutEntity) -> Merged | None:
    body = sending.client.server().fit(request.name.kind, sending.resolve(request.body))
    return None if body is None else merge_entity(request.name.kind, None, body, Ours())
