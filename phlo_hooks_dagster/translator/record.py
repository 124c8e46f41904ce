"""One record of Dagster's event log, as the translator reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from dagster import DagsterEvent, DagsterEventType, EventLogRecord

from phlo_hooks_dagster.riders import RIDER

WANTED: Final = frozenset(
    {
        DagsterEventType.RUN_ENQUEUED,
        DagsterEventType.RUN_START,
        DagsterEventType.RUN_SUCCESS,
        DagsterEventType.RUN_FAILURE,
        DagsterEventType.RUN_CANCELING,
        DagsterEventType.RUN_CANCELED,
        DagsterEventType.STEP_START,
        DagsterEventType.STEP_RESTARTED,
        DagsterEventType.STEP_UP_FOR_RETRY,
        DagsterEventType.STEP_SUCCESS,
        DagsterEventType.STEP_FAILURE,
        DagsterEventType.STEP_SKIPPED,
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_OBSERVATION,
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
        DagsterEventType.ASSET_CHECK_EVALUATION,
        DagsterEventType.ENGINE_EVENT,
    }
)
MARKED: Final = {DagsterEventType.ENGINE_EVENT: RIDER}
"""Of these types only records that hold the text are wanted: of engine events only riders."""


@dataclass(frozen=True, kw_only=True)
class LogRecord:
    """
    One record.

    Attributes:
        id: Its id in its run's log.
        at: Unix seconds, from the log.
        type: As Dagster names it.
        step: Step key, ``""`` for what belongs to no step.
        event: Dagster's own event.
        data: What is specific to its type.
    """

    id: int
    at: float
    type: DagsterEventType
    step: str
    event: DagsterEvent
    data: Any

    @property
    def time(self) -> datetime:
        """Return when it was written, UTC."""
        return moment(self.at)


def read_record(record: EventLogRecord) -> LogRecord | None:
    """Return what the translator needs of a record, or ``None`` for one that tells no event of interest."""
    entry = record.event_log_entry
    event = entry.dagster_event
    if event is None or event.event_type not in WANTED:
        return None
    data = event.event_specific_data
    if event.event_type is DagsterEventType.ENGINE_EVENT and RIDER not in getattr(data, "metadata", ()):
        return None
    return LogRecord(
        id=record.storage_id,
        at=entry.timestamp,
        type=event.event_type,
        step=event.step_key or "",
        event=event,
        data=data,
    )


def partition_of(key: str | None) -> str:
    """Return a partition key as a plain string, ``""`` for none; those of many dimensions are a subclass of ``str``."""
    return "" if key is None else str.__str__(key)


def elapsed(start: float, end: float) -> float | None:
    """Return the seconds between two of the log's times, to the microsecond; ``None`` when the first is not known."""
    return round(max(end - start, 0.0), 6) if start else None


def moment(seconds: float) -> datetime:
    """Return Unix seconds as an aware time."""
    return datetime.fromtimestamp(seconds, tz=UTC)
