"""
What a step's attempt has left in Dagster's log by now; not all of it reaches a run hook when the step's code raises.

``tests/dagster/test_compat_definitions.py`` asks whether Dagster still behaves as it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dagster import DagsterEvent, DagsterEventType, DagsterInstance

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
_PAGE: Final = 200


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
    cursor: str | None = None
    while True:
        page = instance.get_records_for_run(
            run_id, cursor=cursor, of_type={*STARTS, *OF_ASSETS, *ENDS}, limit=_PAGE, ascending=False
        )
        for record in page.records:
            entry = record.event_log_entry
            if entry.dagster_event is None or entry.step_key != step_key:
                continue
            found.append(Recorded(at=entry.timestamp, event=entry.dagster_event))
            if entry.dagster_event.event_type in STARTS:
                return found[::-1]
        if not page.has_more or not page.records:
            return []
        cursor = page.cursor
