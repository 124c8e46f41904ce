"""The bus as a consumer: all sync hooks, in their order, for one event after the other."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace
from datetime import datetime, timedelta

from phlo_hooks.delivering.caller import Caller
from phlo_hooks.delivering.deliverer import WorkerTools
from phlo_hooks.delivering.failures import CRASH, ERROR, Failure
from phlo_hooks.delivering.reports import hook_failed
from phlo_hooks.delivering.worker import CRASH_COOLDOWN, Worker
from phlo_hooks.events import ErrorEvent, HookEvent
from phlo_hooks.outbox.api import StoredEvent
from phlo_hooks.outbox.consumers import BUS
from phlo_hooks.outbox.ledger import DeliveryLedger, InFlight, OpenDelivery
from phlo_hooks.redaction import redact_text
from phlo_hooks.registration import Dispatch, FailurePolicy, HookRegistration

_log = logging.getLogger(__name__)


class BusWorker(Worker):
    """Deliver to the sync hooks; their policies say what a failure does."""

    def __init__(
        self, hooks: list[HookRegistration], ledger: DeliveryLedger, caller: Caller, tools: WorkerTools
    ) -> None:
        super().__init__(BUS, ledger, caller, tools)
        self._names = [hook.name for hook in hooks]
        self._crashes: dict[str, int] = {}
        self._shut_until: dict[str, datetime] = {}
        self._failing: set[str] = set()

    @property
    def row_names(self) -> list[str]:
        """The bus's rows, and those of single hooks: dead letters that are retried, and replays."""
        return [BUS, *self._names]

    def hooks_for(self, event: HookEvent) -> list[HookRegistration]:
        """Return the sync hooks that match, in their order."""
        return [hook for hook in self.tools.bus.matching(event) if hook.dispatch is Dispatch.SYNC and not hook.in_step]

    def has_crashed(self, hook: str) -> bool:
        """Return whether the hook was caught ending the process, and has not returned since."""
        return bool(self._crashes.get(hook))

    def load(self) -> None:
        """Take up where the last process left off."""
        for name in self._names:
            state = self.ledger.state(name)
            self._crashes[name] = state.crashes
            if state.open_until is not None:
                self._shut_until[name] = state.open_until
        super().load()

    def deliver(self, stored: StoredEvent, event: HookEvent, row: OpenDelivery | None) -> bool:
        """Deliver one event to each hook; the bus never holds up a run."""
        this = row or OpenDelivery.of(BUS, stored)
        hooks = self._left_to_call(this, event)
        self.drop(row)
        for hook in hooks:
            if self._is_shut(hook.name):
                self._bury_for(hook, stored, event, this, self._shut_failure(hook.name))
                continue
            failure = self._call_in_round(hook, stored, this, row)
            this = replace(this, crashes=0, calls=0, resume_at=None)
            self._survived(hook.name)
            if failure is None:
                self._failing.discard(hook.name)
            elif self._ends_round(hook, stored, event, this, failure):
                break
        return True

    def recover(self, mark: InFlight, stored: StoredEvent, row: OpenDelivery) -> None:
        """Count the death of the process against the hook that was being called, and go on with the others."""
        if mark.suspect:
            self._count_crash(mark.hook)
        crashes = (row.crashes if row.resume_at in {None, mark.hook} else 0) + 1
        event = stored.decode()
        row = replace(row, resume_at=mark.hook, crashes=crashes)
        if crashes < self.tools.settings.max_crashes:
            self.put(row)
            return
        dead = OpenDelivery.of(mark.hook, stored, attempts=crashes, calls=row.calls, crashes=crashes)
        if row.consumer == BUS:
            self._go_on_after(mark.hook, row, event)
        self.bury(replace(dead, error=row.error, error_kind=CRASH, last_attempt_at=row.last_attempt_at), event)

    def _left_to_call(self, this: OpenDelivery, event: HookEvent) -> list[HookRegistration]:
        hooks = self.hooks_for(event)
        if this.consumer != BUS:
            return [hook for hook in hooks if hook.name == this.consumer]
        names = [hook.name for hook in hooks]
        return hooks[names.index(this.resume_at) :] if this.resume_at in names else hooks

    def _call_in_round(
        self, hook: HookRegistration, stored: StoredEvent, this: OpenDelivery, row: OpenDelivery | None
    ) -> Failure | None:
        if row is not None:
            # Until the round is over, the row says from where to go on.
            self.put(replace(this, resume_at=hook.name, status="waiting"))
        failure = self.call(hook, stored, this)
        self.drop(row)
        return failure

    def _ends_round(
        self, hook: HookRegistration, stored: StoredEvent, event: HookEvent, this: OpenDelivery, failure: Failure
    ) -> bool:
        if hook.failure_policy is FailurePolicy.IGNORE:
            return False
        if hook.failure_policy is FailurePolicy.RAISE:
            self._bury_for(hook, stored, event, this, failure)
            return True
        _log.warning("Hook %s failed on %s %s: %s", hook.name, event.event_type, event.event_id, failure.text)
        if hook.name not in self._failing:
            self._failing.add(hook.name)
            _log.info("%s", redact_text("".join(traceback.format_exception(failure.error))))
            if not isinstance(event, ErrorEvent):
                self.changes.reports.append(hook_failed(hook.name, event, failure, self.tools.now()))
        return False

    def _bury_for(
        self, hook: HookRegistration, stored: StoredEvent, event: HookEvent, this: OpenDelivery, failure: Failure
    ) -> None:
        dead = OpenDelivery.of(
            hook.name,
            stored,
            attempts=this.attempts + 1,
            calls=this.calls + 1,
            last_attempt_at=self.tools.now(),
            error=failure.text,
            error_kind=failure.kind,
            replay=this.replay,
        )
        self.bury(dead, event)

    def _go_on_after(self, hook: str, row: OpenDelivery, event: HookEvent) -> None:
        names = [each.name for each in self.hooks_for(event)]
        rest = names[names.index(hook) + 1 :] if hook in names else []
        if rest:
            self.put(replace(row, resume_at=rest[0], status="waiting", attempts=0, calls=0, crashes=0, error=None))
        else:
            self.drop(row)

    def _survived(self, name: str) -> None:
        if self._crashes.get(name):
            self._crashes[name] = 0
            self._shut_until.pop(name, None)
            self.changes.set(name, crashes=0, open_until=None, breaker="closed")

    def _count_crash(self, name: str) -> None:
        settings = self.tools.settings
        count = self._crashes[name] = self._crashes.get(name, 0) + 1
        self.changes.set(name, crashes=count)
        if count >= settings.max_crashes:
            cooldown = settings.breaker_cooldown * 2.0 ** min(count - settings.max_crashes, 32)
            cooldown = max(CRASH_COOLDOWN, min(cooldown, settings.breaker_max_cooldown))
            until = self.tools.now() + timedelta(seconds=cooldown)
            self._shut_until[name] = until
            self.changes.set(name, open_until=until, breaker="open")
            _log.error("Hook %s ended the process %d times in a row; it is not called until %s.", name, count, until)

    def _is_shut(self, name: str) -> bool:
        until = self._shut_until.get(name)
        return until is not None and self.tools.now() < until

    def _shut_failure(self, name: str) -> Failure:
        text = f"not called: the hook ended the process {self._crashes[name]} times in a row"
        return Failure(kind=ERROR, error=RuntimeError(text), text=text)
