"""
What a step's attempt has left in Dagster's log by now; not all of it reaches a run hook when the step's code raises.

``tests/dagster/test_compat_definitions.py`` asks whether Dagster still behaves as it did.

LIGHT: no storage of Dagster's is imported that the instance does not use.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from dagster import DagsterEvent, DagsterEventType, DagsterInstance, EventLogEntry
from dagster._serdes import deserialize_value

STARTS: Final = frozenset({DagsterEventType.STEP_START, DagsterEventType.STEP_RESTARTED})
ENDS: Final = frozenset(
    {DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE, DagsterEventType.STEP_UP_FOR_RETRY}
)
OF_ASSETS: Final = frozenset(
    {
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_OBSERVATION,
        DagsterEventType.ASSET_CHECK_EVALUATION,
    }
)
WANTED: Final = STARTS | ENDS | OF_ASSETS
_PAGE: Final = 100


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """
    One record of an attempt.

    Attributes:
        at: When it was written, Unix seconds.
    """

    at: float
    event: DagsterEvent


def recorded_in_attempt(instance: DagsterInstance, run_id: str, step_key: str) -> list[Recorded]:
    """
    Return the start of the step's last attempt, what it has recorded of assets and checks, and its end, if it is over.

    The log is read backwards, to the attempt's start and no further; nothing, if the start is not there.
    """
    found: list[Recorded] = []
    for entry in _newest_first(instance, run_id, step_key):
        event = entry.dagster_event
        if event is None or entry.step_key != step_key:
            continue
        found.append(Recorded(at=entry.timestamp, event=event))
        if event.event_type in STARTS:
            return found[::-1]
    return []


def _newest_first(instance: DagsterInstance, run_id: str, step_key: str) -> Iterator[EventLogEntry]:
    """Yield what the log holds of the step, and of others where the storage cannot leave them out."""
    storage = _sql_storage(instance)
    if storage is not None:
        yield from _rows_of_step(storage, run_id, step_key)
        return
    cursor: str | None = None
    more = True
    while more:
        page = instance.get_records_for_run(run_id, cursor=cursor, of_type=set(WANTED), limit=_PAGE, ascending=False)
        yield from (record.event_log_entry for record in page.records)
        cursor, more = page.cursor, page.has_more and bool(page.records)


def _rows_of_step(storage: Any, run_id: str, step_key: str) -> Iterator[EventLogEntry]:
    """Read the step's rows alone: other steps write into the same log, and decoding is what reading costs."""
    from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as Table  # noqa: PLC0415  # see LIGHT

    query = Table.select().with_only_columns(Table.c.id, Table.c.event).order_by(Table.c.id.desc()).limit(_PAGE)
    query = query.where(Table.c.run_id == run_id, Table.c.step_key == step_key)
    query = query.where(Table.c.dagster_event_type.in_(sorted(each.value for each in WANTED)))
    below: int | None = None
    while True:
        with storage.run_connection(run_id) as connection:
            page = connection.execute(query if below is None else query.where(Table.c.id < below)).fetchall()
        for number, body in page:
            below = int(number)
            yield deserialize_value(body, EventLogEntry)
        if len(page) < _PAGE:
            return


def event_log_storage(instance: DagsterInstance) -> Any:
    """Return the instance's event log storage, without the wrapper around one that ``storage:`` sets."""
    legacy = sys.modules.get("dagster._core.storage.legacy_storage")
    storage: Any = instance.event_log_storage
    while legacy is not None and isinstance(storage, legacy.LegacyEventLogStorage):
        storage = storage._storage.event_log_storage  # noqa: SLF001  # Dagster's wrapper has no public way through
    return storage


def _sql_storage(instance: DagsterInstance) -> Any:
    """Return the instance's storage if it is one of Dagster's SQL storages, whose module its owner has imported."""
    sql = sys.modules.get("dagster._core.storage.event_log.sql_event_log")
    storage = event_log_storage(instance)
    return storage if sql is not None and isinstance(storage, sql.SqlEventLogStorage) else None
