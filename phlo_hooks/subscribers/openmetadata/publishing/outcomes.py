"""Results of tests: each once, however often it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.cases import bring_back, case_fqn, is_refused
from phlo_hooks.subscribers.openmetadata.publishing.incidents import after_result
from phlo_hooks.subscribers.openmetadata.publishing.ledger import results_name
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
from phlo_hooks.subscribers.openmetadata.requests import PostResult
from phlo_hooks.subscribers.openmetadata.versions import Part

_COMPARED: Final = ("testCaseStatus", "result", "testResultValue", "passedRows", "failedRows")
_KEY: Final = 16
_RESULTS: Final = f"{PATHS[Kind.TEST_CASE]}/testCaseResults"


def send_results(sending: Sending, case: EntityName, requests: Sequence[PostResult]) -> None:
    """Bring results of one test case to the server, oldest first."""
    key = results_name(case)
    record = sending.ledger.get(key, SeriesRecord)
    due = [each for each in requests if sending.verify or not is_told(record, _told(each))]
    sending.tally.unchanged(len(requests) - len(due))
    if is_refused(sending, case):
        sending.tally.withheld(len(due))
        return
    unsure = [each.timestamp for each in due if sending.verify or is_old(record, each.timestamp)]
    stand = standing(sending, _path(sending, case), unsure)
    for request in sorted(due, key=lambda each: each.timestamp):
        wanted = _told(request)
        try:
            sent = _send(sending, request, record, wanted, stand)
        except Refused as refusal:
            if refusal.status == HTTPStatus.NOT_FOUND and sending.is_deleted(case):
                sending.tally.withheld()
            else:
                sending.tally.refused(request, f"result of {case}: {refusal.message}")
        else:
            (sending.tally.sent if sent else sending.tally.unchanged)()
        remember(record, wanted)
        sending.ledger.put(key, record)


def _told(request: PostResult) -> Told:
    body = digest(request.body)
    return Told(at=request.timestamp, key=digest(request.key)[:_KEY] if request.key else body, digest=body)


def _path(sending: Sending, case: EntityName) -> str:
    return f"{_RESULTS}/{quote(case_fqn(sending, case), safe='')}"


def _send(sending: Sending, request: PostResult, record: SeriesRecord, wanted: Told, stand: Rows) -> bool:
    """Send one result: find that it is there, correct it, or post it in the first free millisecond."""
    body = sending.client.server().fit(Part.RESULT, request.body)
    if body is None:
        return False
    told = known(record, wanted.at, wanted.key)
    at = told.sent_at if told is not None and told.sent_at else _place(stand, request.timestamp, body)
    if at is not None and any(covers(row, _compared(body)) for row in stand.get(at, ())):
        wanted.sent_at = at
        after_result(sending, request, record, at, opened=False)
        return False
    if told is not None and told.sent_at and told.digest != wanted.digest:
        wanted.sent_at = told.sent_at
        return _correct(sending, request, record, body, told.sent_at)
    taken = {each.sent_at for each in record.told if (each.at, each.key) != (wanted.at, wanted.key)} | set(stand)
    for moment in range(request.timestamp, request.timestamp + SLOTS):
        posted = None if moment in taken else _post(sending, request, {**body, "timestamp": moment})
        if posted is not None:
            wanted.sent_at = moment
            after_result(sending, request, record, moment, opened=posted)
            return posted
    raise Refused(HTTPStatus.CONFLICT, "there are too many results in one moment", "POST", _RESULTS)


def _place(stand: Rows, first: int, body: Mapping[str, Any]) -> int | None:
    """Return the moment at which a result stands already, its own or a little later."""
    moments = range(first, first + SLOTS)
    return next((at for at in moments if any(covers(row, _compared(body)) for row in stand.get(at, ()))), None)


def _compared(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in _COMPARED if name in body}


def _post(sending: Sending, request: PostResult, body: Mapping[str, Any]) -> bool | None:
    """Post a result; ``False`` where it was there already, ``None`` where another one has its place."""
    try:
        answer = sending.client.post(_path(sending, request.case), body)
    except Refused as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND or not bring_back(sending, request.case):
            raise
        answer = sending.client.post(_path(sending, request.case), body)
    if answer.status != HTTPStatus.CONFLICT:
        return True
    at = int(body["timestamp"])
    rows = standing(sending, _path(sending, request.case), [at]).get(at, ())
    return False if any(covers(row, _compared(body)) for row in rows) else None


def _correct(sending: Sending, request: PostResult, record: SeriesRecord, body: Mapping[str, Any], at: int) -> bool:
    """Change a result that was told otherwise before."""
    patch = [{"op": "add", "path": f"/{name}", "value": value} for name, value in _compared(body).items()]
    sending.client.patch(f"{_path(sending, request.case)}/{at}", patch)
    after_result(sending, request, record, at, opened=True)
    return True
