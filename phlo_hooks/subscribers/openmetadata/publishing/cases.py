"""Tests: definitions, suites where an older server wants them, cases."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.entities import restore
from phlo_hooks.subscribers.openmetadata.publishing.ledger import case_name, definition_name, suite_name
from phlo_hooks.subscribers.openmetadata.publishing.merging import covers
from phlo_hooks.subscribers.openmetadata.publishing.parts import TEXTS
from phlo_hooks.subscribers.openmetadata.publishing.records import CaseRecord, Record, digest, text_digest
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending
from phlo_hooks.subscribers.openmetadata.requests import PutTest

_COMPARED: Final = ("parameterValues", "entityType", "testPlatforms")


def send_definition(sending: Sending, request: PutTest) -> None:
    """Bring a test definition to the server; one that others made is used as it is."""
    name = str(request.definition["name"])
    key = definition_name(name)
    record = sending.ledger.get(key, CaseRecord)
    wanted = digest(request.definition)
    if record.digest == wanted and not sending.verify:
        return
    body = sending.client.server().fit(Kind.TEST_DEFINITION, request.definition)
    if body is None:
        return
    try:
        record, _ = _put(sending, EntityName(Kind.TEST_DEFINITION, (name,)), body, record)
    except Refused as refusal:
        sending.warn(f"test definition {name}: {refusal.message}")
        return
    record.digest = wanted
    sending.ledger.put(key, record)


def send_case(sending: Sending, request: PutTest) -> None:
    """Bring a test case to the server."""
    key = case_name(request.case)
    record = sending.ledger.get(key, CaseRecord)
    wanted = digest(request.body)
    if not sending.verify and wanted in (record.digest, record.refused):
        (sending.tally.unchanged if wanted == record.digest else sending.tally.withheld)()
        return
    body = sending.client.server().fit(Kind.TEST_CASE, request.body)
    if body is None:
        sending.tally.withheld()
        sending.ledger.put(key, CaseRecord(refused=wanted, reason="this server cannot have such a test"))
        return
    try:
        new, sent = _case(sending, request, body, record)
    except Refused as refusal:
        if refusal.status == HTTPStatus.NOT_FOUND and sending.is_deleted(request.case):
            sending.tally.withheld()
            return
        record.refused, record.reason = wanted, refusal.message
        sending.tally.refused(request, f"{request.case}: {refusal.message}")
        sending.ledger.put(key, record)
        return
    (sending.tally.sent if sent else sending.tally.unchanged)()
    new.digest = wanted
    sending.ledger.put(key, new)


def bring_back(sending: Sending, case: EntityName) -> bool:
    """Put a case again that someone deleted for good; say whether it is there."""
    request = sending.tests.get(case)
    if request is None or sending.client.get(case.path, {"include": "all"}) is not None:
        return False
    sending.ledger.put(case_name(case), None)
    sending.ledger.put(definition_name(str(request.definition["name"])), None)
    send_definition(sending, request)
    send_case(sending, request)
    return bool(sending.ledger.get(case_name(case), CaseRecord).digest)


def is_refused(sending: Sending, case: EntityName) -> bool:
    """Whether the server would not have the case, so that it has no results either."""
    record = sending.ledger.get(case_name(case), CaseRecord)
    return bool(record.refused) and not record.digest


def case_fqn(sending: Sending, case: EntityName) -> str:
    """Return a case's full name as the server spells it."""
    return sending.ledger.get(case_name(case), CaseRecord).fqn or case.fqn


def _case(sending: Sending, request: PutTest, body: dict[str, Any], record: CaseRecord) -> tuple[CaseRecord, bool]:
    try:
        _suite(sending, request.table)
        return _put(sending, request.case, body, record)
    except Refused as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND or not restore(sending, request.table):
            raise
    sending.ledger.put(definition_name(str(request.definition["name"])), None)
    send_definition(sending, request)
    sending.ledger.put(suite_name(request.table), None)
    sending.found.pop(suite_name(request.table), None)
    _suite(sending, request.table)
    return _put(sending, request.case, body, record)


def _suite(sending: Sending, table: EntityName) -> None:
    """Make a table's suite, once, where the server wants one."""
    server = sending.client.server()
    key = suite_name(table)
    if not server.features.suites or (sending.ledger.get(key, Record).digest and table not in sending.fresh):
        return
    with sending.restoring:
        if key in sending.found:
            return
        path, body = server.suite(table.fqn)
        sending.client.put(path, body)
        sending.found[key] = {}
    sending.ledger.put(key, Record(digest=digest(body)))


def _put(sending: Sending, name: EntityName, body: Mapping[str, Any], record: CaseRecord) -> tuple[CaseRecord, bool]:
    """
    Put what is new, or ours and another now; what others made stays as it is.

    Returns:
        What is to be remembered, and whether anything was sent.
    """
    there = sending.client.get(name.path, {"include": "all"})
    text = str(body.get("description") or "")
    if there is None:
        answer = sending.client.put(PATHS[name.kind], body)
        fqn = str((answer.body or {}).get("fullyQualifiedName") or name.fqn)
        return CaseRecord(fqn=fqn, ours=answer.created, text=text_digest(text)), True
    new = CaseRecord(fqn=str(there.get("fullyQualifiedName") or name.fqn), ours=record.ours, text=record.text)
    if not record.ours:
        return new, False
    sent = False
    wanted = {key: body[key] for key in _COMPARED if key in body}
    if there.get("deleted") or not covers({key: there.get(key) for key in wanted}, wanted):
        # A person's token would replace texts with ours, and erase those that the body leaves out.
        stand = {key: there[key] for key in TEXTS if there.get(key)}
        sending.client.put(PATHS[name.kind], {**body, **stand})
        sent = True
    stands = str(there.get("description") or "")
    if text and text != stands and text_digest(stands) == record.text:
        patch = [{"op": "add", "path": "/description", "value": text}]
        sending.client.patch(f"{PATHS[name.kind]}/{there['id']}", patch)
        new.text, sent = text_digest(text), True
    return new, sent
