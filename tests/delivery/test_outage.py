from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from phlo_hooks.backoff import Backoff
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.relay import Relay
from phlo_hooks.settings import DeliverySettings, RelaySettings, Settings
from tests.delivery.fakes import FakeSource, Recorder, bus_of, eventually, in_order_by_run, make_events, queued
from tests.postgres import PostgresServer

BRIEF = Backoff(base=0.05, maximum=0.2)


def test_relay_outlives_an_outage_of_the_database(postgres: PostgresServer, caplog: pytest.LogCaptureFixture) -> None:
    """When PostgreSQL is gone for a while, the relay says so once, goes on when it is back, and loses nothing."""
    settings = Settings(
        delivery=DeliverySettings(backoff_base=0.05, max_crashes=100), relay=RelaySettings(lease_seconds=1.5)
    )
    source, hook, stop = FakeSource(make_events(30, runs=3)), Recorder(), threading.Event()
    outbox = Outbox.open(postgres.new_database())
    relay = Relay(outbox, [source], bus_of(queued(hook)), settings, backoff=BRIEF)
    running = threading.Thread(target=relay.run, args=[stop])

    with caplog.at_level(logging.WARNING):
        running.start()
        eventually(lambda: len(hook.seen) == 30)
        postgres.stop("immediate")
        source.events += make_events(60, runs=3)[30:]
        eventually(lambda: any("state database" in record.getMessage() for record in caplog.records))
        threading.Event().wait(2.5)
        postgres.start()
        eventually(lambda: len(set(hook.seen)) == 60, seconds=60)
        stop.set()
        running.join(20)
    stored = [event.event_id for event in outbox.events()]
    outbox.close()

    assert not running.is_alive()
    assert stored == [event.event_id for event in source.events]
    assert in_order_by_run(hook.seen)
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(lines) <= 8, lines


def test_locked_sqlite_file_is_waited_for(tmp_path: Path) -> None:
    """A writer elsewhere that holds the file for a moment delays the relay and breaks nothing."""
    source, hook, stop = FakeSource(make_events(20)), Recorder(), threading.Event()
    url = f"sqlite:///{tmp_path}/state.db"
    with Outbox.open(url) as outbox, Outbox.open(url) as other:
        relay = Relay(outbox, [source], bus_of(queued(hook)), Settings())
        running = threading.Thread(target=relay.run, args=[stop])
        running.start()
        eventually(lambda: len(hook.seen) == 20)
        with other.database.write():
            source.events += make_events(40)[20:]
            threading.Event().wait(1)
            during = len(hook.seen)
        eventually(lambda: len(hook.seen) == 40)
        stop.set()
        running.join(10)

    assert during == 20
    assert hook.seen == [event.event_id for event in source.events]
