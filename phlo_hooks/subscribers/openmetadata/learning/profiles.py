"""Sizes: rows that a table has, and rows that a load wrote."""

from __future__ import annotations

from typing import Final

from phlo_hooks.events import AssetEvent, IngestionEvent, PublishEvent, TransformEvent
from phlo_hooks.subscribers.openmetadata.facts import ProfileFact
from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.datasets import AssetEnd
from phlo_hooks.subscribers.openmetadata.learning.notebook import TABLES, key_text
from phlo_hooks.subscribers.openmetadata.learning.notes import remembered
from phlo_hooks.subscribers.openmetadata.learning.targets import target_ref
from phlo_hooks.subscribers.openmetadata.names import EntityName

PARTITION_ROWS: Final = "dagster/partition_row_count"


def learn_profile(lesson: Lesson, event: AssetEnd, home: EntityName | None) -> None:
    """
    Tell the size that an asset reports, of it and of its child tables.

    What a loader brought, one partition of a table, and a published copy are rows written, not the table's size. Bytes
    are never told: those that events know are the sizes of the files that were loaded.
    """
    columns = len(event.columns) or None
    if isinstance(event, PublishEvent):
        if event.rows is not None:
            _tell_target(lesson, event)
    elif event.rows is not None and home is not None:
        if is_size(event):
            _tell(lesson, home, rows=event.rows, columns=columns)
        else:
            _tell(lesson, home, written=event.rows, columns=columns)
    for child in event.child_tables if isinstance(event, IngestionEvent) else ():
        name = lesson.naming.dataset(child.dataset)
        if name is not None and child.rows is not None:
            key = lesson.naming.same(name, child.dataset)
            _tell(lesson, key, written=child.rows, columns=len(child.columns) or None)


def is_size(event: IngestionEvent | TransformEvent | AssetEvent) -> bool:
    """Say whether an event's rows are all that the table has."""
    return not isinstance(event, IngestionEvent) and event.metadata.get(PARTITION_ROWS) != event.rows


def _tell_target(lesson: Lesson, event: PublishEvent) -> None:
    """Tell the rows of the only target; of several nobody says how they divide."""
    refs = [target_ref(event, target) for target in event.tables]
    name = lesson.naming.dataset(refs[0]) if len(refs) == 1 else None
    if name is not None:
        _tell(lesson, lesson.naming.same(name, refs[0]), written=event.rows)


def _tell(
    lesson: Lesson,
    key: EntityName,
    *,
    rows: int | None = None,
    written: int | None = None,
    columns: int | None = None,
) -> None:
    note = lesson.book.get(TABLES, key_text(key))
    if note is None:
        return
    if remembered(note.recent, lesson.stamp) and not lesson.changes.again:
        return
    lesson.book.set(TABLES, note, key_text(key))
    lesson.changes.profiles.append(
        ProfileFact(table=key, at=lesson.event.timestamp, rows=rows, written=written, columns=columns)
    )
