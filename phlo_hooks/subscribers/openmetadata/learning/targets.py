"""What was handed to those who use it: each target is a dataset of its own, a copy of the table that it came from."""

from __future__ import annotations

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import PublishEvent
from phlo_hooks.lineage.names import is_path, name_parts
from phlo_hooks.lineage.published import target_dataset
from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.datasets import Said, keep_dataset
from phlo_hooks.subscribers.openmetadata.learning.edges_composed import PUBLISH, PUBLISHED
from phlo_hooks.subscribers.openmetadata.learning.lineage import tell_edges
from phlo_hooks.subscribers.openmetadata.learning.notebook import ASSETS, TABLES, key_text
from phlo_hooks.subscribers.openmetadata.learning.notes import AssetNote, Copied, EdgeNote
from phlo_hooks.subscribers.openmetadata.names import EntityName, join


def learn_targets(lesson: Lesson, event: PublishEvent) -> None:
    """
    Learn every target, and that it is made from its source.

    Which table a source's name means is found when it is read, as the asset's lineage is told after this.
    """
    if not event.tables:
        return
    asset_key = event.asset_key or ""
    targets: dict[EntityName, str] = {}
    for target, source in sorted(event.tables.items()):
        key = _keep(lesson, event, target, source)
        if key is not None:
            targets[key] = source
    _note_targets(lesson, asset_key, sorted(targets))
    for key, source in targets.items():
        tell_edges(lesson, key, PUBLISHED + asset_key, [EdgeNote(origin=PUBLISH, named=source, asset_key=asset_key)])


def target_ref(event: PublishEvent, target: str) -> DatasetRef:
    """
    Return the dataset of a target.

    A name that begins with a part of the event's own dataset, such as its schema, goes on from there: it has the same
    catalog.
    """
    found, inside = target_dataset(event, target), event.dataset
    own = name_parts(target)
    if inside is None or not inside.resolved or is_path(inside) or found.name != target or len(own) == 1:
        return found
    home = name_parts(inside.name)
    for place, part in enumerate(home):
        if part.casefold() == own[0].casefold():
            return DatasetRef(namespace=found.namespace, name=join((*home[:place], *own)))
    return found


def _keep(lesson: Lesson, event: PublishEvent, target: str, source: str) -> EntityName | None:
    said = {
        "columns": event.columns if len(event.tables) == 1 else (),
        "stage": PUBLISH,
        "group": event.group_name,
        "owners": event.owners,
        "maker": event.asset_key,
        "code_location": lesson.location,
    }
    fields: dict[str, object] = {name: value for name, value in said.items() if value}
    if "columns" in fields:
        fields["columns_at"] = event.timestamp
    key = keep_dataset(lesson, target_ref(event, target), Said(fields=fields, own=True, made=True))
    note = lesson.book.get(TABLES, key_text(key)) if key else None
    if key is not None and note is not None and lesson.stamp >= note.marks.get("copied", ""):
        note.marks["copied"] = lesson.stamp
        note.copied = Copied(asset_key=event.asset_key or "", source=source)
        lesson.book.set(TABLES, note, key_text(key))
    return key


def _note_targets(lesson: Lesson, asset_key: str, targets: list[EntityName]) -> None:
    note = lesson.book.get(ASSETS, asset_key) or AssetNote(key=asset_key)
    if not asset_key or lesson.stamp < note.targets_mark:
        return
    if note.home is not None:
        lesson.changes.lineage(note.home)
    note.targets, note.targets_mark = targets, lesson.stamp
    lesson.book.set(ASSETS, note, asset_key)
