"""Sizes of tables: each once; the server would keep twice what it gets twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.entities import restore
from phlo_hooks.subscribers.openmetadata.publishing.ledger import profile_name
from phlo_hooks.subscribers.openmetadata.publishing.merging import covers
from phlo_hooks.subscribers.openmetadata.publishing.records import SeriesRecord, Told, digest
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending
from phlo_hooks.subscribers.openmetadata.publishing.series import (
    SLOTS,
    Rows,
    is_old,
    is_told,
    known,
    remember,
    standing,
)
from phlo_hooks.subscribers.openmetadata.requests import PutProfile
from phlo_hooks.subscribers.openmetadata.versions import Part


def send_profiles(sending: Sending, table: EntityName, requests: Sequence[PutProfile]) -> None:
    """Bring sizes of one table to the server, oldest first; times under way are noted before, for after a crash."""
    key = profile_name(table)
    record = sending.ledger.get(key, SeriesRecord)
    due = [each for each in requests if sending.verify or not is_told(record, _told(each))]
    sending.tally.unchanged(len(requests) - len(due))
    if not due:
        return
    unsure = [each.timestamp for each in due if sending.verify or _is_unsure(record, each.timestamp)]
    record.pending = sorted({*record.pending, *(each.timestamp for each in due)})
    sending.ledger.put(key, record)
    sending.ledger.flush()
    stand = standing(sending, f"{table.path.replace('/name/', '/')}/tableProfile", unsure)
    for request in sorted(due, key=lambda each: each.timestamp):
        try:
            sent = _send(sending, request, stand, record)
        except Refused as refusal:
            sending.tally.refused(request, f"profile of {table}: {refusal.message}")
        else:
            (sending.tally.sent if sent else sending.tally.unchanged)()
        remember(record, _told(request))
        record.pending = [at for at in record.pending if at != request.timestamp]
        sending.ledger.put(key, record)


def _told(request: PutProfile) -> Told:
    return Told(at=request.timestamp, digest=digest(request.body))


def _is_unsure(record: SeriesRecord, at: int) -> bool:
    return at in record.pending or is_old(record, at) or known(record, at) is not None


def _send(sending: Sending, request: PutProfile, stand: Rows, record: SeriesRecord) -> bool:
    """Send one size; where another one of the same moment stands, a little later."""
    body = sending.client.server().fit(Part.PROFILE, request.body)
    if body is None:
        return False
    first = request.timestamp
    moments = range(first, first + SLOTS)
    wanted = {name: value for name, value in body["tableProfile"].items() if name != "timestamp"}
    if any(covers(row, wanted) for at in moments for row in stand.get(at, ())):
        return False
    told = known(record, first)
    taken = set(stand) | ({first} if told is not None else set())
    at = next((each for each in moments if each not in taken), first)
    return _put(sending, request.table, body if at == first else _moved(body, at))


def _moved(body: Mapping[str, Any], at: int) -> dict[str, Any]:
    """Return a body at another time."""
    moved = {**body, "tableProfile": {**body["tableProfile"], "timestamp": at}}
    for name in ("columnProfile", "systemProfile"):
        if body.get(name):
            moved[name] = [{**row, "timestamp": at} for row in body[name]]
    return moved


def _put(sending: Sending, table: EntityName, body: Mapping[str, Any]) -> bool:
    """Send it; a table that is gone for good is put again once."""
    for again in (True, False):
        end = sending.end(table)
        if end is None:
            return False
        try:
            sending.client.put(f"{PATHS[Kind.TABLE]}/{end.id}/tableProfile", body)
        except Refused as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise
            if not again or not restore(sending, table):
                return False
        else:
            return True
    return False
