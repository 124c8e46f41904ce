"""Datasets: what the end of an asset, and everything that names a dataset, says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import AssetEvent, HookEvent, IngestionEvent, PublishEvent, Status, TransformEvent
from phlo_hooks.subscribers.openmetadata.facts import TableFact
from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.edges_composed import last_part
from phlo_hooks.subscribers.openmetadata.learning.notebook import (
    ALIASES,
    ASSETS,
    CALLED,
    OUTLINES,
    READERS,
    TABLES,
    key_text,
)
from phlo_hooks.subscribers.openmetadata.learning.notes import AssetNote, Grouped, Home, Making, TableNote, overlay
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind

AssetEnd = IngestionEvent | TransformEvent | PublishEvent | AssetEvent
OBSERVED: Final = "asset.observed"
DEFAULT_GROUP: Final = "default"
_ENDS: Final = frozenset(["ingestion.end", "transform.end", "publish.end", "asset.materialized", OBSERVED])
_GOOD: Final = frozenset(["", Status.SUCCESS, Status.NO_DATA])

_FORMATS: Final = {
    "csv": "csv",
    "tsv": "tsv",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "parquet": "parquet",
    "avro": "avro",
    "orc": "orc",
    "xlsx": "xlsx",
}
_PACKED: Final = frozenset(["gz", "zip", "zst", "bz2", "xz"])


@dataclass(frozen=True, kw_only=True)
class Said:
    """
    What is said of one dataset.

    Attributes:
        fields: Of ``TableFact``, those about which something is said.
        own: By who makes it, whose spelling of the name wins.
        made: By its being made.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    own: bool = False
    made: bool = False


def ended_well(event: HookEvent) -> bool:
    """Say whether an asset's event tells that it was made or observed; nothing else teaches columns or lineage."""
    return event.event_type in _ENDS and getattr(event, "status", "") in _GOOD


def learn_asset(lesson: Lesson, event: AssetEnd) -> EntityName | None:
    """Learn the dataset of an asset that was made or observed; return its key."""
    ref = event.dataset
    if ref is None:
        return None
    made = event.event_type != OBSERVED
    key = keep_dataset(lesson, ref, Said(fields=_fields(lesson, event), own=True, made=made))
    if key is not None:
        settle_home(lesson, event.asset_key or "", key)
    return key


def keep_dataset(lesson: Lesson, ref: DatasetRef, said: Said) -> EntityName | None:
    """Keep what is said of a dataset; return its key, ``None`` for one that was not resolved."""
    name = lesson.naming.dataset(ref)
    if name is None:
        return None
    key = lesson.naming.same(name, ref)
    lesson.changes.table(key)
    book, at = lesson.book, lesson.event.timestamp
    note = book.get(TABLES, key_text(key))
    if note is None:
        note = TableNote(fact=TableFact(name=name, dataset=ref, at=at))
        called = book.get(CALLED, last_part(key.name)) or []
        book.set(CALLED, sorted({*called, key}), last_part(key.name))
    if name != key:
        book.set(ALIASES, key, key_text(name))
    _spell(note, name, ref, f"{0 if said.own else 1}.{lesson.stamp}")
    note.fact = overlay(note.fact, note.marks, {**_of_file(name, ref), **said.fields}, lesson.stamp)
    note.fact = replace(note.fact, at=max(note.fact.at, at), made=note.fact.made or said.made)
    if said.made:
        _note_maker(lesson, note, said.fields.get("group"))
    book.set(TABLES, note, key_text(key))
    return key


def settle_home(lesson: Lesson, asset_key: str, key: EntityName) -> None:
    """Note which dataset an asset is; one that it was before is not its any more, unless in another code location."""
    if not asset_key:
        return
    book, location = lesson.book, lesson.location or ""
    note = book.get(ASSETS, asset_key) or AssetNote(key=asset_key)
    if lesson.stamp >= note.home_mark:
        note.home, note.home_mark = key, lesson.stamp
    before = note.homes.get(location)
    if before is None or lesson.stamp >= before.mark:
        note.homes[location] = Home(key=key, mark=lesson.stamp)
        if before is None or before.key != key:
            if before is not None and all(home.key != before.key for home in note.homes.values()):
                _set_asset(lesson, before.key, asset_key, there=False)
            _set_asset(lesson, key, asset_key, there=True)
    book.set(ASSETS, note, asset_key)


def link_reader(lesson: Lesson, upstream: EntityName, downstream: EntityName) -> None:
    """Note that a dataset's lineage names another one."""
    if lesson.book.get(READERS, key_text(upstream), key_text(downstream)) is None:
        lesson.book.set(READERS, downstream, key_text(upstream), key_text(downstream))


def group_of(lesson: Lesson, asset_key: str | None, told: str | None = None) -> str:
    """Return an asset's group: as told, as an event told before, as declared, else Dagster's default."""
    declared = lesson.book.get(OUTLINES, asset_key) if asset_key and not told else None
    return told or (declared.group if declared else None) or DEFAULT_GROUP


def _fields(lesson: Lesson, event: AssetEnd) -> dict[str, Any]:
    stage = event.stage if isinstance(event, AssetEvent) else event.event_type.partition(".")[0]
    said = {
        "columns": event.columns if not isinstance(event, PublishEvent) or len(event.tables) <= 1 else (),
        "stage": stage,
        "group": event.group_name,
        "owners": event.owners,
        "description": _description(lesson, event),
        "unique_id": event.unique_id if isinstance(event, TransformEvent) else None,
        "code_location": lesson.location,
    }
    fields: dict[str, Any] = {name: value for name, value in said.items() if value}
    if "columns" in fields:
        fields["columns_at"] = event.timestamp
    return fields


def _description(lesson: Lesson, event: AssetEnd) -> str | None:
    """Return the event's words where code has none: those of a declared asset's event may be of that moment only."""
    if not isinstance(event, AssetEvent) or lesson.book.get(OUTLINES, event.asset_key) is not None:
        return None
    return event.description


def _of_file(name: EntityName, ref: DatasetRef) -> dict[str, Any]:
    """Return address and format of a file or folder; nothing for a table."""
    if name.kind is not Kind.CONTAINER:
        return {}
    found = format_of(ref.name)
    said = {"format": found} if found else {}
    if ref.namespace == "file":
        said["endpoint"] = f"file://{ref.name}"
    elif "://" in ref.namespace:
        said["endpoint"] = f"{ref.namespace}/{ref.name}"
    return said


def format_of(path: str) -> str | None:
    """Return the format that a file's name says; what packs it is left out."""
    ends = path.rpartition("/")[2].lower().split(".")[1:]
    if ends and ends[-1] in _PACKED:
        ends.pop()
    return _FORMATS.get(ends[-1]) if ends else None


def _spell(note: TableNote, name: EntityName, ref: DatasetRef, mark: str) -> None:
    """Let the first spelling of those who make it be its name, else the first of all."""
    if "name" not in note.marks or mark < note.marks["name"]:
        note.marks["name"] = mark
        note.fact = replace(note.fact, name=name, dataset=ref)


def _note_maker(lesson: Lesson, note: TableNote, group: str | None) -> None:
    """Note the job that made it, or the group in a run without a job of its own."""
    if lesson.run_id is None:
        return
    location, stamp = lesson.location, lesson.stamp
    if lesson.job is None:
        asset_key = lesson.event.correlation.asset_key or getattr(lesson.event, "asset_key", None) or ""
        held = note.groups.get(asset_key)
        if held is None or stamp >= held.mark:
            named = lesson.naming.group(location, group_of(lesson, asset_key, group))
            note.groups[asset_key] = Grouped(pipeline=named, mark=stamp)
        return
    pipeline = lesson.naming.pipeline(location, lesson.job)
    for making in note.jobs:
        if making.pipeline == pipeline:
            making.first = min(making.first, stamp)
            return
    note.jobs.append(Making(pipeline=pipeline, first=stamp, location=location))
    note.jobs.sort(key=lambda making: making.pipeline)


def _set_asset(lesson: Lesson, key: EntityName, asset_key: str, *, there: bool) -> None:
    note = lesson.book.get(TABLES, key_text(key))
    if note is None:
        return
    lesson.changes.table(key)
    keys = {*note.fact.asset_keys} - {asset_key} | ({asset_key} if there else set())
    note.fact = replace(note.fact, asset_keys=tuple(sorted(keys)))
    lesson.book.set(TABLES, note, key_text(key))
