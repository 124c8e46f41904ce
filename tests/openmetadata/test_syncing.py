from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from phlo_hooks.attaching import plugin_context
from phlo_hooks.catalog import Catalog
from phlo_hooks.datasets import DatasetRef, LineageEdge
from phlo_hooks.delivery import Delivery
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.keep import OverlayKeep
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.plugin import PluginContext
from phlo_hooks.settings import load_settings
from phlo_hooks.subscribers.openmetadata import syncing
from phlo_hooks.subscribers.openmetadata.handling import EventHandler
from phlo_hooks.subscribers.openmetadata.options import PLUGIN, Options
from phlo_hooks.subscribers.openmetadata.publishing import Published, Refusal
from phlo_hooks.subscribers.openmetadata.requests import PostResult, PutStatus
from phlo_hooks.subscribers.openmetadata.syncing import SyncProgress, SyncReport, sync
from phlo_hooks.subscribers.openmetadata.telling import UNFINISHED
from phlo_hooks.testing import make_event
from tests.openmetadata.publishing_fakes import FakeServer

NOW = datetime.now(UTC).replace(microsecond=0)


def table(name: str) -> DatasetRef:
    return DatasetRef(namespace="postgres://db:5432", name=f"shop.{name}")


def run(number: int, *, days_ago: float = 1.0) -> list[HookEvent]:
    """Return a run that made one mart from one raw table, and checked it."""
    began = NOW - timedelta(days=days_ago)
    parts: dict[str, Any] = {"run_id": f"run-{number}", "job_name": "nightly", "code_location": "shop"}
    asset = {**parts, "asset_key": f"marts/m{number}", "step_key": f"m{number}"}
    edge = LineageEdge(upstream=table(f"raw.r{number}"), downstream=table(f"marts.m{number}"))
    told: list[tuple[str, dict[str, Any]]] = [
        ("run.start", {**parts, "status": "started"}),
        ("step.start", {**asset, "status": "started"}),
        ("lineage.edges", {**asset, "edges": (edge,)}),
        ("transform.end", {**asset, "status": "success", "dataset": table(f"marts.m{number}"), "model": f"m{number}"}),
        ("quality.result", {**asset, "check_name": "not_empty", "dataset": table(f"marts.m{number}")}),
        ("step.end", {**asset, "status": "success"}),
        ("run.end", {**parts, "status": "success"}),
    ]
    return [
        make_event(event_type, at=began + timedelta(seconds=second), **given)
        for second, (event_type, given) in enumerate(told)
    ]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(f"sqlite:///{tmp_path}/state.db") as outbox:
        yield outbox


@pytest.fixture
def context(outbox: Outbox, tmp_path: Path) -> PluginContext:
    return plugin_context(outbox, load_settings({}, root=tmp_path), PLUGIN)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    server = FakeServer()
    server.use(monkeypatch)
    return server


def synced(outbox: Outbox, context: PluginContext, server: Any, **given: Any) -> SyncReport:
    return sync(outbox, context, Options(), server, **given)


def test_structure_comes_once_and_then_the_history(outbox: Outbox, context: PluginContext, server: FakeServer) -> None:
    """Tables and edges of all runs in one publishing that reads what is there; then statuses and results."""
    outbox.append([event for number in range(3) for event in run(number)])

    report = synced(outbox, context, server)

    assert server.verified == [True, True]
    assert sorted(edge[1].rpartition(".")[2] for edge in server.edges(0)) == ["m0", "m1", "m2"]
    assert len(server.all(PutStatus)) == 3
    assert len(server.all(PostResult)) == 3
    assert not [each for each in server.calls[0][0] if isinstance(each, (PutStatus, PostResult))]
    assert (report.events, report.unread, report.refused) == (21, 0, ())


def test_history_is_bounded_and_structure_is_not(outbox: Outbox, context: PluginContext, server: FakeServer) -> None:
    """Old runs and results are left out; the tables they made are told all the same."""
    outbox.append([*run(0, days_ago=90), *run(1, days_ago=10), *run(2, days_ago=1)])

    by_default = synced(outbox, context, server)
    told = len(server.all(PutStatus))
    synced(outbox, context, server, since=NOW - timedelta(days=5))

    assert by_default.since is not None
    assert timedelta(days=29) < NOW - by_default.since < timedelta(days=31)
    assert told == 2
    assert len(server.all(PutStatus)) == told + 1
    assert sorted(edge[1].rpartition(".")[2] for edge in server.edges(0)) == ["m0", "m1", "m2"]


def test_chunks_change_nothing(
    outbox: Outbox, context: PluginContext, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few events are in memory at once, the same is told; a run once, when its last event was read."""
    outbox.append([event for number in range(3) for event in run(number)])
    synced(outbox, context, server)
    whole, statuses = server.calls[0], server.all(PutStatus)
    server.calls.clear()
    monkeypatch.setattr(syncing, "CHUNK", 2)
    monkeypatch.setattr(syncing, "TOGETHER", 1)

    synced(outbox, context, server)

    assert server.calls[0] == whole
    assert server.all(PutStatus) == statuses
    assert len(server.calls) > 2


def test_progress_is_told(outbox: Outbox, context: PluginContext, server: FakeServer) -> None:
    """Each phase says how far it is."""
    outbox.append(run(0))
    seen: list[SyncProgress] = []

    synced(outbox, context, server, on_progress=seen.append)

    assert list(dict.fromkeys(each.phase for each in seen)) == ["learning", "structure", "history"]
    assert [(each.done, each.total) for each in seen if each.phase == "learning"] == [(0, 7), (7, 7)]


def test_an_interrupted_sync_is_run_again(outbox: Outbox, context: PluginContext, server: FakeServer) -> None:
    """What was learned on the way hides nothing from the next one; until then the hook knows of it."""
    outbox.append(run(0))
    server.answers = [TransientDeliveryError("the server is down")]

    with pytest.raises(TransientDeliveryError):
        synced(outbox, context, server)
    unfinished = context.keep.get([UNFINISHED])
    synced(outbox, context, server)

    assert unfinished
    assert context.keep.get([UNFINISHED]) == {}
    assert server.edges(1) == server.edges(0) != []


def test_the_hook_does_not_repeat_what_was_synced(outbox: Outbox, context: PluginContext, server: FakeServer) -> None:
    """Events that were synced and are delivered afterwards say nothing new; the catalog is not read again."""
    events = run(0)
    outbox.append(events)
    reads: list[str] = []

    def read() -> Catalog:
        reads.append("read")
        return Catalog(digest="one")

    context = replace(context, catalog=read, catalog_digest=lambda: "one")
    synced(outbox, context, server)
    told = len(server.calls)
    fake: Any = server
    handling = EventHandler(context, Options(), fake)

    for event in events:
        if event.event_type in {"lineage.edges", "transform.end", "run.start", "run.end"}:
            handling.handle(event, Delivery(consumer="openmetadata:events", seq=1))

    assert [each for requests, _ in server.calls[told:] for each in requests if not isinstance(each, PutStatus)] == []
    assert len(reads) == 1


def test_an_overlay_is_left_untouched(outbox: Outbox, context: PluginContext, server: FakeServer) -> None:
    """With a keep of memory over the real one, as ``plan`` uses it, the state database stays as it is."""
    outbox.append(run(0))

    synced(outbox, replace(context, keep=OverlayKeep(context.keep)), server)

    assert list(context.keep.items()) == []
    assert len(server.edges(0)) == 1


def test_what_cannot_be_read_is_counted(outbox: Outbox, context: PluginContext, server: FakeServer) -> None:
    """An event of a newer version, or one that is broken, is passed over."""
    outbox.append(run(0))
    with outbox.database.write() as connection:
        connection.execute(sa.text("UPDATE phlo_hooks_events SET body = 'no event' WHERE event_type = 'step.start'"))

    report = synced(outbox, context, server)

    assert (report.events, report.unread) == (6, 1)


def test_what_is_refused_is_reported(outbox: Outbox, context: PluginContext, server: FakeServer) -> None:
    """The rest is sent, and the report has every refusal."""
    request: Any = None
    outbox.append(run(0))
    server.answers = [Published(sent=2, refused=(Refusal(request, "table t: 400"),))]

    report = synced(outbox, context, server)

    assert [str(each) for each in report.refused] == ["table t: 400"]
    assert report.history.sent > 0


def test_nothing_recorded_is_nothing_told(outbox: Outbox, context: PluginContext, server: FakeServer) -> None:
    """An empty state database asks the server nothing."""
    report = synced(outbox, context, server)

    assert server.calls == []
    assert report.events == 0
