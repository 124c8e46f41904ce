"""An event loop in a thread of its own, for the async handler of one hook."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, copy_context
from typing import Any, Final

from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import HooksError

Report = Callable[[BaseException | None], None]

_serving: Final[ContextVar[frozenset[int]]] = ContextVar("phlo_hooks_serving_loops", default=frozenset())
"""The loops whose handlers the current flow is nested in: they may be blocked until it ends."""


class LoopThread:
    """
    A loop that lives as long as its hook, so that what an async client keeps open between calls stays usable.

    Each hook has its own: a handler that blocks its loop holds up no other hook. The thread starts with the first
    call, and again in a forked child.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0

    def start(
        self, handler: Callable[[HookEvent], Awaitable[object]] | Any, event: HookEvent, report: Report
    ) -> Callable[[], object]:
        """
        Start the handler's coroutine in the caller's context, and return what cancels it.

        ``report`` is called once, in the loop's thread, with what the coroutine raised or ``None``.
        """
        serving = _serving.get()
        if id(self) in serving:
            return _start_apart(handler, event, report, self._name)
        loop = self._running()
        coroutine = _reporting(handler, event, report, serving | {id(self)})
        return asyncio.run_coroutine_threadsafe(coroutine, loop).cancel

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        with self._lock:
            loop, self._loop = self._loop, None
            thread, self._thread = self._thread, None
        if loop is None or thread is None or self._pid != os.getpid():
            return
        loop.call_soon_threadsafe(loop.stop)
        if thread is not threading.current_thread():
            thread.join(timeout=5)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._loop = asyncio.new_event_loop()
                self._pid = os.getpid()
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name=self._name, daemon=True)
                self._thread.start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _start_apart(handler: Any, event: HookEvent, report: Report, name: str) -> Callable[[], object]:
    """Run one coroutine in a loop that ends with it: the hook's own loop may wait for this very call."""
    context = copy_context()
    coroutine = _reporting(handler, event, report, _serving.get())
    thread = threading.Thread(target=lambda: context.run(asyncio.run, coroutine), name=name, daemon=True)
    thread.start()
    return lambda: None


async def _reporting(handler: Any, event: HookEvent, report: Report, serving: frozenset[int]) -> None:
    _serving.set(serving)
    error: BaseException | None = None
    try:
        await handler(event)
    except BaseException as raised:  # noqa: BLE001  # raised again by the thread that waits; it must not end the loop
        error = HooksError("the hook was closed while it ran") if _was_cancelled(raised) else raised
    report(error)


def _was_cancelled(error: BaseException) -> bool:
    """Say whether we cancelled the coroutine; a CancelledError of the handler's own is not our doing."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
