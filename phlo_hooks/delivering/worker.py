"""How a worker walks the outbox: on from its position, around runs that wait, and back to what is due."""

from __future__ import annotations

import logging
from abc import abstractmethod
from dataclasses import replace
from datetime import datetime
from typing import Final

from phlo_hooks.breaker import BreakerState
from phlo_hooks.delivering.caller import CallAbandonedError, Caller
from phlo_hooks.delivering.deliverer import Deliverer, WorkerTools
from phlo_hooks.delivering.failures import CRASH, PERMANENT
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import CodecError, UnsupportedVersionError
from phlo_hooks.outbox.api import StoredEvent
from phlo_hooks.outbox.ledger import Changes, DeliveryLedger, InFlight, OpenDelivery

_log = logging.getLogger(__name__)
CRASH_COOLDOWN: Final = 30.0
"""Seconds for which a hook that keeps ending the process is shut off at least: each try costs a process."""


class Worker(Deliverer):
    """Deliver to one consumer; ``step`` does a bounded piece of it."""

    def __init__(self, name: str, ledger: DeliveryLedger, caller: Caller, tools: WorkerTools) -> None:
        super().__init__(name, ledger, caller, tools)
        self._unread_versions: set[tuple[str, str]] = set()

    @abstractmethod
    def deliver(self, stored: StoredEvent, event: HookEvent, row: OpenDelivery | None) -> bool:
        """Deliver one event; ``False`` when its run has to wait."""

    @abstractmethod
    def recover(self, mark: InFlight, stored: StoredEvent, row: OpenDelivery) -> None:
        """Decide what follows from the process having died in a call."""

    def load(self) -> None:
        """Take up where the last process, or this one, left off."""
        state = self.ledger.state(self.name)
        self.changes = Changes()
        self.position = state.position
        self.breaker = self.new_breaker(opens=state.opens, open_until=state.open_until)
        mark = self.ledger.left_in_flight()
        if mark is None:
            return
        stored = self.tools.reading.at([mark.seq]).get(mark.seq)
        if mark.epoch != self.ledger.epoch and stored is not None:
            self._died_in(mark, stored)
        self.commit(None)

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

    def next_due(self) -> datetime | None:
        """Return when there will be something to do, if nothing new is recorded."""
        state = self.breaker.state(self.tools.now())
        if state is BreakerState.OPEN:
            return self.breaker.open_until
        if state is BreakerState.HALF_OPEN:
            return None
        return self.ledger.next_due(self.row_names)

    def _died_in(self, mark: InFlight, stored: StoredEvent) -> None:
        row = self.ledger.delivery(mark.consumer, mark.seq) or OpenDelivery.of(mark.consumer, stored)
        row = replace(row, status="retry", calls=row.calls + 1, next_attempt_at=None)
        if self.tools.isolation.is_to_blame(mark):
            text = f"the process ended while {mark.hook} handled this event"
            _log.warning("Event %s: %s.", stored.event_id, text)
            self.changes.failed += 1
            row = replace(row, attempts=row.attempts + mark.suspect, error=text, error_kind=CRASH)
            self.recover(mark, stored, replace(row, last_attempt_at=self.tools.now()))
        else:
            self.put(replace(row, resume_at=mark.hook))
        if mark.seq > self.position:
            self.advance(mark.seq)

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
        if self.changes or self.marked:
            self.commit(None)

    def _skip(self, stored: StoredEvent, error: UnsupportedVersionError) -> None:
        kind = (error.event_type, error.version)
        if kind not in self._unread_versions:
            self._unread_versions.add(kind)
            _log.warning("Consumer %s skips events it cannot read, first seq %d: %s.", self.name, stored.seq, error)
