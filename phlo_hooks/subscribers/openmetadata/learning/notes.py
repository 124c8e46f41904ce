"""
What is stored: facts, and beside them the marks that say which of two events holds.

Every event has a stamp, which is its place in time. A field of a fact is held by the event with the greatest stamp of
those that said something about it, so that events may come in any order, and twice. A stamp orders by time, then by
rank, then by id, and of one event's revisions the later one is greater.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from phlo_hooks.datasets import ColumnEdge, DatasetRef
from phlo_hooks.events import HookEvent
from phlo_hooks.subscribers.openmetadata.facts import CheckFact, TableFact, TaskFact
from phlo_hooks.subscribers.openmetadata.names import EntityName

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
CONCLUDED: Final = 0
"""Rank of what is concluded from an event; what the same record says outright is greater."""
SAID: Final = 1
RECENT: Final = 30
"""Stamps of results and profiles that are remembered, so that one that comes again is known."""
_ID: Final = 13


def stamp_of(at: datetime, event_id: str, *, revision: int = 1, rank: int = SAID) -> str:
    """Return an event's place in time, as text that sorts so."""
    return f"{micros(at):017d}.{rank}.{event_id[:_ID]}.{revision:03d}"


def micros(at: datetime) -> int:
    """Return microseconds since 1970, never less than 0."""
    return max(0, (at - EPOCH) // timedelta(microseconds=1))


def stamp_of_event(event: HookEvent, *, revision: int = 1, rank: int = SAID) -> str:
    """Return the stamp of an event."""
    return stamp_of(event.timestamp, event.event_id, revision=revision, rank=rank)


@dataclass(kw_only=True)
class Making:
    """A job that was seen making a dataset; ``first`` is the stamp of the first time."""

    pipeline: EntityName
    first: str
    location: str | None = None


@dataclass(kw_only=True)
class Grouped:
    """The pipeline of an asset's group, and the stamp of the event that said so."""

    pipeline: EntityName
    mark: str


@dataclass(kw_only=True)
class Copied:
    """What a published target is a copy of: a name as the publisher wrote it, read by that asset."""

    asset_key: str
    source: str


@dataclass(kw_only=True)
class TableNote:
    """
    One dataset.

    Attributes:
        fact: Without what is found when it is read: pipeline, columns that lineage speaks of or that are copied.
        marks: Field to the stamp of the event that holds it.
        jobs: Real jobs that made it.
        groups: Asset that makes it to the pipeline of that asset's group.
        recent: Stamps of the profiles told last.
    """

    fact: TableFact
    marks: dict[str, str] = field(default_factory=dict)
    jobs: list[Making] = field(default_factory=list)
    groups: dict[str, Grouped] = field(default_factory=dict)
    copied: Copied | None = None
    recent: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class EdgeNote:
    """
    One upstream dataset, or how to find it.

    Attributes:
        upstream: Its key; ``None`` when only its asset is known, or only the name that a publisher gave.
        asset_key: The upstream asset; with ``named``, the publishing one.
        named: A publisher's name for the source.
    """

    origin: str
    upstream: EntityName | None = None
    asset_key: str | None = None
    named: str | None = None
    columns: tuple[ColumnEdge, ...] = ()


@dataclass(kw_only=True)
class PartNote:
    """
    What one event told of a dataset's edges.

    Attributes:
        sql: As the last event told it that knew it: the file with it may be out of reach at times.
    """

    stamp: str
    at: datetime
    run_id: str | None = None
    edges: list[EdgeNote] = field(default_factory=list)
    sql: str | None = None
    sql_stamp: str = ""


@dataclass(kw_only=True)
class LineageNote:
    """
    What a dataset is made from.

    Attributes:
        tellers: Teller to part to what it told. A part is a partition where each has sources of its own, else ``""``.
    """

    downstream: EntityName
    tellers: dict[str, dict[str, PartNote]] = field(default_factory=dict)


@dataclass(kw_only=True)
class ReadNote:
    """One dataset that an asset read, by its lineage."""

    dataset: DatasetRef
    name: EntityName | None = None
    asset_key: str | None = None


@dataclass(kw_only=True)
class Home:
    """Which dataset an asset of one code location is: its key, and the stamp of the event that said so."""

    key: EntityName
    mark: str


@dataclass(kw_only=True)
class AssetNote:
    """
    What events say of an asset.

    Attributes:
        home: The key of its dataset, by the newest event.
        homes: By code location: two may each have an asset of this key. ``""`` where events name none.
        reads: What its lineage names, of all its tables.
        targets: Keys of the datasets it published.
        pipelines: Those that it is a task of.
    """

    key: str
    home: EntityName | None = None
    home_mark: str = ""
    homes: dict[str, Home] = field(default_factory=dict)
    reads: list[ReadNote] = field(default_factory=list)
    reads_mark: str = ""
    targets: list[EntityName] = field(default_factory=list)
    targets_mark: str = ""
    pipelines: list[EntityName] = field(default_factory=list)


@dataclass(kw_only=True)
class CheckNote:
    """One check."""

    fact: CheckFact
    mark: str
    recent: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class StoredTask:
    """
    A pipeline's task, without its order.

    Attributes:
        marks: Field to the stamp of the event that holds it.
        judges: It is a step that evaluates checks; without an asset it is no task.
    """

    fact: TaskFact
    marks: dict[str, str] = field(default_factory=dict)
    judges: bool = False


@dataclass(kw_only=True)
class StoredPipeline:
    """A pipeline, without its tasks."""

    name: EntityName
    code_location: str | None = None
    job: str | None = None
    group: str | None = None
    at: datetime | None = None


@dataclass(kw_only=True)
class Outline:
    """
    What events and pipelines need of a declared asset, without its words, columns and SQL.

    Attributes:
        reads: Whether it declares to read anything.
    """

    key: str
    name: EntityName | None = None
    group: str | None = None
    kind: str = ""
    upstream_keys: tuple[str, ...] = ()
    reads: bool = False
    external: bool = False


@dataclass(kw_only=True)
class DeclaredJob:
    """What code says of a job."""

    name: EntityName
    code_location: str
    asset_keys: tuple[str, ...] = ()
    schedule: str | None = None
    description: str | None = None


def remembered(recent: list[str], stamp: str) -> bool:
    """Note a stamp; return whether it was there before."""
    if stamp in recent:
        return True
    recent.append(stamp)
    recent.sort()
    del recent[:-RECENT]
    return False


def overlay(fact: TableFact, marks: dict[str, str], says: Mapping[str, Any], stamp: str) -> TableFact:
    """Return the fact with what an event says, where no later event has said something; marks are changed."""
    held = {name: value for name, value in says.items() if stamp >= marks.get(name, "")}
    marks.update(dict.fromkeys(held, stamp))
    return replace(fact, **held)
