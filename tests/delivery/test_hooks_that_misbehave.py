from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from phlo_hooks.backoff import Backoff
from phlo_hooks.bus import HookBus
from phlo_hooks.dispatcher import Dispatcher, register
from phlo_hooks.events import ErrorEvent, HookEvent
from phlo_hooks.filters import HookFilter
from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.registration import HookRegistration
from phlo_hooks.settings import DeliverySettings
from tests.delivery.fakes import Recorder, bus_of, eventually, make_events, queued, sync

RUNS_ONLY = HookFilter(event_types=frozenset({"run.*"}))
COUNT = 12


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(f"sqlite:///{tmp_path}/state.db") as outbox:
        yield outbox


class Running:
    """A dispatcher at work."""

    def __init__(self, outbox: Outbox, *hooks: HookRegistration, **settings: Any) -> None:
        self.bus: HookBus = bus_of(*hooks)
        register(outbox, self.bus)
        lease = outbox.acquire_lease("relay", owner="test", seconds=600)
        assert lease is not None
        delivery = DeliverySettings.model_validate(settings)
        backoff = Backoff(base=0.01, maximum=0.05)
        self.dispatcher = Dispatcher(outbox, self.bus, delivery, lease=lease, backoff=backoff)
        self.outbox = outbox

    def __enter__(self) -> Self:
        self.dispatcher.start()
        self.outbox.append(make_events(COUNT, runs=3))
        self.dispatcher.wake()
        return self

    def __exit__(self, *_: object) -> None:
        self.dispatcher.stop(grace=0.5)


def bad_raise(_: HookEvent) -> None:
    raise RuntimeError("broken")


def bad_exit(_: HookEvent) -> None:
    sys.exit(5)


def bad_mutate(event: HookEvent) -> None:
    object.__setattr__(event, "status", "changed")
    object.__setattr__(event, "tags", {"x": "y"})


def bad_print(_: HookEvent) -> None:
    sys.stdout.write("noise\n")
    sys.stderr.write("noise\n")


def bad_interrupt(_: HookEvent) -> None:
    raise KeyboardInterrupt


def bad_message(_: HookEvent) -> None:
    class Odd(Exception):  # noqa: N818  # made to be odd
        def __str__(self) -> str:
            raise ValueError("no text")

    raise Odd


@pytest.mark.parametrize("kind", [queued, sync])
@pytest.mark.parametrize("bad", [bad_raise, bad_exit, bad_mutate, bad_print, bad_interrupt, bad_message])
def test_others_get_what_they_would_get_without_it(
    outbox: Outbox, bad: Callable[[HookEvent], None], kind: Callable[..., HookRegistration]
) -> None:
    """A hook that raises, exits, changes its event or prints changes nothing for the others."""
    other, bus = Recorder(), Recorder()
    events: list[HookEvent] = []
    hooks = [
        kind(bad, "bad", priority=1, filter=RUNS_ONLY),
        queued(other, "other", filter=RUNS_ONLY),
        sync(bus, "after", priority=500, filter=RUNS_ONLY),
        sync(events.append, "look", priority=400, filter=RUNS_ONLY),
    ]

    with Running(outbox, *hooks):
        eventually(lambda: len(bus.seen) == len(other.seen) == COUNT)

    expected = make_events(COUNT, runs=3)
    assert bus.seen == other.seen == [event.event_id for event in expected]
    assert events == expected


def test_a_sleeper_delays_only_itself(outbox: Outbox) -> None:
    """While one handler sleeps past its limit, the others finish; it is not called again until it has returned."""
    release, other = threading.Event(), Recorder()
    calls: list[str] = []

    def sleep(event: HookEvent) -> None:
        calls.append(event.event_id)
        release.wait(30)

    with Running(outbox, queued(sleep, "slow"), queued(other, "other"), timeout=0.1) as running:
        eventually(lambda: len(other.seen) == COUNT)
        eventually(lambda: outbox.deliveries(consumer="p:slow", status="retry"))
        eventually(running.dispatcher.at_rest)
        during = len(calls)
        (row,) = outbox.deliveries(consumer="p:slow", status="retry")
        release.set()
        eventually(lambda: len(set(calls)) == COUNT)

    assert during == 1
    assert row.error_kind == "transient"
    assert "did not return within its limit of 0.1 s" in (row.error or "")


def test_a_hook_with_its_own_limit_keeps_to_it(outbox: Outbox) -> None:
    """A hook's own timeout holds instead of the general one."""
    release = threading.Event()

    with Running(outbox, queued(lambda _: release.wait(30), "slow", timeout=0.05), timeout=100.0):
        eventually(lambda: outbox.deliveries(consumer="p:slow", status="retry"))
        release.set()


@pytest.mark.parametrize("limit", [None, 30.0])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
def test_a_fork_that_comes_back_delivers_nothing(outbox: Outbox, tmp_path: Path, limit: float | None) -> None:
    """A handler that forks and returns in the child too leaves one dispatcher: the child ends at once."""
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    children: list[int] = []

    def fork(event: HookEvent) -> None:
        pid = os.fork()
        if pid:
            children.append(pid)
        else:
            os.write(log, f"child {event.event_id}\n".encode())

    def note(event: HookEvent) -> None:
        os.write(log, f"{os.getpid()} {event.event_id}\n".encode())

    with Running(outbox, queued(fork, "fork", timeout=limit), queued(note, "note")):
        eventually(lambda: len(children) == COUNT)
        codes = [os.waitpid(pid, 0)[1] for pid in children]
        eventually(lambda: (tmp_path / "log").read_text().count(f"{os.getpid()} ") == COUNT)

    assert codes == [0] * COUNT
    assert (tmp_path / "log").read_text().count("child") == COUNT


def test_a_hook_that_emits_reaches_the_bus(outbox: Outbox) -> None:
    """A hook may emit while an event is delivered to it; the outbox is not touched by that."""
    seen: list[str] = []
    holder: list[HookBus] = []

    def emit(event: HookEvent) -> None:
        if event.event_type == "run.start":
            holder[0].emit(make_events(1)[0].__class__(event_type="run.end", status="success"))

    hooks = [
        queued(emit, "emitter"),
        sync(
            lambda event: seen.append(event.event_type),
            "listener",
            filter=HookFilter(event_types=frozenset({"run.end"})),
        ),
    ]
    running = Running(outbox, *hooks)
    holder.append(running.bus)
    with running:
        eventually(lambda: len(seen) == COUNT)
        eventually(lambda: not any(state.pending for state in outbox.consumers()))

    assert outbox.head() == COUNT


def test_stop_does_not_wait_for_a_sleeper(outbox: Outbox) -> None:
    """A dispatcher stops soon though a handler sleeps; that is no crash, and the event comes again."""
    begun, release, again = threading.Barrier(3), threading.Event(), Recorder()

    def sleep(_: HookEvent) -> None:
        begun.wait(10)
        release.wait(30)

    running = Running(outbox, queued(sleep, "hook"), sync(sleep, "sync"))
    with running:
        begun.wait(10)
        started = time.monotonic()
    took = time.monotonic() - started
    rows = outbox.deliveries()
    lease = outbox.lease("relay")
    release.set()

    assert took < 5
    assert lease is not None
    assert {(row.consumer, row.status, row.attempts, row.error_kind) for row in rows} == {
        ("bus", "waiting", 0, None),
        ("p:hook", "waiting", 0, None),
    }
    running.dispatcher._lease.release()
    with Running(outbox, queued(again, "hook"), sync(Recorder(), "sync")):
        eventually(lambda: len(again.seen) == COUNT)
    assert again.calls[0][1].attempt == 2


def test_consumer_that_falls_behind_is_told_once(outbox: Outbox) -> None:
    """A consumer that is behind for long gives one delivery.lagging event."""
    hook = Recorder(lambda _event, _: ConnectionError("down"))

    def told() -> list[str]:
        events = [stored.decode() for stored in outbox.events(EventQuery(event_types=("delivery.lagging",)))]
        return [event.where for event in events if isinstance(event, ErrorEvent)]

    with Running(outbox, queued(hook, filter=RUNS_ONLY), lag_warning=0.5, breaker_cooldown=100.0):
        eventually(lambda: "p:queued" in told())
        threading.Event().wait(0.3)

    assert told().count("p:queued") == 1


def test_idle_dispatcher_costs_next_to_nothing(outbox: Outbox) -> None:
    """With nothing to deliver the threads sleep."""
    hooks = [queued(Recorder(), f"h{number}") for number in range(5)]

    with Running(outbox, *hooks) as running:
        eventually(lambda: not any(state.pending for state in outbox.consumers()))
        eventually(running.dispatcher.at_rest)
        before = time.process_time()
        threading.Event().wait(2)
        used = time.process_time() - before

    assert used < 0.1
