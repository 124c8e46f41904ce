"""
Checks as tests, their results, and sizes as profiles.

| what the check said | OpenMetadata's status | the text begins with |
|---|---|---|
| it judged the data: pass | Success | `pass` |
| warn | Success, or Failed with ``warn_as = "failed"`` | `warn` |
| fail | Failed | `fail` |
| it could not judge: error | Aborted | `error` |
| skipped | Aborted | `skipped` |
| it was planned and never ran | Aborted | `not run` |

A result stands at the time of its event. It carries one number that the server draws over time: the rows that failed,
where the check counts them, else 1 for passed and 0 for not. What did not judge the data carries none.
"""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.columns import columns_of
from phlo_hooks.subscribers.openmetadata.facts import CheckFact, Facts, ProfileFact, ResultFact
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import PostResult, PutProfile, PutTest
from phlo_hooks.subscribers.openmetadata.spelling import carries_tests, entity_link

SUCCESS: Final = "Success"
FAILED: Final = "Failed"
ABORTED: Final = "Aborted"
_WORDS: Final = {
    "pass": SUCCESS,
    "fail": FAILED,
    "error": ABORTED,
    "skipped": ABORTED,
    "not run": ABORTED,
}
"""How a result's text begins, to the server's word; ``warn`` is the settings'."""
_GENERIC: Final = {
    "not_null": "Completeness",
    "unique": "Uniqueness",
    "accepted_values": "Validity",
    "relationships": "Integrity",
}
"""dbt's own generic tests, and what they look after."""
_GENERIC_ID: Final = re.compile(r"test\.[^.]+\.(?P<name>.+)\.[0-9a-f]{10}")
"""The id of a generic test; that of a singular one ends in its name."""
_LINK: Final = re.compile(r"<#E::table::NAME(?:::columns::NAME)?>".replace("NAME", r"[^:<>|](?::?[^:<>|])*"))
"""A link that some server takes; a 1.6 one takes less, which is for ``versions`` to know."""
_LONGEST: Final = 4000


def as_test(check: CheckFact, known: Facts, naming: Naming) -> PutTest | None:
    """Return the test that a check is; ``None`` for one of what is no table, or of a table that no link can name."""
    table = known.table(check.table)
    if table is None or check.table.kind is not Kind.TABLE:
        return None
    column = columns_of(table, known, naming).spelled(check.column) if check.column else None
    column = column if column is not None and carries_tests(table.name, column) else None
    link = entity_link(table.name, column)
    if _LINK.fullmatch(link) is None:
        return None
    case = naming.test_case(table.name, column, check.name)
    definition = _definition(check, naming, of_column=column is not None)
    return PutTest(
        case=case,
        table=table.name,
        definition=definition,
        body={
            "name": case.name,
            "displayName": check.name,
            "description": _description(check),
            "testDefinition": definition["name"],
            "entityLink": link,
            "parameterValues": [],
        },
    )


def result_of(result: ResultFact, case: EntityName, timestamp: int, options: Options) -> PostResult:
    """Return one result of a test, at its time in milliseconds."""
    word = _word(result)
    status = _WORDS.get(word) or (FAILED if options.warn_as == "failed" else SUCCESS)
    body: dict[str, Any] = {
        "timestamp": timestamp,
        "testCaseStatus": status,
        "result": _text(word, result),
        "testResultValue": _values(word, result),
    }
    if result.failed_rows is not None and word in {"pass", "warn", "fail"}:
        body["failedRows"] = result.failed_rows
    resolves = None
    if word == "pass" and options.resolve_incidents:
        resolves = f"It passed again in the Dagster run {result.run_id}." if result.run_id else "It passed again."
    check = result.check
    key = "|".join((result.run_id or "", result.partition or "", check.asset_key, check.name))
    return PostResult(case=case, timestamp=timestamp, body=body, resolves=resolves, key=key)


def profile_of(profile: ProfileFact, known: Facts, timestamp: int) -> PutProfile | None:
    """
    Return a table's size at one moment; ``None`` where there is nothing to say or no table.

    A load that only says what it wrote says so as an insert, and nothing of how many rows there are now: the server
    wants a table's profile with it, which then holds the number of columns alone.
    """
    table = known.table(profile.table)
    said = (profile.rows, profile.bytes, profile.written)
    if table is None or profile.table.kind is not Kind.TABLE or all(each is None for each in said):
        return None
    columns = profile.columns if profile.columns is not None else len(table.columns) or None
    counts = {"rowCount": profile.rows, "columnCount": columns, "sizeInByte": profile.bytes}
    body: dict[str, Any] = {
        "tableProfile": {
            "timestamp": timestamp,
            **{name: count for name, count in counts.items() if count is not None},
        }
    }
    if profile.written is not None:
        body["systemProfile"] = [{"timestamp": timestamp, "operation": "INSERT", "rowsAffected": profile.written}]
    return PutProfile(table=table.name, timestamp=timestamp, body=body)


def _definition(check: CheckFact, naming: Naming, *, of_column: bool) -> dict[str, Any]:
    """Return what checks of one kind share: dbt's own generic tests are kinds, other tests one kind together."""
    kind, said, platform = _kind(check, of_column=of_column)
    generic = kind.removeprefix("dbt_")
    return {
        "name": naming.definition(kind, of_column=of_column).name,
        "displayName": said,
        "description": f"{said}, as Dagster runs it.",
        "entityType": "COLUMN" if of_column else "TABLE",
        "testPlatforms": [platform],
        "parameterDefinition": [],
        **({"dataQualityDimension": _GENERIC[generic]} if generic in _GENERIC else {}),
    }


def _kind(check: CheckFact, *, of_column: bool) -> tuple[str, str, str]:
    """Return the kind of a check, what people call it, and the server's word for the tool."""
    level = "column" if of_column else "table"
    if check.check_type == "dbt_test":
        generic = _generic(check) if of_column else None
        if generic is None:
            return "dbt_test", f"dbt test of a {level}", "dbt"
        return f"dbt_{generic}", f"dbt test {generic}", "dbt"
    if check.check_type == "freshness":
        return "freshness", f"Freshness check of a {level}", "Other"
    return "asset_check", f"Dagster asset check of a {level}", "Other"


def _generic(check: CheckFact) -> str | None:
    """Return which of dbt's generic tests a test is; one with a name of its own does not say."""
    found = _GENERIC_ID.fullmatch(check.unique_id or "")
    name = found["name"].removeprefix("source_") if found else ""
    return next((kind for kind in _GENERIC if name.startswith(f"{kind}_")), None)


def _description(check: CheckFact) -> str:
    said = cleandoc(check.description or "") or f"The check `{check.name}` of `{check.asset_key}`."
    return f"{said}\n\nA failure stops what is downstream." if check.blocking else said


def _word(result: ResultFact) -> str:
    """Return how the result's text begins."""
    if result.outcome == "success":
        return result.data_outcome or ("pass" if result.passed else "fail")
    return {"not_run": "not run", "skipped": "skipped"}.get(result.outcome, "error")


def _text(word: str, result: ResultFact) -> str:
    """Return what happened, in a line."""
    failed = result.failed_rows
    details = [f"{failed} failed row{'' if failed == 1 else 's'}"] if failed and word in {"warn", "fail"} else []
    if result.partition:
        details.append(f"partition {result.partition}")
    message = cleandoc(result.message or "")
    text = f"{word}: {message}" if message else word
    return text[:_LONGEST] + (f" ({', '.join(details)})" if details else "")


def _values(word: str, result: ResultFact) -> list[dict[str, str]]:
    """Return the one number that is drawn over time."""
    if word not in {"pass", "warn", "fail"}:
        return []
    if result.failed_rows is not None:
        return [{"name": "failed_rows", "value": str(result.failed_rows)}]
    return [{"name": "passed", "value": "1" if word == "pass" else "0"}]
