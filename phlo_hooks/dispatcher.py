"""Deliver what is recorded: one worker for the bus, one for each queued hook."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from phlo_hooks.backoff import Backoff
from phlo_hooks.bus import HookBus
from phlo_hooks.delivering.caller import Caller, ThreadCaller
from phlo_hooks.delivering.deliverer import WorkerTools
from phlo_hooks.delivering.isolation import Isolation
from phlo_hooks.delivering.lag import watch_lag
from phlo_hooks.delivering.queued import QueuedWorker
from phlo_hooks.delivering.reports import plugin_failures
from phlo_hooks.delivering.sync import BusWorker
from phlo_hooks.delivering.thread import WorkerThread
from phlo_hooks.delivering.worker import Worker
from phlo_hooks.exceptions import OutboxError
from phlo_hooks.outbox.consumers import BUS
from phlo_hooks.outbox.leases import Lease
from phlo_hooks.outbox.ledger import DeliveryLedger, left_by_others
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.registration import Dispatch, HookRegistration
from phlo_hooks.settings import DeliverySettings

_log = logging.getLogger(__name__)
_GRACE: Final = 3.0
_FORGET_EVERY: Final = timedelta(hours=6).total_seconds()
_LAG_CHECKS: Final = 10
_SLOWEST_LAG_CHECK: Final = 30.0


def queued_hooks(bus: HookBus) -> list[HookRegistration]:
    """Return the hooks that are consumers of their own."""
    return [hook for hook in bus.hooks() if hook.dispatch is Dispatch.QUEUED]


def sync_hooks(bus: HookBus) -> list[HookRegistration]:
    """Return the hooks behind the consumer ``bus``."""
    return [hook for hook in bus.hooks() if hook.dispatch is Dispatch.SYNC and not hook.in_step]


def consumer_names(bus: HookBus) -> tuple[str, ...]:
    """Return the consumers that a dispatcher of this bus serves: ``bus``, and each queued hook."""
    return (BUS, *sorted(hook.name for hook in queued_hooks(bus)))


def register(outbox: Outbox, bus: HookBus) -> None:
    """Make the bus's consumers known to the outbox, also those left out; new ones begin at its end."""
    absent = [hook for hook in bus.left_out if not hook.in_step]
    outbox.register_consumers(
        [*consumer_names(bus), *(hook.name for hook in absent if hook.dispatch is Dispatch.QUEUED)],
        sync_hooks=[hook.name for hook in (*sync_hooks(bus), *absent) if hook.dispatch is Dispatch.SYNC],
    )


class Dispatcher:
    """
    Deliver recorded events to hooks while a lease is held; use with ``start`` and ``stop``.

    Args:
        may_call: Whether the lease is safely held; asked before every call.
        backoff: Made from the settings unless given.
    """

    def __init__(
        self,
        outbox: Outbox,
        bus: HookBus,
        settings: DeliverySettings,
        *,
        lease: Lease,
        may_call: Callable[[], bool] = lambda: True,
        backoff: Backoff | None = None,
    ) -> None:
        self._outbox = outbox
        self._bus = bus
        self._settings = settings
        self._lease = lease
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._may_call = may_call
        self._backoff = backoff or Backoff(base=settings.backoff_base, maximum=settings.backoff_max)
        self._threads: list[WorkerThread] = []
        self._keeper = threading.Thread(target=self._look_after, name="phlo-hooks-upkeep", daemon=True)

    def start(self) -> None:
        """
        Register the consumers, tell them of plugins that failed, and begin to deliver.

        Raises:
            LeaseLostError: Another process holds the lease.
            OutboxError: The state database cannot be written.
        """
        register(self._outbox, self._bus)
        now = self._outbox.database.now
        self._outbox.append(plugin_failures(self._bus.plugin_errors, now()), lease=self._lease)
        self._threads = [WorkerThread(worker, now=now, on_rest=self._notify) for worker in self._make_workers()]
        for thread in self._threads:
            thread.start()
        self._keeper.start()

    def wake(self) -> None:
        """Tell the workers that something was recorded."""
        for thread in self._threads:
            thread.wake()

    def stop(self, *, grace: float = _GRACE) -> None:
        """
        Make no further call and wait for those under way.

        Args:
            grace: Seconds after which handlers are left alone; their events are delivered again next time.
        """
        self._over.set()
        for thread in self._threads:
            thread.stop()
        deadline = time.monotonic() + grace
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for thread in self._threads:
            if thread.is_alive():
                _log.warning("Consumer %s is left in the middle of an event.", thread.worker.name)
                thread.abandon()
        for thread in self._threads:
            thread.join(grace)
        if self._keeper.is_alive():
            self._keeper.join(grace)

    def is_alive(self) -> bool:
        """Return whether every worker runs."""
        return all(thread.is_alive() for thread in self._threads)

    def at_rest(self) -> bool:
        """Return whether every worker has seen the newest event and has nothing left that it can do now."""
        head = self._outbox.head()
        for thread in self._threads:
            rest = thread.rest
            if rest is None or not (rest.position >= head or rest.held_up):
                return False
        return True

    def wait(self, seconds: float) -> None:
        """Wait until a worker comes to rest, or for so long."""
        with self._changed:
            self._changed.wait(seconds)

    def calls(self) -> int:
        """Return how many calls were made since the start."""
        return sum(thread.worker.calls for thread in self._threads)

    def _make_workers(self) -> list[Worker]:
        tools = WorkerTools(
            bus=self._bus,
            reading=self._outbox.reading,
            settings=self._settings,
            now=self._outbox.database.now,
            backoff=self._backoff,
            may_call=self._may_call,
            isolation=Isolation(left_by_others(self._outbox.database, self._lease.epoch)),
            recorded=self.wake,
        )
        workers: list[Worker] = [BusWorker(sync_hooks(self._bus), self._ledger(BUS), self._caller(BUS), tools)]
        workers += [
            QueuedWorker(hook, self._ledger(hook.name), self._caller(hook.name), tools)
            for hook in queued_hooks(self._bus)
        ]
        return workers

    def _ledger(self, name: str) -> DeliveryLedger:
        return DeliveryLedger(self._outbox.database, self._lease, name)

    def _caller(self, name: str) -> Caller:
        return ThreadCaller(self._bus, limit=self._settings.timeout, name=f"phlo-hooks-call-{name}")

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _look_after(self) -> None:
        """Warn of consumers that fall behind, and forget those that are gone: at once, as a drain is soon over."""
        forget_at = 0.0
        is_over = False
        while not is_over:
            try:
                if time.monotonic() >= forget_at:
                    self._forget_gone()
                    forget_at = time.monotonic() + _FORGET_EVERY
                elif watch_lag(self._outbox, self._lease, self._settings.lag_warning):
                    self.wake()
            except OutboxError as error:
                _log.debug("Upkeep is put off: %s", error)
            is_over = self._over.wait(min(_SLOWEST_LAG_CHECK, self._settings.lag_warning / _LAG_CHECKS))

    def _forget_gone(self) -> None:
        days = self._settings.forget_after_days
        register(self._outbox, self._bus)
        for name in self._outbox.forget_unseen(days):
            _log.info("Forgot consumer %s: no hook of that name for %d days.", name, days)
