"""Read everything there is and deliver everything that can be delivered, then say what is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from phlo_hooks.bus import HookBus
from phlo_hooks.dispatcher import Dispatcher, consumer_names, sync_hooks
from phlo_hooks.exceptions import LeaseLostError
from phlo_hooks.lease import RELAY, LeaseKeeper
from phlo_hooks.outbox.api import ConsumerState, Recorded
from phlo_hooks.outbox.leases import Lease
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.relaying.progress import DELIVERING, READING, SETTLING, STANDBY, DrainReport, Reporter
from phlo_hooks.relaying.reader import SourceReader
from phlo_hooks.runner import describe
from phlo_hooks.settings import Settings
from phlo_hooks.source import EventSource

PATIENCE: Final = 60.0
_TICK: Final = 0.2
_LONGER_TICK: Final = 0.5


class Drain:
    """
    One drain.

    Args:
        timeout: Seconds to wait for retries, and for another relay; ``None``: no wait for retries that are not due,
            and a minute for another relay.
    """

    def __init__(
        self,
        outbox: Outbox,
        sources: Sequence[EventSource],
        bus: HookBus,
        settings: Settings,
        *,
        timeout: float | None,
        reporter: Reporter,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._sources = sources
        self._bus = bus
        self._settings = settings
        self._timeout = timeout
        self._reporter = reporter
        self._clock = clock
        self._served = {*consumer_names(bus), *(hook.name for hook in sync_hooks(bus))}
        self._began = clock()
        self._delivered = {state.name: state.delivered for state in outbox.consumers()}

    def work(self, lease: Lease) -> DrainReport:
        """Do it under this process's own lease."""
        with LeaseKeeper(lease) as keeper:
            dispatcher = Dispatcher(
                self._outbox, self._bus, self._settings.delivery, lease=lease, may_call=keeper.is_held
            )
            dispatcher.start()
            try:
                problems = self._read(lease, keeper, dispatcher)
                self._deliver(dispatcher)
                if not keeper.is_held() or not dispatcher.is_alive():
                    problems.append("the lease was lost on the way; another relay goes on")
            finally:
                dispatcher.stop()
        return self._report(problems)

    def watch(self, try_again: Callable[[], Lease | None]) -> DrainReport:
        """Wait for the relay that holds the lease to record and deliver everything; take over if it ends."""
        patience = PATIENCE if self._timeout is None else self._timeout
        head = self._outbox.head()
        while True:
            lease = try_again()
            if lease is not None:
                return self.work(lease)
            holder = self._outbox.lease(RELAY)
            who = f"another relay ({holder.owner} on {holder.host})" if holder else "another relay"
            problems = self._unread()
            self._reporter.recorded = Recorded(new=self._outbox.head() - head)
            self._reporter.tell(STANDBY, note=f"{who} is at work", pending=self._pending())
            if not problems and not self._pending():
                report = self._report([])
                return report if report.note else _noted(report, f"{who} did the work")
            if self._clock() - self._began >= patience:
                return self._report([f"{who} is at work and has not finished", *problems])
            time.sleep(_LONGER_TICK)

    def _read(self, lease: Lease, keeper: LeaseKeeper, dispatcher: Dispatcher) -> list[str]:
        problems = []

        def recorded(what: Recorded) -> None:
            self._reporter.recorded += what
            dispatcher.wake()
            self._reporter.tell(phase, source=source.name, delivered=dispatcher.calls())

        for source in self._sources:
            reader = SourceReader(source, self._outbox, lease, go_on=keeper.is_held, on_recorded=recorded)
            try:
                phase = READING
                self._reporter.tell(phase, source=source.name)
                reader.poll_to_tip()
                phase = SETTLING
                self._reporter.tell(phase, source=source.name)
                reader.settle()
            except LeaseLostError as error:
                return [str(error)]
            except Exception as error:  # noqa: BLE001  # a source is foreign code; the others are still to be read
                problems.append(f"source {source.name}: {describe(error)}")
        return problems

    def _deliver(self, dispatcher: Dispatcher) -> None:
        dispatcher.wake()
        while dispatcher.is_alive():
            if dispatcher.at_rest():
                is_late = self._timeout is None or self._clock() - self._began >= self._timeout
                if is_late or not self._pending():
                    return
            if self._reporter.is_heard:
                self._reporter.tell(DELIVERING, delivered=dispatcher.calls(), pending=self._pending())
            dispatcher.wait(_TICK)

    def _states(self) -> list[ConsumerState]:
        return [state for state in self._outbox.consumers() if state.name in self._served]

    def _pending(self) -> int:
        return max((state.pending for state in self._states()), default=0)

    def _unread(self) -> list[str]:
        problems = []
        for source in self._sources:
            try:
                seconds = source.lag(self._outbox.memory(source.name)).seconds
            except Exception as error:  # noqa: BLE001  # a source is foreign code
                problems.append(f"source {source.name}: {describe(error)}")
            else:
                if seconds > 0:
                    problems.append(f"source {source.name} is {seconds:.0f} s behind")
        return problems

    def _report(self, problems: list[str]) -> DrainReport:
        states = self._states()
        pending = {state.name: state.pending for state in states if state.pending}
        dead = {state.name: state.dead for state in states if state.dead}
        untranslatable = len(self._outbox.untranslatable())
        notes = [*problems]
        notes += [f"{_count(count, 'event')} pending for {name}" for name, count in pending.items()]
        notes += [f"{_count(count, 'dead letter')} of {name}" for name, count in dead.items()]
        notes += [f"{_count(untranslatable, 'record')} without an event"] if untranslatable else []
        failed = tuple(dict.fromkeys(error.where for error in self._bus.plugin_errors))
        notes += [f"plugin {name} is left out" for name in failed]
        return DrainReport(
            recorded=self._reporter.recorded,
            delivered={state.name: state.delivered - self._delivered.get(state.name, 0) for state in states},
            pending=pending,
            dead=dead,
            untranslatable=untranslatable,
            failed_plugins=failed,
            complete=not notes,
            note="; ".join(notes),
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _noted(report: DrainReport, note: str) -> DrainReport:
    return DrainReport(recorded=report.recorded, delivered=report.delivered, note=note)
