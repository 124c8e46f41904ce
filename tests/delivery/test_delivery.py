from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from phlo_hooks.delivery import Delivery
from phlo_hooks.events import ErrorEvent, HookEvent
from phlo_hooks.exceptions import PermanentDeliveryError, TransientDeliveryError
from phlo_hooks.filters import HookFilter
from phlo_hooks.outbox.api import ConsumerState, EventQuery
from phlo_hooks.registration import FailurePolicy, HookRegistration
from tests.delivery.fakes import Recorder, bus_of, make_event, make_events, queued, sync
from tests.delivery.world import ProcessDiedError, World

RUNS_ONLY = HookFilter(event_types=frozenset({"run.*"}))
Make = Callable[..., World]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    worlds: list[World] = []

    def build(*hooks: HookRegistration, **settings: float) -> World:
        worlds.append(World(f"sqlite:///{tmp_path}/state.db", bus_of(*hooks), **settings))
        return worlds[-1]

    yield build
    for world in worlds:
        world.close()


def consumer(world: World, name: str) -> ConsumerState:
    return next(state for state in world.outbox.consumers() if state.name == name)


def fails_on(event_id: str, error: Callable[[], BaseException], times: int = 1000) -> Recorder:
    left = [times]

    def fail(event: HookEvent, _: Delivery) -> BaseException | None:
        if event.event_id != event_id or not left[0]:
            return None
        left[0] -= 1
        return error()

    return Recorder(fail)


def test_a_failed_event_holds_up_its_run_only(make: Make) -> None:
    """While an event waits for a retry, later ones of its run wait behind it, and other runs go on."""
    hook = fails_on("r0-0", lambda: ValueError("no"), times=2)
    world = make(queued(hook))
    world.outbox.append(make_events(6, runs=2))

    world.run()
    before = list(hook.seen)
    waiting = [(row.event_id, row.status) for row in world.outbox.deliveries()]
    world.wait(2)
    world.wait(4)

    assert before == ["r1-1", "r1-3", "r1-5"]
    assert waiting == [("r0-0", "retry"), ("r0-2", "waiting"), ("r0-4", "waiting")]
    assert hook.seen[3:] == ["r0-0", "r0-2", "r0-4"]
    assert [delivery.attempt for event_id, delivery in hook.calls if event_id == "r0-0"] == [1, 2, 3]
    assert world.outbox.deliveries() == []


def test_events_of_no_run_do_not_wait_for_each_other(make: Make) -> None:
    """What belongs to no run has no order to keep."""
    hook = fails_on("-0", lambda: ValueError("no"), times=1)
    world = make(queued(hook))
    world.outbox.append([make_event(number, "") for number in range(3)])

    world.run()
    world.wait(2)

    assert hook.seen == ["-1", "-2", "-0"]


def test_dead_letter_after_the_last_attempt(make: Make) -> None:
    """After max_attempts an event is a dead letter, its run goes on with after_dead_letter, and an event tells it."""
    hook = fails_on("r0-1", lambda: ValueError("password=hunter2 is wrong"))
    world = make(queued(hook, filter=RUNS_ONLY), max_attempts=3)
    world.outbox.append(make_events(4))

    world.settle()
    world.outbox.append([make_event(9, "r0")])
    world.run()

    (dead,) = world.outbox.deliveries(status="dead")
    assert (dead.event_id, dead.attempts, dead.error_kind) == ("r0-1", 3, "error")
    assert "hunter2" not in (dead.error or "")
    assert [(event_id, delivery.after_dead_letter) for event_id, delivery in hook.calls if event_id in hook.seen] == [
        ("r0-0", False),
        ("r0-2", True),
        ("r0-3", True),
        ("r0-9", True),
    ]
    (told,) = world.outbox.events(EventQuery(event_types=("delivery.dead",)))
    event = told.decode()
    assert isinstance(event, ErrorEvent)
    assert (event.hook, event.about_event_id, event.attempts, told.run_id) == ("p:queued", "r0-1", 3, "r0")


def test_permanent_failure_is_a_dead_letter_at_once(make: Make) -> None:
    """A consumer that says never is not asked again."""
    hook = fails_on("r0-0", lambda: PermanentDeliveryError("unknown table"))
    world = make(queued(hook, filter=RUNS_ONLY))
    world.outbox.append(make_events(2))

    world.run()

    assert Counter(event_id for event_id, _ in hook.calls) == {"r0-0": 1, "r0-1": 1}
    assert world.outbox.deliveries(status="dead")[0].error_kind == "permanent"


def test_trouble_while_telling_trouble_is_not_told(make: Make) -> None:
    """A hook that cannot handle ErrorEvents causes no further ErrorEvents."""
    hook = Recorder(lambda _event, _: PermanentDeliveryError("never"))
    world = make(queued(hook))
    world.outbox.append(make_events(1))

    world.run()

    assert [event.event_type for event in world.outbox.events()] == ["run.start", "delivery.dead"]
    assert [row.event_type for row in world.outbox.deliveries(status="dead")] == ["run.start", "delivery.dead"]


def test_outage_dead_letters_nothing(make: Make) -> None:
    """However long the other side is down, no event is dead, the position stands still, and all arrives in order."""
    down = [True]
    hook = Recorder(lambda _event, _: ConnectionRefusedError("down") if down[0] else None)
    world = make(queued(hook), max_attempts=6)
    world.outbox.append(make_events(40, runs=10))

    for _ in range(200):
        world.wait(60)
    during = consumer(world, "p:queued")
    calls = len(hook.calls)
    down[0] = False
    world.settle()

    assert (during.dead, during.breaker, during.pending) == (0, "open", 40)
    assert during.position <= 10
    assert calls < 100
    assert Counter(hook.seen) == Counter({event.event_id: 1 for event in make_events(40, runs=10)})
    assert consumer(world, "p:queued").breaker == "closed"
    runs = [[event_id for event_id in hook.seen if event_id.startswith(f"r{run}-")] for run in range(10)]
    assert all(ids == sorted(ids, key=lambda event_id: int(event_id[3:])) for ids in runs)


def test_outage_with_a_single_event(make: Make) -> None:
    """Also when nothing else can serve as a probe, an outage costs the event none of its attempts."""
    down = [True]
    hook = Recorder(lambda _event, _: TimeoutError("down") if down[0] else None)
    world = make(queued(hook), max_attempts=6)
    world.outbox.append([make_event(1)])

    for _ in range(50):
        world.wait(400)
    (row,) = world.outbox.deliveries()
    down[0] = False
    world.settle()

    assert row.status == "retry"
    assert row.attempts == 5
    assert hook.seen == ["r1-1"]


def test_retry_after_is_honoured(make: Make) -> None:
    """When the other side names a time, nothing is tried before it."""
    hook = fails_on("r0-0", lambda: TransientDeliveryError("slow down", retry_after=500), times=1)
    world = make(queued(hook))
    world.outbox.append(make_events(1))

    world.run()
    world.wait(499)
    early = len(hook.calls)
    world.wait(2)

    assert (early, hook.seen) == (1, ["r0-0"])


def test_policy_ignore_acknowledges(make: Make) -> None:
    """A queued hook with policy ignore is called once for each event, whatever happens."""
    hook = Recorder(lambda _event, _: ValueError("no"))
    world = make(queued(hook, failure_policy=FailurePolicy.IGNORE))
    world.outbox.append(make_events(8))

    world.run()

    assert len(hook.calls) == 8
    assert (consumer(world, "p:queued").pending, consumer(world, "p:queued").failed) == (0, 8)


def test_each_consumer_has_its_own_pace(make: Make) -> None:
    """What one consumer cannot take, the others get."""
    bad, good, bus = Recorder(lambda _event, _: ValueError("no")), Recorder(), Recorder()
    world = make(queued(bad, "bad"), queued(good, "good"), sync(bus))
    world.outbox.append(make_events(30, runs=3))

    world.run()

    assert len(good.seen) == len(bus.seen) == 30


def test_sync_hooks_run_in_order_and_failures_follow_their_policy(make: Make) -> None:
    """The bus calls its hooks in order; log goes on; raise ends the round and is a dead letter of that hook."""
    order: list[str] = []

    def named(name: str, error: Exception | None = None) -> Callable[[HookEvent], None]:
        def handle(event: HookEvent) -> None:
            order.append(f"{name} {event.event_id}")
            if error is not None and event.event_id == "r0-0":
                raise error

        return handle

    world = make(
        sync(named("last"), "last", priority=300, filter=RUNS_ONLY),
        sync(named("gate", ValueError("stop")), "gate", priority=200, failure_policy="raise", filter=RUNS_ONLY),
        sync(named("log", TypeError("oops")), "log", priority=100, filter=RUNS_ONLY),
    )
    world.outbox.append(make_events(2))

    world.run()

    assert order == ["log r0-0", "gate r0-0", "log r0-1", "gate r0-1", "last r0-1"]
    (dead,) = world.outbox.deliveries()
    assert (dead.consumer, dead.event_id, dead.status) == ("p:gate", "r0-0", "dead")
    types = [event.event_type for event in world.outbox.events()]
    assert types == ["run.start", "run.start", "hook.failed", "delivery.dead"]


def test_retried_dead_letter_of_a_sync_hook_goes_to_that_hook_alone(make: Make) -> None:
    """Retrying a dead letter of a sync hook does not call the other hooks on the bus again."""
    gate, other = fails_on("r0-0", lambda: ValueError("stop"), times=1), Recorder()
    world = make(
        sync(other, "other", priority=1, filter=RUNS_ONLY), sync(gate, "gate", failure_policy="raise", filter=RUNS_ONLY)
    )
    world.outbox.append(make_events(1))
    world.run()

    assert world.outbox.retry_dead(consumer="p:gate") == 1
    world.run()

    assert (gate.seen, other.seen) == (["r0-0"], ["r0-0"])
    assert [delivery.attempt for _, delivery in gate.calls] == [1, 2]
    assert world.outbox.deliveries() == []


def test_retry_of_a_queued_dead_letter_has_all_attempts_again(make: Make) -> None:
    """A retried dead letter gets max_attempts more, and the handler knows that it may have seen it."""
    hook = fails_on("r0-0", lambda: ValueError("no"), times=3)
    world = make(queued(hook, filter=RUNS_ONLY), max_attempts=2)
    world.outbox.append(make_events(1))
    world.settle()

    world.outbox.retry_dead()
    world.settle()

    assert [delivery.attempt for _, delivery in hook.calls] == [1, 2, 3, 4]
    assert hook.seen == ["r0-0"]


def test_replay_delivers_again_and_says_so(make: Make) -> None:
    """Replayed events arrive once more, in order, marked as replays; hooks that do not match are not called."""
    hook, other = Recorder(), Recorder()
    world = make(queued(hook), sync(other, filter=HookFilter(event_types=frozenset({"asset.*"}))))
    world.outbox.append(make_events(5))
    world.run()

    asked = world.outbox.replay("p:queued", EventQuery(after_seq=2))
    world.outbox.replay("p:sync", EventQuery())
    world.run()

    assert asked == 3
    assert [(event_id, delivery.replay) for event_id, delivery in hook.calls[5:]] == [
        ("r0-2", True),
        ("r0-3", True),
        ("r0-4", True),
    ]
    assert other.calls == []
    assert world.outbox.deliveries() == []


def test_new_hook_starts_at_the_end(make: Make) -> None:
    """A hook registered later gets what is recorded from then on."""
    world = make(queued(Recorder(), "old"))
    world.outbox.append(make_events(3))
    world.run()
    new = Recorder()
    world.stop()

    later = make(queued(Recorder(), "old"), queued(new, "new"))
    later.outbox.append([make_event(9, "r0")])
    later.run()

    assert new.seen == ["r0-9"]


def test_crash_is_blamed_on_the_culprit(make: Make) -> None:
    """A hook in which the process dies twice with an event gets it as a dead letter; the round goes on after it."""
    before, after = Recorder(), Recorder()
    bad = fails_on("r0-1", ProcessDiedError)
    world = make(
        sync(before, "before", priority=1, filter=RUNS_ONLY),
        sync(bad, "middle", priority=2, filter=RUNS_ONLY),
        sync(after, "z", priority=3, filter=RUNS_ONLY),
        max_crashes=2,
    )
    world.outbox.append(make_events(3))

    world.run()

    expected = ["r0-0", "r0-1", "r0-2"]
    assert (before.seen, after.seen, bad.seen) == (expected, expected, ["r0-0", "r0-2"])
    (dead,) = world.outbox.deliveries()
    assert (dead.consumer, dead.event_id, dead.error_kind) == ("p:middle", "r0-1", "crash")


def test_hook_that_always_ends_the_process_is_shut_off(make: Make) -> None:
    """After three deaths in a row a sync hook is not called for a while, and the others get everything."""
    bad, good = Recorder(lambda _event, _: ProcessDiedError()), Recorder()
    world = make(
        sync(bad, "bad", priority=1, filter=RUNS_ONLY),
        sync(good, "good", filter=RUNS_ONLY),
        breaker_cooldown=1e6,
        breaker_max_cooldown=1e6,
    )
    world.outbox.append(make_events(20))

    world.run()

    assert len(bad.calls) == 3
    assert good.seen == [event.event_id for event in make_events(20)]
    assert {row.consumer for row in world.outbox.deliveries(status="dead")} == {"p:bad"}
    assert len(world.outbox.deliveries(status="dead")) == 20


def test_innocents_are_never_charged(make: Make) -> None:
    """Hooks whose calls were under way when another ended the process lose nothing, however often it does."""
    bad, good, other = Recorder(lambda _event, _: ProcessDiedError()), Recorder(), Recorder()
    world = make(queued(bad, "bad"), queued(good, "good", filter=RUNS_ONLY), sync(other, "other", filter=RUNS_ONLY))
    world.outbox.append(make_events(10))

    world.run()

    assert {row.consumer for row in world.outbox.deliveries()} == {"p:bad"}
    assert set(good.seen) == set(other.seen) == {event.event_id for event in make_events(10)}


def test_queued_hook_that_always_ends_the_process_is_shut_off(make: Make) -> None:
    """After three deaths in a row a queued hook's breaker opens; the others get everything."""
    bad, good = Recorder(lambda _event, _: ProcessDiedError()), Recorder()
    world = make(
        queued(bad, "bad"), queued(good, "good", filter=RUNS_ONLY), breaker_cooldown=1e6, breaker_max_cooldown=1e6
    )
    world.outbox.append(make_events(20))

    world.run()

    assert len(bad.calls) == 3
    assert consumer(world, "p:bad").breaker == "open"
    assert good.seen == [event.event_id for event in make_events(20)]


def test_event_of_a_newer_major_is_skipped(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """An event that this library cannot read is passed over, with one warning for each type and version."""
    hook = Recorder()
    world = make(queued(hook))
    world.outbox.append(make_events(3))
    with world.outbox.database.write() as connection:
        newer = world.outbox.reading.at([1])[1].body.replace(b'"version":"1.0"', b'"version":"9.0"')
        connection.exec_driver_sql("UPDATE phlo_hooks_events SET body = ? WHERE seq < 3", (newer,))

    world.run()

    assert hook.seen == ["r0-2"]
    assert (
        sum("cannot read" in record.getMessage() for record in caplog.records if "p:queued" in record.getMessage()) == 1
    )


def test_bytes_that_are_no_event_are_a_dead_letter(make: Make) -> None:
    """A damaged row stops nobody."""
    hook = Recorder()
    world = make(queued(hook, filter=RUNS_ONLY))
    world.outbox.append(make_events(2))
    with world.outbox.database.write() as connection:
        connection.exec_driver_sql("UPDATE phlo_hooks_events SET body = ? WHERE seq = 1", (b"{",))

    world.run()

    assert hook.seen == ["r0-1"]
    assert {row.consumer for row in world.outbox.deliveries(status="dead")} == {"bus", "p:queued"}
