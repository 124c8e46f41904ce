"""Which of OpenMetadata's models speaks of what: of requests before they are sent, and of calls that were sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.names import PATHS, Kind
from phlo_hooks.subscribers.openmetadata.requests import (
    PostResult,
    PutDataModel,
    PutEntity,
    PutProfile,
    PutStatus,
    PutTest,
    Request,
)
from tests.openmetadata_models.judging import (
    CREATE,
    DATA_MODEL,
    EDGE,
    INCIDENT,
    PROFILE,
    RESULT,
    STATUS,
    Judge,
    with_ids,
)
from tests.openmetadata_standin import Asked

Verdict = tuple[str, str, Any]
"""What it is, which model speaks of it, and the body."""
_CALLS: Final = (
    (re.compile(r"POST dataQuality/testCases/testCaseResults/.*"), RESULT),
    (re.compile(r"POST dataQuality/testCases/testCaseIncidentStatus"), INCIDENT),
    (re.compile(r"PUT pipelines/.*/status"), STATUS),
    (re.compile(r"PUT tables/.*/tableProfile"), PROFILE),
    (re.compile(r"PUT tables/.*/dataModel"), DATA_MODEL),
    (re.compile(r"PUT lineage"), EDGE),
)
_KINDS: Final = {path: kind for kind, path in PATHS.items()}


def bodies_of(request: Request) -> Iterator[Verdict]:
    """Yield the bodies of a request that has any."""
    match request:
        case PutEntity():
            yield str(request.name), CREATE[request.name.kind], request.body
        case PutDataModel():
            yield f"dbt tab of {request.table}", DATA_MODEL, request.body
        case PutTest():
            yield f"definition of {request.case}", CREATE[Kind.TEST_DEFINITION], request.definition
            yield str(request.case), CREATE[Kind.TEST_CASE], request.body
        case PostResult():
            yield f"result of {request.case}", RESULT, request.body
        case PutProfile():
            yield f"profile of {request.table}", PROFILE, request.body
        case PutStatus():
            yield f"status of {request.pipeline}", STATUS, request.body


def refused(judge: Judge, requests: Iterable[Request]) -> list[str]:
    """Return what the models refuse of requests, and why."""
    return _refused(judge, (each for request in requests for each in bodies_of(request)))


def refused_calls(judge: Judge, calls: Iterable[Asked]) -> tuple[list[str], set[str]]:
    """Return what the models refuse of calls, and the models that spoke."""
    found = [
        each for call in calls if call.body is not None and call.method in ("PUT", "POST") for each in _called(call)
    ]
    return _refused(judge, found), {model for _, model, _ in found}


def _called(call: Asked) -> Iterator[Verdict]:
    path, bulk, _ = call.path.strip("/").partition("/bulk")
    if path in _KINDS:
        for body in call.body if bulk else [call.body]:
            yield call.line, CREATE[_KINDS[path]], body
        return
    model = next((model for pattern, model in _CALLS if pattern.fullmatch(f"{call.method} {path}")), None)
    assert model is not None, f"no model speaks of {call.line}"
    yield call.line, model, call.body


def _refused(judge: Judge, verdicts: Iterable[Verdict]) -> list[str]:
    asked: dict[str, Mapping[str, Any]] = {}
    found = []
    for what, model, body in verdicts:
        sent = with_ids(body)
        if asked.get(f"{what} {model}") == sent:
            continue
        asked[f"{what} {model}"] = sent
        why = judge.refuses(model, sent)
        if why is not None:
            found.append(f"{what}: {why}")
    return found
