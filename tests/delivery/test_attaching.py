from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks import attaching
from phlo_hooks.attaching import attach_plugins, catalog_digest, read_catalog
from phlo_hooks.bus import HookBus
from phlo_hooks.catalog import KnownAsset
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import OutboxError, TransientDeliveryError
from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.plugin import HookPlugin, PluginContext, PluginMetadata
from phlo_hooks.registration import Dispatch, HookRegistration
from phlo_hooks.relay import Relay
from phlo_hooks.settings import Settings, load_settings
from phlo_hooks.source import StoredSnapshot
from tests.delivery.fakes import FakeSource, Recorder, make_events


class Counting(HookPlugin):
    """Counts events in its keep; ``fails`` is what its ``attach`` raises."""

    def __init__(self, name: str = "counting", fails: Exception | None = None) -> None:
        self.metadata = PluginMetadata(name=name)
        self.told: list[str] = []
        self._fails = fails
        self._context: PluginContext | None = None
        self._seen = Recorder()

    def initialize(self, config: Mapping[str, Any]) -> None:
        self.told.append("initialize")

    def attach(self, context: PluginContext) -> None:
        self.told.append("attach")
        if self._fails is not None:
            raise self._fails
        self._context = context

    def get_hooks(self) -> list[HookRegistration]:
        name = self.metadata.name if self.metadata else ""
        return [
            HookRegistration(plugin_name=name, hook_name="count", handler=self._count, dispatch=Dispatch.QUEUED),
            HookRegistration(plugin_name=name, hook_name="see", handler=self._seen),
        ]

    def _count(self, event: HookEvent) -> None:
        self.told.append(event.event_id)
        assert self._context is not None
        keep = self._context.keep
        keep.put({"seen": keep.get(["seen"]).get("seen", b"") + b"."})


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox.open(f"sqlite:///{tmp_path}/state.db")


def bus_with(*plugins: HookPlugin) -> HookBus:
    bus = HookBus()
    for plugin in plugins:
        bus.register_provider(plugin)
    return bus


def snapshot(location: str, digest: str, minute: int = 0) -> StoredSnapshot:
    return StoredSnapshot(
        code_location=location, digest=digest, body=b"{}", valid_from=datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
    )


def test_a_plugin_is_attached_before_its_first_event(outbox: Outbox) -> None:
    """It is initialized, attached, then called; what it keeps is its own, and there the next time."""
    plugin = Counting()
    bus = bus_with(plugin)

    attach_plugins(bus, outbox, Settings())
    report = Relay(outbox, [FakeSource(make_events(2))], bus, Settings()).drain()

    assert report.complete
    assert plugin.told == ["initialize", "attach", "r0-0", "r0-1"]
    assert outbox.keep("counting").get(["seen"]) == {"seen": b".."}
    assert outbox.keep("other").get(["seen"]) == {}


def test_a_plugin_that_cannot_be_attached_is_left_out(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    """The others go on; it is told once in the log, as ``plugin.failed``, and by the drain."""
    bad, good = Counting("bad", ValueError("no room, token=abcdef1234567890")), Counting("good")
    bus = bus_with(bad, good)

    with caplog.at_level(logging.ERROR):
        attach_plugins(bus, outbox, Settings())
    report = Relay(outbox, [FakeSource(make_events(2))], bus, Settings()).drain()

    assert (report.complete, report.failed_plugins) == (False, ("bad",))
    assert [each.name for each in bus.hooks()] == ["good:count", "good:see"]
    assert len([record for record in caplog.records if "bad is left out" in record.message]) == 1
    (told,) = outbox.events(EventQuery(event_types=("plugin.failed",)))
    event = told.decode()
    assert "plugin bad failed to attach: ValueError: no room" in str(event)
    assert "abcdef1234567890" not in str(event)
    assert set(good.told) == {"initialize", "attach", told.event_id, "r0-0", "r0-1"}


def test_events_of_a_plugin_that_was_left_out_wait(outbox: Outbox) -> None:
    """Also of a plugin that was never there before: when it works again, its queued hook gets what it missed."""
    source = FakeSource(make_events(2))
    failing = bus_with(Counting(fails=ValueError("no room")))
    attach_plugins(failing, outbox, Settings())
    Relay(outbox, [source], failing, Settings()).drain()

    plugin = Counting()
    bus = bus_with(plugin)
    attach_plugins(bus, outbox, Settings())
    report = Relay(outbox, [source], bus, Settings()).drain()

    assert report.complete
    assert {"r0-0", "r0-1"} <= set(plugin.told)


def test_a_database_that_is_gone_is_no_plugins_fault(outbox: Outbox) -> None:
    """An error of the state database is raised, so that the relay is started again, and nobody is left out."""
    bus = bus_with(Counting(fails=OutboxError("state database: gone")))

    with pytest.raises(OutboxError, match="gone"):
        attach_plugins(bus, outbox, Settings())

    assert bus.plugin_errors == ()
    assert len(bus.hooks()) == 2


def test_plugins_that_want_nothing_are_not_asked(outbox: Outbox) -> None:
    """A plain handler, and a plugin without ``attach``, work as ever."""

    class Plain(HookPlugin):
        def get_hooks(self) -> list[HookRegistration]:
            return []

    bus = bus_with(Plain())
    bus.register(HookRegistration(plugin_name="p", hook_name="h", handler=Recorder()))

    attach_plugins(bus, outbox, Settings())

    assert [each.name for each in bus.hooks()] == ["p:h"]


def test_the_digest_changes_with_what_it_depends_on(outbox: Outbox, tmp_path: Path) -> None:
    """Another newest snapshot, location or naming rule makes another digest; all else leaves it."""
    settings = load_settings({}, root=tmp_path)
    digests = [catalog_digest(outbox, settings)]
    for stored in (snapshot("shop", "a"), snapshot("shop", "b", 1), snapshot("crm", "a", 2)):
        outbox.save_snapshot(stored)
        digests.append(catalog_digest(outbox, settings))
    named = load_settings({"datasets": {"namespaces": {"duckdb": "duckdb://lake"}}}, root=tmp_path)
    digests.append(catalog_digest(outbox, named))

    same = catalog_digest(outbox, load_settings({"delivery": {"max_attempts": 3}}, root=tmp_path))

    assert len(set(digests)) == len(digests)
    assert same == digests[3]
    assert outbox.snapshot_digests() == {"crm": "a", "shop": "b"}


def test_the_catalog_holds_what_catalogs_say(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is asked with the newest snapshots; one that fails stands in the notes, and the others are heard."""
    outbox.save_snapshot(snapshot("shop", "a"))
    dataset = DatasetRef(namespace="duckdb://lake", name="raw.orders")

    def assets(stored: list[StoredSnapshot], _settings: Settings) -> tuple[list[KnownAsset], list[str]]:
        key = stored[0].code_location
        return [KnownAsset(key=key, dataset=dataset, rule="metadata", why="", code_location=key)], ["catalog x failed"]

    monkeypatch.setattr(attaching, "declared_assets", assets)

    catalog = read_catalog(outbox, Settings())

    assert [asset.key for asset in catalog.assets] == ["shop"]
    assert "catalog x failed" in catalog.notes
    assert catalog.digest == catalog_digest(outbox, Settings())


def test_one_at_a_time_works_as_a_plugin(outbox: Outbox) -> None:
    """A second one waits for its turn, in this process or another; other plugins do not wait."""
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(10)
        with attaching.alone(outbox, "shop"):
            order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with attaching.alone(outbox, "shop"), attaching.alone(outbox, "crm"):
        inside.set()
        other.join(0.3)
        order.append("first")
    other.join(10)

    assert order == ["first", "second"]


def test_a_turn_that_does_not_come_is_waited_for_later(outbox: Outbox) -> None:
    """Whoever holds it is named, and the delivery is tried again."""
    with (
        attaching.alone(outbox, "shop"),
        pytest.raises(TransientDeliveryError, match=r"another process \(pid") as caught,
        attaching.alone(outbox, "shop", patience=0),
    ):
        pass

    assert caught.value.retry_after


def test_a_turn_ends_with_an_error(outbox: Outbox) -> None:
    """What fails inside lets the next one in."""
    with pytest.raises(LookupError), attaching.alone(outbox, "shop"):
        raise LookupError

    with attaching.alone(outbox, "shop", patience=0):
        pass
