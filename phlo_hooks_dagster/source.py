"""Dagster's event log as the relay's source."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from dagster import DagsterInstance, RunRecord
from dagster._core.errors import DagsterHomeNotSetError

from phlo_hooks.exceptions import SourceError
from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import Settings
from phlo_hooks.source import Batch, SourceLag, SourceMemory, StreamState
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.discovery import RunDiscovery
from phlo_hooks_dagster.lag import source_lag
from phlo_hooks_dagster.locations import TargetSnapshots
from phlo_hooks_dagster.reading import Reading, read_whole, run_facts
from phlo_hooks_dagster.run_book import OpenRun, RunBook
from phlo_hooks_dagster.run_reader import FINISHED
from phlo_hooks_dagster.runless import RunlessReader
from phlo_hooks_dagster.streams import deleted_stream, failed_stream
from phlo_hooks_dagster.translation import make_reading, runless_translator

log = logging.getLogger(__name__)

BUDGET: Final = 5.0
"""Seconds of reading after which a poll returns, so that new runs are found while a giant is read."""

IN_HAND: Final = 200
RECHECKS: Final = 20
GIVE_UP: Final = 5
REFRESH: Final = 30.0
ACTIVE: Final = 30.0
CALM: Final = 600.0
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DagsterEventSource:
    """
    Reads every run's log, and what belongs to no run, of one Dagster instance.

    Args:
        instance: Read, never written.
        settings: ``relay`` says how often; ``start`` what a first start reads; ``target`` whose assets are
            snapshotted here.
        owned: Whether ``close`` releases the instance.
    """

    name = "dagster"

    def __init__(
        self, instance: DagsterInstance, settings: Settings, *, clock: Clock | None = None, owned: bool = False
    ) -> None:
        self._instance = instance
        self._owned = owned
        self._settings = settings
        self._relay = settings.relay
        self._clock = clock or Clock()
        self._discovery = RunDiscovery(instance, lookback=settings.relay.lookback, clock=self._clock)
        self._reading: Reading = make_reading(instance, settings, self._clock, self._discovery.record)
        self._runs = RunBook(
            self._reading,
            fastest=self._relay.poll_interval,
            recheck_every=self._relay.recheck_every,
            recheck_for=timedelta(hours=self._relay.recheck_closed_hours),
        )
        self._runless = RunlessReader(self._reading, runless_translator(settings, self._reading.instance_id))
        self._target = TargetSnapshots(settings, self._clock, patience=settings.relay.snapshot_wait)
        self._grace = timedelta(0)
        self._behind: deque[OpenRun] = deque()
        self._origin: datetime | None = None
        self._high = BEGINNING
        self._missed = False
        self._polled_at = self._at_tip = self._clock.monotonic()
        self._runless_at = self._refresh_at = 0.0

    def first_start_in_drain(self) -> None:
        """Let a first start under ``start="now"`` include the last day: who drains wants what has just run."""
        self._grace = timedelta(hours=24)

    def skip_target(self) -> None:
        """Load no code location: whoever made this source writes the snapshots."""
        self._target.skip()

    def poll(self, memory: SourceMemory) -> Iterator[Batch]:
        """Yield what is new, run by run, one page each in turn; after ``BUDGET`` seconds the rest is left for next."""
        return self._poll(memory, final=False)

    def settle(self, memory: SourceMemory) -> Iterator[Batch]:
        """Yield until every run that Dagster has ended is closed; waits for the overlap, not for snapshots."""
        while True:
            yield from self._poll(memory, final=True)
            if not (self._behind or self._missed or self._unsettled()):
                return
            if not (self._behind or self._missed):
                self._clock.sleep(min(0.2, self._relay.poll_interval))

    def read_again(self, memory: SourceMemory, stream_id: str) -> Iterator[Batch]:
        """Translate one run, or the run-less stream, anew with the snapshot that holds for it now."""
        if stream_id == compat.RUNLESS_RUN_ID:
            yield from self._runless.read_again(memory)
            return
        record = self._discovery.record(stream_id)
        if record is None:
            raise SourceError(f"run {stream_id} is not in Dagster's instance any more; its events stay as they are")
        upstreams = compat.step_upstreams(self._instance, record.dagster_run)
        translator = self._reading.make_translator(
            run_facts(record, self._reading, upstreams),
            self._reading.snapshots.for_run(memory, record),
            state=b"",
            memory=memory,
        )
        finished = record.dagster_run.status in FINISHED
        yield from read_whole(self._reading.log, memory, stream_id, translator, finished=finished)

    def lag(self, memory: SourceMemory) -> SourceLag:
        """Return how far behind Dagster's log the stored state is; who does not poll has to look into the log."""
        now = self._clock.monotonic()
        if self._origin is not None and now - self._polled_at < 2 * self._relay.idle_interval:
            seconds = now - self._at_tip if self._behind or self._missed else 0.0
            return SourceLag(open_streams=len(self._runs.open), seconds=seconds)
        discovery = RunDiscovery(self._instance, lookback=self._relay.lookback, clock=self._clock)
        return source_lag(memory, discovery, self._reading)

    def next_poll_in(self) -> float:
        """Return 0 while there is more to read, then less and less often as the instance falls quiet."""
        if self._behind or self._missed:
            return 0.0
        quiet = self._runs.seconds_quiet()
        fast, slow = self._relay.poll_interval, self._relay.idle_interval
        if self._target.loading or (quiet is not None and quiet < ACTIVE):
            return fast
        return min(slow, 4 * fast) if quiet is not None and quiet < CALM else max(fast, slow)

    def close(self) -> None:
        """End what loads the target, and release the instance."""
        self._target.close()
        if self._owned:
            self._instance.dispose()

    def _poll(self, memory: SourceMemory, *, final: bool) -> Iterator[Batch]:
        yield from self._begin(memory)
        yield from self._target.collect(wait=final)
        if self._target.loading:
            return
        yield from self._take_known(memory, final=final)
        deadline = self._clock.monotonic() + BUDGET  # known runs that keep the relay busy must not hide new ones
        high = yield from self._take_changed(memory, deadline, final=final)
        yield from self._take_runless(memory, final=final)
        if not final:
            yield from self._take_closed(memory)
        while self._behind:
            yield from self._turn(self._behind.popleft(), memory, final=final)
            if self._clock.monotonic() >= deadline:
                break
        if high > self._high:
            yield Batch(marks={"discovered": high.isoformat()})
            self._high = high
        self._polled_at = self._clock.monotonic()
        if not (self._behind or self._missed):
            self._at_tip = self._polled_at

    def _begin(self, memory: SourceMemory) -> Generator[Batch, None, None]:
        if self._origin is not None:
            return
        known = memory.mark("origin")
        if known is None:
            yield from self._first_start(memory)
            return
        yield from self._note_instance(memory)
        self._high = datetime.fromisoformat(memory.mark("discovered") or known)
        lately = self._clock.now() - timedelta(hours=self._relay.recheck_closed_hours)
        for nth, stream in enumerate(memory.streams(status="closed", ended_after=lately)):
            spread = self._relay.recheck_every * (nth % 60) / 60
            self._runs.close(stream.stream_id, stream.ended_at or lately, None, delay=spread)
        opened = [stream.stream_id for stream in memory.streams(status="open") if stream.stream_id]
        yield from self._track_again(memory, opened)
        self._origin = datetime.fromisoformat(known)

    def _first_start(self, memory: SourceMemory) -> Generator[Batch, None, None]:
        now = self._clock.now()
        start = self._settings.start_time(now)
        origin = BEGINNING if start is None or not self._instance.is_persistent else start
        if self._settings.start == "now" and origin != BEGINNING:
            origin -= self._grace
        alive = list(self._discovery.alive(now))
        log.info("first start: reading %s (setting start=%s)", _extent(origin, len(alive)), self._settings.start)
        yield from self._runless.start_at(memory, origin)
        for record in alive:
            self._runs.track(record)
        moment = origin.isoformat()
        yield Batch(marks={"origin": moment, "discovered": moment, "instance": self._reading.instance_id})
        self._origin, self._high = origin, origin

    def _note_instance(self, memory: SourceMemory) -> Generator[Batch, None, None]:
        """Start the run-less stream anew on another instance: without DAGSTER_HOME each start has a new one."""
        if memory.mark("instance") not in {None, self._reading.instance_id}:
            yield Batch(
                stream=StreamState(stream_id=compat.RUNLESS_RUN_ID), marks={"instance": self._reading.instance_id}
            )

    def _track_again(self, memory: SourceMemory, run_ids: list[str]) -> Generator[Batch, None, None]:
        """Take up runs by id; those that Dagster has deleted are closed."""
        found = self._discovery.records(run_ids)
        for run_id in run_ids:
            record = found.get(run_id)
            if record is not None:
                self._runs.track(record)
                continue
            self._runs.drop(run_id)
            stored = memory.stream(run_id)
            if stored is not None and stored.status == "open":
                yield Batch(stream=deleted_stream(stored, self._clock.now()))

    def _take_known(self, memory: SourceMemory, *, final: bool) -> Generator[Batch, None, None]:
        """Give each open run that may have grown one turn."""
        now = self._clock.monotonic()
        if now >= self._refresh_at and self._runs.open:
            self._refresh_at = now + REFRESH
            yield from self._track_again(memory, list(self._runs.open))
        waiting = {entry.reader.run_id for entry in self._behind}
        for entry in self._runs.due(everything=final):
            if entry.reader.run_id not in waiting:
                yield from self._turn(entry, memory, final=final)

    def _take_changed(self, memory: SourceMemory, deadline: float, *, final: bool) -> Generator[Batch, None, datetime]:
        """Give each newly found run its first turn; the value is the moment up to which all have had one."""
        high = self._high
        self._missed = False
        for page in self._discovery.changed(high):
            for record in page:
                if self._clock.monotonic() > deadline or len(self._behind) >= IN_HAND:
                    self._missed = True
                    return high
                entry = self._note(memory, record)
                if entry is not None:
                    yield from self._turn(entry, memory, final=final)
                high = max(high, min(record.update_timestamp, self._clock.now()))
        return high

    def _note(self, memory: SourceMemory, record: RunRecord) -> OpenRun | None:
        """Return a run that is new here, or whose row has changed since it was closed."""
        run_id = record.dagster_run.run_id
        if run_id in self._runs.open:
            self._runs.track(record)
            return None
        stored = memory.stream(run_id)
        if stored is None:
            return self._runs.track(record) if self._is_wanted(record) else None
        if stored.status == "closed" and stored.checked_at and stored.checked_at >= record.update_timestamp:
            return None
        return self._runs.track(record)

    def _is_wanted(self, record: RunRecord) -> bool:
        if record.dagster_run.status not in FINISHED:
            return True
        ended = compat.run_time(record.end_time) or record.update_timestamp
        return ended >= (self._origin or BEGINNING)

    def _take_closed(self, memory: SourceMemory) -> Generator[Batch, None, None]:
        for run_id in self._runs.rechecks(RECHECKS):
            record = self._discovery.record(run_id)
            if record is None:
                self._runs.drop(run_id)
            else:
                yield from self._turn(self._runs.track(record), memory, final=False)

    def _take_runless(self, memory: SourceMemory, *, final: bool) -> Generator[Batch, None, None]:
        now = self._clock.monotonic()
        if now < self._runless_at and not final:
            return
        more = True
        while more:
            more = yield from self._runless.advance(memory)
        self._runless_at = now + min(self._relay.idle_interval, 4 * self._relay.poll_interval)

    def _turn(self, entry: OpenRun, memory: SourceMemory, *, final: bool) -> Generator[Batch, None, None]:
        """Read one page of one run."""
        reader = entry.reader
        token = compat.change_token(self._instance, reader.run_id)
        try:
            more = yield from reader.advance(memory, final=final)
        except SourceError as error:
            yield from self._unreadable(entry, memory, error)
            return
        if more:
            self._behind.append(entry)
            return
        self._runs.looked_at(entry, token)
        if reader.closed:
            ended = compat.run_time(reader.record.end_time) or reader.record.update_timestamp
            self._runs.close(reader.run_id, ended, token)

    def _unreadable(self, entry: OpenRun, memory: SourceMemory, error: SourceError) -> Generator[Batch, None, None]:
        """Put a run off; after some attempts leave it aside until its row changes or the relay starts anew."""
        if self._runs.failed(entry) < GIVE_UP:
            return
        run_id = entry.reader.run_id
        log.warning("run %s is left aside: %s", run_id, error)
        self._runs.drop(run_id)
        stored = memory.stream(run_id) or StreamState(stream_id=run_id)
        yield Batch(stream=failed_stream(stored, str(error)))

    def _unsettled(self) -> bool:
        return any(entry.reader.finished and not entry.failures for entry in self._runs.open.values())


def open_source(settings: Settings) -> DagsterEventSource:
    """
    Open the instance that the code server handed on, else the one that ``DAGSTER_HOME`` names.

    Raises:
        SourceError: There is no instance, or it cannot be opened.
    """
    missing = compat.storage_to_come()
    if missing is not None:
        raise SourceError(
            f"Dagster has not made its storage yet ({missing}): start `dagster dev` or a run, which makes it"
        )
    try:
        instance = compat.handed_on_instance()
    except DagsterHomeNotSetError:
        raise SourceError(
            "DAGSTER_HOME is not set, so there is no Dagster instance to read: set it to the folder that dagster uses"
        ) from None
    except Exception as error:  # foreign code: the instance's storages raise what they like
        said = redact_text(f"{type(error).__name__}: {error}".splitlines()[0])
        raise SourceError(f"the Dagster instance cannot be opened: {said}") from error
    return DagsterEventSource(instance, settings, owned=True)


def _extent(origin: datetime, alive: int) -> str:
    if origin == BEGINNING:
        return "the whole history"
    return f"runs that end after {origin.isoformat(timespec='seconds')} and the {alive} that are not finished"
