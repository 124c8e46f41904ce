"""A queued hook's worker: what fails is tried again, and what keeps failing becomes a dead letter."""

from __future__ import annotations

import logging
from dataclasses import replace

from phlo_hooks.breaker import BreakerState
from phlo_hooks.delivering.caller import Caller
from phlo_hooks.delivering.deliverer import WorkerTools
from phlo_hooks.delivering.failures import TRANSIENT
from phlo_hooks.delivering.worker import CRASH_COOLDOWN, Worker
from phlo_hooks.events import HookEvent
from phlo_hooks.outbox.api import StoredEvent
from phlo_hooks.outbox.ledger import DeliveryLedger, InFlight, OpenDelivery
from phlo_hooks.registration import FailurePolicy, HookRegistration

_log = logging.getLogger(__name__)


class QueuedWorker(Worker):
    """Deliver to one queued hook."""

    def __init__(self, hook: HookRegistration, ledger: DeliveryLedger, caller: Caller, tools: WorkerTools) -> None:
        super().__init__(hook.name, ledger, caller, tools)
        self._hook = hook
        self._crashes = 0

    @property
    def row_names(self) -> list[str]:
        """The hook's own rows."""
        return [self.name]

    def hooks_for(self, event: HookEvent) -> list[HookRegistration]:
        """Return the hook, if it takes the event."""
        return [hook for hook in self.tools.bus.matching(event) if hook.name == self.name]

    def has_crashed(self, hook: str) -> bool:  # noqa: ARG002  # there is one hook
        """Return whether the hook was caught ending the process, and has not returned since."""
        return self._crashes > 0

    def ready(self) -> bool:
        """Return whether the handler has come back from its last call."""
        return not self.caller.is_busy(self._hook)

    def load(self) -> None:
        """Take up where the last process left off."""
        self._crashes = self.ledger.state(self.name).crashes
        super().load()

    def deliver(self, stored: StoredEvent, event: HookEvent, row: OpenDelivery | None) -> bool:
        """Deliver one event; ``False`` when its run has to wait for another attempt."""
        is_probe = self.breaker.state(self.tools.now()) is BreakerState.HALF_OPEN
        this = row or OpenDelivery.of(self.name, stored)
        this = replace(this, after_dead_letter=this.after_dead_letter or self.follows_gap(self.name, stored))
        failure = self.call(self._hook, stored, this)
        if self._crashes:
            self._crashes = 0
            self.changes.set(self.name, crashes=0)
        if failure is None or self._hook.failure_policy is FailurePolicy.IGNORE:
            self.judge(stored, None)
            self.drop(row)
            return True
        self.judge(stored, failure)
        tried = self.retried(this, failure, counts=not (is_probe and failure.kind == TRANSIENT))
        if self.is_spent(tried, failure):
            self.bury(tried, event)
            return True
        level = logging.INFO if is_probe else logging.WARNING
        _log.log(
            level, "Consumer %s: attempt %d with event %s: %s", self.name, tried.calls, stored.event_id, failure.text
        )
        self.put(tried)
        return False

    def recover(self, mark: InFlight, stored: StoredEvent, row: OpenDelivery) -> None:
        """Suspect the event, or bury it; a hook that is caught ending the process again and again is shut off."""
        settings = self.tools.settings
        if mark.suspect:
            self._crashes += 1
            self.changes.set(self.name, crashes=self._crashes)
            if self._crashes >= settings.max_crashes:
                self.breaker.trip(self.tools.now(), at_least=CRASH_COOLDOWN)
                self.save_breaker()
        row = replace(row, crashes=row.crashes + 1)
        if row.crashes >= settings.max_crashes or row.attempts >= settings.max_attempts:
            self.bury(replace(row, attempts=max(row.attempts, row.crashes)), stored.decode())
        else:
            self.put(row)
