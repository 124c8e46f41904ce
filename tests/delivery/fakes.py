"""Events, hooks and sources that delivery tests are made of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from phlo_hooks.bus import HookBus
from phlo_hooks.delivery import Delivery, current_delivery
from phlo_hooks.events import HookCorrelation, HookEvent, RunEvent
from phlo_hooks.registration import Dispatch, HookRegistration
from phlo_hooks.source import Batch, SourceLag, SourceMemory, StreamState

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def make_event(number: int, run: str = "r1", event_type: str = "run.start") -> RunEvent:
    """Return an event whose id is its run and number."""
    return RunEvent(
        event_type=event_type,
        event_id=f"{run}-{number}",
        status="started",
        timestamp=WHEN,
        correlation=HookCorrelation(run_id=run or None),
    )


def make_events(count: int, runs: int = 1) -> list[RunEvent]:
    """Return events of several runs, interleaved."""
    return [make_event(number, f"r{number % runs}") for number in range(count)]


def queued(handler: Callable[[Any], object], name: str = "queued", **given: Any) -> HookRegistration:
    """Return a queued hook ``p:name``."""
    return HookRegistration(plugin_name="p", hook_name=name, handler=handler, dispatch=Dispatch.QUEUED, **given)


def sync(handler: Callable[[Any], object], name: str = "sync", **given: Any) -> HookRegistration:
    """Return a sync hook ``p:name``."""
    return HookRegistration(plugin_name="p", hook_name=name, handler=handler, **given)


def bus_of(*hooks: HookRegistration) -> HookBus:
    """Return a bus with these hooks."""
    bus = HookBus()
    bus.register(*hooks)
    return bus


class Recorder:
    """A handler that notes what it gets, and fails when told."""

    def __init__(self, fail: Callable[[HookEvent, Delivery], BaseException | None] | None = None) -> None:
        self.calls: list[tuple[str, Delivery]] = []
        self.seen: list[str] = []
        self._fail = fail

    def __call__(self, event: HookEvent) -> None:
        delivery = current_delivery()
        assert delivery is not None
        self.calls.append((event.event_id, delivery))
        error = self._fail(event, delivery) if self._fail else None
        if error is not None:
            raise error
        self.seen.append(event.event_id)


class FakeSource:
    """
    A source that reads a list: each run is a stream, the cursor is a place in it.

    Attributes:
        errors: Raised by the next polls, one each.
    """

    def __init__(self, events: Sequence[HookEvent] = (), *, name: str = "fake", page: int = 10) -> None:
        self.name = name
        self.events = list(events)
        self.errors: list[Exception] = []
        self.polls = 0
        self.settled = 0
        self.closed = False
        self.interval = 0.02
        self._page = page

    def poll(self, memory: SourceMemory) -> Iterator[Batch]:
        self.polls += 1
        if self.errors:
            raise self.errors.pop(0)
        stream = memory.stream("all")
        at = stream.cursor if stream else 0
        while at < len(self.events):
            some = self.events[at : at + self._page]
            at += len(some)
            yield Batch(events=some, stream=StreamState(stream_id="all", cursor=at, checked_at=WHEN))

    def settle(self, memory: SourceMemory) -> Iterator[Batch]:
        self.settled += 1
        return iter(())

    def read_again(self, memory: SourceMemory, stream_id: str) -> Iterator[Batch]:
        yield Batch(events=self.events, revise=True)

    def lag(self, memory: SourceMemory) -> SourceLag:
        stream = memory.stream("all")
        left = len(self.events) - (stream.cursor if stream else 0)
        return SourceLag(open_streams=int(left > 0), seconds=float(left))

    def next_poll_in(self) -> float:
        return self.interval

    def close(self) -> None:
        self.closed = True


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until a condition holds, and fail the test when it never does."""
    end = monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert monotonic() < end, f"not within {seconds:g} s"
        pause.wait(0.01)


def in_order_by_run(ids: Sequence[str]) -> bool:
    """Return whether the first deliveries of each run's events came in the order of their numbers."""
    last: dict[str, int] = {}
    for event_id in dict.fromkeys(ids):
        run, _, number = event_id.rpartition("-")
        if int(number) < last.get(run, -1):
            return False
        last[run] = int(number)
    return True
