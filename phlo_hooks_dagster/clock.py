"""Time, as something that a test can hold still."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utcnow() -> datetime:
    """Return the time of day, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """
    Where reading gets its time from.

    Attributes:
        now: The time of day, to compare with what Dagster's writers wrote.
        monotonic: Seconds since whenever, for waiting.
        sleep: Waits.
    """

    now: Callable[[], datetime] = utcnow
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
