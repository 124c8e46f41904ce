"""Entities: what is new or changed is put, what is missing above it is put again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import msgspec

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.governance import govern
from phlo_hooks.subscribers.openmetadata.publishing.ledger import entity_name
from phlo_hooks.subscribers.openmetadata.publishing.merging import Merged, merge_entity
from phlo_hooks.subscribers.openmetadata.publishing.parts import Ours
from phlo_hooks.subscribers.openmetadata.publishing.records import EntityRecord, digest
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending, columns_of
from phlo_hooks.subscribers.openmetadata.requests import PutEntity

_TRIES: Final = 3
"""How often an entity is tried that others create at the same moment."""
_MANY: Final = 5
"""From how many tables of one schema on they are read, and put, together."""
_CHUNK: Final = 100
_CROWDED: Final = 20
"""A schema with so many times the tables that we look for is not read whole."""
_ABOVE: Final[Mapping[Kind, Kind]] = {
    Kind.TABLE: Kind.DATABASE_SCHEMA,
    Kind.DATABASE_SCHEMA: Kind.DATABASE,
    Kind.DATABASE: Kind.DATABASE_SERVICE,
    Kind.API_ENDPOINT: Kind.API_COLLECTION,
    Kind.API_COLLECTION: Kind.API_SERVICE,
    Kind.CONTAINER: Kind.STORAGE_SERVICE,
    Kind.PIPELINE: Kind.PIPELINE_SERVICE,
    Kind.DASHBOARD: Kind.DASHBOARD_SERVICE,
}


def send_entities(sending: Sending, requests: Sequence[PutEntity]) -> None:
    """Bring entities of one kind to the server."""
    due = [request for request in requests if _is_due(sending, request)]
    found = _stand(sending, due) if due and due[0].name.kind is Kind.TABLE else {}
    made = _put_together(sending, [request for request in due if found.get(request.name, ...) is None])
    calls = [partial(send_entity, sending, request, found.get(request.name, ...)) for request in due]
    sending.client.parallel([call for call, request in zip(calls, due, strict=True) if request.name not in made])


def send_entity(sending: Sending, request: PutEntity, there: Any = ...) -> None:
    """
    Bring one entity to the server, and count what became of it.

    Args:
        there: As it stands there, ``None`` for not at all, where that is known.
    """
    record = sending.ledger.get(entity_name(request.name), EntityRecord)
    try:
        _bring(sending, request, record, there)
    except Refused as refusal:
        record = sending.ledger.get(entity_name(request.name), EntityRecord)
        record.refused, record.reason = request_digest(request), refusal.message
        sending.ledger.put(entity_name(request.name), record)
        sending.tally.refused(request, f"{request.name}: {refusal.message}")


def request_digest(request: PutEntity) -> str:
    """Return what stands for a request."""
    return digest([request.body, msgspec.to_builtins(request.governance), request.whole, request.one_case])


def above(name: EntityName) -> Iterator[EntityName]:
    """Yield what an entity is in, outermost first."""
    kind = _ABOVE.get(name.kind)
    if kind is None:
        return
    parent = name.up(kind)
    if name.kind is Kind.CONTAINER and len(parent.parts) > 1:
        parent = name.up(Kind.CONTAINER)
    yield from above(parent)
    yield parent


def restore(sending: Sending, name: EntityName) -> bool:
    """
    Put what someone deleted for good once more, with what it is in; each once in a publishing.

    Returns:
        Whether it is there now; what people deleted softly stays deleted.
    """
    with sending.restoring:
        if name not in sending.restored:
            sending.restored[name] = all(_restored(sending, each) for each in (*above(name), name))
        return sending.restored[name]


def put_again(sending: Sending, name: EntityName) -> None:
    """Put an entity once more, as what it should have is not there."""
    request = sending.requests.get(name) or sending.ledger.request(name)
    if request is not None:
        with sending.restoring:
            _bring(sending, request, sending.ledger.get(entity_name(name), EntityRecord))


def _restored(sending: Sending, name: EntityName) -> bool:
    there = sending.entity(name)
    if there is not None:
        record = sending.ledger.get(entity_name(name), EntityRecord)
        if record.id not in ("", there["id"]):
            sending.ledger.forget(name)
        return not there.get("deleted")
    request = sending.requests.get(name) or sending.ledger.request(name)
    sending.ledger.forget(name)
    if request is None:
        return False
    _bring(sending, request, EntityRecord(), None, nested=True)
    return True


def _is_due(sending: Sending, request: PutEntity) -> bool:
    """Whether there is anything to do, as far as is remembered."""
    record = sending.ledger.get(entity_name(request.name), EntityRecord)
    if sending.verify:
        return True
    wanted = request_digest(request)
    if record.digest == wanted:
        sending.tally.unchanged()
    elif record.refused == wanted:
        sending.tally.withheld()
    else:
        return True
    return False


def _stand(sending: Sending, requests: Sequence[PutEntity]) -> dict[EntityName, dict[str, Any] | None]:
    """Return tables as they stand there, read together where there are many of one schema."""
    schemas: dict[EntityName, list[EntityName]] = {}
    for request in requests:
        schemas.setdefault(request.name.up(Kind.DATABASE_SCHEMA), []).append(request.name)
    found: dict[EntityName, dict[str, Any] | None] = {}
    for schema, names in schemas.items():
        if len(names) < _MANY or _is_crowded(sending, schema, len(names)):
            continue
        tables = sending.tables(schema)
        found.update({name: tables.get(name.name) for name in names})
    return found


def _is_crowded(sending: Sending, schema: EntityName, wanted: int) -> bool:
    counted = sending.client.get(PATHS[Kind.TABLE], {"databaseSchema": schema.fqn, "limit": 0, "include": "all"}) or {}
    return int((counted.get("paging") or {}).get("total") or 0) > wanted * _CROWDED


def _put_together(sending: Sending, requests: Sequence[PutEntity]) -> set[EntityName]:
    """Create many tables with few calls; those that did not come about are left for others to try."""
    if len(requests) < _MANY or not sending.client.server().features.bulk:
        return set()
    bodies = {request.name: _new(sending, request) for request in requests}
    todo = [(request, merged) for request in requests if (merged := bodies[request.name]) is not None]
    made: set[EntityName] = set()
    for start in range(0, len(todo), _CHUNK):
        chunk = todo[start : start + _CHUNK]
        try:
            sending.client.put(f"{PATHS[Kind.TABLE]}/bulk", [merged.put for _, merged in chunk])
        except Refused:
            continue
        made |= _confirm_together(sending, chunk)
    return made


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
            _confirm(sending, request, merged, there, EntityRecord())
            made.add(request.name)
    return made


def _new(sending: Sending, request: PutEntity) -> Merged | None:
    body = sending.client.server().fit(request.name.kind, sending.resolve(request.body))
    return None if body is None else merge_entity(request.name.kind, None, body, Ours())


def _bring(
    sending: Sending, request: PutEntity, record: EntityRecord, there: Any = ..., *, nested: bool = False
) -> None:
    """Send a request until the server has it; ``nested`` where what it is in was looked after."""
    moved = False
    for _ in range(_TRIES):
        try:
            if _once(sending, request, record, sending.entity(request.name) if there is ... else there):
                return
        except Refused as refusal:
            if refusal.method == "PATCH" and not moved:
                moved, there = True, ...  # somebody was quicker: what the patch named is elsewhere now
                continue
            if nested or refusal.status != HTTPStatus.NOT_FOUND:
                raise
            if not all(restore(sending, each) for each in above(request.name)):
                raise
            nested = True
        there = ...
    raise TransientDeliveryError(f"{request.name} is created by others at the same moment, again and again")


def _once(sending: Sending, request: PutEntity, record: EntityRecord, there: Mapping[str, Any] | None) -> bool:
    """Compare and send; ``False`` when another writer was quicker."""
    kind = request.name.kind
    wanted = sending.client.server().fit(kind, sending.resolve(request.body))
    if wanted is None or _stays_deleted(request, record, there):
        sending.tally.withheld()
        return True
    if record.id and (there is None or record.id != there["id"]):
        sending.ledger.forget(request.name)
        record = EntityRecord()
    ours = Ours(
        entity=record.ours,
        whole=request.whole,
        one_case=request.one_case,
        parts=frozenset(record.parts),
        texts=record.texts,
    )
    merged = merge_entity(kind, there, wanted, ours)
    if merged.patch and there is not None:
        sending.client.patch(f"{PATHS[kind]}/{there['id']}", merged.patch)
    if merged.put is None:
        _confirm(sending, request, merged, there or {}, record, silent=not merged.patch)
        return True
    answer = sending.client.put(PATHS[kind], merged.put)
    if answer.status == HTTPStatus.CONFLICT:
        return False
    if answer.created:
        sending.fresh.add(request.name)
    elif there is None:
        merged = replace(merged, ours=False)
    governed = {name: (there or {}).get(name) for name in ("owners", "tags", "domain", "domains", "dataProducts")}
    _confirm(sending, request, merged, {**(answer.body or {}), **governed}, record)
    return True


def _stays_deleted(request: PutEntity, record: EntityRecord, there: Mapping[str, Any] | None) -> bool:
    """Whether people deleted it, and nothing about it changed since: then it stays so, until something does."""
    return bool(there and there.get("deleted")) and record.digest == request_digest(request)


def _confirm(
    sending: Sending,
    request: PutEntity,
    merged: Merged,
    there: Mapping[str, Any],
    record: EntityRecord,
    *,
    silent: bool = False,
) -> None:
    """Remember what the server has now, after owners and tags were seen to."""
    columns = columns_of(request.name, there)
    if request.governance.column_tags and merged.put is not None:
        there = sending.entity(request.name) or there
    governed = govern(sending, request, there, record)
    sending.ledger.put(
        entity_name(request.name),
        EntityRecord(
            digest=request_digest(request),
            id=str(there["id"]),
            ours=merged.ours,
            parts=list(merged.parts),
            columns=columns,
            texts=dict(merged.texts),
            owners=record.owners,
            tags=record.tags,
            domain=record.domain,
            products=record.products,
        ),
    )
    sending.ledger.keep_request(request)
    if silent and not governed:
        sending.tally.unchanged()
    else:
        sending.tally.sent()
