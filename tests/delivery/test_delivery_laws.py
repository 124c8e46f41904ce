from __future__ import annotations

import tempfile
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phlo_hooks.delivery import Delivery
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import PermanentDeliveryError, TransientDeliveryError
from phlo_hooks.filters import HookFilter
from tests.delivery.fakes import Recorder, bus_of, in_order_by_run, make_event, queued, sync
from tests.delivery.world import ProcessDiedError, World

RUNS_ONLY = HookFilter(event_types=frozenset({"run.*"}))
FAILURES = {
    "error": ValueError("no"),
    "transient": TransientDeliveryError("later"),
    "permanent": PermanentDeliveryError("never"),
    "crash": ProcessDiedError(),
}


class Script:
    """What a hook does with each event, call by call: the given failures first, then success."""

    def __init__(self, plan: dict[str, list[str]]) -> None:
        self.plan = plan
        self.calls: Counter[str] = Counter()
        self.recorder = Recorder(self._fail)

    def _fail(self, event: HookEvent, _: Delivery) -> BaseException | None:
        number = self.calls[event.event_id]
        self.calls[event.event_id] += 1
        planned = self.plan.get(event.event_id, [])
        return FAILURES[planned[number]] if number < len(planned) else None


runs = st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=40)
passing = st.lists(st.sampled_from(["error", "transient"]), max_size=4)
steps = st.lists(st.sampled_from(["record", "run", "wait", "restart"]), max_size=12)


@given(runs=runs, data=st.data(), steps=steps)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_everything_arrives_in_order_whatever_fails(runs: list[int], data: st.DataObject, steps: list[str]) -> None:
    """With failures that pass and restarts at any step, each consumer gets each event, in order, and none is dead."""
    events = [make_event(number, f"r{run}") for number, run in enumerate(runs)]
    ids = [event.event_id for event in events]
    script = Script({event_id: data.draw(passing) for event_id in data.draw(st.sets(st.sampled_from(ids)))})
    bus = Recorder()

    with tempfile.TemporaryDirectory() as folder:
        world = World(
            f"sqlite:///{folder}/state.db", bus_of(queued(script.recorder), sync(bus)), max_attempts=100, batch_size=7
        )
        left = list(events)
        for step in steps:
            if step == "record":
                world.outbox.append(left[:9])
                left = left[9:]
            elif step == "run":
                world.run()
            elif step == "wait":
                world.wait(3)
            else:
                world.start()
        world.outbox.append(left)
        world.settle()
        states = world.outbox.consumers()
        world.close()

    for seen in (script.recorder.seen, bus.seen):
        assert set(seen) == set(ids)
        assert in_order_by_run(seen)
    assert not any(state.dead or state.pending for state in states)


@given(runs=runs, data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_only_what_never_succeeds_is_dead(runs: list[int], data: st.DataObject) -> None:
    """With crashes and lasting failures, each event is delivered or dead for its hook, never both, never neither."""
    events = [make_event(number, f"r{run}") for number, run in enumerate(runs)]
    ids = [event.event_id for event in events]
    fates = st.sampled_from(
        [["permanent"], ["crash"] * 9, ["error"] * 50, ["crash"], ["error", "crash"], ["error"], []]
    )
    chosen = data.draw(st.sets(st.sampled_from(ids), max_size=3))
    plan = {event_id: data.draw(fates) for event_id in chosen}
    script, other = Script(plan), Recorder()

    with tempfile.TemporaryDirectory() as folder:
        hooks = [queued(script.recorder, "bad", filter=RUNS_ONLY), queued(other, "good", filter=RUNS_ONLY)]
        world = World(
            f"sqlite:///{folder}/state.db", bus_of(*hooks), max_attempts=4, max_crashes=2, breaker_threshold=50
        )
        world.outbox.append(events)
        world.settle()
        dead = world.outbox.deliveries(status="dead")
        world.close()

    hopeless = {event_id for event_id, fate in plan.items() if fate[:1] == ["permanent"] or len(fate) > 2}
    assert {(row.consumer, row.event_id) for row in dead} == {("p:bad", event_id) for event_id in hopeless}
    assert set(script.recorder.seen) == set(ids) - hopeless
    assert set(other.seen) == set(ids)
    assert in_order_by_run(script.recorder.seen)
    assert in_order_by_run(other.seen)
