from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from phlo_hooks.backoff import Backoff
from phlo_hooks.exceptions import PermanentDeliveryError, SourceError
from phlo_hooks.lease import acquire
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.relay import Relay, RelayProgress
from phlo_hooks.settings import DeliverySettings, RelaySettings, Settings
from tests.delivery.fakes import FakeSource, Recorder, bus_of, eventually, in_order_by_run, make_events, queued, sync

QUICK = Settings(
    delivery=DeliverySettings(backoff_base=0.02, backoff_max=0.1, breaker_cooldown=0.1, breaker_max_cooldown=0.2),
    relay=RelaySettings(lease_seconds=2.0),
)
BRIEF = Backoff(base=0.02, maximum=0.05)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox.open(f"sqlite:///{tmp_path}/state.db")


def test_drain_records_and_delivers_everything(outbox: Outbox) -> None:
    """A drain reads every source to its tip and delivers to every consumer, in order within each run."""
    source, one, other = FakeSource(make_events(100, runs=7)), Recorder(), Recorder()

    report = Relay(outbox, [source], bus_of(queued(one), sync(other)), QUICK).drain()

    assert report.complete
    assert report.note == ""
    assert (report.recorded.new, report.delivered) == (100, {"bus": 100, "p:queued": 100})
    assert sorted(one.seen) == sorted(other.seen) == sorted(event.event_id for event in source.events)
    assert in_order_by_run(one.seen)
    assert in_order_by_run(other.seen)
    assert source.settled == 1


def test_second_drain_adds_nothing(outbox: Outbox) -> None:
    """Draining again records and delivers nothing twice."""
    source, hook = FakeSource(make_events(20)), Recorder()
    relay = Relay(outbox, [source], bus_of(queued(hook)), QUICK)
    relay.drain()

    report = relay.drain()

    assert (report.recorded.new, report.delivered["p:queued"], report.complete) == (0, 0, True)
    assert len(hook.seen) == 20


def test_drain_reports_dead_letters_as_incomplete(outbox: Outbox) -> None:
    """A dead letter makes a drain incomplete, and the note says whose it is."""
    hook = Recorder(lambda event, _: PermanentDeliveryError("no") if event.event_id == "r1-1" else None)

    report = Relay(outbox, [FakeSource(make_events(3, runs=1))], bus_of(queued(hook)), QUICK).drain()
    assert report.complete

    source = FakeSource([*make_events(0)])
    source.events = [event for event in make_events(4, runs=2) if event.event_id == "r1-1"]
    source.name = "second"
    report = Relay(outbox, [source], bus_of(queued(hook)), QUICK).drain()

    assert not report.complete
    assert report.dead == {"p:queued": 1}
    assert "1 dead letter of p:queued" in report.note


def test_drain_waits_for_retries_only_within_its_timeout(outbox: Outbox) -> None:
    """Without a timeout a retry that is not due stays pending; with one it is waited for."""
    hook = Recorder(lambda _, delivery: ValueError("not yet") if delivery.attempt < 3 else None)
    relay = Relay(outbox, [FakeSource(make_events(1))], bus_of(queued(hook)), QUICK)

    first = relay.drain()
    second = relay.drain(timeout=20)

    assert (first.complete, dict(first.pending)) == (False, {"p:queued": 1})
    assert (second.complete, hook.seen) == (True, ["r0-0"])


def test_drain_goes_on_when_a_source_fails(outbox: Outbox) -> None:
    """A source that cannot be read is reported; the others are read and delivered."""
    broken, good, hook = FakeSource(name="broken"), FakeSource(make_events(5)), Recorder()
    broken.errors = [SourceError("no instance at /nowhere")]

    report = Relay(outbox, [broken, good], bus_of(queued(hook)), QUICK).drain()

    assert not report.complete
    assert "broken" in report.note
    assert "/nowhere" in report.note
    assert len(hook.seen) == 5


def test_drain_waits_for_the_relay_at_work(outbox: Outbox) -> None:
    """While another relay holds the lease, a drain waits until that one has recorded and delivered to the tip."""
    source, hook, stop = FakeSource(make_events(50)), Recorder(), threading.Event()
    bus = bus_of(queued(hook))
    running = threading.Thread(target=Relay(outbox, [source], bus, QUICK).run, args=[stop])
    running.start()
    eventually(lambda: outbox.lease("relay"))

    report = Relay(outbox, [source], bus, QUICK).drain(timeout=20)
    stop.set()
    running.join()

    assert report.complete
    assert "did the work" in report.note
    assert len(hook.seen) == 50


def test_drain_says_so_when_the_other_relay_does_not_finish(outbox: Outbox) -> None:
    """A drain gives up after its timeout when the holder of the lease makes no progress."""
    lease = acquire(outbox, seconds=60)
    assert lease is not None

    report = Relay(outbox, [FakeSource(make_events(5))], bus_of(queued(Recorder())), QUICK).drain(timeout=0.1)

    assert not report.complete
    assert "is at work and has not finished" in report.note


def test_relay_delivers_what_is_written_while_it_runs(outbox: Outbox) -> None:
    """A running relay picks up new records and stops soon after it is told to."""
    source, hook, stop = FakeSource(make_events(5)), Recorder(), threading.Event()
    running = threading.Thread(target=Relay(outbox, [source], bus_of(queued(hook)), QUICK).run, args=[stop])
    running.start()
    eventually(lambda: len(hook.seen) == 5)

    source.events += make_events(30)[5:]
    eventually(lambda: len(hook.seen) == 30)
    stop.set()
    running.join(5)

    assert not running.is_alive()
    assert outbox.lease("relay") is None


def test_source_error_is_told_once_and_outlived(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    """A source that fails for a while is logged once, retried with growing waits, and read when it is back."""
    source, hook, stop = FakeSource(make_events(5)), Recorder(), threading.Event()
    source.errors = [SourceError("log is gone")] * 4
    progress: list[RelayProgress] = []
    relay = Relay(outbox, [source], bus_of(queued(hook)), QUICK, backoff=BRIEF)

    with caplog.at_level(logging.WARNING):
        running = threading.Thread(target=relay.run, args=[stop, progress.append])
        running.start()
        eventually(lambda: len(hook.seen) == 5)
        stop.set()
        running.join()

    assert sum("log is gone" in record.getMessage() for record in caplog.records) == 1
    assert any("works again" in record.getMessage() for record in caplog.records)
    assert any(each.phase == "unreachable" and "log is gone" in each.note for each in progress)


def test_a_mistake_in_a_source_is_outlived(outbox: Outbox) -> None:
    """An unexpected exception of a source does not end the relay."""
    source, hook, stop = FakeSource(make_events(5)), Recorder(), threading.Event()
    source.errors = [ZeroDivisionError("a bug")]
    relay = Relay(outbox, [source], bus_of(queued(hook)), QUICK, backoff=BRIEF)
    running = threading.Thread(target=relay.run, args=[stop])

    running.start()
    eventually(lambda: len(hook.seen) == 5)
    stop.set()
    running.join()

    assert source.polls >= 2


def test_standby_takes_over_when_the_holder_ends(outbox: Outbox) -> None:
    """Of two relays one stands by, says so, and goes on when the first ends; nothing is delivered twice."""
    source, hook = FakeSource(make_events(20)), Recorder()
    bus, progress = bus_of(queued(hook)), list[RelayProgress]()
    stops = [threading.Event(), threading.Event()]
    first = threading.Thread(target=Relay(outbox, [source], bus, QUICK).run, args=[stops[0]])
    first.start()
    eventually(lambda: len(hook.seen) == 20)
    second = threading.Thread(target=Relay(outbox, [source], bus, QUICK).run, args=[stops[1], progress.append])
    second.start()
    eventually(lambda: any(each.phase == "standby" for each in progress))

    stops[0].set()
    first.join()
    source.events += make_events(40)[20:]
    eventually(lambda: len(hook.seen) == 40)
    stops[1].set()
    second.join()

    assert len(hook.seen) == len(set(hook.seen)) == 40
