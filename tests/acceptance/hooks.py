"""Hooks that behave, and one of each kind that does not; which of them are registered is a setting."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from phlo_hooks import HookEvent, TelemetryEvent, current_bus, current_delivery, hook

OUT = Path(os.environ["ACCEPTANCE_OUT"])


def note(who: str, event: HookEvent) -> None:
    """Append one line, whole or not at all."""
    delivery = current_delivery()
    line = {
        "id": event.event_id,
        "type": event.event_type,
        "run": event.correlation.run_id,
        "tags": dict(event.tags),
        "seq": delivery.seq if delivery else None,
        "pid": os.getpid(),
    }
    with (OUT / f"{who}.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


@hook(dispatch="queued", plugin="good")
def queued(event: HookEvent) -> None:
    """Take note."""
    note("queued", event)


@hook(priority=900, plugin="good")
def last_on_the_bus(event: HookEvent) -> None:
    """Take note, after all the bad ones on the bus."""
    note("bus", event)


@hook(dispatch="queued", plugin="good")
def sometimes_down(event: HookEvent) -> None:
    """Take note, unless what it talks to is down."""
    if (OUT / "down").exists():
        raise ConnectionError("nobody listens")
    note("sometimes_down", event)


@hook(plugin="bad", name="raises_sync")
@hook(plugin="bad", name="raises_queued", dispatch="queued")
def raises(event: HookEvent) -> None:
    """Raise what looks like a wrong call."""
    raise TypeError(f"no {event.event_type}")


@hook(plugin="bad", name="sleeps_sync", events=["run.start"])
@hook(plugin="bad", name="sleeps_queued", events=["run.start"], dispatch="queued")
def sleeps(_event: HookEvent) -> None:
    """Sleep for a minute."""
    time.sleep(60)


@hook(plugin="bad", name="mutates_sync")
@hook(plugin="bad", name="mutates_queued", dispatch="queued")
def mutates(event: HookEvent) -> None:
    """Change what the next one sees."""
    event.tags["changed"] = "yes"  # type: ignore[index]


@hook(plugin="bad", name="forks_sync", events=["step.start"])
@hook(plugin="bad", name="forks_queued", events=["step.start"], dispatch="queued")
def forks(_event: HookEvent) -> None:
    """Return twice."""
    os.fork()


@hook(plugin="bad", name="exits_sync", events=["run.end"])
@hook(plugin="bad", name="exits_queued", events=["step.end"], dispatch="queued")
def exits(_event: HookEvent) -> None:
    """End the process without a word."""
    os._exit(0)


@hook(plugin="bad", name="leaves_sync", events=["step.*"])
@hook(plugin="bad", name="leaves_queued", events=["step.*"], dispatch="queued")
def leaves(_event: HookEvent) -> None:
    """End the process politely."""
    sys.exit(3)


@hook(plugin="bad", events=["step.start"])
def emits(event: HookEvent) -> None:
    """Emit something that it gets itself, and so on."""
    bus = current_bus()
    if bus is not None:
        bus.emit(TelemetryEvent(event_type="telemetry.log", name=event.event_id))
        bus.emit(event)


@hook(plugin="bad", name="prints_sync")
@hook(plugin="bad", name="prints_queued", dispatch="queued")
def prints(event: HookEvent) -> None:
    """Talk where a machine may be reading."""
    print("{", event.event_type, "\x1b[31m")  # noqa: T201  # this is what it is for
