from __future__ import annotations

import asyncio
import logging
import random
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phlo_hooks.authoring import hook
from phlo_hooks.bus import HookBus, current_bus
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import DuplicateHookError, EmitDepthError, RegistrationError
from phlo_hooks.filters import HookFilter
from phlo_hooks.registration import Dispatch, HookRegistration
from phlo_hooks.testing import RecordingHook, make_event


def registration(name: str = "h", plugin: str = "p", **parts: Any) -> HookRegistration:
    return HookRegistration(**{"plugin_name": plugin, "hook_name": name, "handler": lambda _event: None, **parts})


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.sampled_from("xyz")),
        unique_by=lambda key: key[1:],
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_order_ignores_registration_order(keys: list[tuple[int, str, str]], shuffle: random.Random) -> None:
    """Hooks run in the order (priority, plugin, hook), however they were registered."""
    called: list[tuple[int, str, str]] = []
    shuffled = list(keys)
    shuffle.shuffle(shuffled)
    bus = HookBus()
    for key in shuffled:
        bus.register(registration(key[2], key[1], priority=key[0], handler=lambda _event, key=key: called.append(key)))

    bus.emit(make_event())

    assert called == sorted(keys)
    assert [each.sort_key for each in bus.hooks()] == sorted(keys)


def test_only_matching_hooks_are_called() -> None:
    """A hook gets what its filter lets pass, also hooks registered after the first emit."""
    runs, everything = RecordingHook(), RecordingHook()
    bus = HookBus()
    bus.register(runs.registration("runs", filter=HookFilter(event_types={"run.*"})))
    bus.emit(make_event("ingestion.end"))
    bus.register(everything.registration("everything"))

    bus.emit(make_event("ingestion.end"))
    bus.emit(make_event("run.start"))

    assert runs.event_types == ["run.start"]
    assert everything.event_types == ["ingestion.end", "run.start"]


def test_queued_and_in_step_hooks_are_not_called_by_emit() -> None:
    """Plain emit calls sync hooks; a step's bus calls in-step hooks, and only those."""
    sync, queued, step = RecordingHook(), RecordingHook(), RecordingHook()
    hooks = [
        sync.registration("sync"),
        queued.registration("queued", dispatch=Dispatch.QUEUED),
        step.registration("step", in_step=True),
    ]
    here, in_step = HookBus(), HookBus(in_step=True)
    here.register(*hooks)
    in_step.register(*hooks)
    event = make_event()

    here.emit(event)
    in_step.emit(make_event("run.start"))

    assert [len(each.events) for each in (sync, queued, step)] == [1, 0, 1]
    assert step.event_types == ["run.start"]
    assert [each.hook_name for each in here.matching(event)] == ["queued", "step", "sync"]


def test_a_taken_name_is_refused_by_name() -> None:
    """A second hook of one name is an error, and nothing of what came with it is registered."""
    bus = HookBus()
    bus.register(registration("a"))

    with pytest.raises(DuplicateHookError, match="hook p:a is already registered"):
        bus.register(registration("b"), registration("a"))
    with pytest.raises(DuplicateHookError, match="hook p:c is already registered"):
        bus.register(registration("c"), registration("c"))

    assert [each.name for each in bus.hooks()] == ["p:a"]


def test_unregister_and_clear() -> None:
    """One hook goes by its name, a plugin's hooks by the plugin's; an unknown name gets the nearest."""
    bus = HookBus()
    bus.register(registration("a"), registration("b"), registration("a", "other"))

    with pytest.raises(RegistrationError, match=r"no hook 'p:aa'; did you mean 'p:a'\?"):
        bus.unregister("p:aa")
    with pytest.raises(RegistrationError, match=r"no hook 'zzzzzzz'$"):
        bus.unregister("zzzzzzz")
    assert [each.name for each in bus.unregister("other:a")] == ["other:a"]
    assert [each.name for each in bus.unregister(registration("a"))] == ["p:a"]
    assert [each.name for each in bus.unregister("p")] == ["p:b"]
    assert bus.hooks() == ()

    bus.register(registration("a"))
    bus.clear()

    assert bus.hooks() == ()
    assert bus.matching(make_event()) == ()


def test_a_provider_is_asked_once() -> None:
    """``get_hooks`` is called when the provider is registered, not at each emit."""
    recorder = RecordingHook()
    asked: list[int] = []

    class Provider:
        def get_hooks(self) -> list[HookRegistration]:
            asked.append(1)
            return [recorder.registration()]

    bus = HookBus()
    added = bus.register_provider(Provider())
    for _ in range(3):
        bus.emit(make_event())

    assert [each.name for each in added] == ["test:recorder"]
    assert (len(asked), len(recorder.events)) == (1, 3)


def test_only_events_are_emitted() -> None:
    """Something else is refused with what it was."""
    with pytest.raises(TypeError, match=r"only a HookEvent can be emitted, not \{\}"):
        HookBus().emit({})  # type: ignore[arg-type]


def test_secrets_are_redacted_before_a_hook_sees_them() -> None:
    """What user code emits is redacted on the way in, by known names and by those of the settings."""
    recorder = RecordingHook()
    bus = HookBus(secret_names=["customer_*"])
    bus.register(recorder.registration())

    bus.emit(make_event("ingestion.end", metadata={"customer_id": "c-1", "dsn": "x", "rows": 3}))

    assert recorder.events[0].metadata == {  # type: ignore[attr-defined]
        "customer_id": "[redacted]",
        "dsn": "[redacted]",
        "rows": 3,
    }


def test_one_hook_cannot_change_what_the_next_sees() -> None:
    """A hook that tries to write into an event fails by itself."""
    recorder = RecordingHook()

    @hook(priority=1, plugin="bad")
    def scribble(event: Any) -> None:
        event.metadata["rows"] = 0

    bus = HookBus()
    bus.register(scribble, recorder.registration())
    bus.emit(make_event("ingestion.end", metadata={"rows": 3}))

    assert recorder.events[0].metadata == {"rows": 3}  # type: ignore[attr-defined]
    assert "read-only" in (bus.stats()["bad:scribble"].last_error or "")


def test_a_hook_may_emit() -> None:
    """An event emitted by a hook is handled before the emitting hook goes on."""
    order: list[str] = []
    bus = HookBus()

    @hook(events=["run.end"], plugin="t")
    def follow(_event: HookEvent) -> None:
        bus.emit(make_event("publish.end"))
        order.append("followed")

    bus.register(follow, registration("see", handler=lambda event: order.append(event.event_type)))
    bus.emit(make_event("run.end"))

    assert order == ["run.end", "publish.end", "followed"]


@pytest.mark.parametrize("timeout", [None, 5.0])
@pytest.mark.parametrize("is_async", [False, True])
def test_a_hook_can_ask_for_the_bus_that_calls_it(*, timeout: float | None, is_async: bool) -> None:
    """In a handler ``current_bus`` is the bus that calls it, under ``call`` too; outside of one there is none."""
    seen: list[HookBus | None] = []

    def ask(_event: HookEvent) -> None:
        seen.append(current_bus())

    async def ask_async(event: HookEvent) -> None:
        ask(event)

    with HookBus() as bus:
        (hook_,) = bus.register(registration("ask", handler=ask_async if is_async else ask, timeout=timeout))
        bus.emit(make_event())
        asyncio.run(bus.emit_async(make_event()))
        bus.call(hook_, make_event())

    assert seen == [bus, bus, bus]
    assert current_bus() is None


@pytest.mark.parametrize("timeout", [None, 5.0])
@pytest.mark.parametrize("is_async", [False, True])
def test_endless_nesting_ends(*, timeout: float | None, is_async: bool) -> None:
    """Hooks that emit without end are stopped at the depth limit, with the chain named."""
    errors: list[EmitDepthError] = []
    bus = HookBus()

    def again(_event: HookEvent) -> None:
        try:
            bus.emit(make_event("run.end"))
        except EmitDepthError as error:
            errors.append(error)
            raise

    async def again_async(event: HookEvent) -> None:
        again(event)

    bus.register(registration("again", handler=again_async if is_async else again, timeout=timeout))
    bus.emit(make_event("run.start"))
    bus.close()

    assert str(errors[0]) == "hooks emit deeper than 8 levels: run.start" + " -> run.end" * 8
    assert (errors[0].limit, len(errors[0].chain)) == (8, 9)
    assert bus.max_depth == 8


def test_depth_is_counted_for_each_flow() -> None:
    """Emits that follow each other, or run in parallel, do not add up."""
    bus = HookBus(max_depth=1)
    recorder = RecordingHook()
    bus.register(recorder.registration())

    for _ in range(3):
        bus.emit(make_event())

    assert len(recorder.events) == 3


def test_emit_async_awaits_coroutines_and_threads_functions() -> None:
    """In a running loop an async handler runs in it, a plain one in another thread, and their order holds."""
    seen: list[tuple[str, bool]] = []
    bus = HookBus()

    async def coroutine(_event: HookEvent) -> None:
        await asyncio.sleep(0)
        seen.append(("coroutine", threading.current_thread() is threading.main_thread()))

    def function(_event: HookEvent) -> None:
        seen.append(("function", threading.current_thread() is threading.main_thread()))

    bus.register(registration("1", handler=function), registration("2", handler=coroutine))
    bus.register(registration("3", handler=function, timeout=5))
    asyncio.run(bus.emit_async(make_event()))

    assert seen == [("function", False), ("coroutine", True), ("function", False)]


def test_registrations_and_calls_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Registering is told at info with where the hook is called, each call at debug with its name."""
    bus = HookBus()
    with caplog.at_level(logging.DEBUG, logger="phlo_hooks"):
        bus.register(
            registration("a"),
            registration("q", dispatch="queued"),
            registration("s", in_step=True),
        )
        bus.emit(make_event("run.start", event_id="e-1"))
        bus.unregister("p:a")

    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [
        ("INFO", "Registered hook p:a (priority 100, on failure: log)."),
        ("INFO", "Registered hook p:q (priority 100, queued: delivered by the relay)."),
        ("INFO", "Registered hook p:s (priority 100, in_step: called in steps, not here)."),
        ("DEBUG", "Calling hook p:a with run.start e-1."),
        ("INFO", "Unregistered p:a."),
    ]


def test_explain_says_why_not() -> None:
    """The bus explains by the hook's filter."""
    bus = HookBus()
    (hook_,) = bus.register(registration(filter=HookFilter(event_types={"run.*"})))

    assert bus.explain(hook_, make_event("run.start")) == []
    assert bus.explain(hook_, make_event("step.end")) == ["event_types: wants run.*, the event has 'step.end'"]


def test_counters_outlive_other_registrations() -> None:
    """Counters belong to the hook, whatever else is registered or unregistered."""
    bus = HookBus()
    bus.register(registration("a"))
    bus.emit(make_event())
    bus.register(registration("b"))
    bus.emit(make_event())
    bus.unregister("p:b")

    assert {name: stats.calls for name, stats in bus.stats().items()} == {"p:a": 2}
    assert bus.stats()["p:a"].seconds > 0


def test_emitting_and_registering_from_many_threads() -> None:
    """No event, call or registration is lost when threads emit while others register and unregister."""
    steady = RecordingHook()
    bus = HookBus()
    bus.register(steady.registration("steady"))
    errors: list[BaseException] = []
    begin = threading.Barrier(8)

    def emit() -> None:
        begin.wait()
        for _ in range(100):
            bus.emit(make_event())

    def churn(name: str) -> None:
        begin.wait()
        for _ in range(50):
            bus.register(registration(name))
            bus.unregister(f"p:{name}")
        bus.register(registration(name))

    def guarded(work: Any, *args: str) -> None:
        try:
            work(*args)
        except BaseException as error:  # noqa: BLE001  # told to the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(emit,)) for _ in range(5)]
    threads += [threading.Thread(target=guarded, args=(churn, name)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert len(steady.events) == bus.stats()["test:steady"].calls == 500
    assert [each.name for each in bus.hooks()] == ["p:x", "p:y", "p:z", "test:steady"]
