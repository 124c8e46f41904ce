"""What happened to a table, out of the events of its asset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from phlo_hooks.events import AssetEvent, ErrorInfo, IngestionEvent, QualityResultEvent, Status
from phlo_hooks.lineage.graph import GraphCheck, TableRun
from phlo_hooks.lineage.links import check_url, safe_url
from phlo_hooks.lineage.recorded import ENDS, STARTS, Touch
from phlo_hooks.redaction import redact_text

RunStatus = Callable[[str], str]
_ENDED: Final = frozenset([Status.LOST, Status.CANCELED, Status.FAILURE])
_GOOD: Final = frozenset([Status.SUCCESS, Status.NO_DATA])
_DULL: Final = frozenset(["Execution Duration", "invocation_id", "status", "unique_id"])
_MESSAGE: Final = 500
_NOTHING_NEW: Final = "materialized_earlier"
"""Why a later attempt of a step ends for an asset that an earlier attempt made: nothing happened to it."""


def table_runs(touches: Sequence[Touch], run_status: RunStatus) -> list[TableRun]:
    """Return what happened, run by run; the partitions that one run dealt with alike are one line."""
    together: dict[tuple[str, str], list[Touch]] = {}
    for event in touches:
        if event.event_type in ENDS and event.reason != _NOTHING_NEW:
            together.setdefault((event.correlation.run_id or "", _status(event)), []).append(event)
    runs = [_one_run(run_id, status, events) for (run_id, status), events in together.items()]
    running = _running(touches, run_status)
    return [*runs, running] if running else runs


def rows_of(touches: Sequence[Touch], *, whole: bool) -> Touch | None:
    """Return the event that says how many rows there are; ``None`` when none does."""
    counted = [event for event in touches if event.rows is not None and _status(event) in _GOOD]
    if not counted or (isinstance(counted[0], IngestionEvent) and counted[0].partition_key and not whole):
        return None
    return counted[0]


def count_rows(touches: Sequence[Touch]) -> int | None:
    """Return the rows that the newest event reports; of an ingestion by partitions, those of each one's last load."""
    counted = [event for event in touches if event.rows is not None and _status(event) in _GOOD]
    if not counted:
        return None
    if not isinstance(counted[0], IngestionEvent):
        return counted[0].rows
    newest: dict[str | None, int] = {}
    for event in counted:
        newest.setdefault(event.partition_key, event.rows or 0)
    return sum(newest.values()) if counted[0].partition_key else counted[0].rows


def graph_check(result: QualityResultEvent, ui_url: str | None) -> GraphCheck:
    """Return a check with one result of it."""
    return GraphCheck(
        name=result.check_name,
        column=result.column,
        outcome=check_outcome(result),
        severity=result.severity,
        blocking=result.blocking,
        at=result.timestamp,
        run_id=result.correlation.run_id,
        failed_rows=result.failed_rows,
        message=check_message(result),
        url=safe_url(result.url) or check_url(ui_url, result.asset_key, result.check_name),
    )


def check_outcome(result: QualityResultEvent) -> str:
    """Return ``pass``, ``warn`` or ``fail`` for what it said of the data, else ``error`` or ``skipped``."""
    if result.data_outcome:
        return result.data_outcome
    if result.outcome == Status.SUCCESS:
        return "pass" if result.passed else "fail"
    return "skipped" if result.outcome == "not_run" else result.outcome


def check_message(result: QualityResultEvent) -> str | None:
    """Return why it ended so: its error, else the tool's own words, else what it says and what it counted."""
    if result.error is not None:
        return error_text(result.error)
    if result.message:
        return redact_text(result.message)[:_MESSAGE]
    plain = {
        name: value
        for name, value in result.metadata.items()
        if name not in _DULL and not name.startswith("dagster/") and isinstance(value, (str, int, float, tuple))
    }
    found = ", ".join(f"{name}: {_words(value)}" for name, value in plain.items())
    said = " ".join(part for part in (result.description, found) if part)
    return redact_text(said)[:_MESSAGE] or None


def error_text(error: ErrorInfo | None) -> str | None:
    """Return the class and message of an error."""
    if error is None:
        return None
    return redact_text(f"{error.type}: {error.message}" if error.type else error.message).strip()


def _words(value: object) -> str:
    return " and ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _status(event: Touch) -> str:
    if event.reason == "step_lost":
        return Status.LOST
    if event.status:
        return event.status
    word = event.event_type.partition(".")[2]
    return {"failed": Status.FAILURE, "materialized": Status.SUCCESS}.get(word, word)


def _why(event: Touch) -> str | None:
    if event.error is not None:
        return error_text(event.error)
    culprit = event.culprit if isinstance(event, AssetEvent) else None
    if not event.reason:
        return None
    return f"{event.reason.replace('_', ' ')}: {culprit}" if culprit else event.reason.replace("_", " ")


def _one_run(run_id: str, status: str, events: Sequence[Touch]) -> TableRun:
    """Return one line for events of one run, newest first."""
    last = events[0]
    partitions = sorted({event.partition_key for event in events if event.partition_key})
    seconds = [event.seconds for event in events if not isinstance(event, AssetEvent) and event.seconds is not None]
    return TableRun(
        run_id=run_id,
        status=status,
        at=last.timestamp,
        seconds=max(seconds, default=None),
        rows=count_rows(events) if status in _GOOD else last.rows,
        partition=_span(partitions),
        error=next((why for event in events if (why := _why(event))), None),
    )


def _span(partitions: Sequence[str]) -> str | None:
    if len(partitions) > 1:
        return f"{partitions[0]} … {partitions[-1]} ({len(partitions)})"
    return partitions[0] if partitions else None


def _running(touches: Iterable[Touch], run_status: RunStatus) -> TableRun | None:
    """Return what started and has not ended, or never said how it ended."""
    newest = next((event for event in touches if event.event_type in (*STARTS, *ENDS)), None)
    if newest is None or (newest.event_type in ENDS and newest.status != Status.RETRY):
        return None
    run_id = newest.correlation.run_id or ""
    status = run_status(run_id)
    if status not in (Status.STARTED, *_ENDED):
        return None
    return TableRun(run_id=run_id, status=status, at=newest.timestamp, partition=newest.partition_key)
