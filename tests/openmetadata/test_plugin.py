from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from phlo_hooks.delivery import Delivery
from phlo_hooks.discovery import build_bus
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import PluginError, SettingsError, TransientDeliveryError
from phlo_hooks.registration import Dispatch
from phlo_hooks.settings import load_settings
from phlo_hooks.subscribers.openmetadata import plugin as module
from phlo_hooks.subscribers.openmetadata.plugin import CONSUMER, OFF, OpenMetadataPlugin
from phlo_hooks.testing import make_event

URL = "http://127.0.0.1:8585"


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENMETADATA_URL", raising=False)


def told_by(code: str, folder: Path, **variables: str) -> Any:
    """Run code in a process of its own and return what it prints last, as JSON."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PHLO", "OPENMETADATA"))}
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)],
        cwd=folder,
        env={**environment, "PYTHONPATH": root, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def switched_on(**config: Any) -> OpenMetadataPlugin:
    made = OpenMetadataPlugin()
    made.initialize({"url": URL, **config})
    return made


def test_it_is_off_without_a_url() -> None:
    """No hooks, and one line that says how to switch it on."""
    made = OpenMetadataPlugin()

    made.initialize({})

    assert made.get_hooks() == []
    assert made.state_note == OFF


@pytest.mark.parametrize("by", ["config", "environment"])
def test_a_url_switches_it_on(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One queued hook with a generous limit, for the events that it learns from."""
    if by == "environment":
        monkeypatch.setenv("OPENMETADATA_URL", URL)
    made = OpenMetadataPlugin()

    made.initialize({"url": URL} if by == "config" else {})
    (hook,) = made.get_hooks()

    assert (hook.name, hook.dispatch, hook.timeout) == (CONSUMER, Dispatch.QUEUED, 300)
    assert hook.filter.matches(make_event("lineage.edges"))
    assert not hook.filter.matches(make_event("telemetry.log"))
    assert not hook.filter.matches(make_event("plugin.failed"))
    assert made.state_note == f"on; tells {URL}"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"ulr": URL}, r"'plugins\.config\.openmetadata\.ulr'.*did you mean 'plugins\.config\.openmetadata\.url'"),
        ({"services": [{"servise": "x"}]}, r"'plugins\.config\.openmetadata\.services\.0\.servise'"),
        ({"timeout": 0}, r"setting plugins\.config\.openmetadata\.timeout .*greater than 0, not 0"),
        ({"warn_as": "maybe"}, r"setting plugins\.config\.openmetadata\.warn_as "),
        ({"url": "localhost:8585"}, "is no URL of a server"),
    ],
)
def test_options_that_do_not_fit_are_named(config: dict[str, Any], message: str) -> None:
    """A misspelt key or a wrong value is one line that names the key, and the key that was meant."""
    with pytest.raises(SettingsError, match=message):
        OpenMetadataPlugin().initialize(config)


def test_a_token_is_in_no_message() -> None:
    """A token of a wrong type is refused without being shown."""
    with pytest.raises(SettingsError, match="jwt") as caught:
        OpenMetadataPlugin().initialize({"jwt": ["very-secret-token"]})

    assert "very-secret-token" not in str(caught.value)


def test_httpx_that_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switched on without its library, it says what to install; switched off, it needs none."""
    monkeypatch.setattr(module, "find_spec", lambda name: None)

    with pytest.raises(PluginError, match=r"pip install 'phlo-hooks\[openmetadata\]'"):
        switched_on()
    OpenMetadataPlugin().initialize({})


def test_discovery_finds_it(tmp_path: Path) -> None:
    """It comes with phlo-hooks; without a URL a bus has none of its hooks, and denied it is not even imported."""
    with build_bus(load_settings({}, root=tmp_path)) as bus:
        (info,) = [each for each in bus.plugins if each.name == "openmetadata"]
        assert (info.hooks, info.error, info.note) == ((), None, OFF)
    config = {"config": {"openmetadata": {"url": URL}}}
    with build_bus(load_settings({"plugins": config}, root=tmp_path)) as bus:
        assert CONSUMER in [hook.name for hook in bus.hooks()]
    with build_bus(load_settings({"plugins": {**config, "deny": ["openmetadata"]}}, root=tmp_path)) as bus:
        assert "openmetadata" not in [each.name for each in bus.plugins]


def test_it_costs_nothing_while_it_is_off(tmp_path: Path) -> None:
    """Loaded by discovery without a URL, it brings neither httpx nor the parts that work."""
    code = """
    import json, sys
    from phlo_hooks.discovery import build_bus
    from phlo_hooks.settings import load_settings
    bus = build_bus(load_settings())
    ours = {"httpx", "dagster", "metadata", "phlo_hooks.subscribers.openmetadata.handling"}
    print(json.dumps([[each.name for each in bus.plugins], sorted(ours & set(sys.modules))]))
    """

    names, loaded = told_by(code, tmp_path)

    assert "openmetadata" in names
    assert loaded == []


def test_it_is_light(tmp_path: Path) -> None:
    """Beyond the settings that every process of ours has, it is imported in half a second, its worker's part too."""
    code = """
    import json, sys, time
    import phlo_hooks.discovery, phlo_hooks.settings
    began = time.process_time()
    import phlo_hooks.subscribers.openmetadata.plugin
    first = time.process_time() - began
    import phlo_hooks.subscribers.openmetadata.handling
    heavy = {"dagster", "metadata", "openmetadata", "sqlglot", "pandas"} & set(sys.modules)
    print(json.dumps([first, time.process_time() - began, sorted(heavy)]))
    """

    plugin, worker, heavy = min(told_by(code, tmp_path) for _ in range(3))

    assert heavy == []
    assert plugin < 0.5
    assert worker < 1.5


def test_its_worker_is_made_once_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first event makes what works, later ones find it, and the end closes it."""
    handling = pytest.importorskip("phlo_hooks.subscribers.openmetadata.handling")
    told: list[str] = []

    class FakeHandler:
        def __init__(self, *_: object) -> None:
            told.append("made")

        def handle(self, event: HookEvent, delivery: Delivery | None) -> None:
            told.append(event.event_type)

        def close(self) -> None:
            told.append("closed")

    monkeypatch.setattr(handling, "EventHandler", FakeHandler)
    made = switched_on()
    (hook,) = made.get_hooks()

    for kind in ("run.start", "run.end"):
        hook.handler(make_event(kind))
    made.cleanup()
    made.cleanup()

    assert told == ["made", "run.start", "run.end", "closed"]


def test_settings_that_show_themselves_late_are_waited_for(tmp_path: Path) -> None:
    """A file of certificates that cannot be read is no fault of the event: it is tried again until it is mended."""
    (hook,) = switched_on(url="https://127.0.0.1:8585", verify_ssl=str(tmp_path / "none.pem")).get_hooks()

    with pytest.raises(TransientDeliveryError, match="verify_ssl"):
        hook.handler(make_event("run.start"))
