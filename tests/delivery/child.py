"""
A relay in a process of its own, for tests that kill it.

Run as ``python -m tests.delivery.child URL FILE COUNT HOOK``: it records COUNT events of a fixed list and delivers them
to a hook that appends each to FILE, and to one that does what HOOK says.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from phlo_hooks.delivery import current_delivery
from phlo_hooks.events import HookEvent
from phlo_hooks.filters import HookFilter
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.relay import Relay
from phlo_hooks.settings import DeliverySettings, RelaySettings, Settings
from tests.delivery.fakes import FakeSource, bus_of, make_events, queued, sync

RUNS = 5
POISON = "r0-5"


def main(url: str, file: str, count: int, what: str) -> None:
    """Relay until killed, or until everything has arrived."""
    pages = {"kill": 7}.get(what, 50)
    crashes = 1000 if what == "kill" else 2
    settings = Settings(
        delivery=DeliverySettings(
            backoff_base=0.01, backoff_max=0.05, max_crashes=crashes, breaker_cooldown=0.5, breaker_max_cooldown=0.5
        ),
        relay=RelaySettings(lease_seconds=2.0),
    )
    path = Path(file)
    started = appender(path.with_suffix(".started"))
    done = appender(path)

    def bad(event: HookEvent) -> None:
        started(event)
        leave(event)

    hooks = [queued(done, "file", filter=EVENTS), sync(appender(path.with_suffix(".sync")), "sync", filter=EVENTS)]
    if what == "exit-queued":
        hooks.append(queued(bad, "bad", filter=EVENTS))
    if what == "exit-sync":
        hooks.append(sync(bad, "bad", priority=50, filter=EVENTS))
    if what == "race":
        hooks = [
            queued(lambda event: (started(event), threading.Event().wait(0.002), done(event)), "file", filter=EVENTS)
        ]
    source = FakeSource(make_events(count, runs=RUNS), page=pages)
    stop = threading.Event()
    with Outbox.open(url) as outbox:
        relay = Relay(outbox, [source], bus_of(*hooks), settings)
        threading.Thread(target=watch, args=[outbox, count, stop], daemon=True).start()
        relay.run(stop)


EVENTS = HookFilter(event_types=frozenset({"run.*"}))


def appender(path: Path) -> Callable[[HookEvent], None]:
    """Return a handler that appends the event, its attempt and the process to a file in one write."""
    target = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def append(event: HookEvent) -> None:
        delivery = current_delivery()
        attempt = delivery.attempt if delivery else 0
        os.write(target, f"{event.event_id} {attempt} {os.getpid()}\n".encode())

    return append


def leave(event: HookEvent) -> None:
    """End the process at the poisoned event."""
    if event.event_id == POISON:
        os._exit(3)


def watch(outbox: Outbox, count: int, stop: threading.Event) -> None:
    """Stop once everything has arrived."""
    pause = threading.Event()
    while not stop.is_set():
        # The head first: what is recorded after it was read must not be missing from the consumers' pending.
        recorded = outbox.head() >= count
        states = outbox.consumers()
        if recorded and states and not any(state.pending for state in states):
            stop.set()
        pause.wait(0.05)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
