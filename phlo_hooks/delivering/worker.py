"""What every consumer's worker does: follow the outbox, keep a run's order, and step around what failed."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from phlo_hooks.backoff import Backoff
from phlo_hooks.breaker import BreakerState, CircuitBreaker
from phlo_hooks.bus import HookBus
from phlo_hooks.delivering.caller import CallAbandonedError, Caller
from phlo_hooks.delivering.failures import CRASH, PERMANENT, TRANSIENT, Failure
from phlo_hooks.delivering.isolation import Isolation
from phlo_hooks.delivering.reports import dead_letter
from phlo_hooks.delivery import Delivery
from phlo_hooks.events import ErrorEvent, HookEvent
from phlo_hooks.exceptions import CodecError, UnsupportedVersionError
from phlo_hooks.outbox.api import StoredEvent
from phlo_hooks.outbox.ledger import Changes, DeliveryLedger, InFlight, OpenDelivery
from phlo_hooks.outbox.reading import Reading
from phlo_hooks.registration import HookRegistration
from phlo_hooks.settings import DeliverySettings

_log = logging.getLogger(__name__)
CRASHES_IN_A_ROW = 3


@dataclass(frozen=True, kw_only=True)
class WorkerTools:
    """
    What workers share.

    Attributes:
        may_call: Whether the lease is safely held; asked before each call.
        recorded: Called after events were appended.
    """

    bus: HookBus
    reading: Reading
    settings: DeliverySettings
    now: Callable[[], datetime]
    backoff: Backoff
    may_call: Callable[[], bool]
    isolation: Isolation
    recorded: Callable[[], None]


class Worker(ABC):
    """
    Deliver to one consumer; ``step`` does a bounded piece of it.

    Attributes:
        name: The consumer.
        position: As decided, perhaps not yet written.
    """

    def __init__(self, name: str, ledger: DeliveryLedger, caller: Caller, tools: WorkerTools) -> None:
        self.name = name
        self.ledger = ledger
        self.caller = caller
        self.tools = tools
        self.position = 0
        self.calls = 0
        self.changes = Changes()
        self.breaker = self._breaker()
        self.gaps: dict[tuple[str, str], int] = {}
        self._stop = False
        self._marked = False
        self._unread_versions: set[tuple[str, str]] = set()

    @property
    @abstractmethod
    def row_names(self) -> list[str]:
        """Consumers whose open deliveries this worker sees to."""

    @abstractmethod
    def deliver(self, stored: StoredEvent, event: HookEvent, row: OpenDelivery | None) -> bool:
        """Deliver one event; ``False`` when its run has to wait."""

    @abstractmethod
    def recover(self, mark: InFlight, stored: StoredEvent, row: OpenDelivery) -> None:
        """Decide what follows from the process having died in a call."""

    def is_wanted(self, event: HookEvent) -> bool:
        """Return whether any hook of this consumer takes the event."""
        return bool(self.hooks_for(event))

    @abstractmethod
    def hooks_for(self, event: HookEvent) -> list[HookRegistration]:
        """Return this consumer's hooks that match."""

    def load(self) -> None:
        """Take up where the last process, or this one, left off."""
        state = self.ledger.state(self.name)
        self.changes = Changes()
        self.position = state.position
        self.breaker = self._breaker(opens=state.opens, open_until=state.open_until)
        mark = self.ledger.left_in_flight()
        if mark is None:
            return
        stored = self.tools.reading.at([mark.seq]).get(mark.seq)
        if mark.epoch != self.ledger.epoch and stored is not None:
            self._died_in(mark, stored)
        self.commit(None)

    def _died_in(self, mark: InFlight, stored: StoredEvent) -> None:
        row = self.ledger.delivery(mark.consumer, mark.seq) or OpenDelivery.of(mark.consumer, stored)
        row = replace(row, status="retry", calls=row.calls + 1, next_attempt_at=None)
        if self.tools.isolation.is_to_blame(mark):
            text = f"the process ended while {mark.hook} handled this event"
            _log.warning("Event %s: %s.", stored.event_id, text)
            self.changes.failed += 1
            row = replace(row, attempts=row.attempts + 1, error=text, error_kind=CRASH)
            self.recover(mark, stored, replace(row, last_attempt_at=self.tools.now()))
        else:
            self.put(replace(row, resume_at=mark.hook))
        if mark.seq > self.position:
            self.advance(mark.seq)

    def step(self) -> bool:
        """Deliver some of what can be delivered now; ``False`` when nothing can."""
        state = self.breaker.state(self.tools.now())
        if state is BreakerState.OPEN or not self.ready():
            return False
        before = (self.calls, self.position)
        if state is BreakerState.HALF_OPEN:
            self._probe()
            return (self.calls, self.position) != before
        busy = self._backlog() | self._stream()
        return busy or (self.calls, self.position) != before

    def can_deliver(self) -> bool:
        """Return whether calls could be made, if there were something to deliver."""
        return self.breaker.state(self.tools.now()) is BreakerState.CLOSED and self.ready()

    def ready(self) -> bool:
        """Return whether calls can be made at all."""
        return True

    def stop(self) -> None:
        """Make no further call."""
        self._stop = True

    def stopping(self) -> bool:
        """Return whether no further call may be made."""
        return self._stop or not self.tools.may_call()

    def next_due(self) -> datetime | None:
        """Return when there will be something to do, if nothing new is recorded."""
        state = self.breaker.state(self.tools.now())
        if state is BreakerState.OPEN:
            return self.breaker.open_until
        if state is BreakerState.HALF_OPEN:
            return None
        return self.ledger.next_due(self.row_names)

    def commit(self, calling: InFlight | None) -> None:
        """Write what was decided, and what is called next."""
        changes, self.changes = self.changes, Changes()
        self.ledger.commit(changes, calling)
        self._marked = calling is not None
        if changes.reports:
            self.tools.recorded()

    def advance(self, seq: int) -> None:
        """Leave an event behind: it is delivered, not wanted, or has a row."""
        self.position = seq
        self.changes.position = seq

    def put(self, row: OpenDelivery) -> None:
        """Keep a row."""
        self.changes.rows[row.consumer, row.seq] = row

    def drop(self, row: OpenDelivery | None) -> None:
        """Remove the row of a delivery that is done."""
        if row is not None:
            self.changes.rows[row.consumer, row.seq] = None

    def bury(self, row: OpenDelivery, event: HookEvent | None) -> None:
        """Turn a row into a dead letter, and tell of it unless that would tell of telling."""
        row = replace(row, status="dead", next_attempt_at=None, resume_at=None)
        self.put(row)
        if row.run_id:
            key = (row.consumer, row.run_id)
            self.gaps[key] = min(row.seq, self.gaps.get(key, row.seq))
            self.changes.gaps.append((*key, row.seq))
        _log.error("Event %s (%s) is a dead letter of %s: %s", row.event_id, row.event_type, row.consumer, row.error)
        if not isinstance(event, ErrorEvent):
            self.changes.reports.append(dead_letter(row, event, self.tools.now()))

    def follows_gap(self, consumer: str, stored: StoredEvent) -> bool:
        """Return whether an earlier event of the run could not be delivered to this consumer."""
        gap = self.gaps.get((consumer, stored.run_id))
        return gap is not None and gap < stored.seq

    def call(self, hook: HookRegistration, stored: StoredEvent, row: OpenDelivery) -> Failure | None:
        """Note the call, then make it."""
        delivery = Delivery(
            consumer=row.consumer,
            seq=stored.seq,
            revision=stored.revision,
            attempt=row.calls + 1,
            after_dead_letter=row.after_dead_letter or self.follows_gap(hook.name, stored),
            replay=row.replay,
        )
        suspect = row.crashes > 0
        try:
            with self.tools.isolation.alone(suspect=suspect, stopping=self.stopping):
                self.commit(InFlight(consumer=row.consumer, hook=hook.name, seq=stored.seq, suspect=suspect))
                self.calls += 1
                failure = self.caller.call(hook, stored.decode(), delivery)
                if suspect:
                    self.commit(None)
        except CallAbandonedError:
            self.put(replace(row, status="waiting", calls=row.calls + 1, resume_at=hook.name, next_attempt_at=None))
            raise
        if failure is None:
            self.changes.delivered += 1
        else:
            self.changes.failed += 1
            self.changes.set(self.name, last_error=f"{hook.name}: {failure.text}"[:2000])
        return failure

    def retried(self, row: OpenDelivery, failure: Failure, *, counts: bool) -> OpenDelivery:
        """Return the row after a failure that may be followed by another attempt."""
        now = self.tools.now()
        attempts = row.attempts + counts
        wait = self.tools.backoff.delay(attempts, retry_after=failure.retry_after)
        return replace(
            row,
            status="retry",
            attempts=attempts,
            calls=row.calls + 1,
            next_attempt_at=now + timedelta(seconds=wait),
            last_attempt_at=now,
            error=failure.text,
            error_kind=failure.kind,
        )

    def is_spent(self, row: OpenDelivery, failure: Failure) -> bool:
        """Return whether no further attempt is to be made."""
        return failure.kind == PERMANENT or row.attempts >= self.tools.settings.max_attempts

    def judge(self, stored: StoredEvent, failure: Failure | None) -> None:
        """Let the breaker know how a call went."""
        before = (self.breaker.opens, self.breaker.open_until)
        if failure is None:
            self.breaker.succeeded()
        elif failure.kind == PERMANENT:
            self.breaker.refused()
        else:
            transient = failure.kind == TRANSIENT
            self.breaker.failed(self.tools.now(), event_id=stored.event_id, run_id=stored.run_id, transient=transient)
        if (self.breaker.opens, self.breaker.open_until) != before:
            self.save_breaker()

    def save_breaker(self) -> None:
        """Keep the breaker's state for people and for the next process."""
        state = self.breaker.state(self.tools.now())
        self.changes.set(self.name, breaker=state.value, open_until=self.breaker.open_until, opens=self.breaker.opens)
        if state is BreakerState.OPEN:
            level = logging.WARNING if self.breaker.opens == 1 else logging.INFO
            _log.log(level, "Consumer %s seems to be down; the next try is at %s.", self.name, self.breaker.open_until)
        elif state is BreakerState.CLOSED:
            _log.warning("Consumer %s answers again.", self.name)

    def _stream(self, *, one_call: bool = False) -> bool:
        """Go on from the position; ``False`` when there is nothing beyond it."""
        page = self.tools.reading.after(self.position, self.tools.settings.batch_size)
        runs = {stored.run_id for stored in page}
        if not page:
            return False
        blocked = self.ledger.blocked_runs(self.name, runs)
        self.gaps = self.ledger.gaps(self.row_names, runs)
        calls = self.calls
        for stored in page:
            if self.stopping() or not self._may_go_on() or (one_call and self.calls > calls):
                break
            if stored.run_id in blocked:
                self._wait_behind(stored)
            elif not self._handle(stored, None) and stored.run_id:
                blocked.add(stored.run_id)
            self.advance(stored.seq)
        self._flush()
        return True

    def _backlog(self) -> bool:
        """See to deliveries that have rows; ``True`` when there may be more."""
        size = self.tools.settings.batch_size
        budget = size
        firsts = self.ledger.first_of_runs(self.row_names, due=self.tools.now(), limit=size)
        self.gaps = self.ledger.gaps(self.row_names, {first.run_id for first in firsts}) if firsts else {}
        for first in firsts:
            budget -= self._run_backlog(first, budget)
            if budget <= 0 or self.stopping() or not self._may_go_on():
                break
        self._flush()
        return bool(firsts)

    def _run_backlog(self, first: OpenDelivery, budget: int) -> int:
        rows = self.ledger.of_run(first, budget)
        events = self.tools.reading.at([row.seq for row in rows])
        for done, row in enumerate(rows):
            later = row.next_attempt_at is not None and row.next_attempt_at > self.tools.now()
            if later or self.stopping() or not self._may_go_on():
                return done
            if not self._handle(events[row.seq], row):
                return done + 1
        return len(rows)

    def _probe(self) -> None:
        """Make one call, rather with another run than the one that failed."""
        calls = self.calls
        last = self.breaker.last_failed_run
        for row in self.ledger.first_of_runs(self.row_names, due=None, limit=1, other_than=last):
            self._probe_row(row)
        if self.calls == calls:
            self._stream(one_call=True)
        if self.calls == calls and not self.stopping():
            for row in self.ledger.first_of_runs(self.row_names, due=None, limit=1):
                self._probe_row(row)
        self._flush()

    def _probe_row(self, row: OpenDelivery) -> None:
        self.gaps = self.ledger.gaps(self.row_names, {row.run_id})
        if not self.stopping():
            self._handle(self.tools.reading.at([row.seq])[row.seq], row)

    def _handle(self, stored: StoredEvent, row: OpenDelivery | None) -> bool:
        try:
            event = stored.decode()
        except UnsupportedVersionError as error:
            self._skip(stored, error)
            self.drop(row)
            return True
        except CodecError as error:
            broken = row or OpenDelivery.of(self.name, stored)
            self.bury(replace(broken, error=str(error), error_kind=PERMANENT), None)
            return True
        if not self.is_wanted(event):
            self.drop(row)
            return True
        try:
            return self.deliver(stored, event, row)
        except CallAbandonedError:
            self.advance(max(stored.seq, self.position))
            self.commit(None)
            raise

    def _wait_behind(self, stored: StoredEvent) -> None:
        """Queue an event behind one of its run; that nobody wants it is found out when its turn comes."""
        after = self.follows_gap(self.name, stored)
        self.put(OpenDelivery.of(self.name, stored, status="waiting", after_dead_letter=after))

    def _may_go_on(self) -> bool:
        return self.breaker.state(self.tools.now()) is not BreakerState.OPEN and self.ready()

    def _flush(self) -> None:
        if self.changes or self._marked:
            self.commit(None)

    def _skip(self, stored: StoredEvent, error: UnsupportedVersionError) -> None:
        kind = (error.event_type, error.version)
        if kind not in self._unread_versions:
            self._unread_versions.add(kind)
            _log.warning("Consumer %s skips events it cannot read, first seq %d: %s.", self.name, stored.seq, error)

    def _breaker(self, *, opens: int = 0, open_until: datetime | None = None) -> CircuitBreaker:
        settings = self.tools.settings
        return CircuitBreaker(
            threshold=settings.breaker_threshold,
            cooldown=settings.breaker_cooldown,
            max_cooldown=settings.breaker_max_cooldown,
            opens=opens,
            open_until=open_until,
        )
