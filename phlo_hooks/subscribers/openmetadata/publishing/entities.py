"""Entities: what is new or changed is put, what is missing above it is put again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

import msgspec

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.governance import give_back, govern
from phlo_hooks.subscribers.openmetadata.publishing.ledger import entity_name
from phlo_hooks.subscribers.openmetadata.publishing.merging import Merged, merge_entity
from phlo_hooks.subscribers.openmetadata.publishing.parts import Ours
from phlo_hooks.subscribers.openmetadata.publishing.records import EntityRecord, digest
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending, columns_of
from phlo_hooks.subscribers.openmetadata.requests import PutEntity

_TRIES: Final = 3
"""How often an entity is tried that others create at the same moment."""
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
            sending.restored[name] = _all_restored(sending, name)
        return sending.restored[name]


def _all_restored(sending: Sending, name: EntityName) -> bool:
    try:
        return all(_restored(sending, each) for each in (*above(name), name))
    except Refused as refusal:
        sending.warn(f"{name} is missing and cannot be put again: {refusal.message}")
        return False


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


def is_due(sending: Sending, request: PutEntity) -> bool:
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
        confirm(sending, request, merged, there or {}, record, silent=not merged.patch)
        return True
    answer = sending.client.put(PATHS[kind], merged.put)
    if answer.status == HTTPStatus.CONFLICT:
        return False
    if answer.created:
        sending.fresh.add(request.name)
    elif there is None:
        merged = replace(merged, ours=False)
    if there is not None:
        give_back(sending, request, there, merged.put or {})
    governed = {name: (there or {}).get(name) for name in ("owners", "tags", "domain", "domains", "dataProducts")}
    confirm(sending, request, merged, {**(answer.body or {}), **governed}, record)
    return True


def _stays_deleted(request: PutEntity, record: EntityRecord, there: Mapping[str, Any] | None) -> bool:
    """Whether people deleted it, and nothing about it changed since: then it stays so, until something does."""
    return bool(there and there.get("deleted")) and record.digest == request_digest(request)


def confirm(
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
