"""
What the relay reads from: a log that someone else writes durably.

A source turns its log into batches. The relay stores each batch in one transaction: events, watermark and
translator state together, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from phlo_hooks.events import HookEvent
from phlo_hooks.sql_lineage.cache import LineageCache


@dataclass(frozen=True, kw_only=True)
class StreamState:
    """
    How far one stream of a source has been read, and what the translator remembers of it.

    A stream is one run's log; the stream ``""`` is the log of what belongs to no run.

    Attributes:
        cursor: Id of the last record whose reading is settled; 0 at the start.
        state: The translator's memory at ``cursor``, opaque to everyone else.
        status: ``open``, ``closed`` (ended and quiet; read again now and then) or ``failed`` (cannot be read).
        started_at: When the run started, by the source's own clock.
        ended_at: When it ended.
        checked_at: When it was last read to its tip.
        note: One line for people, such as why it waits.
    """

    stream_id: str
    cursor: int = 0
    state: bytes = b""
    status: str = "open"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    checked_at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class UntranslatableRecord:
    """A record that no event could be made from; kept so that it can be tried again."""

    stream_id: str
    record_id: int
    record_type: str
    error: str


@dataclass(frozen=True, kw_only=True)
class Batch:
    """
    What one reading gave: stored wholly, or not at all.

    Attributes:
        stream: Where the reading now stands; ``None`` leaves every stream as it is.
        translated: Ids of formerly untranslatable records of the stream that are events now.
        marks: The source's own small notes, such as its discovery cursor; merged into those stored.
        snapshots: What code locations are now; stored when they differ from the newest.
        revise: Whether an event whose id is stored with other content becomes its next revision; else it is a
            duplicate.
    """

    events: Sequence[HookEvent] = ()
    stream: StreamState | None = None
    untranslatable: Sequence[UntranslatableRecord] = ()
    translated: Sequence[int] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    snapshots: Sequence[StoredSnapshot] = ()
    revise: bool = False


@dataclass(frozen=True, kw_only=True)
class StoredSnapshot:
    """
    What a code location's assets were, from a moment on.

    Attributes:
        body: JSON, the source's own.
    """

    code_location: str
    digest: str
    body: bytes
    valid_from: datetime


class SourceMemory(Protocol):
    """What a source may read of what has been stored for it."""

    def stream(self, stream_id: str) -> StreamState | None:
        """Return one stream's state, or ``None`` when it was never read."""

    def streams(self, *, status: str | None = None, ended_after: datetime | None = None) -> Sequence[StreamState]:
        """Return streams by status; with ``ended_after``, those that ended since."""

    def mark(self, name: str) -> str | None:
        """Return one of the source's own notes."""

    def snapshot_at(self, code_location: str, when: datetime) -> StoredSnapshot | None:
        """Return the snapshot that held at ``when``, else the earliest one, else ``None``."""

    def snapshots(self) -> Sequence[StoredSnapshot]:
        """Return the newest snapshot of each code location."""

    def event(self, event_id: str) -> HookEvent | None:
        """Return an event that is stored, its newest revision; ``None`` also when it cannot be read any more."""

    def untranslatable(self, stream_id: str | None = None) -> Sequence[UntranslatableRecord]:
        """Return the records that wait to be tried again."""

    def lineage_cache(self) -> LineageCache:
        """Return where column lineage of SQL is kept."""


@dataclass(frozen=True, kw_only=True)
class SourceLag:
    """
    How far behind a source's log the relay is.

    Attributes:
        open_streams: Runs that have not ended or are not read to their end.
        seconds: Age of the oldest change not yet read; 0 at the tip.
    """

    open_streams: int
    seconds: float


@runtime_checkable
class EventSource(Protocol):
    """
    A log that the relay can read; found by entry point ``phlo_hooks.sources``.

    An entry point names a callable ``(settings: Settings) -> EventSource``.
    """

    name: str

    def poll(self, memory: SourceMemory) -> Iterator[Batch]:
        """
        Yield what is new since the last poll, until the tip; each batch is stored before the next is asked for.

        Raises:
            SourceError: The log cannot be read at all. A single bad record or run never raises.
        """

    def settle(self, memory: SourceMemory) -> Iterator[Batch]:
        """Yield what waiting alone would bring (grace periods, overlaps), for a drain that is to be final."""

    def read_again(self, memory: SourceMemory, stream_id: str) -> Iterator[Batch]:
        """Translate one stream anew, for ``rederive`` and ``dead retry``; yields with ``revise=True``."""

    def lag(self, memory: SourceMemory) -> SourceLag:
        """Return how far behind the log the stored state is."""

    def next_poll_in(self) -> float:
        """Return how many seconds the relay may wait before it polls again."""

    def close(self) -> None:
        """Release what is held."""
