"""A circuit breaker: when a consumer is down, the position stands still instead of every event failing in turn."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class BreakerState(StrEnum):
    """Whether deliveries are attempted."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """
    Counts failures in a row and opens at the threshold.

    A transient failure counts every time. Another error counts once for each event, because a poisoned event that is
    tried again and again is no outage.

    Args:
        threshold: Failures in a row that open it.
        cooldown: Seconds until the first probe; doubled with every probe that fails.
        max_cooldown: Seconds between probes at most.
        opens: How often it opened since it was last closed, when that was stored.
        open_until: Given when it was stored open.
    """

    def __init__(
        self,
        *,
        threshold: int,
        cooldown: float,
        max_cooldown: float,
        opens: int = 0,
        open_until: datetime | None = None,
    ) -> None:
        self._threshold = threshold
        self._cooldown = cooldown
        self._max_cooldown = max_cooldown
        self._failures = 0
        self._counted: set[str] = set()
        self.opens = opens
        self.open_until = open_until
        self.last_failed_run: str | None = None

    def state(self, now: datetime) -> BreakerState:
        """Return whether an attempt may be made: ``half_open`` allows one."""
        if self.open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.open_until else BreakerState.HALF_OPEN

    def succeeded(self) -> None:
        """Close it: the consumer answers."""
        self._failures = 0
        self._counted.clear()
        self.opens = 0
        self.open_until = None

    def refused(self) -> None:
        """Take note of a permanent failure: the other side is there, and does not want this event."""
        if self.open_until is not None:
            self.succeeded()

    def failed(self, now: datetime, *, event_id: str, run_id: str, transient: bool, outage: bool = False) -> None:
        """Count a failure, and open when it was one too many, the probe, or by its own word an outage."""
        self.last_failed_run = run_id
        if outage or self.open_until is not None:
            self.trip(now)
            return
        if not transient:
            if event_id in self._counted:
                return
            self._counted.add(event_id)
        self._failures += 1
        if self._failures >= self._threshold:
            self.trip(now)

    def trip(self, now: datetime, *, at_least: float = 0.0) -> None:
        """Open it at once, for ``at_least`` so many seconds."""
        seconds = max(at_least, min(self._max_cooldown, self._cooldown * 2.0 ** min(self.opens, 32)))
        self.opens += 1
        self.open_until = now + timedelta(seconds=seconds)
        self._failures = 0
        self._counted.clear()
