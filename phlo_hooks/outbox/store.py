"""The outbox: what was recorded, how far it was read, and how far each consumer has come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from phlo_hooks.events import HookEvent
from phlo_hooks.keep import Keep
from phlo_hooks.outbox import memory as memories
from phlo_hooks.outbox.api import (
    ConsumerState,
    DeliveryRow,
    EventQuery,
    LeaseState,
    OutboxSummary,
    Recorded,
    StoredEvent,
    UntranslatableRow,
)
from phlo_hooks.outbox.consumers import ConsumerTable
from phlo_hooks.outbox.database import Database, require_file
from phlo_hooks.outbox.deliveries import DeliveryTable
from phlo_hooks.outbox.keep import OutboxKeep
from phlo_hooks.outbox.leases import Lease, LeaseTable
from phlo_hooks.outbox.lineage_cache import StateLineageCache
from phlo_hooks.outbox.memory import StoredMemory
from phlo_hooks.outbox.migrate import migrate, require_current
from phlo_hooks.outbox.pulse import Pulse, take_pulse
from phlo_hooks.outbox.reading import Reading
from phlo_hooks.outbox.recording import Recording
from phlo_hooks.source import Batch, SourceMemory, StoredSnapshot


class Outbox:
    """
    The state database; threads may share one, processes open their own.

    Attributes:
        display_url: Where it is, without a password.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.display_url = database.display_url
        self.reading = Reading(database)
        self._recording = Recording(database)
        self._consumers = ConsumerTable(database)
        self._deliveries = DeliveryTable(database, self.reading)
        self._leases = LeaseTable(database)

    @classmethod
    def open(cls, url: str, *, now: Callable[[], datetime] | None = None) -> Outbox:
        """
        Open the state database, and create it or bring its tables up to date.

        Args:
            url: ``sqlite:///path`` or ``postgresql://…``.

        Raises:
            OutboxError: It cannot be reached, is no database, or belongs to a newer phlo-hooks.
        """
        database = Database(url, now=now)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @classmethod
    def look(cls, url: str) -> Outbox:
        """
        Open a state database that is there, for reading: nothing is created or upgraded.

        Raises:
            NoOutboxError: There is none.
            OutboxError: It cannot be reached, is no database, or belongs to an older or newer phlo-hooks.
        """
        require_file(url)
        database = Database(url)
        try:
            require_current(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def __enter__(self) -> Self:
        """Return the outbox."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def record(self, source: str, batch: Batch, *, lease: Lease | None = None) -> Recorded:
        """
        Store a batch wholly or not at all; an event whose id is stored is not stored again.

        Raises:
            LeaseLostError: Another process holds the lease; nothing was written.
        """
        return self._recording.record(source, batch, lease)

    def append(self, events: Iterable[HookEvent], *, lease: Lease | None = None) -> Recorded:
        """
        Store events that come from no source.

        Raises:
            LeaseLostError: Another process holds the lease; nothing was written.
        """
        return self._recording.append(events, lease)

    def memory(self, source: str) -> SourceMemory:
        """Return what is stored for a source."""
        return StoredMemory(self.database, source)

    def lineage_cache(self) -> StateLineageCache:
        """Return where column lineage of SQL is kept."""
        return StateLineageCache(self.database)

    def keep(self, owner: str) -> Keep:
        """Return where a plugin of that name keeps what it wants to find again."""
        return OutboxKeep(self.database, owner)

    def sources(self) -> list[str]:
        """Return the names of the sources that something is stored for."""
        return memories.list_sources(self.database)

    def save_snapshot(self, snapshot: StoredSnapshot) -> bool:
        """Store what a code location's assets are; ``False`` when that is what was stored last."""
        return memories.save_snapshot(self.database, snapshot)

    def snapshots(self) -> Sequence[StoredSnapshot]:
        """Return the newest snapshot of each code location."""
        return StoredMemory(self.database, "").snapshots()

    def snapshot_digests(self) -> dict[str, str]:
        """Return the digest of the newest snapshot of each code location, which is quick."""
        return memories.snapshot_digests(self.database)

    def head(self) -> int:
        """Return the seq of the newest event; 0 when there is none."""
        return self.reading.head()

    def pulse(self) -> Pulse:
        """Return what changes when anything here does, without reading an event."""
        return take_pulse(self.database)

    def event(self, event_id: str) -> StoredEvent | None:
        """
        Return the newest revision of an event, by its id or the beginning of it.

        Raises:
            OutboxError: Several ids begin like that.
        """
        return self.reading.one(event_id)

    def revisions(self, event_id: str) -> list[StoredEvent]:
        """Return every revision of an event, oldest first."""
        return self.reading.revisions(event_id)

    def events(self, query: EventQuery | None = None) -> Iterator[StoredEvent]:
        """Yield the events that a query asks for, oldest first; all without one."""
        return self.reading.matching(query or EventQuery())

    def summary(self) -> OutboxSummary:
        """Count what there is."""
        return self.reading.summary()

    def register_consumers(self, names: Iterable[str], *, sync_hooks: Iterable[str] = ()) -> None:
        """
        Note that these consumers exist; a new one starts at the end of the outbox.

        Args:
            sync_hooks: The hooks behind the consumer ``bus``: each can have dead letters and replays of its own.
        """
        self._consumers.register(names, sync_hooks)

    def consumers(self) -> list[ConsumerState]:
        """Return the consumers; a sync hook is listed when it has deliveries of its own that are open or dead."""
        return self._consumers.all()

    def began(self) -> dict[str, datetime]:
        """Return when each consumer, and each sync hook, was first registered."""
        return self._consumers.began()

    def forget_consumer(self, name: str) -> bool:
        """Drop a consumer and everything kept for it; ``False`` when there is none of that name."""
        return self._consumers.forget(name)

    def forget_unseen(self, days: float) -> list[str]:
        """Forget the consumers that no dispatcher has registered for so many days; return their names."""
        return self._consumers.forget_unseen(days)

    def deliveries(
        self,
        *,
        consumer: str | None = None,
        status: str | None = None,
        event_id: str | None = None,
        run_id: str | None = None,
        limit: int | None = None,
        newest: bool = False,
    ) -> list[DeliveryRow]:
        """
        Return deliveries that failed, wait, were replayed or are dead; dropped ones with ``status="dropped"``.

        Args:
            newest: Begin with the newest event instead of the oldest.
        """
        return self._deliveries.rows(
            consumer=consumer, status=status, event_id=event_id, run_id=run_id, limit=limit, newest=newest
        )

    def retry_dead(self, *, consumer: str | None = None, event_ids: Collection[str] | None = None) -> int:
        """Let dead letters be delivered again; return how many."""
        return self._deliveries.retry_dead(consumer, event_ids)

    def drop_dead(self, *, consumer: str | None = None, event_ids: Collection[str] | None = None) -> int:
        """Give up on dead letters; return how many."""
        return self._deliveries.drop_dead(consumer, event_ids)

    def replay(self, consumer: str, query: EventQuery) -> int:
        """
        Deliver past events to a consumer, or to one sync hook, once more; return how many were asked for.

        Raises:
            OutboxError: No consumer has that name.
        """
        return self._deliveries.replay(consumer, query)

    def untranslatable(self, source: str | None = None) -> list[UntranslatableRow]:
        """Return the records that no event could be made from."""
        return memories.list_untranslatable(self.database, source)

    def forget_untranslatable(self, source: str, stream_id: str, record_ids: Sequence[int]) -> int:
        """Drop records that nobody wants to try again; return how many there were."""
        return memories.forget_untranslatable(self.database, source, stream_id, record_ids)

    def acquire_lease(
        self, name: str, *, owner: str, seconds: float, pid: int | None = None, host: str | None = None
    ) -> Lease | None:
        """
        Return the lease, or ``None`` while another process holds it.

        Args:
            pid: With ``host=local_host()``: lets a successor on the same machine notice at once that the holder died.
        """
        return self._leases.acquire(name, owner=owner, seconds=seconds, pid=pid, host=host)

    def lease(self, name: str) -> LeaseState | None:
        """Return who holds a lease now; ``None`` when nobody does."""
        return self._leases.state(name)
