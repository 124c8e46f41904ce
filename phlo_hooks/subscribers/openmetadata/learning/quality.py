"""Checks and their results."""

from __future__ import annotations

import logging
from typing import Final

from phlo_hooks.events import QualityResultEvent
from phlo_hooks.lineage.touches import check_message
from phlo_hooks.subscribers.openmetadata.facts import CheckFact, ResultFact
from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.datasets import Said, keep_dataset
from phlo_hooks.subscribers.openmetadata.learning.edges_composed import home_of
from phlo_hooks.subscribers.openmetadata.learning.notebook import CHECKS, key_text
from phlo_hooks.subscribers.openmetadata.learning.notes import CheckNote, remembered
from phlo_hooks.subscribers.openmetadata.names import EntityName

FRESHNESS: Final = "freshness"
log: Final = logging.getLogger(__name__)
_FRESHNESS: Final = (
    "dagster/freshness_params",
    "dagster/freshness_lower_bound_timestamp",
    "dagster/fresh_until_timestamp",
    "dagster/overdue_seconds",
)
"""Metadata that Dagster's freshness checks leave; any of them."""


def learn_result(lesson: Lesson, event: QualityResultEvent) -> None:
    """Learn a check and tell its result; a result that came before is told once more only when asked."""
    if event.dataset is not None:
        key = keep_dataset(lesson, event.dataset, Said())
    else:
        key = home_of(lesson.book, event.asset_key)
    if key is None:
        log.debug("Check %s of %s: nobody knows its dataset, so nothing is told.", event.check_name, event.asset_key)
        return
    check = _check(lesson, event, key)
    column = check.column or ""
    note = lesson.book.get(CHECKS, key_text(key), column, event.check_name) or CheckNote(fact=check, mark="")
    if lesson.stamp >= note.mark:
        note.fact, note.mark = check, lesson.stamp
    is_known = remembered(note.recent, lesson.stamp)
    lesson.book.set(CHECKS, note, key_text(key), column, event.check_name)
    if not is_known or lesson.changes.again:
        lesson.changes.results.append(_result(lesson, event, note.fact))


def check_type_of(event: QualityResultEvent) -> str | None:
    """Return a check's type, ``freshness`` for one that Dagster made to judge how old the data is."""
    return FRESHNESS if any(name in event.metadata for name in _FRESHNESS) else event.check_type


def _check(lesson: Lesson, event: QualityResultEvent, key: EntityName) -> CheckFact:
    column = event.column
    if column is not None and event.dataset is not None:
        column = lesson.naming.column(event.dataset, column)
    return CheckFact(
        table=key,
        asset_key=event.asset_key,
        name=event.check_name,
        column=column,
        check_type=check_type_of(event),
        description=event.description,
        severity=event.severity,
        blocking=event.blocking,
        unique_id=event.unique_id,
        at=event.timestamp,
    )


def _result(lesson: Lesson, event: QualityResultEvent, check: CheckFact) -> ResultFact:
    return ResultFact(
        check=check,
        at=event.timestamp,
        outcome=event.outcome,
        data_outcome=event.data_outcome,
        passed=event.passed,
        failed_rows=event.failed_rows,
        message=check_message(event),
        partition=event.partition_key or event.correlation.partition_key,
        run_id=lesson.run_id,
        metadata=event.metadata,
    )
