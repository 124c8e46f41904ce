from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from phlo_hooks import discovery
from phlo_hooks.authoring import hook
from phlo_hooks.bus import HookBus
from phlo_hooks.discovery import build_bus, installed_plugins, load_object
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import DuplicateHookError, PluginError, RegistrationError
from phlo_hooks.plugin import HookPlugin, PluginMetadata
from phlo_hooks.registration import HookRegistration
from phlo_hooks.settings import load_settings
from phlo_hooks.testing import RecordingHook, make_event

GOOD = """
from phlo_hooks import HookPlugin, PluginMetadata, hook

class Plugin(HookPlugin):
    metadata = PluginMetadata(name="good", version="3.2.1", author="Ada")
    seen = []

    def initialize(self, config):
        self.seen.append(("initialize", dict(config)))

    def cleanup(self):
        self.seen.append(("cleanup",))

    @hook(events=["run.*"])
    def on_run(self, event):
        self.seen.append(event.event_type)
"""
BAD = {
    "cannot_import": ("1 / 0", "import", "ZeroDivisionError"),
    "cannot_construct": (
        "class Plugin:\n    get_hooks = list\n    def __init__(self): raise RuntimeError('token=hunter2abc')",
        "construct",
        "RuntimeError: token=[redacted]",
    ),
    "cannot_initialize": (
        "class Plugin:\n    def initialize(self, config): raise KeyError('url')\n    def get_hooks(self): return []",
        "initialize",
        "KeyError: 'url'",
    ),
    "cannot_list": (
        "class Plugin:\n    def get_hooks(self): raise TypeError('boom')",
        "list its hooks",
        "TypeError: boom",
    ),
    "lists_rubbish": ("class Plugin:\n    def get_hooks(self): return ['x']", "", "brings no hooks"),
    "lists_nothing": ("class Plugin:\n    def get_hooks(self): return None", "", "must return a list"),
    "is_no_plugin": ("class Plugin: pass", "", "brings no hooks"),
    "misses": ("", "import", "AttributeError"),
}
Install = Callable[..., ModuleType | None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put packages with entry points on the path, as an installer would."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))

    def one(
        name: str, code: str, *, value: str | None = None, groups: tuple[str, ...] = discovery.PLUGIN_GROUPS[:1]
    ) -> None:
        (tmp_path / f"ph_{name}.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"ph_{name}-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ph-{name}\nVersion: 1.5\nAuthor: Grace\n")
        points = "\n".join(f"[{group}]\n{name} = {value or f'ph_{name}:Plugin'}\n" for group in groups)
        (info / "entry_points.txt").write_text(points)
        discovery._scan.cache_clear()

    yield one
    discovery._scan.cache_clear()
    for name in set(sys.modules) - before:
        if name.startswith("ph_"):
            del sys.modules[name]


def build(*hooks: object, in_step: bool = False, **overrides: Any) -> HookBus:
    return build_bus(load_settings(overrides), hooks=hooks, in_step=in_step)


def names(bus: HookBus) -> list[str]:
    return [each.name for each in bus.hooks()]


def test_an_installed_plugin_lives_with_the_bus(install: Install) -> None:
    """A plugin is constructed, given its settings, asked for its hooks, called, and cleaned up."""
    install("good", GOOD)
    bus = build(plugins={"config": {"good": {"url": "x"}}})
    seen = sys.modules["ph_good"].Plugin.seen

    bus.emit(make_event("run.start"))
    bus.close()
    bus.close()

    assert seen == [("initialize", {"url": "x"}), "run.start", ("cleanup",)]
    (info,) = [each for each in bus.plugins if each.name == "good"]
    assert (info.type, info.version, info.author, info.hooks) == ("hooks", "3.2.1", "Ada", ("good:on_run",))
    assert (info.error, info.origin) == (None, "ph_good:Plugin")


def test_the_packages_metadata_stands_in(install: Install) -> None:
    """A plugin that says nothing about itself has its package's version and author, and the entry point's name."""
    install("plain", "from phlo_hooks import hook\n@hook\ndef Plugin(event): pass\n")

    (info,) = [each for each in build().plugins if each.name == "plain"]

    assert (info.version, info.author, info.hooks) == ("1.5", "Grace", ("plain:Plugin",))


@pytest.mark.parametrize("bad", sorted(BAD))
def test_a_bad_plugin_is_reported_once_and_touches_no_other(
    install: Install, caplog: pytest.LogCaptureFixture, bad: str
) -> None:
    """Whatever a plugin fails at, it is left out and told as one ``plugin.failed``; the others work."""
    code, stage, says = BAD[bad]
    install("a_good", GOOD)
    install("b_bad", code)
    recorder = RecordingHook()

    bus = build(recorder)
    bus.emit(make_event("run.start"))
    bus.emit(make_event("run.end"))

    assert recorder.event_types == ["run.start", "run.end"]
    assert "good:on_run" in names(bus)
    (event,) = bus.plugin_errors
    assert (event.event_type, event.where) == ("plugin.failed", "b_bad")
    assert says in event.message
    assert f"failed to {stage}" in event.message or not stage
    (info,) = [each for each in bus.plugins if each.error]
    assert (info.name, info.hooks, info.error) == ("b_bad", (), event.message)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "hunter2abc" not in caplog.text + repr(event)
    bus.close()


def test_both_groups_are_read_and_one_object_counts_once(install: Install) -> None:
    """The ADR's group is read too; the same object in both, also under two values, is one plugin."""
    install("good", GOOD, groups=discovery.PLUGIN_GROUPS)
    install("again", "from ph_good import Plugin as Same", value="ph_again:Same", groups=discovery.PLUGIN_GROUPS[1:])
    install("adr", GOOD.replace('name="good"', 'name="adr"'), groups=discovery.PLUGIN_GROUPS[1:])

    bus = build()

    assert names(bus) == ["adr:on_run", "good:on_run"]
    assert bus.plugin_errors == ()
    assert [each.name for each in installed_plugins() if not each.is_ours] == ["adr", "again", "good"]


def test_packages_are_scanned_once(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many buses a process builds, the installed packages are scanned once."""
    install("good", GOOD)
    scans: list[int] = []

    def counting() -> Any:
        scans.append(1)
        return entry_points()

    monkeypatch.setattr(discovery, "entry_points", counting)

    build().close()
    build().close()

    assert len(scans) == 1


def test_allow_and_deny(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    """What is denied, or not allowed, is not even imported; names of nothing are told with the nearest."""
    for name in ("one", "two", "three"):
        install(name, GOOD.replace('name="good"', f'name="{name}"'))

    allowed = build(plugins={"allow": ["t*", "onne"], "deny": ["three"], "config": {"twoo": {}}})

    assert names(allowed) == ["two:on_run"]
    assert "ph_one" not in sys.modules
    assert "ph_three" not in sys.modules
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "plugins.allow names 'onne', and no such plugin was found; did you mean 'one'?",
        "plugins.config names 'twoo', and no such plugin was found; did you mean 'two'?",
    ]


def test_two_plugins_of_one_name(install: Install) -> None:
    """The second one is left out with the taken name told, and cleaned up."""
    install("a", GOOD)
    install("b", GOOD)

    bus = build()

    assert names(bus) == ["good:on_run"]
    assert [event.where for event in bus.plugin_errors] == ["b"]
    assert "good:on_run is already registered" in bus.plugin_errors[0].message
    assert ("cleanup",) in sys.modules["ph_b"].Plugin.seen


def test_a_step_loads_in_step_hooks_only(install: Install) -> None:
    """In a step's process other plugins are not constructed, and other hooks not registered."""
    install("good", GOOD)
    install("gate", GOOD.replace('"good"', '"gate"').replace('events=["run.*"]', "in_step=True"))

    @hook(in_step=True, plugin="mine")
    def check(_event: HookEvent) -> None: ...

    @hook(plugin="mine")
    def later(_event: HookEvent) -> None: ...

    bus = build(check, later, in_step=True)

    assert names(bus) == ["gate:on_run", "mine:check"]
    assert sys.modules["ph_good"].Plugin.seen == []
    assert sys.modules["ph_gate"].Plugin.seen == [("initialize", {})]


def test_a_plugin_must_say_that_it_runs_in_steps() -> None:
    """``get_hooks`` of its own with in-step hooks needs ``in_step = True``, or steps would never ask it."""

    class Silent(HookPlugin):
        metadata = PluginMetadata(name="silent")

        def get_hooks(self) -> list[HookRegistration]:
            return [HookRegistration(plugin_name="silent", hook_name="h", handler=print, in_step=True)]

    class Honest(Silent):
        in_step = True

    with pytest.raises(RegistrationError, match="plugin silent has hooks with in_step=True; set in_step = True"):
        build(Silent())
    assert names(build(Honest(), in_step=True)) == ["silent:h"]


def test_import_paths(install: Install, tmp_path: Path) -> None:
    """Settings name hooks by module or by file; a file is one module however often it is named."""
    install(
        "good", "from phlo_hooks import hook\n@hook\ndef one(event): pass\n@hook(name='deux')\ndef two(event): pass\n"
    )
    file = tmp_path / "my_hooks.py"
    file.write_text(
        "from phlo_hooks import hook\n"
        "class Box:\n    @hook\n    def held(self, event): pass\n"
        "box = Box()\n@hook\ndef one(event): pass\n"
    )

    bus = build(
        hooks=[
            "ph_good",
            f"{file}:one",
            f"{file}:box",
            f"{file}:one",
            "ph_good:one.gone",
            "nowhere.at:all",
            "rel.py:x",
        ],
        plugins={"deny": ["*"]},
    )

    assert names(bus) == ["my_hooks:held", "my_hooks:one", "ph_good:deux", "ph_good:one"]
    assert [event.where for event in bus.plugin_errors] == ["ph_good:one.gone", "nowhere.at:all", "rel.py:x"]
    assert "write an absolute path" in bus.plugin_errors[2].message
    assert load_object(f"{file}:box") is load_object(f"{file}:box")


def test_an_import_path_with_a_near_name(install: Install, tmp_path: Path) -> None:
    """A name that is not there is told with the nearest one; a file that fails to import is not half-imported."""
    install("good", "def notify(event): pass")
    broken = tmp_path / "broken.py"
    broken.write_text("1 / 0")

    with pytest.raises(PluginError, match=r"ph_good has no 'notfy'; did you mean 'notify'\?"):
        load_object("ph_good:notfy")
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        load_object(f"{broken}:x")
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        load_object(f"{broken}:x")


def test_what_the_caller_gives_must_work(install: Install) -> None:
    """Hooks given in code are the caller's own: their errors are raised, and plugins already built are closed."""

    class Plugin(HookPlugin):
        cleaned: list[int] = []  # noqa: RUF012  # shared on purpose

        def cleanup(self) -> None:
            self.cleaned.append(1)

        @hook
        def on_event(self, _event: HookEvent) -> None: ...

    def plain(_event: HookEvent) -> None: ...

    with pytest.raises(RegistrationError, match=r"function .*plain is no hook; decorate it with @hook"):
        build(Plugin, plain)
    with pytest.raises(RegistrationError, match="3 brings no hooks"):
        build(3)
    with pytest.raises(PluginError, match="failed to import"):
        build("nowhere:x")
    assert Plugin.cleaned == [1]


def test_every_way_to_bring_hooks(install: Install) -> None:
    """Registrations, functions, classes, providers, handlers, modules and lists all end as registrations."""
    install("good", "from phlo_hooks import hook\n@hook\ndef in_module(event): pass\nalias = in_module\n")

    class Methods:
        @hook(name="method")
        def on_event(self, _event: HookEvent) -> None: ...

        @property
        def costly(self) -> None:
            raise AssertionError("properties are not evaluated")

    class Provider:
        def get_hooks(self) -> list[Any]:
            return [HookRegistration(plugin_name="own", hook_name="listed", handler=print), function]

    @hook(plugin="fn")
    def function(_event: HookEvent) -> None: ...

    one = HookRegistration(plugin_name="reg", hook_name="one", handler=print)
    bus = build(one, one, Methods, Provider(), RecordingHook(), "ph_good", [], plugins={"deny": ["*"]})

    assert names(bus) == [
        "RecordingHook:handle_event", "fn:function", "own:listed", "ph_good:in_module", "reg:one", "tests:method"
    ]  # fmt: skip


def test_a_duplicate_given_in_code_is_an_error() -> None:
    """Two hooks of one name given by the caller are the caller's error."""

    @hook(plugin="p", name="n")
    def one(_event: HookEvent) -> None: ...

    @hook(plugin="p", name="n")
    def two(_event: HookEvent) -> None: ...

    with pytest.raises(DuplicateHookError, match="p:n"):
        build(one, two)


def test_a_cleanup_that_raises_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """Closing cleans up every plugin, the last first, and logs what fails."""
    order: list[str] = []

    class Good:
        def get_hooks(self) -> list[HookRegistration]:
            return []

        def cleanup(self) -> None:
            order.append("good")

    class Bad(Good):
        def cleanup(self) -> None:
            order.append("bad")
            raise OSError("secret=abcdefgh")

    with HookBus() as bus:
        bus.register_provider(Good())
        bus.register_provider(Bad())

    assert order == ["bad", "good"]
    assert [record.getMessage() for record in caplog.records] == [
        "plugin Bad failed to clean up: OSError: secret=[redacted]."
    ]


def test_the_setting_strategy_holds() -> None:
    """The bus has the strategy and the secret names of the settings."""
    bus = build(strategy="collect", redaction={"names": ["iban"]})

    assert bus.strategy == "collect"
    recorder = RecordingHook()
    bus.register(recorder)
    bus.emit(make_event("ingestion.end", metadata={"iban": "DE00"}))
    assert recorder.events[0].metadata == {"iban": "[redacted]"}  # type: ignore[attr-defined]
