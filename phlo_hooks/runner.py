"""One hook's calls: in time, counted, and whether the handler is a function or a coroutine function."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import threading
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from phlo_hooks.delivery import current_delivery
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import HookTimeoutError
from phlo_hooks.loops import LoopThread
from phlo_hooks.redaction import redact_text
from phlo_hooks.registration import HookRegistration

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class HookStats:
    """
    What one hook has done since it was registered.

    Attributes:
        calls: Including those that failed.
        failures: Calls that raised or did not return in time.
        timeouts: Those of the failures that were not in time.
        seconds: Time that callers waited for it.
        overdue: Calls past their limit that have not returned yet, each holding a thread or a task.
        last_error: ``Type: message``, redacted.
    """

    calls: int = 0
    failures: int = 0
    timeouts: int = 0
    seconds: float = 0.0
    overdue: int = 0
    last_error: str | None = None


class HookRunner:
    """Call one hook's handler; every way to call it is counted here."""

    def __init__(self, registration: HookRegistration) -> None:
        self.registration = registration
        self._is_async = _is_async(registration.handler)
        self._loop = LoopThread(f"phlo-hooks-{registration.name}")
        self._lock = threading.Lock()
        self._calls = self._failures = self._timeouts = self._overdue = 0
        self._seconds = 0.0
        self._last_error: str | None = None

    def call(self, event: HookEvent, timeout: float | None = None) -> None:
        """
        Call the handler and wait for it.

        Args:
            timeout: Seconds, for a hook that has no limit of its own.

        Raises:
            HookTimeoutError: It did not return in time, or has not returned from an earlier call that was not.
        """
        started = self._start(event)
        error: BaseException | None = None
        try:
            self._run(event, self._limit(timeout))
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._count(perf_counter() - started, error)

    async def call_async(self, event: HookEvent, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as call()
        """Call the handler without blocking the running loop; a plain function runs in a thread."""
        started = self._start(event)
        error: BaseException | None = None
        try:
            if self._is_async:
                await self._await_here(event, self._limit(timeout))
            else:
                _raise(await asyncio.to_thread(_outcome, self._run, event, self._limit(timeout)))
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._count(perf_counter() - started, error)

    def stats(self) -> HookStats:
        """Return the counters as they stand."""
        with self._lock:
            return HookStats(
                calls=self._calls,
                failures=self._failures,
                timeouts=self._timeouts,
                seconds=self._seconds,
                overdue=self._overdue,
                last_error=self._last_error,
            )

    def close(self) -> None:
        """End the hook's own loop, if it has one."""
        self._loop.close()

    def _start(self, event: HookEvent) -> float:
        _log.debug("Calling hook %s with %s %s.", self.registration.name, event.event_type, event.event_id)
        return perf_counter()

    def _limit(self, timeout: float | None) -> float | None:
        own = self.registration.timeout
        return timeout if own is None else own

    def _run(self, event: HookEvent, limit: float | None) -> None:
        self._refuse_while_overdue(limit)
        if self._is_async:
            self._in_time(lambda report: self._loop.start(self.registration.handler, event, report), limit)
        elif limit is None:
            self._invoke(event)
        else:
            self._in_time(lambda report: self._start_thread(event, report), limit)

    def _invoke(self, event: HookEvent) -> None:
        process = os.getpid()
        try:
            result: object = self.registration.handler(event)
        finally:
            if os.getpid() != process and current_delivery() is not None:
                # The handler forked and came back in the child, where nothing may be delivered a second time.
                os._exit(0)
        if inspect.isawaitable(result):
            self._in_time(lambda report: self._loop.start(_awaiting(result), event, report), None)

    def _start_thread(self, event: HookEvent, report: Callable[[BaseException | None], None]) -> Callable[[], object]:
        context = copy_context()
        name = f"phlo-hooks-{self.registration.name}"
        work = threading.Thread(
            target=lambda: report(_outcome(context.run, self._invoke, event)), name=name, daemon=True
        )
        work.start()
        return lambda: None

    def _in_time(
        self, start: Callable[[Callable[[BaseException | None], None]], Callable[[], object]], limit: float | None
    ) -> None:
        """Start work that reports its end, wait for the report, and give up (but remember the work) past the limit."""
        pending = _Pending()

        def report(error: BaseException | None) -> None:
            with self._lock:
                pending.error = error
                if pending.abandoned:
                    self._overdue -= 1
                pending.returned.set()

        cancel = start(report)
        try:
            in_time = pending.returned.wait(limit)
        except BaseException:
            cancel()
            raise
        if not in_time:
            with self._lock:
                pending.abandoned = not pending.returned.is_set()
                self._overdue += pending.abandoned
            if pending.abandoned:
                cancel()
                raise self._timeout_error(limit or 0.0)
        _raise(pending.error)

    async def _await_here(self, event: HookEvent, limit: float | None) -> None:
        self._refuse_while_overdue(limit)
        handler: Callable[[HookEvent], Any] = self.registration.handler
        scope = asyncio.timeout(limit)
        try:
            async with scope:
                await handler(event)
        except TimeoutError as error:
            if scope.expired():
                raise self._timeout_error(limit or 0.0) from error
            raise

    def _refuse_while_overdue(self, limit: float | None) -> None:
        if self._overdue:
            raise self._timeout_error(limit or 0.0, still_running=True)

    def _timeout_error(self, limit: float, *, still_running: bool = False) -> HookTimeoutError:
        hook = self.registration
        return HookTimeoutError(hook.plugin_name, hook.hook_name, limit, still_running=still_running)

    def _count(self, seconds: float, error: BaseException | None) -> None:
        with self._lock:
            self._calls += 1
            self._seconds += seconds
            if error is not None:
                self._failures += 1
                self._timeouts += isinstance(error, HookTimeoutError)
                self._last_error = describe(error)


def describe(error: BaseException) -> str:
    """Return ``Type: message``, redacted; an error whose own ``__str__`` raises is told by its type."""
    try:
        return f"{type(error).__name__}: {redact_text(str(error))}"
    except Exception:  # noqa: BLE001  # __str__ of a handler's exception is foreign code
        return f"{type(error).__name__} (its message cannot be shown)"


class _Pending:
    def __init__(self) -> None:
        self.returned = threading.Event()
        self.abandoned = False
        self.error: BaseException | None = None


def _outcome(function: Callable[..., object], *args: object) -> BaseException | None:
    """Return what the call raised, as a value: a StopIteration cannot travel through a future."""
    try:
        function(*args)
    except BaseException as error:  # noqa: BLE001  # raised again by the thread that waits
        return error
    return None


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error


def _awaiting(result: Awaitable[object]) -> Callable[[HookEvent], Awaitable[object]]:
    return lambda _event: result


def _is_async(handler: Callable[..., object]) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None))  # noqa: B004  # the method itself is asked for
