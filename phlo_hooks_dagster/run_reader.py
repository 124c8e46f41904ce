"""Read one run's log to its tip and turn it into batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from dagster import DagsterEventType, DagsterRunStatus, EventLogRecord, RunRecord

from phlo_hooks.events import HookEvent
from phlo_hooks.source import Batch, SourceMemory, StreamState, UntranslatableRecord
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.reading import Reading, Translator, feed_page, run_facts
from phlo_hooks_dagster.recollection import column_marks
from phlo_hooks_dagster.run_log import Page
from phlo_hooks_dagster.translator.facts import RunFacts
from phlo_hooks_dagster.translator.state import is_readable

OLD_ENOUGH: Final = timedelta(minutes=10)
"""A record this old by its own timestamp has no predecessor that is still uncommitted."""

LOST: Final = "lost: started, and silent since"
WAITING: Final = "waits for a snapshot of its code location"

FINISHED: Final = frozenset({DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED})
RUNNING: Final = frozenset({DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING})
ENDS: Final = frozenset({DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED})


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The translator as it was after a record that may still get a late predecessor."""

    record_id: int
    state: bytes
    seen_at: float


class RunReader:
    """
    One run on its way from Dagster's log to the outbox.

    The stored cursor stands at the last record that can get no late predecessor any more, with the translator's
    state there; the reader itself is ahead of it, at the tip.
    """

    def __init__(self, record: RunRecord, reading: Reading) -> None:
        self.run_id = record.dagster_run.run_id
        self.record = record
        self.changed_at = reading.clock.monotonic()
        self._reading = reading
        self._first_seen = self.changed_at
        self._stored: StreamState | None = None
        self._confirmed = self._known = False
        self._translator: Translator | None = None
        self._facts: RunFacts | None = None
        self._tip = 0
        self._revise_to = 0
        self._seen: set[int] = set()
        self._checkpoints: deque[Checkpoint] = deque()
        self._dirty = False
        self._reconciling = False
        self._listen_at = 0.0
        self._saw_end = False
        self._is_old = record.update_timestamp < reading.clock.now() - OLD_ENOUGH
        self._upstreams: Mapping[str, tuple[str, ...]] | None = None

    @property
    def finished(self) -> bool:
        """Say whether Dagster has ended the run."""
        return self.record.dagster_run.status in FINISHED

    @property
    def closed(self) -> bool:
        """Say whether the run ended and everything up to its tip is stored."""
        return self._confirmed and self._stored is not None and self._stored.status == "closed" and not self._dirty

    def update(self, record: RunRecord) -> None:
        """Take note of what the run's row says now."""
        if record.dagster_run.status is not self.record.dagster_run.status:
            self.changed_at = self._reading.clock.monotonic()
            self._facts = None
        self.record = record

    def advance(self, memory: SourceMemory, *, final: bool = False) -> Generator[Batch, None, bool]:
        """
        Read one page; the generator's value says whether there may be more at once.

        Args:
            final: Do not wait for a snapshot.
        """
        if not self._confirmed:
            self._restore(memory)
        if self._stored is None:
            self._stored = StreamState(stream_id=self.run_id, started_at=self._started_at())
        if self._translator is None and not is_readable(self._stored.state):
            yield from self._store(Batch(stream=replace(self._stored, cursor=0, state=b"")))
            self._tip = self._revise_to = 0
        if self._translator is None and not (final or self._snapshot_is_due(memory)):
            yield from self._say(WAITING)
            return False
        if self._has_late_rows():
            self._rewind()
        page = self._reading.log.page(self.run_id, after=self._tip)
        if page.ids:
            if self._moved_elsewhere(memory):
                self._confirmed = False
                return True
            yield from self._store(self._translate(memory, page))
            if page.more:
                return True
        elif not self._known:
            yield from self._store(Batch(stream=self._current()))
        return (yield from self._at_tip(memory))

    def _at_tip(self, memory: SourceMemory) -> Generator[Batch, None, bool]:
        stored = self._current()
        if self._reconciling:
            yield from self._close(memory)
            return False
        self._revise_to = 0
        settled = self._settled_cursor()
        if settled is not None and settled.cursor != stored.cursor:
            yield from self._store(Batch(stream=settled))
        if self._saw_end and not self.finished:
            self._ask_again()
        if self.finished:
            if (self._dirty or stored.status == "open") and self._is_quiet():
                if self._reading.overlap > 0 and not self._is_old:
                    self._start_over()
                    return True
                yield from self._close(memory)
        elif self.record.dagster_run.status in RUNNING:
            yield from self._look_for_silence(memory)
        return False

    def _translate(self, memory: SourceMemory, page: Page) -> Batch:
        translator = self._live(memory)
        events: list[HookEvent] = []
        bad: list[UntranslatableRecord] = list(page.spoiled)
        if self._is_lost() and page.records and not self._reconciling:
            events.extend(translator.found(datetime.fromtimestamp(page.records[0].timestamp, UTC)))
        feed_page(translator, page, events, bad)
        self._saw_end = self._saw_end or any(map(_ends_a_run, page.records))
        self.changed_at = self._reading.clock.monotonic()
        self._dirty = True
        revise = self._reconciling or self._revise_to > 0
        marks = column_marks(memory, translator.learned())
        self._tip = page.last_id
        if self._reconciling:
            return Batch(events=events, untranslatable=bad, revise=True, marks=marks)
        self._seen |= page.ids
        self._checkpoints.append(self._checkpoint(page, translator))
        stream = self._settled_cursor() or self._current()
        stream = replace(stream, status="open", note=None)
        return Batch(events=events, untranslatable=bad, revise=revise, stream=stream, marks=marks)

    def _checkpoint(self, page: Page, translator: Translator) -> Checkpoint:
        seen_at = self._reading.clock.monotonic()
        newest = max((record.timestamp for record in page.records), default=0.0)
        if datetime.fromtimestamp(newest, UTC) < self._reading.clock.now() - OLD_ENOUGH:
            seen_at -= self._reading.overlap
        return Checkpoint(record_id=page.last_id, state=translator.state, seen_at=seen_at)

    def _settled_cursor(self) -> StreamState | None:
        """Drop the checkpoints that are old enough and return the stream as it stands at the last of them."""
        horizon = self._reading.clock.monotonic() - self._reading.overlap
        settled: Checkpoint | None = None
        while self._checkpoints and self._checkpoints[0].seen_at <= horizon:
            settled = self._checkpoints.popleft()
        if settled is None:
            return None
        self._seen = {number for number in self._seen if number > settled.record_id}
        return replace(
            self._current(),
            cursor=settled.record_id,
            state=settled.state,
            started_at=self._started_at(),
            ended_at=compat.run_time(self.record.end_time),
            checked_at=self._reading.clock.now(),
        )

    def _close(self, memory: SourceMemory) -> Generator[Batch, None, None]:
        translator = self._live(memory)
        events = translator.finish()
        stream = replace(
            self._current(),
            cursor=self._tip,
            state=translator.state,
            status="closed",
            note=None,
            started_at=self._started_at(),
            ended_at=compat.run_time(self.record.end_time) or self.record.update_timestamp,
            checked_at=self._reading.clock.now(),
        )
        marks = column_marks(memory, translator.learned())
        yield from self._store(Batch(events=events, stream=stream, revise=True, marks=marks))
        self._checkpoints.clear()
        self._seen.clear()
        self._dirty = self._reconciling = False

    def _look_for_silence(self, memory: SourceMemory) -> Generator[Batch, None, None]:
        stored = self._current()
        clock = self._reading.clock
        limit = timedelta(seconds=self._reading.lost_after)
        if self._is_lost() or self._checkpoints or clock.now() - self._row_time() < limit:
            return
        if clock.monotonic() < self._listen_at:
            return
        self._listen_at = clock.monotonic() + self._reading.lost_after / 15
        newest = compat.newest_record(self._reading.log.instance, self.run_id)
        last = max(self._row_time(), datetime.fromtimestamp(newest.timestamp, UTC)) if newest else self._row_time()
        if clock.now() - last < limit:
            return
        translator = self._live(memory)
        events = translator.lost(last + limit)
        note = f"{LOST} {last.isoformat(timespec='seconds')}"
        stream = replace(stored, cursor=self._tip, state=translator.state, note=note, started_at=self._started_at())
        yield from self._store(Batch(events=events, stream=stream))

    def _live(self, memory: SourceMemory) -> Translator:
        """Return the translator at the tip, rebuilt when the run's row has changed since it was made."""
        if self._translator is not None and self._facts is not None:
            return self._translator
        state = self._translator.state if self._translator is not None else self._current().state
        if self._reconciling and self._translator is None:
            state = b""
        if self._upstreams is None:
            self._upstreams = compat.step_upstreams(self._reading.log.instance, self.record.dagster_run)
        self._facts = run_facts(self.record, self._reading, self._upstreams)
        snapshot = self._reading.snapshots.for_run(memory, self.record)
        self._translator = self._reading.make_translator(self._facts, snapshot, state=state, memory=memory)
        return self._translator

    def _ask_again(self) -> None:
        """Read the run's row now that its log says that it ended."""
        record = self._reading.refresh(self.run_id)
        if record is not None:
            self.update(record)

    def _restore(self, memory: SourceMemory) -> None:
        """Go back to what is stored: at the first reading, and when a batch of ours was not."""
        self._stored = memory.stream(self.run_id)
        self._known = self._stored is not None
        self._translator = self._facts = None
        self._tip = self._stored.cursor if self._stored else 0
        self._revise_to = self._tip + 1 if self._reading.overlap > 0 else 0
        self._seen.clear()
        self._checkpoints.clear()
        self._dirty = self._reconciling = False
        self._confirmed = True

    def _rewind(self) -> None:
        """Read again from the cursor: a row has appeared below the tip."""
        self._translator = None
        self._revise_to = self._tip
        self._tip = self._current().cursor
        self._seen.clear()
        self._checkpoints.clear()

    def _start_over(self) -> None:
        """Read an ended run once more from its first record, for rows that appeared later than any overlap."""
        self._translator = None
        self._tip = 0
        self._seen.clear()
        self._checkpoints.clear()
        self._reconciling = True

    def _has_late_rows(self) -> bool:
        if not self._checkpoints or self._reading.overlap <= 0:
            return False
        rows = self._reading.log.ids(self.run_id, after=self._current().cursor)
        return any(number <= self._tip and number not in self._seen for number in rows)

    def _moved_elsewhere(self, memory: SourceMemory) -> bool:
        """Say whether another relay has read this run since we stored it (we lost the lease and got it back)."""
        now = memory.stream(self.run_id)
        then = self._current()
        return now is not None and (now.cursor, now.status) != (then.cursor, then.status)

    def _snapshot_is_due(self, memory: SourceMemory) -> bool:
        if self._current().cursor > 0 or self._reading.snapshots.for_run(memory, self.record) is not None:
            return True
        return self._reading.clock.monotonic() - self._first_seen >= self._reading.snapshot_wait

    def _is_quiet(self) -> bool:
        if self._checkpoints:
            return False
        return self._is_old or self._reading.clock.monotonic() - self.changed_at >= self._reading.settle

    def _is_lost(self) -> bool:
        return (self._current().note or "").startswith(LOST)

    def _say(self, note: str) -> Generator[Batch, None, None]:
        if self._current().note != note:
            yield from self._store(Batch(stream=replace(self._current(), note=note)))

    def _store(self, batch: Batch) -> Generator[Batch, None, None]:
        """Yield a batch; who does not come back for the next one has not stored it."""
        self._confirmed = False
        yield batch
        self._confirmed = True
        self._known = self._known or batch.stream is not None
        self._stored = batch.stream or self._stored

    def _current(self) -> StreamState:
        return self._stored or StreamState(stream_id=self.run_id)

    def _started_at(self) -> datetime:
        return compat.run_time(self.record.start_time) or self.record.create_timestamp

    def _row_time(self) -> datetime:
        return self.record.update_timestamp


def _ends_a_run(record: EventLogRecord) -> bool:
    event = record.event_log_entry.dagster_event
    return event is not None and event.event_type in ENDS
