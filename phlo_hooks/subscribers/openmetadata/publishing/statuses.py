"""States of pipelines' runs; the same time is the same run, and replaces what was told of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.entities import put_again, restore
from phlo_hooks.subscribers.openmetadata.publishing.ledger import status_name
from phlo_hooks.subscribers.openmetadata.publishing.merging import covers
from phlo_hooks.subscribers.openmetadata.publishing.records import SeriesRecord, Told, digest
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending
from phlo_hooks.subscribers.openmetadata.publishing.series import Rows, is_told, remember, standing
from phlo_hooks.subscribers.openmetadata.requests import PutStatus
from phlo_hooks.subscribers.openmetadata.versions import Part

_NO_TASK: Final = re.compile(r"Invalid task name (.+)")


def send_statuses(sending: Sending, pipeline: EntityName, requests: Sequence[PutStatus]) -> None:
    """Bring the runs of one pipeline to the server, oldest first."""
    key = status_name(pipeline)
    record = sending.ledger.get(key, SeriesRecord)
    due = [each for each in requests if sending.verify or not is_told(record, _told(each))]
    sending.tally.unchanged(len(requests) - len(due))
    stand = standing(sending, _path(pipeline), [each.timestamp for each in due]) if sending.verify else {}
    for request in sorted(due, key=lambda each: each.timestamp):
        try:
            sent = _send(sending, request, stand)
        except Refused as refusal:
            sending.tally.refused(request, f"run of {pipeline}: {refusal.message}")
        else:
            {True: sending.tally.sent, False: sending.tally.unchanged, None: sending.tally.withheld}[sent]()
        remember(record, _told(request))
        sending.ledger.put(key, record)


def _told(request: PutStatus) -> Told:
    return Told(at=request.timestamp, digest=digest(request.body))


def _path(pipeline: EntityName) -> str:
    return f"{PATHS[Kind.PIPELINE]}/{quote(pipeline.fqn, safe='')}/status"


def _send(sending: Sending, request: PutStatus, stand: Rows) -> bool | None:
    """Send one run; ``False`` where it stands so already, ``None`` where people deleted the pipeline."""
    body = sending.client.server().fit(Part.STATUS, request.body)
    if body is None:
        return None
    body = {"taskStatus": [], **body}
    if any(covers(row, body) for row in stand.get(request.timestamp, ())):
        return False
    known_tasks = False
    for _ in range(len(body["taskStatus"]) + 3):
        try:
            sending.client.put(_path(request.pipeline), body)
        except Refused as refusal:
            unknown = _NO_TASK.search(refusal.message) if refusal.status == HTTPStatus.BAD_REQUEST else None
            if refusal.status == HTTPStatus.NOT_FOUND:
                if known_tasks or not restore(sending, request.pipeline):
                    return None
            elif unknown is None:
                raise
            elif known_tasks:
                body = _without(body, unknown[1].strip())
            else:
                put_again(sending, request.pipeline)
            known_tasks = True
        else:
            return True
    return None


def _without(body: Mapping[str, Any], task: str) -> dict[str, Any]:
    """Return a state without a task that the pipeline does not have."""
    return {**body, "taskStatus": [each for each in body["taskStatus"] if str(each.get("name")) != task]}
