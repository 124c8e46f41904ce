"""Tells open pages when there is something new, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Final

from phlo_hooks.ui.live import LiveGraph, Served

INTERVAL: Final = 1.0
"""Seconds between two looks at the state database while a page is open."""

KEEP_ALIVE: Final = 15.0
_SHARE: Final = 10


class Changes:
    """
    Looks at the state database while somebody listens, and tells the listeners what changed.

    A listener is told the present state first: whoever was away learns that something happened meanwhile.
    """

    def __init__(self, live: LiveGraph, *, interval: float = INTERVAL, keep_alive: float = KEEP_ALIVE) -> None:
        self._live = live
        self._interval = interval
        self._keep_alive = keep_alive
        self._listeners: set[asyncio.Event] = set()
        self._wake = asyncio.Event()
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many pages listen."""
        return len(self._listeners)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self._wake.clear()
            if not self._listeners:
                await self._wake.wait()
                continue
            begun = time.monotonic()
            before = self._live.latest
            now = await self._live.refresh()
            if before is None or _state(before) != _state(now):
                self._tell()
            # A look that takes long must not become all that the database does.
            await self._nap(max(self._interval, _SHARE * (time.monotonic() - begun)))

    def look_now(self) -> None:
        """Have the watcher look without waiting for its turn."""
        self._wake.set()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._tell()

    async def stream(self) -> AsyncIterator[str]:
        """Yield server-sent events until closed."""
        news = asyncio.Event()
        self._listeners.add(news)
        self.look_now()
        told = None
        try:
            yield "retry: 2000\n\n"
            while not self._closed:
                served = self._live.latest
                if served is not None and _state(served) != told:
                    told = _state(served)
                    yield self._message(served)
                news.clear()
                try:
                    await asyncio.wait_for(news.wait(), self._keep_alive)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._listeners.discard(news)

    def _tell(self) -> None:
        for news in self._listeners:
            news.set()

    async def _nap(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    def _message(self, served: Served) -> str:
        state = {"server": self._live.server, "version": served.version, "trouble": served.trouble}
        return f"event: state\ndata: {json.dumps(state)}\n\n"


def _state(served: Served) -> tuple[str, str | None]:
    return served.version, served.trouble
