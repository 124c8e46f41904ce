from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from phlo_hooks.catalog import Catalog, KnownAsset
from phlo_hooks.datasets import Column, DatasetRef, LineageEdge
from phlo_hooks.delivery import Delivery
from phlo_hooks.events import HookEvent, TransformEvent
from phlo_hooks.exceptions import OutboxError, PermanentDeliveryError, TransientDeliveryError
from phlo_hooks.keep import Keep, MemoryKeep
from phlo_hooks.plugin import PluginContext
from phlo_hooks.settings import Settings
from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.handling import EventHandler
from phlo_hooks.subscribers.openmetadata.learning import Knowledge
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing import Published, Refusal
from phlo_hooks.subscribers.openmetadata.requests import PutEntity
from phlo_hooks.subscribers.openmetadata.telling import UNFINISHED
from phlo_hooks.testing import make_event
from tests.openmetadata.publishing_fakes import FakeServer

RAW = DatasetRef(namespace="postgres://db:5432", name="shop.raw.orders")
MART = DatasetRef(namespace="postgres://db:5432", name="shop.marts.orders")
FIRST = Delivery(consumer="openmetadata:events", seq=1)


def lineage(run: str = "run-1") -> HookEvent:
    edge = LineageEdge(upstream=RAW, downstream=MART)
    return make_event("lineage.edges", edges=(edge,), asset_key="marts/orders", run_id=run, code_location="shop")


def asset() -> KnownAsset:
    return KnownAsset(
        key="marts/orders",
        dataset=MART,
        rule="metadata",
        why="",
        code_location="shop",
        description="Orders as the shop counts them.",
        tags={"tier": "gold"},
        columns=(Column(name="id", type="bigint"),),
    )


class Declared:
    """A catalog that can be changed, and counts how often it is read."""

    def __init__(self, *notes: str) -> None:
        self.digest = "one"
        self.reads = 0
        self._notes = notes

    def read(self) -> Catalog:
        self.reads += 1
        return Catalog(digest=self.digest, assets=(asset(),), notes=self._notes)


def handler(
    server: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    keep: Keep | None = None,
    declared: Declared | None = None,
    options: Options | None = None,
) -> EventHandler:
    declared = declared or Declared()
    context = PluginContext(
        settings=Settings(),
        keep=keep or MemoryKeep(),
        catalog=declared.read,
        catalog_digest=lambda: declared.digest,
    )
    return EventHandler(context, options or Options(), server.use(monkeypatch))


def facts_of(keep: MemoryKeep) -> Mapping[str, bytes]:
    return {name: value for name, value in keep.items() if not name.startswith("telling/")}


def test_an_event_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says is sent; delivered again by mistake it says nothing new, and nothing is published."""
    server = FakeServer()
    handling = handler(server, monkeypatch)
    event = lineage()

    handling.handle(event, FIRST)
    told = len(server.calls)
    handling.handle(event, FIRST)

    assert len(server.edges()) == 1
    assert not any(server.verified)
    assert len(server.calls) == told


@pytest.mark.parametrize(
    "parts", [{"replay": True}, {"after_dead_letter": True}, {"attempt": 2}, {"revision": 2}], ids=str
)
def test_an_event_that_may_be_known_is_told_in_full(parts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay, a retry, a correction, or what follows a dead letter reads what stands there and sends what lacks."""
    server = FakeServer()
    handling = handler(server, monkeypatch)
    event = lineage()
    handling.handle(event, FIRST)
    before = server.edges()

    handling.handle(event, replace(FIRST, **parts))

    assert server.verified[-1] is True
    assert server.edges() == before != []


def test_nothing_is_kept_before_the_server_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed call the same event is told as if for the first time."""
    keep = MemoryKeep()
    server = FakeServer()
    handling = handler(server, monkeypatch, keep)
    handling.handle(make_event("step.start"), FIRST)
    before = facts_of(keep)
    server.answers = [TransientDeliveryError("the server is down")]

    with pytest.raises(TransientDeliveryError, match="the server is down"):
        handling.handle(lineage(), FIRST)
    kept = facts_of(keep)
    handling.handle(lineage(), FIRST)

    assert kept == before
    assert server.edges() != []
    assert facts_of(keep) != before


def test_what_is_refused_is_named_and_the_rest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused request makes a dead letter that names it; the facts stay, so that the next event builds on them."""
    keep = MemoryKeep()
    server = FakeServer()
    handling = handler(server, monkeypatch, keep)
    handling.handle(make_event("step.start"), FIRST)
    before = facts_of(keep)
    request: Any = None
    refused = tuple(Refusal(request, f"table t{number}: 400 no such type") for number in range(7))
    server.answers = [Published(sent=3, refused=refused)]

    with pytest.raises(PermanentDeliveryError, match=r"refuses 7 requests: table t0: 400 no such type; .*and 2 more"):
        handling.handle(lineage(), FIRST)

    assert facts_of(keep) != before


def test_the_catalog_is_told_when_it_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at with the first event and when a run starts, and read only when its digest is another one."""
    keep, declared = MemoryKeep(), Declared()
    handling = handler(FakeServer(), monkeypatch, keep, declared)

    for event_type in ("step.start", "step.end", "run.start", "step.start"):
        handling.handle(make_event(event_type), FIRST)
    once = declared.reads
    declared.digest = "two"
    handling.handle(make_event("step.start"), FIRST)
    not_yet = declared.reads
    handling.handle(make_event("run.start"), FIRST)

    assert (once, not_yet, declared.reads) == (1, 1, 2)
    other = Declared()
    other.digest = "two"
    handler(FakeServer(), monkeypatch, keep, other).handle(make_event("run.start"), FIRST)
    assert other.reads == 0


def test_settings_that_changed_tell_the_catalog_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag that is mapped now reaches the tables with the next run, although the code is as it was."""
    keep, server = MemoryKeep(), FakeServer()
    handler(server, monkeypatch, keep).handle(lineage(), FIRST)
    handler(server, monkeypatch, keep).handle(make_event("run.start"), FIRST)
    unchanged = len(server.calls)

    options = Options(tags={"tier=gold": "Tier.Tier1"})
    handler(server, monkeypatch, keep, options=options).handle(make_event("run.start"), FIRST)

    told = server.calls[unchanged][0]
    tags = [each.governance.tags for each in told if isinstance(each, PutEntity) and each.governance is not None]
    assert ("Tier.Tier1",) in tags


def test_a_catalog_that_failed_is_not_learned(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What is missing in it would seem to be gone; the event itself is told."""
    server = FakeServer()
    handling = handler(server, monkeypatch, declared=Declared("catalog dagster failed: KeyError: 'x'"))

    with caplog.at_level(logging.WARNING):
        handling.handle(lineage(), FIRST)

    assert "catalog dagster failed" in caplog.text
    assert server.edges() != []


def test_what_is_refused_of_the_catalog_is_no_fault_of_the_event(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the event goes on."""
    request: Any = None
    keep, declared, server = MemoryKeep(), Declared(), FakeServer()
    handler(server, monkeypatch, keep, Declared("not yet")).handle(lineage(), FIRST)
    server.answers = [Published(refused=(Refusal(request, "table t: 400"),))]
    handling = handler(server, monkeypatch, keep, declared)

    with caplog.at_level(logging.ERROR):
        handling.handle(make_event("run.start"), FIRST)
        handling.handle(make_event("run.start"), FIRST)

    assert caplog.text.count("What code declares: OpenMetadata refuses a request: table t: 400") == 1
    assert declared.reads == 1


def test_a_state_database_that_is_gone_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event is fine; it is tried again."""

    class Gone(MemoryKeep):
        def put(self, changes: Mapping[str, bytes | None]) -> None:
            raise OutboxError("state database: gone")

    with pytest.raises(TransientDeliveryError, match="gone"):
        handler(FakeServer(), monkeypatch, Gone()).handle(lineage(), FIRST)


def test_a_refusal_that_stopped_the_publisher_is_a_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would stop it each time; the event is not tried again, and nothing of it is kept."""
    keep = MemoryKeep()
    server = FakeServer()
    handling = handler(server, monkeypatch, keep)
    handling.handle(make_event("step.start"), FIRST)
    before = facts_of(keep)
    server.answers = [Refused(400, "no such type", "PUT", "tables")]

    with pytest.raises(PermanentDeliveryError, match=r"OpenMetadata refuses a request: .*no such type"):
        handling.handle(lineage(), FIRST)

    assert facts_of(keep) == before


def test_it_takes_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """From learning to keeping, no other process works as this plugin."""
    told: list[str] = []

    @contextmanager
    def alone() -> Iterator[None]:
        told.append("in")
        yield
        told.append(f"out after {len(server.calls)} calls, {len(facts_of(keep))} facts")

    keep, server = MemoryKeep(), FakeServer()
    context = PluginContext(settings=Settings(), keep=keep, alone=alone)
    handling = EventHandler(context, Options(), server.use(monkeypatch))

    handling.handle(lineage(), FIRST)

    assert told == ["in", f"out after {len(server.calls)} calls, {len(facts_of(keep))} facts"]
    assert server.calls
    assert facts_of(keep)


def test_after_a_sync_that_did_not_end_events_are_told_in_full(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It kept facts that the server may not have; one warning says so, and it ends with the next sync."""
    keep = MemoryKeep()
    server = FakeServer()
    handling = handler(server, monkeypatch, keep)
    handling.handle(lineage(), FIRST)
    keep.put({UNFINISHED: b"2026-01-01"})

    with caplog.at_level(logging.WARNING):
        handling.handle(lineage(), FIRST)
        handling.handle(lineage("run-2"), FIRST)
    keep.put({UNFINISHED: None})
    told = len(server.calls)

    assert server.verified[-2:] == [True, True]
    assert caplog.text.count("did not end") == 1
    handling.handle(lineage("run-2"), FIRST)
    assert not any(server.verified[told:])


def test_a_corrected_event_replaces_what_it_said_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later revision of an event, of the same id and time, takes back what the first one said."""
    server, keep = FakeServer(), MemoryKeep()
    handling = handler(server, monkeypatch, keep)
    wrong = TransformEvent(
        event_type="transform.end",
        asset_key="marts/orders",
        dataset=MART,
        status="success",
        columns=(Column(name="wrong", type="bigint"),),
    )
    right = replace(wrong, columns=(Column(name="right", type="bigint"),))

    handling.handle(right, replace(FIRST, revision=2))
    handling.handle(wrong, FIRST)

    assert [table.columns[0].name for table in Knowledge(keep).all_tables()] == ["right"]
