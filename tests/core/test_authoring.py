from __future__ import annotations

import inspect
from typing import Any

import pytest

from phlo_hooks.authoring import hook
from phlo_hooks.bus import HookBus
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import RegistrationError
from phlo_hooks.filters import HookFilter
from phlo_hooks.registration import Dispatch, FailurePolicy
from phlo_hooks.testing import make_event


def test_a_function_stays_the_function_it_was() -> None:
    """Decorating changes neither identity, signature nor how it is called."""

    def notify(event: HookEvent, channel: str = "#data") -> str:
        return f"{channel} {event.event_type}"

    before = inspect.signature(notify)
    decorated = hook(events=["run.*"])(notify)

    assert decorated is notify
    assert inspect.signature(notify) == before
    assert notify(make_event("run.start"), channel="#x") == "#x run.start"


def test_every_part_reaches_the_registration() -> None:
    """Each argument of the decorator is a part of the registration."""

    @hook(
        events=["ingestion.*"],
        assets=("raw/*",),
        tags={"team": "sales"},
        statuses={"failure"},
        jobs=["nightly"],
        partitions=["2026-*"],
        code_locations=["eu"],
        priority=7,
        failure_policy="ignore",
        dispatch="queued",
        timeout=2.5,
        name="n",
        plugin="p",
    )
    def notify(_event: HookEvent) -> None: ...

    (made,) = HookBus().register(notify)

    assert made.name == "p:n"
    assert made.filter == HookFilter(
        event_types={"ingestion.*"},
        asset_keys={"raw/*"},
        tags={"team": "sales"},
        statuses={"failure"},
        job_names={"nightly"},
        partition_keys={"2026-*"},
        code_locations={"eu"},
    )
    assert (made.priority, made.failure_policy, made.dispatch) == (7, FailurePolicy.IGNORE, Dispatch.QUEUED)
    assert (made.timeout, made.in_step) == (2.5, False)


def test_bare_and_unnamed() -> None:
    """Bare, a function gets every event, under its own name and its top package's."""

    @hook
    def notify(_event: HookEvent) -> None: ...

    (made,) = HookBus().register(notify)

    assert (made.plugin_name, made.hook_name) == (__name__.partition(".")[0], "notify")
    assert made.filter == HookFilter()
    assert HookBus().register(notify, plugin="given")[0].plugin_name == "given"


def test_one_function_may_be_several_hooks() -> None:
    """Each decorator is a hook of its own."""

    @hook(name="ends", events=["*.end"], plugin="p")
    @hook(name="starts", events=["*.start"], plugin="p")
    def notify(_event: HookEvent) -> None: ...

    assert [each.name for each in HookBus().register(notify)] == ["p:ends", "p:starts"]


def test_methods_static_methods_and_subclasses() -> None:
    """Methods are bound to their instance; what a subclass inherits it brings."""
    seen: list[Any] = []

    class Base:
        @hook
        def bound(self, _event: HookEvent) -> None:
            seen.append(self)

        @staticmethod
        @hook
        def static(event: HookEvent) -> None:
            seen.append(event.event_type)

    class Derived(Base):
        @hook
        async def own(self, _event: HookEvent) -> None:
            seen.append("own")

    one = Derived()
    with HookBus() as bus:
        bus.register_provider(one, plugin="p")
        bus.emit(make_event("run.end"))

    assert seen == [one, "own", "run.end"]


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"events": "run.*"}, r"event_types is the bare string 'run.\*'; write event_types=\['run.\*'\]"),
        ({"priority": "first"}, r"@hook on .*notify: priority must be a whole number"),
        ({"timeout": -1}, "timeout must be a positive number"),
        ({"failure_policy": "retry"}, "failure_policy is one of 'ignore', 'log', 'raise', not 'retry'"),
        ({"dispatch": "queued", "failure_policy": "raise"}, "a queued hook runs after the fact"),
    ],
    ids=range(5),
)
def test_mistakes_are_told_where_they_are_written(parts: dict[str, Any], says: str) -> None:
    """A hook that could never work is refused when the module is imported, not when the plugin is loaded."""

    def notify(_event: HookEvent) -> None: ...

    with pytest.raises(RegistrationError, match=says):
        hook(**parts)(notify)


@pytest.mark.parametrize("thing", [int, 3, "x"], ids=["class", "number", "text"])
def test_only_functions_can_be_decorated(thing: Any) -> None:
    """A class or a value is refused with what it was."""
    with pytest.raises(RegistrationError, match="@hook belongs on a function or method, not on"):
        hook(thing)
