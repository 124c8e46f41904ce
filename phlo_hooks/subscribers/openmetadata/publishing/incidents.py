"""Incidents: the server opens them; those that nobody took up are resolved when the check is good again."""

from __future__ import annotations

from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, Kind
from phlo_hooks.subscribers.openmetadata.publishing.cases import case_fqn
from phlo_hooks.subscribers.openmetadata.publishing.records import SeriesRecord
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending
from phlo_hooks.subscribers.openmetadata.requests import PostResult

_PATH: Final = f"{PATHS[Kind.TEST_CASE]}/testCaseIncidentStatus"
_FOR_EVER: Final = 4_102_444_800_000
"""The year 2100, in ms: the server dates incidents by its own clock."""
_MANY: Final = 1000
_NEW: Final = "New"
_LATE: Final = "A newer result was good already."


def after_result(sending: Sending, request: PostResult, record: SeriesRecord, at: int, *, opened: bool) -> None:
    """
    Resolve what a good result ends, and what a late failure opened.

    A failure older than a good result opens an incident too, though the test is good. Where a newer failure stands,
    neither such a failure nor a good result resolves anything: the incident is that newer failure's.

    Args:
        record: Takes down when the test was good and bad last.
        opened: Whether the result was sent just now.
    """
    status = request.body.get("testCaseStatus")
    if status == "Failed":
        late = at < record.good_at
        record.bad_at = max(record.bad_at, at)
        record.incident = record.incident or opened or not late
        if late and opened and record.bad_at < record.good_at:
            _resolve(sending, request, record, _LATE)
    elif status == "Success":
        record.good_at = max(record.good_at, at)
        if request.resolves and record.incident and at >= record.bad_at:
            _resolve(sending, request, record, request.resolves)


def _resolve(sending: Sending, request: PostResult, record: SeriesRecord, comment: str) -> None:
    """Resolve the test's incidents of which nothing is known but that they are new."""
    if not sending.options.resolve_incidents:
        return
    fqn = case_fqn(sending, request.case)
    try:
        for _ in range(len(_untouched(sending, fqn))):
            sending.client.post(_PATH, _resolution(fqn, sending.client.server().user_id, comment))
    except Refused as refusal:
        sending.warn(f"the incident of {request.case} cannot be resolved: {refusal.message}")
    record.incident = False


def _untouched(sending: Sending, fqn: str) -> list[str]:
    """Return the incidents that nobody took up or resolved."""
    asked = {"startTs": 0, "endTs": _FOR_EVER, "testCaseFQN": fqn, "limit": _MANY}
    answer = sending.client.get(_PATH, asked) or {}
    states: dict[str, set[str]] = {}
    for row in answer.get("data") or ():
        states.setdefault(str(row.get("stateId")), set()).add(str(row.get("testCaseResolutionStatusType")))
    return [state for state, types in states.items() if types == {_NEW}]


def _resolution(fqn: str, user_id: str, comment: str) -> dict[str, Any]:
    return {
        "testCaseReference": fqn,
        "testCaseResolutionStatusType": "Resolved",
        "testCaseResolutionStatusDetails": {
            "testCaseFailureReason": "Other",
            "testCaseFailureComment": comment,
            "resolvedBy": {"id": user_id, "type": "user"},
        },
    }
