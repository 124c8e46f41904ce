"""Requests that the server answers with 500 each time, though it is well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Final

_TIMES: Final = 5
_SECONDS: Final = 900.0
_MOST: Final = 1000


class Stubborn:
    """
    Remember what failed with 500, and since when.

    A server's defect is told from its bad hour by its lasting: the same request, for a quarter of an hour, in several
    deliveries. The caller then makes sure that the server is well before it gives the request up.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[int, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def failed(self, request: Hashable) -> bool:
        """Count a failure, and say whether it lasts."""
        now = self._clock()
        with self._lock:
            times, since = self._seen.pop(hash(request), (0, now))
            self._seen[hash(request)] = (times + 1, since)
            if len(self._seen) > _MOST:
                del self._seen[next(iter(self._seen))]
        return times + 1 >= _TIMES and now - since >= _SECONDS

    def forget(self, request: Hashable) -> None:
        """Drop what succeeded."""
        if self._seen:
            with self._lock:
                self._seen.pop(hash(request), None)
