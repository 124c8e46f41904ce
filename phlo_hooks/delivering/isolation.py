"""Find out which handler ended the process, when several were being called."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from phlo_hooks.delivering.caller import CallAbandonedError
from phlo_hooks.outbox.ledger import InFlight

_LOOK: Final = 0.1
_HEAD_START: Final = 2.0


class Isolation:
    """
    Suspects are called with nothing else under way, so that the next death has one cause only.

    When a process dies, each call that was under way is a suspect. If one of them was a suspect already, it was it, and
    the others are innocent. Calls that are no suspects go side by side, and let suspects go first.

    Args:
        left: The calls that the dead process left behind.
        head_start: Seconds that others wait for suspects to come forward.
    """

    def __init__(self, left: list[InFlight], *, head_start: float = _HEAD_START) -> None:
        self._has_culprit = any(mark.suspect for mark in left)
        self._changed = threading.Condition()
        self._side_by_side = 0
        self._is_alone = False
        self._waiting = 0
        self._expected = sum(map(self.is_to_blame, left))
        self._head_start_ends = time.monotonic() + head_start

    def is_to_blame(self, mark: InFlight) -> bool:
        """Return whether a call that was under way is a suspect from now on, or the culprit if it was one already."""
        return mark.suspect or not self._has_culprit

    @contextmanager
    def alone(self, *, suspect: bool, stopping: Callable[[], bool]) -> Iterator[None]:
        """
        Wait for one's turn: a suspect until nothing is under way, any other until no suspect wants to be.

        Raises:
            CallAbandonedError: The worker stops.
        """
        self._enter(suspect=suspect, stopping=stopping)
        try:
            yield
        finally:
            with self._changed:
                if suspect:
                    self._is_alone = False
                else:
                    self._side_by_side -= 1
                self._changed.notify_all()

    def _enter(self, *, suspect: bool, stopping: Callable[[], bool]) -> None:
        with self._changed:
            self._waiting += suspect
            try:
                while self._must_wait(suspect=suspect):
                    if stopping():
                        raise CallAbandonedError
                    self._changed.wait(_LOOK)
            finally:
                self._waiting -= suspect
            if suspect:
                self._is_alone = True
                self._expected = max(0, self._expected - 1)
            else:
                self._side_by_side += 1

    def _must_wait(self, *, suspect: bool) -> bool:
        if suspect:
            return self._is_alone or self._side_by_side > 0
        is_head_start = self._expected > 0 and time.monotonic() < self._head_start_ends
        return self._is_alone or self._waiting > 0 or is_head_start
