"""Find out which handler ended the process, when several were being called."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from phlo_hooks.delivering.caller import CallAbandonedError
from phlo_hooks.outbox.ledger import InFlight

_LOOK: Final = 0.1


class Isolation:
    """
    Suspects are called one at a time, so that the next death has one suspect only.

    When a process dies, each call that was under way is a suspect. If one of them was a suspect already, it was it, and
    the others are innocent.

    Args:
        left: The calls that the dead process left behind.
    """

    def __init__(self, left: list[InFlight]) -> None:
        self._has_culprit = any(mark.suspect for mark in left)
        self._alone = threading.Lock()

    def is_to_blame(self, mark: InFlight) -> bool:
        """Return whether a call that was under way counts as a crash."""
        return mark.suspect or not self._has_culprit

    @contextmanager
    def alone(self, *, suspect: bool, stopping: Callable[[], bool]) -> Iterator[None]:
        """
        Wait until no other suspect is being called.

        Raises:
            CallAbandonedError: The worker stops.
        """
        if not suspect:
            yield
            return
        while not self._alone.acquire(timeout=_LOOK):
            if stopping():
                raise CallAbandonedError
        try:
            yield
        finally:
            self._alone.release()
