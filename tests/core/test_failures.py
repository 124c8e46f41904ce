from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from phlo_hooks.bus import HookBus
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import HookFailedError, HookTimeoutError, RegistrationError
from phlo_hooks.filters import HookFilter
from phlo_hooks.registration import HookRegistration
from phlo_hooks.testing import RecordingHook, make_event

WAIT = 20.0
Emit = Callable[[HookBus, HookEvent], None]


def emit(bus: HookBus, event: HookEvent) -> None:
    bus.emit(event)


def emit_async(bus: HookBus, event: HookEvent) -> None:
    asyncio.run(bus.emit_async(event))


def emit_in_loop(bus: HookBus, event: HookEvent) -> None:
    """Emit plainly while a loop is running in this thread."""

    async def within() -> None:
        bus.emit(event)

    asyncio.run(within())


ways = pytest.mark.parametrize("way", [emit, emit_async, emit_in_loop], ids=lambda way: way.__name__)


@pytest.fixture
def bus() -> Iterator[HookBus]:
    bus = HookBus()
    yield bus
    bus.close()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Hold a handler until the test is over."""
    gate = threading.Event()
    yield gate
    gate.set()


def failing(error: BaseException, *, is_async: bool = False) -> Callable[[HookEvent], Any]:
    def handler(_event: HookEvent) -> None:
        raise error

    async def handler_async(_event: HookEvent) -> None:
        raise error

    return handler_async if is_async else handler


def hook(name: str, handler: Callable[[HookEvent], Any], **parts: Any) -> HookRegistration:
    return HookRegistration(plugin_name="p", hook_name=name, handler=handler, **parts)


ERRORS = [TypeError("x"), ValueError("x"), StopIteration("x"), RecursionError("x"), TimeoutError("x"), OSError("x")]


@ways
@pytest.mark.parametrize("is_async", [False, True], ids=["function", "coroutine"])
@pytest.mark.parametrize("policy", ["ignore", "log"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_no_exception_reaches_the_emitter(
    bus: HookBus, way: Emit, error: Exception, policy: str, *, is_async: bool
) -> None:
    """Under ``ignore`` and ``log`` every Exception, TypeError too, stays with its hook, and later hooks run."""
    later = RecordingHook()
    bus.register(hook("a", failing(error, is_async=is_async), failure_policy=policy), later.registration())

    way(bus, make_event())

    assert len(later.events) == 1
    assert bus.stats()["p:a"].failures == 1


@ways
@pytest.mark.parametrize("policy", ["ignore", "log", "raise"])
@pytest.mark.parametrize("is_async", [False, True], ids=["function", "coroutine"])
def test_other_base_exceptions_always_pass(bus: HookBus, way: Emit, policy: str, *, is_async: bool) -> None:
    """What is no Exception is no hook's failure: it passes at once, whatever the policy."""

    class Stop(BaseException):
        pass

    later = RecordingHook()
    bus.register(hook("a", failing(Stop(), is_async=is_async), failure_policy=policy), later.registration())

    with pytest.raises(Stop):
        way(bus, make_event())

    assert later.calls == []


@pytest.mark.parametrize("timeout", [None, WAIT])
@pytest.mark.parametrize("is_async", [False, True], ids=["function", "coroutine"])
def test_a_handler_that_exits_the_process_is_heard(bus: HookBus, timeout: float | None, *, is_async: bool) -> None:
    """SystemExit passes from a helper thread and from a loop, too."""
    bus.register(hook("a", failing(SystemExit(3), is_async=is_async), timeout=timeout))

    with pytest.raises(SystemExit):
        bus.emit(make_event())
    with pytest.raises(SystemExit):
        bus.emit(make_event())


@ways
def test_stop_on_error_raises_at_once(bus: HookBus, way: Emit) -> None:
    """By default the first failure of a hook with policy ``raise`` ends the round, with the cause kept."""
    before, later, error = RecordingHook(), RecordingHook(), ValueError("bad")
    event = make_event()
    bus.register(
        before.registration("before", priority=1),
        hook("a", failing(error), priority=2, failure_policy="raise"),
        later.registration("later", priority=3),
    )

    with pytest.raises(HookFailedError, match=f"hook p:a failed on event {event.event_id}") as caught:
        way(bus, event)

    assert caught.value.__cause__ is error
    assert (len(before.events), len(later.events)) == (1, 0)


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize("way", [emit, emit_async], ids=["emit", "emit_async"])
def test_collect_runs_all_and_raises_one_group(way: Emit, failures: int) -> None:
    """``collect`` lets every hook run, then raises one group, also for one error."""
    bus = HookBus(strategy="collect")
    later = RecordingHook()
    errors = [ValueError(str(n)) for n in range(failures)]
    bus.register(
        *(hook(f"a{n}", failing(error), failure_policy="raise") for n, error in enumerate(errors)),
        hook("logged", failing(ValueError("logged"))),
        later.registration(),
    )

    with pytest.raises(ExceptionGroup, match=r"hooks? failed on event") as caught:
        way(bus, make_event())

    assert [each.__cause__ for each in caught.value.exceptions] == errors
    assert all(isinstance(each, HookFailedError) for each in caught.value.exceptions)
    assert len(later.events) == 1


def test_one_warning_says_how_many_and_which(bus: HookBus, caplog: pytest.LogCaptureFixture) -> None:
    """An emit with failures ends with one warning; tracebacks stand apart, and ignored failures are not told."""
    bus.register(
        hook("a", failing(ValueError("token=hunter2abc"))),
        hook("b", failing(ValueError("b")), failure_policy="ignore"),
        hook("c", failing(ValueError("c"))),
        hook("d", failing(ValueError("d")), failure_policy="raise"),
        hook("e", failing(ValueError("e"))),
    )

    with caplog.at_level(logging.DEBUG, logger="phlo_hooks"), pytest.raises(HookFailedError):
        bus.emit(make_event("run.end", event_id="e-1"))

    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert warnings == ["3 hooks failed on run.end e-1: p:a, p:c, p:d; later hooks did not run."]
    assert len(errors) == 2
    assert "Traceback" in errors[0]
    assert "hunter2abc" not in caplog.text


def test_a_good_emit_warns_of_nothing(bus: HookBus, caplog: pytest.LogCaptureFixture) -> None:
    """Without a failure there is no warning."""
    bus.register(RecordingHook().registration())

    bus.emit(make_event())

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_an_error_that_cannot_be_shown(bus: HookBus, caplog: pytest.LogCaptureFixture) -> None:
    """An exception whose own ``__str__`` raises is told by its type."""

    class UnprintableError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    bus.register(hook("a", failing(UnprintableError())))
    bus.emit(make_event())

    assert "UnprintableError" in (bus.stats()["p:a"].last_error or "")
    assert "UnprintableError" in caplog.text


def test_counters(bus: HookBus) -> None:
    """Calls, failures and the last error are counted for each hook."""
    recorder = RecordingHook(fail_with=ValueError("password=abcdefgh"), fail_times=2)
    bus.register(recorder.registration())

    for _ in range(3):
        bus.emit(make_event())

    stats = bus.stats()["test:recorder"]
    assert (stats.calls, stats.failures, stats.timeouts, stats.overdue) == (3, 2, 0, 0)
    assert stats.last_error == "ValueError: password=[redacted]"


def test_call_applies_no_policy(bus: HookBus) -> None:
    """For dispatchers: ``call`` raises what the handler raised, for any registered hook, and counts it."""
    error = ValueError("x")
    (ignored,) = bus.register(hook("a", failing(error), failure_policy="ignore"))

    with pytest.raises(ValueError, match="x") as caught:
        bus.call(ignored, make_event())
    with pytest.raises(ValueError, match="x"):
        bus.call(hook("unknown", failing(error)), make_event())

    assert caught.value is error
    assert bus.stats()["p:a"].calls == 1


@ways
def test_a_function_that_returns_an_awaitable(bus: HookBus, way: Emit) -> None:
    """What a handler returns is awaited when it can be."""
    seen: list[str] = []

    async def later(event: HookEvent) -> None:
        await asyncio.sleep(0)
        seen.append(event.event_type)

    bus.register(hook("a", partial(later)))
    way(bus, make_event("run.end"))

    assert seen == ["run.end"]


def test_async_handlers_keep_their_loop(bus: HookBus) -> None:
    """A hook's coroutines run in one loop of their own, so that what an async client keeps open stays usable."""
    loops: list[tuple[str, asyncio.AbstractEventLoop]] = []

    class Client:
        async def __call__(self, _event: HookEvent) -> None:
            loops.append((threading.current_thread().name, asyncio.get_running_loop()))

    bus.register(hook("a", Client()), hook("b", Client()))
    bus.emit(make_event())
    bus.emit(make_event())

    assert loops[0] == loops[2]
    assert loops[1] == loops[3]
    assert loops[0][1] is not loops[1][1]


@pytest.mark.parametrize("timeout", [None, WAIT])
@pytest.mark.parametrize("is_async", [False, True], ids=["function", "coroutine"])
def test_handlers_see_the_emitters_context(bus: HookBus, timeout: float | None, *, is_async: bool) -> None:
    """Context variables of the emitter hold in the handler, in a helper thread and in a loop, too."""
    variable: ContextVar[str] = ContextVar("variable", default="unset")
    seen: list[str] = []

    def handler(_event: HookEvent) -> None:
        seen.append(variable.get())

    async def handler_async(event: HookEvent) -> None:
        handler(event)

    bus.register(hook("a", handler_async if is_async else handler, timeout=timeout))
    variable.set("set")
    bus.emit(make_event())

    assert seen == ["set"]


def until(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(2000):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came true")


@pytest.mark.parametrize("way", [emit, emit_async], ids=["emit", "emit_async"])
def test_a_late_handler_is_left_behind_and_not_called_again_until_it_returned(
    bus: HookBus, way: Emit, gate: threading.Event
) -> None:
    """The bus goes on past the limit, counts the thread, and calls the hook again only when it is back."""
    calls: list[str] = []

    def slow(event: HookEvent) -> None:
        calls.append(event.event_type)
        if event.event_type == "run.start":
            gate.wait(WAIT)

    later = RecordingHook()
    bus.register(hook("slow", slow, timeout=0.05), later.registration())
    way(bus, make_event("run.start"))
    way(bus, make_event("step.start"))
    during = bus.stats()["p:slow"]
    gate.set()
    until(lambda: bus.stats()["p:slow"].overdue == 0)
    way(bus, make_event("run.end"))

    assert calls == ["run.start", "run.end"]
    assert later.event_types == ["run.start", "step.start", "run.end"]
    assert (during.calls, during.failures, during.timeouts, during.overdue) == (2, 2, 2, 1)
    assert "is still busy with an earlier event, past its limit of 0.05 s" in (during.last_error or "")
    assert bus.stats()["p:slow"].calls == 3


def test_a_timeout_falls_under_the_policy(bus: HookBus, gate: threading.Event) -> None:
    """Expiry is HookTimeoutError, the cause of HookFailedError under ``raise``."""
    bus.register(hook("slow", lambda _event: gate.wait(WAIT), timeout=0.05, failure_policy="raise"))

    with pytest.raises(HookFailedError) as caught:
        bus.emit(make_event())

    assert isinstance(caught.value.__cause__, HookTimeoutError)
    assert str(caught.value.__cause__) == "hook p:slow did not return within its limit of 0.05 s"
    assert caught.value.__cause__.still_running is False


def test_a_hook_that_is_not_registered_can_be_called() -> None:
    """A dispatcher that still holds a registration can call it, and no thread of it stays."""
    seen: list[str] = []

    async def handler(event: HookEvent) -> None:
        seen.append(event.event_type)

    HookBus().call(hook("gone", handler), make_event("run.end"))

    assert seen == ["run.end"]
    assert not any("gone" in thread.name for thread in threading.enumerate())


def test_call_gives_a_limit_to_hooks_without_one(bus: HookBus, gate: threading.Event) -> None:
    """The caller's limit holds for hooks without their own, and only for them."""
    seen: list[str] = []
    bus.register(hook("open", lambda _event: gate.wait(WAIT)), hook("own", lambda _e: seen.append("own"), timeout=WAIT))
    by_name = {each.hook_name: each for each in bus.hooks()}

    with pytest.raises(HookTimeoutError, match=r"limit of 0.05 s"):
        bus.call(by_name["open"], make_event(), timeout=0.05)
    bus.call(by_name["own"], make_event(), timeout=0.000001)

    assert seen == ["own"]


def test_a_late_coroutine_is_cancelled(bus: HookBus) -> None:
    """Past its limit a coroutine is cancelled in its loop; when it has ended, the hook is called again."""
    ended: list[str] = []

    async def slow(event: HookEvent) -> None:
        try:
            await asyncio.sleep(WAIT if event.event_type == "run.start" else 0)
            ended.append(event.event_type)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    bus.register(hook("slow", slow, timeout=0.2))
    bus.emit(make_event("run.start"))
    until(lambda: bus.stats()["p:slow"].overdue == 0)
    bus.emit(make_event("run.end"))

    assert ended == ["cancelled", "run.end"]
    assert bus.stats()["p:slow"].timeouts == 1


def test_a_late_coroutine_is_cancelled_in_a_running_loop(bus: HookBus) -> None:
    """Under ``emit_async`` the limit holds as well, and a TimeoutError of the handler's own is no expiry."""

    async def slow(_event: HookEvent) -> None:
        await asyncio.sleep(WAIT)

    bus.register(hook("own", failing(TimeoutError("its own"), is_async=True), timeout=WAIT))
    bus.register(hook("slow", slow, timeout=0.05))
    asyncio.run(bus.emit_async(make_event()))

    assert bus.stats()["p:slow"].timeouts == 1
    assert (bus.stats()["p:own"].failures, bus.stats()["p:own"].timeouts) == (1, 0)


def test_cancelling_an_emit_passes(bus: HookBus) -> None:
    """A cancelled ``emit_async`` ends: CancelledError is no hook's failure."""
    later = RecordingHook()
    started = threading.Event()

    async def slow(_event: HookEvent) -> None:
        started.set()
        await asyncio.sleep(WAIT)

    async def scenario() -> None:
        task = asyncio.create_task(bus.emit_async(make_event()))
        while not started.is_set():  # noqa: ASYNC110  # set by a hook that knows no loop
            await asyncio.sleep(0.001)
        task.cancel()
        await task

    bus.register(hook("slow", slow), later.registration())

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(scenario())

    assert later.calls == []


def test_closing_ends_what_still_runs(caplog: pytest.LogCaptureFixture) -> None:
    """Closing the bus cancels coroutines that run and ends their threads; who emits goes on."""
    started, ended = threading.Event(), threading.Event()

    async def endless(_event: HookEvent) -> None:
        started.set()
        try:
            await asyncio.sleep(WAIT)
        finally:
            ended.set()

    bus = HookBus()
    bus.register(hook("endless", endless))
    emitting = threading.Thread(target=bus.emit, args=(make_event(),))
    emitting.start()
    assert started.wait(WAIT)

    bus.close()
    emitting.join(WAIT)

    assert ended.is_set()
    assert not emitting.is_alive()
    assert "the hook was closed while it ran" in caplog.text
    assert not any("endless" in thread.name for thread in threading.enumerate())


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"plugin_name": ""}, "plugin_name must be a non-empty string without ':', not ''"),
        ({"hook_name": "a:b"}, "hook_name must be a non-empty string without ':', not 'a:b'"),
        ({"handler": 3}, "hook p:h: handler 3 is not callable"),
        ({"filter": {"event_types": ["x"]}}, "hook p:h: filter must be a HookFilter"),
        ({"priority": "high"}, "hook p:h: priority must be a whole number, not 'high'"),
        ({"priority": True}, "priority must be a whole number"),
        ({"timeout": 0}, "hook p:h: timeout must be a positive number of seconds or None, not 0"),
        ({"timeout": float("inf")}, "timeout must be a positive number"),
        ({"timeout": "5"}, "timeout must be a positive number"),
        ({"failure_policy": "explode"}, "failure_policy is one of 'ignore', 'log', 'raise', not 'explode'"),
        ({"dispatch": "later"}, "dispatch is one of 'sync', 'queued', not 'later'"),
        ({"dispatch": "queued", "failure_policy": "raise"}, "a queued hook runs after the fact"),
        ({"dispatch": "queued", "in_step": True}, "in_step=True and dispatch='queued' exclude each other"),
        ({"in_step": True, "filter": HookFilter(event_types=["run.end", "step.*"])}, "the relay alone tells of runs"),
    ],
    ids=range(14),
)
def test_what_can_never_work_is_refused(parts: dict[str, Any], says: str) -> None:
    """A hook that could never work is refused by name when it is made."""
    known: dict[str, Any] = {"plugin_name": "p", "hook_name": "h", "handler": print}

    with pytest.raises(RegistrationError, match=says):
        HookRegistration(**{**known, **parts})
