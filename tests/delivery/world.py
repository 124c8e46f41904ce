"""A dispatcher's workers run step by step, with a clock that is moved and a process that can be made to die."""

from __future__ import annotations

from datetime import datetime, timedelta

from phlo_hooks.backoff import Backoff
from phlo_hooks.bus import HookBus
from phlo_hooks.delivering.deliverer import WorkerTools
from phlo_hooks.delivering.failures import Failure
from phlo_hooks.delivering.isolation import Isolation
from phlo_hooks.delivering.queued import QueuedWorker
from phlo_hooks.delivering.sync import BusWorker
from phlo_hooks.delivering.worker import Worker
from phlo_hooks.delivery import Delivery, set_delivery
from phlo_hooks.dispatcher import queued_hooks, register, sync_hooks
from phlo_hooks.events import HookEvent
from phlo_hooks.outbox.leases import Lease
from phlo_hooks.outbox.ledger import DeliveryLedger, left_by_others
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.registration import HookRegistration
from phlo_hooks.settings import DeliverySettings
from tests.delivery.fakes import WHEN


class ProcessDiedError(BaseException):
    """What a handler raises to stand for the end of the process."""


class InlineCaller:
    """Calls handlers in the caller's own thread."""

    def __init__(self, bus: HookBus) -> None:
        self._bus = bus

    def call(self, hook: HookRegistration, event: HookEvent, delivery: Delivery) -> Failure | None:
        try:
            with set_delivery(delivery):
                self._bus.call(hook, event)
        except ProcessDiedError:
            raise
        except BaseException as error:  # noqa: BLE001  # as the real caller
            return Failure.of(error)
        return None

    def is_busy(self, hook: HookRegistration) -> bool:
        return False

    def abandon(self) -> None:
        pass

    def close(self) -> None:
        pass


class World:
    """
    One state database, and a dispatcher process that can die and start again.

    Attributes:
        time: Moved by ``wait``.
    """

    def __init__(self, url: str, bus: HookBus, **settings: float) -> None:
        self.time: datetime = WHEN
        self.bus = bus
        self.outbox = Outbox.open(url, now=lambda: self.time)
        given = {"backoff_base": 1.0, "backoff_max": 60.0, "breaker_cooldown": 30.0, **settings}
        self.settings = DeliverySettings.model_validate(given)
        register(self.outbox, bus)
        self.workers: list[Worker] = []
        self.start()

    def start(self) -> None:
        """Start a dispatcher process; the former one, if any, is dead."""
        self.time += timedelta(seconds=100)
        lease = self.outbox.acquire_lease("relay", owner="test", seconds=50)
        assert isinstance(lease, Lease)
        self._lease = lease
        tools = WorkerTools(
            bus=self.bus,
            reading=self.outbox.reading,
            settings=self.settings,
            now=lambda: self.time,
            backoff=Backoff(base=self.settings.backoff_base, maximum=self.settings.backoff_max, draw=lambda: 0.5),
            may_call=lambda: True,
            isolation=Isolation(left_by_others(self.outbox.database, lease.epoch), head_start=0),
            recorded=lambda: None,
        )

        def ledger(name: str) -> DeliveryLedger:
            return DeliveryLedger(self.outbox.database, lease, name)

        caller = InlineCaller(self.bus)
        self.workers = [BusWorker(sync_hooks(self.bus), ledger("bus"), caller, tools)]
        self.workers += [QueuedWorker(hook, ledger(hook.name), caller, tools) for hook in queued_hooks(self.bus)]
        for worker in self.workers:
            worker.load()

    def run(self) -> None:
        """Let every worker do what it can do now; a death ends them all."""
        try:
            busy = True
            while busy:
                busy = sum(worker.step() for worker in self.workers) > 0
        except ProcessDiedError:
            self.start()
            self.run()

    def wait(self, seconds: float) -> None:
        """Move the clock, and let the workers work."""
        self.time += timedelta(seconds=seconds)
        self.run()

    def settle(self) -> None:
        """Let time pass until nothing waits."""
        for _ in range(400):
            self.wait(40)
            if not any(state.pending for state in self.outbox.consumers()):
                return
        raise AssertionError(f"still pending: {self.outbox.consumers()}")

    def stop(self) -> None:
        """End the process as it should be ended."""
        self._lease.release()

    def close(self) -> None:
        """Close the database."""
        self.outbox.close()
