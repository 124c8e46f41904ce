"""
Bring over everything that is known: at first adoption, after an outage, or when the server was made anew.

First every recorded event is learned, oldest first. Then the structure that came out of it (tables, edges, pipelines,
exposures) is compared with what stands there and sent, once, as it is now. At last the younger part of the history is
read once more for runs, results and sizes. It can be interrupted and run again; a relay may work meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Final

from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import EventError
from phlo_hooks.outbox.api import EventQuery, StoredEvent
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.plugin import PluginContext
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.heard import EVENTS
from phlo_hooks.subscribers.openmetadata.learning import Knowledge, forget_renamed, learn
from phlo_hooks.subscribers.openmetadata.names import EntityName
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing import Api, Published, Refusal
from phlo_hooks.subscribers.openmetadata.telling import UNFINISHED, Teller, Telling

CHUNK: Final = 500
"""Events in memory at once, and between two commits."""
TOGETHER: Final = 5_000
"""Runs, results and sizes that are told at once: what stands there is read once for all of one test or table."""
LEARNING: Final = "learning"
STRUCTURE: Final = "structure"
HISTORY: Final = "history"
_ENDS: Final = frozenset({"run.end", "run.lost"})


@dataclass(frozen=True, kw_only=True)
class SyncProgress:
    """
    How far a sync has come.

    Attributes:
        phase: ``learning``, ``structure``, then ``history``.
        done: Place in the outbox that was reached; ``structure`` counts nothing.
        total: Place of the last event that is brought over.
    """

    phase: str
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, kw_only=True)
class SyncReport:
    """
    What a sync did.

    Attributes:
        events: Recorded events that were learned.
        unread: Recorded events that this version cannot read.
        structure: What became of tables, edges, pipelines and exposures.
        history: What became of runs, results and sizes.
        since: From when on those were told.
        notes: What is missing, for people.
    """

    events: int = 0
    unread: int = 0
    structure: Published = field(default_factory=Published)
    history: Published = field(default_factory=Published)
    since: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """All that the server refused."""
        return self.structure.refused + self.history.refused


def sync(
    outbox: Outbox,
    context: PluginContext,
    options: Options,
    client: Api,
    *,
    since: datetime | None = None,
    on_progress: Callable[[SyncProgress], None] | None = None,
) -> SyncReport:
    """
    Bring over what the state database knows.

    Args:
        context: With a keep of memory over the real one, and a client that records, nothing is changed anywhere.
        since: Runs, results and sizes before it are left out; ``options.history_days`` ago unless given. Of runs,
            the newest are told, as many as ``learning`` keeps.

    Raises:
        TransientDeliveryError: The server cannot be reached or wants us to wait; run it again.
        OutboxError: The state database cannot be used.
    """
    since = since or datetime.now(UTC) - timedelta(days=options.history_days)
    syncing = Syncing(outbox, context, Teller(context, options, client), on_progress or (lambda _: None))
    context.keep.put({UNFINISHED: since.isoformat().encode()})
    settled = syncing.learn()
    structure = syncing.tell_structure(settled)
    history = syncing.tell_history(since)
    context.keep.put({UNFINISHED: None})
    return SyncReport(
        events=syncing.events,
        unread=syncing.unread,
        structure=structure,
        history=history,
        since=since,
        notes=tuple(syncing.notes),
    )


class Syncing:
    """One sync, in its three parts; ``sync`` takes them in turn."""

    def __init__(
        self, outbox: Outbox, context: PluginContext, teller: Telling, tell: Callable[[SyncProgress], None]
    ) -> None:
        self.events = 0
        self.unread = 0
        self.notes: list[str] = []
        self._outbox = outbox
        self._keep = context.keep
        self._alone = context.alone
        self._teller = teller
        self._progress = tell
        self._head = outbox.head()
        self._has_catalog = False

    def learn(self) -> frozenset[EntityName]:
        """
        Learn every recorded event, then the catalog; return the datasets that successful runs told completely.

        What the settings call otherwise than when it was learned is then known by its new name alone.
        """
        settled: set[EntityName] = set()
        for chunk in self._chunks(LEARNING, EventQuery(event_types=EVENTS)):
            with self._at_work() as knowledge:
                for event, revision in chunk:
                    learned = learn(event, knowledge, self._teller.naming, again=True, revision=revision)
                    settled |= learned.settled
            self.events += len(chunk)
        with self._at_work() as knowledge:
            forget_renamed(knowledge, self._teller.naming)
            self._has_catalog = self._teller.learn_catalog(knowledge, again=True) is not None
        if not self._has_catalog:
            self.notes.append("what code declares is left out: its catalog failed")
        return frozenset(settled)

    def tell_structure(self, settled: frozenset[EntityName]) -> Published:
        """Tell all tables, edges, pipelines and exposures as they are known now, reading what stands there."""
        self._progress(SyncProgress(phase=STRUCTURE))
        with self._at_work() as knowledge:
            learned = Learned(
                tables=frozenset(each.name for each in knowledge.all_tables()),
                lineages=frozenset(each.downstream for each in knowledge.all_lineages()),
                pipelines=frozenset(each.name for each in knowledge.all_pipelines()),
                exposures=frozenset(each.name for each in knowledge.all_exposures()),
                settled=settled,
            )
            published = self._teller.tell(learned, knowledge, verify=True)
            if self._has_catalog:
                self._teller.remember_catalog()
        return published

    def tell_history(self, since: datetime) -> Published:
        """Tell the runs, results and sizes of events since then; a run with the last of its events."""
        published, due = Published(), Learned()
        waiting: set[str] = set()
        for chunk in self._chunks(HISTORY, EventQuery(event_types=EVENTS, since=since)):
            with self._at_work() as knowledge:
                learned = Learned()
                for event, revision in chunk:
                    learned |= learn(event, knowledge, self._teller.naming, again=True, revision=revision)
            waiting |= learned.runs
            ended = waiting & {event.correlation.run_id for event, _ in chunk if event.event_type in _ENDS}
            waiting -= ended
            due |= Learned(runs=frozenset(ended), results=learned.results, profiles=learned.profiles)
            if len(due.runs) + len(due.results) + len(due.profiles) >= TOGETHER:
                published, due = published | self._tell(due), Learned()
        return published | self._tell(due | Learned(runs=frozenset(waiting)))

    def _tell(self, learned: Learned) -> Published:
        with self._at_work() as knowledge:
            return self._teller.tell(learned, knowledge, verify=True)

    @contextmanager
    def _at_work(self) -> Iterator[Knowledge]:
        """Work on what is known now, while the hook waits; it is kept at the end."""
        with self._alone():
            knowledge = Knowledge(self._keep)
            yield knowledge
            knowledge.commit()

    def _chunks(self, phase: str, query: EventQuery) -> Iterator[list[tuple[HookEvent, int]]]:
        """Yield the events that were there at the begin with their revisions; what this version cannot read is none."""
        found = takewhile(lambda stored: stored.seq <= self._head, self._outbox.events(query))
        self._progress(SyncProgress(phase=phase, total=self._head))
        while page := list(islice(found, CHUNK)):
            yield [(event, stored.revision) for stored in page if (event := self._decoded(stored, phase)) is not None]
            self._progress(SyncProgress(phase=phase, done=page[-1].seq, total=self._head))

    def _decoded(self, stored: StoredEvent, phase: str) -> HookEvent | None:
        try:
            return stored.decode()
        except EventError:
            self.unread += phase == LEARNING
            return None
