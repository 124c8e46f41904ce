"""Say in one line how far the relay is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dagster import DagsterInstance

from phlo_hooks.outbox.api import ConsumerState, LeaseState
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import Settings
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.discovery import RunDiscovery
from phlo_hooks_dagster.lag import source_lag
from phlo_hooks_dagster.translation import make_reading

LEASE: Final = "relay"
SLACK: Final = 2.0
"""A lag below this is the time between two polls."""


def standing(
    instance: DagsterInstance, settings: Settings, outbox: Outbox, *, trouble: str | None, clock: Clock
) -> str:
    """Return such as ``up to date · 3 consumers`` or ``behind by 12 s · 2 runs open · 3 consumers · 1 dead``."""
    holder = relay_holder(outbox, clock.now())
    if trouble is not None and holder is None:
        return f"not relaying: {trouble}"
    discovery = RunDiscovery(instance, lookback=settings.relay.lookback, clock=clock)
    lag = source_lag(outbox.memory("dagster"), discovery, make_reading(instance, settings, clock, discovery.record))
    consumers = outbox.consumers()
    parts = [_how_far(lag.seconds, consumers, started=holder is not None or trouble is None)]
    if holder is None and outbox.memory("dagster").mark("origin") is None:
        parts = ["the relay is starting"]
    if lag.open_streams:
        parts.append(_count(lag.open_streams, "run") + " open")
    parts.append(_count(len(consumers), "consumer"))
    parts.extend(_troubles(consumers))
    return " · ".join(parts)


def relay_holder(outbox: Outbox, now: datetime) -> LeaseState | None:
    """Return who relays now, if somebody does."""
    lease = outbox.lease(LEASE)
    return lease if lease is not None and lease.expires_at > now else None


def _how_far(seconds: float, consumers: Sequence[ConsumerState], *, started: bool) -> str:
    pending = max((consumer.pending for consumer in consumers), default=0)
    if seconds > SLACK:
        return f"behind by {seconds:.0f} s"
    if pending:
        return f"delivering, {_count(pending, 'event')} to go"
    return "up to date" if started else "no relay is running"


def _troubles(consumers: Sequence[ConsumerState]) -> list[str]:
    found = [f"{consumer.name} is down" for consumer in consumers if consumer.breaker != "closed"]
    dead = sum(consumer.dead for consumer in consumers)
    if dead:
        found.append(f"{_count(dead, 'dead letter')} (phlo-hooks dead list)")
    return found


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
