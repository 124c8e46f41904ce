"""Trouble that will pass: told once, waited out ever longer, and its end told."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from phlo_hooks.backoff import Backoff
from phlo_hooks.exceptions import HooksError
from phlo_hooks.runner import describe

_log = logging.getLogger(__name__)


class Trouble:
    """
    One thing that can fail for a while.

    Attributes:
        note: What is wrong now; empty when nothing is.
    """

    def __init__(
        self, what: str, *, backoff: Backoff | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._backoff = backoff or Backoff(base=1.0, maximum=60.0)
        self._clock = clock
        self._failures = 0
        self._until = 0.0
        self.note = ""

    def met(self, error: Exception) -> float:
        """Note a failure; return the seconds until the next try."""
        self._failures += 1
        text = str(error) if isinstance(error, HooksError) else describe(error)
        if text != self.note:
            unexpected = None if isinstance(error, (HooksError, OSError)) else error
            _log.error("%s: %s; trying again until it works", self._what, text, exc_info=unexpected)
        self.note = text
        wait = self._backoff.delay(self._failures)
        self._until = self._clock() + wait
        return wait

    def over(self) -> None:
        """Note that it works."""
        if self._failures:
            _log.warning("%s: works again after %d failed tries", self._what, self._failures)
        self._failures, self._until, self.note = 0, 0.0, ""

    def seconds_left(self) -> float:
        """Return how long to wait before the next try; 0 when all is well."""
        return max(0.0, self._until - self._clock())
