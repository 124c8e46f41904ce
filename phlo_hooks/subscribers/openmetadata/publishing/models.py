"""dbt tabs of tables."""

from __future__ import annotations

from http import HTTPStatus

from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.entities import restore
from phlo_hooks.subscribers.openmetadata.publishing.ledger import entity_name, model_name
from phlo_hooks.subscribers.openmetadata.publishing.merging import covers
from phlo_hooks.subscribers.openmetadata.publishing.records import EntityRecord, Record, digest
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending
from phlo_hooks.subscribers.openmetadata.requests import PutDataModel
from phlo_hooks.subscribers.openmetadata.versions import Part


def send_model(sending: Sending, request: PutDataModel) -> None:
    """Bring a table's dbt tab to the server; one that someone else filled stays."""
    record = sending.ledger.get(model_name(request.table), Record)
    wanted = digest(request.body)
    if not sending.verify and wanted in (record.digest, record.refused):
        (sending.tally.unchanged if wanted == record.digest else sending.tally.withheld)()
        return
    try:
        sent = _send(sending, request, known=bool(record.digest))
    except Refused as refusal:
        if refusal.status == HTTPStatus.NOT_FOUND and sending.is_deleted(request.table):
            sending.tally.withheld()
            return
        record.refused, record.reason = wanted, refusal.message
        sending.tally.refused(request, f"dbt model of {request.table}: {refusal.message}")
    else:
        record = Record(digest=wanted)
        (sending.tally.sent if sent else sending.tally.unchanged)()
    sending.ledger.put(model_name(request.table), record)


def _send(sending: Sending, request: PutDataModel, *, known: bool) -> bool:
    body = sending.client.server().fit(Part.DATA_MODEL, request.body)
    end = sending.end(request.table)
    if body is None or end is None:
        return False
    if request.table not in sending.fresh and (sending.verify or not known):
        there = sending.client.get(request.table.path, {"fields": "dataModel"}) or {}
        stands = there.get("dataModel")
        if stands and (covers(stands, body) or not (known or _is_ours(sending, request.table))):
            return False
    try:
        sending.client.put(f"{PATHS[Kind.TABLE]}/{end.id}/dataModel", body)
    except Refused as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND or not restore(sending, request.table):
            raise
        end = sending.end(request.table) or end
        sending.client.put(f"{PATHS[Kind.TABLE]}/{end.id}/dataModel", body)
    return True


def _is_ours(sending: Sending, table: EntityName) -> bool:
    return sending.ledger.get(entity_name(table), EntityRecord).ours
