"""The relay: from the sources into the outbox, and from there to the hooks; one at a time for each state database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from phlo_hooks.backoff import Backoff
from phlo_hooks.bus import HookBus
from phlo_hooks.dispatcher import Dispatcher
from phlo_hooks.exceptions import LeaseLostError, OutboxError
from phlo_hooks.lease import RELAY, LeaseKeeper, acquire
from phlo_hooks.outbox.api import Recorded
from phlo_hooks.outbox.leases import Lease
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.relaying.drain import Drain
from phlo_hooks.relaying.progress import IDLE, READING, STANDBY, UNREACHABLE, DrainReport, RelayProgress, Reporter
from phlo_hooks.relaying.reader import SourceReader
from phlo_hooks.relaying.trouble import Trouble
from phlo_hooks.settings import Settings
from phlo_hooks.source import EventSource, SourceLag

__all__ = ["DrainReport", "Relay", "RelayProgress"]

_STANDBY_CHECKS: Final = 5
_LONGEST_WAIT: Final = 60.0


class Relay:
    """
    Read sources, record what they tell, deliver it.

    Args:
        sources: Read one after the other.
        bus: Its hooks are the consumers.
        backoff: How long to wait when a source or the database fails; a second up to a minute unless given.
    """

    def __init__(
        self,
        outbox: Outbox,
        sources: Sequence[EventSource],
        bus: HookBus,
        settings: Settings,
        *,
        backoff: Backoff | None = None,
    ) -> None:
        self._outbox = outbox
        self._sources = tuple(sources)
        self._bus = bus
        self._settings = settings
        self._backoff = backoff

    def run(self, stop: threading.Event, on_progress: Callable[[RelayProgress], None] | None = None) -> None:
        """Relay until ``stop`` is set; while another relay holds the lease, stand by."""
        reporter = Reporter(on_progress)
        trouble = Trouble("relay", backoff=self._backoff)
        while not stop.is_set():
            try:
                lease = self._acquire()
                if lease is None:
                    self._stand_by(stop, reporter)
                    continue
                self._run_with(lease, stop, reporter)
                trouble.over()
            except LeaseLostError as error:
                reporter.tell(STANDBY, note=str(error))
            except OutboxError as error:
                wait = trouble.met(error)
                reporter.tell(UNREACHABLE, note=trouble.note)
                stop.wait(wait)

    def drain(
        self, *, timeout: float | None = None, on_progress: Callable[[RelayProgress], None] | None = None
    ) -> DrainReport:
        """
        Read every source to its tip and deliver what can be delivered; with another relay at work, wait for that one.

        Args:
            timeout: Seconds to wait for retries, and for another relay; ``None``: no wait for retries that are not
                due, and a minute for another relay.

        Raises:
            OutboxError: The state database cannot be used.
        """
        drain = Drain(
            self._outbox, self._sources, self._bus, self._settings, timeout=timeout, reporter=Reporter(on_progress)
        )
        lease = self._acquire()
        return drain.watch(self._acquire) if lease is None else drain.work(lease)

    def _acquire(self) -> Lease | None:
        return acquire(self._outbox, seconds=self._settings.relay.lease_seconds)

    def _stand_by(self, stop: threading.Event, reporter: Reporter) -> None:
        holder = self._outbox.lease(RELAY)
        note = f"{holder.owner} on {holder.host} relays" if holder else "another process relays"
        reporter.tell(STANDBY, note=note)
        stop.wait(self._settings.relay.lease_seconds / _STANDBY_CHECKS)

    def _run_with(self, lease: Lease, stop: threading.Event, reporter: Reporter) -> None:
        with LeaseKeeper(lease) as keeper:
            dispatcher = Dispatcher(
                self._outbox, self._bus, self._settings.delivery, lease=lease, may_call=keeper.is_held
            )
            dispatcher.start()
            try:
                self._read_on(lease, keeper, dispatcher, stop, reporter)
            finally:
                dispatcher.stop()

    def _read_on(
        self, lease: Lease, keeper: LeaseKeeper, dispatcher: Dispatcher, stop: threading.Event, reporter: Reporter
    ) -> None:
        def go_on() -> bool:
            return keeper.is_held() and not stop.is_set()

        def recorded(what: Recorded) -> None:
            reporter.recorded += what
            if what.new or what.revised:
                dispatcher.wake()
            reporter.tell(READING, source=current.source.name, delivered=dispatcher.calls())

        readers = [
            SourceReader(source, self._outbox, lease, go_on=go_on, on_recorded=recorded, backoff=self._backoff)
            for source in self._sources
        ]
        while go_on():
            for current in readers:
                if current.seconds_left() <= 0 and go_on():
                    current.poll()
            self._tell_idle(readers, dispatcher, reporter)
            waits = [reader.seconds_left() for reader in readers]
            longest = self._settings.relay.lease_seconds / _STANDBY_CHECKS
            if (wait := min(waits, default=_LONGEST_WAIT)) > 0:
                stop.wait(min(wait, longest))

    def _tell_idle(self, readers: list[SourceReader], dispatcher: Dispatcher, reporter: Reporter) -> None:
        if not reporter.is_heard:
            return
        troubled = next((reader for reader in readers if reader.trouble.note), None)
        if troubled is not None:
            reporter.tell(UNREACHABLE, source=troubled.source.name, note=troubled.trouble.note)
            return
        pending = max((state.pending for state in self._outbox.consumers()), default=0)
        reporter.tell(IDLE, delivered=dispatcher.calls(), pending=pending, lag=_worst_lag(readers))


def _worst_lag(readers: list[SourceReader]) -> SourceLag | None:
    lags = []
    for reader in readers:
        try:
            lags.append(reader.lag())
        except Exception:  # noqa: BLE001  # a source is foreign code; polling it tells what is wrong
            return None
    if not lags:
        return None
    return SourceLag(open_streams=sum(lag.open_streams for lag in lags), seconds=max(lag.seconds for lag in lags))
