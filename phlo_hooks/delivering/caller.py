"""Call a handler in a thread of its own: in time, whatever it does to its process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from typing import Protocol

from phlo_hooks.bus import HookBus
from phlo_hooks.delivering.failures import Failure
from phlo_hooks.delivery import Delivery, set_delivery
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import HookTimeoutError
from phlo_hooks.registration import HookRegistration


class CallAbandonedError(Exception):
    """The dispatcher stops and does not wait for the handler any longer."""


class Caller(Protocol):
    """Calls handlers for one worker."""

    def call(self, hook: HookRegistration, event: HookEvent, delivery: Delivery) -> Failure | None:
        """
        Call a handler; ``None`` when it returned.

        Raises:
            CallAbandonedError: ``abandon`` was called meanwhile.
        """

    def is_busy(self, hook: HookRegistration) -> bool:
        """Return whether the handler has not returned from a call that was not in time."""

    def abandon(self) -> None:
        """Do not wait any longer for a handler that is being called."""

    def close(self) -> None:
        """Let go of the threads."""


class ThreadCaller:
    """
    Runs handlers in a helper thread that lives as long as the handlers keep to the limit.

    Args:
        limit: Seconds that a call may take, for hooks without a limit of their own.
    """

    def __init__(self, bus: HookBus, *, limit: float, name: str) -> None:
        self._bus = bus
        self._limit = limit
        self._name = name
        self._lock = threading.Lock()
        self._thread: _HelperThread | None = None
        self._current: _Job | None = None
        self._overdue: dict[str, _Job] = {}
        self._abandoned = False

    def call(self, hook: HookRegistration, event: HookEvent, delivery: Delivery) -> Failure | None:
        """Call a handler in the helper thread, with a copy of this thread's context."""
        limit = self._limit if hook.timeout is None else hook.timeout
        if self.is_busy(hook):
            return _too_late(hook, limit, still_running=True)
        job = _Job(lambda: self._bus.call(hook, event))
        with self._lock:
            if self._abandoned:
                raise CallAbandonedError
            self._current = job
        with set_delivery(delivery):
            job.run_in = copy_context().run
        if self._thread is None:
            self._thread = _HelperThread(self._name)
        self._thread.jobs.put(job)
        in_time = job.finished.wait(self._limit if hook.timeout is None else None)
        with self._lock:
            self._current = None
            if not job.returned:
                self._thread.jobs.put(None)
                self._thread = None
                self._overdue[hook.name] = job
        if job.returned:
            return None if job.error is None else Failure.of(job.error)
        if in_time:
            raise CallAbandonedError
        return _too_late(hook, limit, still_running=False)

    def is_busy(self, hook: HookRegistration) -> bool:
        """Return whether the handler has not returned from a call that was not in time."""
        job = self._overdue.get(hook.name)
        if job is None:
            return False
        if not job.returned:
            return True
        del self._overdue[hook.name]
        return False

    def abandon(self) -> None:
        """Do not wait any longer for a handler that is being called."""
        with self._lock:
            self._abandoned = True
            if self._current is not None:
                self._current.finished.set()

    def close(self) -> None:
        """End the helper thread once its handler returns."""
        if self._thread is not None:
            self._thread.jobs.put(None)
            self._thread = None


class _Job:
    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self.run_in: Callable[..., object] | None = None
        self.finished = threading.Event()
        self.returned = False
        self.error: BaseException | None = None

    def run(self) -> None:
        process = os.getpid()
        try:
            (self.run_in or copy_context().run)(self._work)
        except BaseException as error:  # noqa: BLE001  # handlers are foreign code, and SystemExit is a failed delivery
            self.error = error
        finally:
            if os.getpid() != process:
                # The handler forked and came back in the child: it must not deliver anything a second time.
                os._exit(0)
        self.returned = True
        self.finished.set()


class _HelperThread(threading.Thread):
    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self.start()

    def run(self) -> None:
        while (job := self.jobs.get()) is not None:
            job.run()


def _too_late(hook: HookRegistration, seconds: float, *, still_running: bool) -> Failure:
    return Failure.of(HookTimeoutError(hook.plugin_name, hook.hook_name, seconds, still_running=still_running))
