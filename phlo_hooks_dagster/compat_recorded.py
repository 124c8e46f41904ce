"""
What a step's attempt has left in Dagster's log by now; not all of it reaches a run hook when the step's code raises.

``tests/dagster/test_compat_definitions.py`` asks whether Dagster still behaves as it did.
"""

from __future__ import annotations

from typing import Final

from dagster import DagsterEvent, DagsterEventType, DagsterInstance

STARTS: Final = frozenset({DagsterEventType.STEP_START, DagsterEventType.STEP_RESTARTED})
_TOLD: Final = frozenset(
    {
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_OBSERVATION,
        DagsterEventType.ASSET_CHECK_EVALUATION,
    }
)
_PAGE: Final = 200


def recorded_in_attempt(instance: DagsterInstance, run_id: str, step_key: str) -> list[DagsterEvent]:
    """
    Return what the step's last attempt has recorded of assets and checks, oldest first.

    The log is read backwards, to the attempt's start and no further.
    """
    found: list[DagsterEvent] = []
    cursor: str | None = None
    while True:
        page = instance.get_records_for_run(
            run_id, cursor=cursor, of_type={*STARTS, *_TOLD}, limit=_PAGE, ascending=False
        )
        for record in page.records:
            event = record.event_log_entry.dagster_event
            if event is None or event.step_key != step_key:
                continue
            if event.event_type in STARTS:
                return found[::-1]
            found.append(event)
        if not page.has_more or not page.records:
            return found[::-1]
        cursor = page.cursor
