"""What the tests of the source share: a clock that stands still, a reader that stores, and Dagster's own counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dagster import DagsterEventType, DagsterInstance, DagsterRun, MetadataValue
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation
from dagster._core.events import EngineEventData

from phlo_hooks.codec import decode_event, encode_event
from phlo_hooks.events import HookEvent
from phlo_hooks.outbox.api import EventQuery, Recorded
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import Settings, load_settings
from phlo_hooks.source import Batch, StoredSnapshot, StreamState, UntranslatableRecord
from phlo_hooks.sql_lineage.cache import LineageCache, MemoryLineageCache
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.riders import RIDER
from phlo_hooks_dagster.source import DagsterEventSource


@dataclass
class StillClock:
    """A clock that moves when it is told to, or slept on."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 1000.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds

    def clock(self) -> Clock:
        """Return it as the source takes it."""
        return Clock(now=lambda: self.at, monotonic=lambda: self.seconds, sleep=self.advance)


@dataclass
class Desk:
    """One instance, one outbox, and the source between them."""

    instance: DagsterInstance
    outbox: Outbox
    settings: Settings
    time: StillClock
    source: DagsterEventSource

    def poll(self) -> Recorded:
        """Store what one poll yields."""
        return self._store(self.source.poll(self.memory))

    def settle(self) -> Recorded:
        """Store what settling yields."""
        return self._store(self.source.settle(self.memory))

    def restart(self, **changes: Any) -> None:
        """Forget what is in memory, as a killed relay does."""
        self.settings = self.settings.model_copy(update=changes)
        self.source = DagsterEventSource(self.instance, self.settings, clock=self.time.clock())
        self.source.skip_target()

    @property
    def memory(self) -> Any:
        """Return what is stored for the source."""
        return self.outbox.memory("dagster")

    def events(self, **query: Any) -> list[HookEvent]:
        """Return what is recorded, oldest first."""
        return [stored.decode() for stored in self.outbox.events(EventQuery(**query))]

    def counted(self, *types: str, run_id: str | None = None) -> Counter[tuple[str, str]]:
        """Count recorded events by type and asset or step."""
        found = Counter[tuple[str, str]]()
        for event in self.events(run_id=run_id):
            if event.event_type in types:
                where = event.correlation
                key = where.step_key if event.event_type.startswith("step.") else where.asset_key
                found[event.event_type, key or ""] += 1
        return found

    def _store(self, batches: Iterator[Batch]) -> Recorded:
        total = Recorded()
        for batch in batches:
            total += self.outbox.record("dagster", batch)
        return total


@contextmanager
def desk(
    instance: DagsterInstance, folder: Path, *, start: str = "all", database: str | None = None, **relay: Any
) -> Iterator[Desk]:
    """Open an outbox beside an instance."""
    url = database or f"sqlite:///{folder / 'state.db'}"
    given = {"database": url, "start": start, "relay": {"snapshot_wait": 0, **relay}}
    settings = load_settings(given, root=folder)
    outbox = Outbox.open(settings.database_url()[0])
    time = StillClock()
    source = DagsterEventSource(instance, settings, clock=time.clock())
    source.skip_target()
    try:
        yield Desk(instance=instance, outbox=outbox, settings=settings, time=time, source=source)
    finally:
        outbox.close()


def rider_of(event: dict[str, Any]) -> dict[str, MetadataValue[Any]]:
    """Return the metadata of a rider with an event that has no id of its own."""
    body = {"v": 1, "kind": "event", "event": {"event_id": "", "timestamp": "2020-01-01T00:00:00Z", **event}}
    return {RIDER: MetadataValue.json(body)}


def emit(instance: DagsterInstance, run: DagsterRun, step_key: str, event: dict[str, Any]) -> None:
    """Write a rider with an event of the run and step, as a step writes it."""
    data = EngineEventData(metadata=rider_of(event))
    instance.report_engine_event("rider", dagster_run=run, engine_event_data=data, step_key=step_key)


def dagsters_count(instance: DagsterInstance, run_id: str, *types: DagsterEventType) -> Counter[str]:
    """Count a run's records in Dagster's own log, by asset if they are about one, else by step."""
    found = Counter[str]()
    for entry in instance.all_logs(run_id, of_type=set(types)):
        event = entry.dagster_event
        assert event is not None
        data = event.event_specific_data
        if isinstance(data, AssetCheckEvaluation):
            found[data.asset_key.to_user_string()] += 1
        else:
            found[event.asset_key.to_user_string() if event.asset_key else event.step_key or ""] += 1
    return found


@dataclass
class Shelf:
    """An outbox in memory with the rules of the real one, for tests that read hundreds of times."""

    bodies: dict[str, list[bytes]] = field(default_factory=dict)
    _streams: dict[str, StreamState] = field(default_factory=dict)
    _marks: dict[str, str] = field(default_factory=dict)
    _lineage: LineageCache = field(default_factory=MemoryLineageCache)

    def record(self, batch: Batch) -> None:
        """Store one batch."""
        for event in batch.events:
            revisions = self.bodies.setdefault(event.event_id, [])
            body = encode_event(event)
            if not revisions or (batch.revise and revisions[-1] != body):
                revisions.append(body)
        if batch.stream is not None:
            self._streams[batch.stream.stream_id] = batch.stream
        self._marks.update(batch.marks)

    def newest(self) -> dict[str, bytes]:
        """Return each event's newest revision."""
        return {event_id: revisions[-1] for event_id, revisions in self.bodies.items()}

    def stream(self, stream_id: str) -> StreamState | None:
        """Return one stream."""
        return self._streams.get(stream_id)

    def streams(self, *, status: str | None = None, ended_after: datetime | None = None) -> list[StreamState]:
        """Return streams by status and end."""
        return [
            each
            for each in self._streams.values()
            if status in {None, each.status} and (ended_after is None or (each.ended_at or ended_after) > ended_after)
        ]

    def mark(self, name: str) -> str | None:
        """Return one mark."""
        return self._marks.get(name)

    def snapshot_at(self, code_location: str, when: datetime) -> None:
        """Know no snapshot."""

    def snapshots(self) -> list[StoredSnapshot]:
        """Know no snapshot."""
        return []

    def event(self, event_id: str) -> HookEvent | None:
        """Return the newest revision."""
        revisions = self.bodies.get(event_id)
        return decode_event(revisions[-1]) if revisions else None

    def untranslatable(self, stream_id: str | None = None) -> list[UntranslatableRecord]:
        """Keep no quarantine."""
        return []

    def lineage_cache(self) -> LineageCache:
        """Keep lineage as long as the object."""
        return self._lineage
