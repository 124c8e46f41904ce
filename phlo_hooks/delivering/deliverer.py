"""What a consumer's worker decides and writes: calls, rows, dead letters and the breaker."""

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
from phlo_hooks.delivering.failures import PERMANENT, TRANSIENT, Failure
from phlo_hooks.delivering.isolation import Isolation
from phlo_hooks.delivering.reports import dead_letter
from phlo_hooks.delivery import Delivery
from phlo_hooks.events import ErrorEvent, HookEvent
from phlo_hooks.outbox.api import StoredEvent
from phlo_hooks.outbox.ledger import Changes, DeliveryLedger, InFlight, OpenDelivery
from phlo_hooks.outbox.reading import Reading
from phlo_hooks.registration import HookRegistration
from phlo_hooks.settings import DeliverySettings

_log = logging.getLogger(__name__)


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


class Deliverer(ABC):
    """
    One consumer's calls, and what follows from them; decisions are gathered and written with the next call.

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
        self.breaker = self.new_breaker()
        self.gaps: dict[tuple[str, str], int] = {}
        self._stop = False
        self.marked = False

    @property
    @abstractmethod
    def row_names(self) -> list[str]:
        """Consumers whose open deliveries this worker sees to."""

    @abstractmethod
    def hooks_for(self, event: HookEvent) -> list[HookRegistration]:
        """Return this consumer's hooks that match."""

    @abstractmethod
    def has_crashed(self, hook: str) -> bool:
        """Return whether the hook was caught ending the process, and has not returned since."""

    def is_wanted(self, event: HookEvent) -> bool:
        """Return whether any hook of this consumer takes the event."""
        return bool(self.hooks_for(event))

    def ready(self) -> bool:
        """Return whether calls can be made at all."""
        return True

    def can_deliver(self) -> bool:
        """Return whether calls could be made, if there were something to deliver."""
        return self.breaker.state(self.tools.now()) is BreakerState.CLOSED and self.ready()

    def stop(self) -> None:
        """Make no further call."""
        self._stop = True

    def stopping(self) -> bool:
        """Return whether no further call may be made."""
        return self._stop or not self.tools.may_call()

    def commit(self, calling: InFlight | None) -> None:
        """Write what was decided, and what is called next."""
        changes, self.changes = self.changes, Changes()
        self.ledger.commit(changes, calling)
        self.marked = calling is not None
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
        suspect = row.crashes > 0 or self.has_crashed(hook.name)
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
            self.breaker.failed(
                self.tools.now(),
                event_id=stored.event_id,
                run_id=stored.run_id,
                transient=failure.kind == TRANSIENT,
                outage=failure.outage,
            )
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

    def new_breaker(self, *, opens: int = 0, open_until: datetime | None = None) -> CircuitBreaker:
        """Return a breaker, in the state that was stored."""
        settings = self.tools.settings
        return CircuitBreaker(
            threshold=settings.breaker_threshold,
            cooldown=settings.breaker_cooldown,
            max_cooldown=settings.breaker_max_cooldown,
            opens=opens,
            open_until=open_until,
        )
