from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from phlo_hooks.authoring import hook
from phlo_hooks.bus import HookBus
from phlo_hooks.discovery import build_bus
from phlo_hooks.events import HookEvent
from phlo_hooks.plugin import HookPlugin
from phlo_hooks.providers import provide
from phlo_hooks.registration import HookRegistration
from phlo_hooks.settings import load_settings
from phlo_hooks.testing import make_event


class ShyMetadata:
    @property
    def metadata(self) -> object:
        raise ValueError("password=hunter2 is wrong")

    def handle_event(self, event: HookEvent) -> None:
        pass


class YieldsAndFails:
    def get_hooks(self) -> Iterator[HookRegistration]:
        yield HookRegistration(plugin_name="half", hook_name="first", handler=print)
        raise ValueError("no second one")


class YieldsTwo:
    def get_hooks(self) -> Iterator[HookRegistration]:
        yield HookRegistration(plugin_name="two", hook_name="a", handler=print)
        yield HookRegistration(plugin_name="two", hook_name="b", handler=print)


class Exits:
    def __init__(self) -> None:
        raise SystemExit("no licence")

    def handle_event(self, event: HookEvent) -> None:
        pass


class Plain(HookPlugin):
    @hook
    def note(self, event: HookEvent) -> None:
        pass


class Handles(HookPlugin):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def handle_event(self, event: HookEvent) -> None:
        self.seen.append(event.event_type)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the classes above importable, as the setting ``hooks`` names them."""
    made = ModuleType("ph_bad_plugins")
    for cls in (ShyMetadata, YieldsAndFails, YieldsTwo, Exits):
        setattr(made, cls.__name__, cls)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made.__name__


def build(*paths: str) -> HookBus:
    settings: dict[str, Any] = {"hooks": list(paths), "plugins": {"allow": []}}
    return build_bus(load_settings(settings))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("ShyMetadata", "ValueError: password=[redacted] is wrong"),
        ("YieldsAndFails", "ValueError: no second one"),
        ("Exits", "SystemExit: no licence"),
    ],
)
def test_what_fails_late_or_exits_is_left_out_like_any_other(module: str, bad: str, says: str) -> None:
    """A property that raises, a generator that raises half way, and an exit touch no other plugin."""
    bus = build(f"{module}:{bad}", f"{module}:YieldsTwo")

    assert [each.name for each in bus.hooks()] == ["two:a", "two:b"]
    (error,) = bus.plugin_errors
    assert (error.event_type, error.where) == ("plugin.failed", f"{module}:{bad}")
    assert says in error.message


def test_a_module_that_exits_is_left_out(tmp_path: Any) -> None:
    """An import that ends in ``sys.exit`` is a failed import, not the end of the relay."""
    path = tmp_path / "exits.py"
    path.write_text("raise SystemExit('not on this machine')\n")

    (error,) = build(f"{path}:anything").plugin_errors

    assert "failed to import: SystemExit: not on this machine" in error.message


def test_hooks_of_a_plugin_without_metadata_bear_the_name_it_was_found_by() -> None:
    """The entry point names the plugin, and its hooks with it."""
    provided = provide(Plain, plugin="entry")

    assert provided.metadata.name == "entry"
    assert [each.name for each in provided.registrations] == ["entry:note"]


def test_a_plugin_that_only_handles_events_gets_them() -> None:
    """A HookPlugin may have ``handle_event`` in place of marked methods."""
    plugin = Handles()
    bus = HookBus()

    bus.register_provider(plugin, plugin="handles")
    bus.emit(make_event("run.start"))

    assert plugin.seen == ["run.start"]
    assert [each.name for each in bus.hooks()] == ["handles:handle_event"]
