"""Which runs are kept: the newest, as many as are of use; what is older was told long ago."""

from __future__ import annotations

import logging
from typing import Final

from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.notebook import (
    INDEX,
    RUN_STEPS,
    RUN_TASKS,
    RUN_TOLD,
    RUNS,
    Notebook,
)
from phlo_hooks.subscribers.openmetadata.learning.notes import micros
from phlo_hooks.subscribers.openmetadata.learning.run_notes import RunIndex

MOST: Final = 1000
"""Runs that are kept."""
OLDEST: Final = 90 * 24 * 3600 * 1_000_000
"""Microseconds before the newest run beyond which a run is dropped."""
log: Final = logging.getLogger(__name__)


def admit(lesson: Lesson, run_id: str) -> bool:
    """Take a run into the index, dropping others for it; return ``False`` for one too old to be kept."""
    book, at = lesson.book, micros(lesson.event.timestamp)
    index = book.get(INDEX) or RunIndex()
    newest = max((*index.runs.values(), at))
    if at < max(index.floor, newest - OLDEST):
        log.debug("%s of run %s is left out: runs of its time were dropped.", lesson.event.event_type, run_id)
        return False
    index.runs[run_id] = at
    by_age = sorted(index.runs, key=lambda each: (index.runs[each], each))
    gone = [each for each in by_age if index.runs[each] < newest - OLDEST]
    gone += by_age[len(gone) : max(len(gone), len(by_age) - MOST)]
    for each in gone:
        index.floor = max(index.floor, index.runs.pop(each) + 1)
        _drop(book, each)
    book.set(INDEX, index)
    return run_id in index.runs


def _drop(book: Notebook, run_id: str) -> None:
    book.drop(RUNS, run_id)
    for shelf in (RUN_TASKS, RUN_STEPS, RUN_TOLD):
        book.drop_all(shelf, run_id)
