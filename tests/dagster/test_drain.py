"""Draining from Python: after ``materialize()``, in tests, in CI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterInstance

from phlo_hooks import HookEvent, HookPlugin, PluginMetadata, hook
from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.plugin import PluginContext
from phlo_hooks_dagster import drain, with_phlo_hooks
from tests.dagster.test_sensor import tick


@dg.asset(group_name="sales", metadata={"dagster/table_name": "warehouse.raw.orders"}, kinds={"duckdb"})
def orders() -> None: ...


@pytest.fixture
def seen() -> list[Any]:
    """Return what a hook has seen."""
    return []


@pytest.fixture
def collect(seen: list[Any]) -> Any:
    """Return a hook that keeps every event."""

    @hook
    def keep(event: Any) -> None:
        seen.append(event)

    return keep


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_instance_in_memory_is_drained(seen: list[Any], collect: Any) -> None:
    """materialize() on an ephemeral instance, then drain: the hook gets every event, and nothing is left on disk."""
    with DagsterInstance.ephemeral() as instance:
        dg.materialize([orders], instance=instance)

        report = drain(instance, hooks=[collect])

    assert report.complete
    assert [event.event_type for event in seen] == [
        "run.start",
        "step.start",
        "asset.materialized",
        "step.end",
        "run.end",
    ]
    assert list(Path.cwd().iterdir()) == []


class Remembering(HookPlugin):
    """Keeps the types of events, and sees what code declares."""

    metadata = PluginMetadata(name="remembering")

    def attach(self, context: PluginContext) -> None:
        self.context = context

    @hook(dispatch="queued")
    def remember(self, event: HookEvent) -> None:
        groups = ",".join(str(asset.group) for asset in self.context.catalog().assets)
        self.context.keep.put({event.event_type: groups.encode()})


@pytest.mark.parametrize("way", ["drain", "tick"])
def test_plugins_keep_what_they_want(way: str, instance: DagsterInstance, tmp_path: Path) -> None:
    """Where a relay works in this process, plugins have their keep and the catalog before their first event."""
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    defs = dg.Definitions(assets=[orders])

    if way == "drain":
        dg.materialize([orders], instance=instance)
        drain(instance, hooks=[Remembering], defs=defs, database=url)
    else:
        hooked = with_phlo_hooks(defs, mode="tick", hooks=[Remembering], settings={"database": url})
        tick(hooked, instance)
        dg.materialize([orders], instance=instance)
        tick(hooked, instance)

    with Outbox.open(url) as outbox:
        assert outbox.keep("remembering").get(["run.end", "asset.materialized"]) == {
            "run.end": b"sales",
            "asset.materialized": b"sales",
        }


def test_definitions_tell_what_the_assets_are(seen: list[Any], collect: Any) -> None:
    """With defs, an event knows the asset's group and its table."""
    with DagsterInstance.ephemeral() as instance:
        dg.materialize([orders], instance=instance)

        drain(instance, hooks=[collect], defs=dg.Definitions(assets=[orders]))

    (event,) = [event for event in seen if event.event_type == "asset.materialized"]
    assert event.group_name == "sales"
    assert event.dataset.name == "warehouse.raw.orders"


def test_a_second_drain_adds_nothing(instance: DagsterInstance, tmp_path: Path, seen: list[Any], collect: Any) -> None:
    """State kept in a database of one's own: what was recorded and delivered once stays so."""
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    dg.materialize([orders], instance=instance)
    first = drain(instance, hooks=[collect], database=url)
    told = len(seen)

    second = drain(instance, hooks=[collect], database=url)

    outbox = Outbox.open(url)
    recorded = len(list(outbox.events(EventQuery())))
    outbox.close()
    assert first.recorded.new == recorded == told == len(seen)
    assert second.recorded.new == 0
    assert second.complete


@pytest.mark.parametrize(
    ("ui_url", "address"), [(None, "http://web.test:3000"), ("https://dagster.test/ui/", "https://dagster.test/ui")]
)
def test_links_lead_to_the_web_server(
    seen: list[Any], collect: Any, monkeypatch: pytest.MonkeyPatch, ui_url: str | None, address: str
) -> None:
    """The setting ui_url makes the links, else DAGSTER_WEBSERVER_URL; of runs and of what belongs to no run."""
    monkeypatch.setenv("DAGSTER_WEBSERVER_URL", "http://web.test:3000/")
    with DagsterInstance.ephemeral() as instance:
        run_id = dg.materialize([orders], instance=instance).run_id
        instance.report_runless_asset_event(dg.AssetMaterialization("external"))

        drain(instance, hooks=[collect], settings={"ui_url": ui_url} if ui_url else None)

    urls = {event.url for event in seen if event.event_type in {"run.end", "asset.materialized"}}
    assert urls == {f"{address}/runs/{run_id}", f"{address}/assets/orders", f"{address}/assets/external"}
