"""What it takes to read any run: the log, the snapshots, the translator, the clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dagster import EventLogRecord, RunRecord

from phlo_hooks.events import HookEvent
from phlo_hooks.source import Batch, SourceMemory, StreamState, UntranslatableRecord
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.recollection import column_marks
from phlo_hooks_dagster.run_log import Page, RunLog
from phlo_hooks_dagster.snapshot import LocationSnapshot
from phlo_hooks_dagster.snapshot_book import SnapshotBook
from phlo_hooks_dagster.translator.context import Learned
from phlo_hooks_dagster.translator.facts import RunFacts


class Translator(Protocol):
    """What a reader needs of the run translator."""

    @property
    def state(self) -> bytes:
        """Return what it remembers."""

    def feed(self, record: EventLogRecord) -> list[HookEvent]:
        """Translate one record."""

    def finish(self) -> list[HookEvent]:
        """Synthesise what the ended run left unsaid."""

    def learned(self) -> Mapping[str, Learned]:
        """Return the columns of the tables that were made since this was last asked, by dataset."""

    def lost(self, at: datetime) -> list[HookEvent]:
        """Declare the run lost."""

    def found(self, at: datetime) -> list[HookEvent]:
        """Take that back."""


class MakeTranslator(Protocol):
    """Builds a translator at some point of a run."""

    def __call__(
        self, facts: RunFacts, snapshot: LocationSnapshot | None, *, state: bytes, memory: SourceMemory
    ) -> Translator:
        """
        Return a translator that goes on where ``state`` was taken.

        Args:
            memory: What earlier runs left behind.
        """


@dataclass(frozen=True, kw_only=True)
class Reading:
    """
    What all readers of one instance share.

    Attributes:
        refresh: Reads a run's row anew; ``None`` when it was deleted.
        overlap: Seconds for which a lower id may still appear; 0 where rows commit in order.
        settle: Seconds of quiet after which an ended run is closed.
        lost_after: Seconds of silence after which a started run counts as lost.
        snapshot_wait: Seconds to wait for a code location's first snapshot.
    """

    log: RunLog
    refresh: Callable[[str], RunRecord | None]
    snapshots: SnapshotBook
    make_translator: MakeTranslator
    clock: Clock
    instance_id: str
    ui_url: str | None
    overlap: float
    settle: float
    lost_after: float
    snapshot_wait: float


def run_facts(record: RunRecord, reading: Reading, upstreams: Mapping[str, tuple[str, ...]]) -> RunFacts:
    """Return what the translator is told of a run, from its row and its plan."""
    run = record.dagster_run
    location, repository = compat.code_location_of(run)
    return RunFacts(
        run_id=run.run_id,
        job_name=run.job_name,
        status=run.status.value,
        root_run_id=run.root_run_id,
        parent_run_id=run.parent_run_id,
        code_location=location,
        repository=repository,
        tags=run.tags,
        start_time=compat.run_time(record.start_time),
        end_time=compat.run_time(record.end_time),
        step_upstreams=upstreams,
        instance_id=reading.instance_id,
        ui_url=reading.ui_url,
    )


def feed_page(translator: Translator, page: Page, events: list[HookEvent], bad: list[UntranslatableRecord]) -> None:
    """Translate a page's records into ``events``; what cannot be translated goes to ``bad``."""
    for record in page.records:
        try:
            events.extend(translator.feed(record))
        except Exception as error:  # noqa: BLE001  # a record is foreign input: a bad one must not stop the run
            bad.append(untranslatable(record, error))


def untranslatable(record: EventLogRecord, error: Exception) -> UntranslatableRecord:
    """Return the note that a record could not be translated."""
    event = record.event_log_entry.dagster_event
    return UntranslatableRecord(
        stream_id=record.run_id,
        record_id=record.storage_id,
        record_type=event.event_type_value if event else "",
        error=f"{type(error).__name__}: {error}",
    )


def read_whole(
    log: RunLog, memory: SourceMemory, run_id: str, translator: Translator, *, finished: bool
) -> Generator[Batch, None, None]:
    """Translate a run from its first record; the stream's cursor and state stay where they are."""
    retried = {row.record_id for row in memory.untranslatable(run_id)}
    translated: set[int] = set()
    after, more = 0, True
    while more:
        page = log.page(run_id, after=after)
        events: list[HookEvent] = []
        bad = list(page.spoiled)
        feed_page(translator, page, events, bad)
        translated |= retried & (page.ids - {row.record_id for row in bad})
        marks = column_marks(memory, translator.learned())
        yield Batch(events=events, untranslatable=bad, revise=True, marks=marks)
        after, more = page.last_id, page.more
    if finished:
        last = translator.finish()
        yield Batch(events=last, revise=True, marks=column_marks(memory, translator.learned()))
    if translated:
        yield settled_again(memory, run_id, translated)


def settled_again(memory: SourceMemory, stream_id: str, translated: Collection[int]) -> Batch:
    """Return the batch that takes records out of quarantine and leaves their stream as it is."""
    stream = memory.stream(stream_id) or StreamState(stream_id=stream_id)
    return Batch(stream=stream, translated=sorted(translated))
