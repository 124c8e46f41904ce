"""How long to wait before trying again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

_FARTHEST_DOUBLING = 32


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """
    Exponential, with jitter, so that those who failed together do not come back together.

    Attributes:
        base: Seconds before the second attempt.
        maximum: Seconds that no wait exceeds, unless the other side asked for more.
        draw: Returns a number from 0 up to 1.
    """

    base: float
    maximum: float
    draw: Callable[[], float] = random.random

    def delay(self, attempts: int, *, retry_after: float | None = None) -> float:
        """
        Return the seconds to wait after so many failed attempts: half to all of ``base * 2 ** (attempts - 1)``.

        Args:
            retry_after: What the other side asked for; never waited less.
        """
        doublings = min(max(attempts, 1) - 1, _FARTHEST_DOUBLING)
        full = min(self.maximum, self.base * 2.0**doublings)
        return max(full * (0.5 + self.draw() / 2), retry_after or 0.0)
