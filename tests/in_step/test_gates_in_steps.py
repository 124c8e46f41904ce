"""Gates that decorators declare, in real runs: what is stopped, what is told, and what is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import (
    ChecksPassed,
    Gate,
    GateClosedError,
    RowCountDrop,
    hooked_multi_asset,
    hooked_op,
    ingestion_asset,
    publish_asset,
)
from phlo_hooks_dagster.gates import GateView
from phlo_hooks_dagster.testing import materialize_events
from tests.in_step.gated import DAYS, check, run, source


@dataclass(frozen=True, kw_only=True)
class Says(Gate):
    """A gate with a fixed answer; it keeps the views it was shown."""

    answer: Any = None
    shown: list[GateView] = field(default_factory=list)

    def reason_to_stop(self, view: GateView) -> str | None:
        self.shown.append(view)
        answer: str | None = self.answer
        return answer


@dataclass(frozen=True, kw_only=True)
class Broken(Gate):
    """A gate with a bug."""

    def reason_to_stop(self, view: GateView) -> str | None:
        raise KeyError("calendar")


def failure_of(result: dg.ExecuteInProcessResult, step: str = "down") -> dg.DagsterEvent:
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_key == step
    return failure


def message_of(result: dg.ExecuteInProcessResult) -> str:
    data = failure_of(result).step_failure_data.user_failure_data
    assert data is not None
    return str(data.description)


def published(calls: list[str], *, gates: Any, **given: Any) -> dg.AssetsDefinition:
    made: dg.AssetsDefinition = publish_asset(name="down", deps=["up"], gates=gates, **given)(_publishing(calls))
    return made


def _publishing(calls: list[str]) -> Any:
    def down() -> None:
        calls.append("published")

    return down


def test_a_closed_gate_stops_the_publish_with_one_clear_message(instance: dg.DagsterInstance) -> None:
    """The user's code is not called, nothing is materialized, and the failure names hook, event and reason."""
    calls: list[str] = []
    result = run(
        instance,
        source(),
        check("not_empty", passed=False, blocking=False),
        published(calls, gates=[Says(answer="it is Sunday")]),
    )

    assert not result.success
    assert calls == []
    assert not result.asset_materializations_for_node("down")
    error = failure_of(result).step_failure_data.user_failure_data
    assert error is not None
    assert error.description == "down may not start, gate says is closed: it is Sunday"
    assert {name: value.value for name, value in error.metadata.items()} == {
        "phlo/hook": "gates:says",
        "phlo/event": "publish.start",
        "phlo/reason": "it is Sunday",
    }


def test_when_all_is_well_the_asset_is_published(instance: dg.DagsterInstance) -> None:
    """An open gate changes nothing."""
    calls: list[str] = []
    result = run(instance, source({"dagster/row_count": 5}), published(calls, gates=[ChecksPassed(), RowCountDrop()]))

    assert result.success
    assert calls == ["published"]


@pytest.mark.parametrize("passed", [True, False])
def test_the_relay_says_why_nothing_was_published(tmp_path: Path, *, passed: bool) -> None:
    """A failed blocking-less check in the upstream's own step stops the publish, and ``publish.end`` says so."""
    calls: list[str] = []

    @ingestion_asset(name="up", check_specs=[dg.AssetCheckSpec("rows", asset="up")])
    def up() -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the bare class only
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=passed, check_name="rows")])

    told = materialize_events([up, published(calls, gates=[ChecksPassed()])], raise_on_error=False)

    end: Any = told.one("publish.end")
    assert (end.status, bool(calls)) == (("success", True) if passed else ("failure", False))
    if not passed:
        assert end.reason == "stopped_by_hook"
        assert "down may not start, gate checks_passed is closed: check rows of up failed" in end.error.message


def test_every_closed_gate_gives_its_reason(instance: dg.DagsterInstance) -> None:
    """One failure names all gates that are closed, and none that is open."""
    gates = [Says(answer="it is Sunday"), ChecksPassed(checks=["gone"]), Says()]

    message = message_of(run(instance, source(), published([], gates=gates)))

    assert message == (
        "down may not start, gates says, checks_passed are closed: "
        "says: it is Sunday; checks_passed: no upstream has a check named 'gone'"
    )


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        (Broken(), "gate broken is closed: it could not be asked, KeyError: 'calendar'"),
        (Says(answer=True), "gate says is closed: it answered True, which is neither a reason nor None"),
        (Says(answer=""), "gate says is closed: it gave no reason"),
        (Says(upstreams=["raw/*"]), "gate says is closed: no upstream asset matches raw/*"),
    ],
)
def test_a_gate_that_cannot_answer_is_closed(instance: dg.DagsterInstance, gate: Gate, reason: str) -> None:
    """A bug in a gate publishes nothing, and the failure says what is wrong with the gate."""
    calls: list[str] = []

    message = message_of(run(instance, source(), published(calls, gates=[gate])))

    assert calls == []
    assert message == f"down may not start, {reason}"


@pytest.mark.parametrize(("retry", "attempts"), [(False, 1), (True, 3)])
def test_a_closed_gate_is_tried_again_only_when_it_asks(
    instance: dg.DagsterInstance, *, retry: bool, attempts: int
) -> None:
    """The asset's retry policy counts for a gate with ``retry=True``; another ends the step at once."""
    gate = Says(answer="not yet", retry=retry)

    run(instance, source(), published([], gates=[gate], retry_policy=dg.RetryPolicy(max_retries=2)))

    assert len(gate.shown) == attempts


def test_a_gate_that_opens_lets_the_retry_through(instance: dg.DagsterInstance) -> None:
    """What was closed at the first attempt and open at the second is published once."""

    @dataclass(frozen=True, kw_only=True)
    class Second(Gate):
        asked: list[str] = field(default_factory=list)

        def reason_to_stop(self, view: GateView) -> str | None:
            self.asked.append(view.run_id)
            return "not yet" if len(self.asked) == 1 else None

    calls: list[str] = []
    gates = [Second(retry=True)]
    result = run(instance, source(), published(calls, gates=gates, retry_policy=dg.RetryPolicy(max_retries=1)))

    assert result.success
    assert calls == ["published"]


def test_each_partition_is_asked_for(instance: dg.DagsterInstance) -> None:
    """A gate sees the partition that is about to be made, and what its upstream has of it."""
    gate = Says()
    result = run(
        instance, source(partitions=DAYS), published([], gates=[gate], partitions_def=DAYS), partition_key="tue"
    )

    (view,) = gate.shown
    assert result.success
    assert view.partition_key == "tue"
    assert [(each.name, each.partitions) for each in view.upstreams] == [("up", ("tue",))]
    assert view.event is not None
    assert (view.event.event_type, view.event.correlation.partition_key) == ("publish.start", "tue")


def test_a_range_of_partitions_is_asked_for_one_by_one(instance: dg.DagsterInstance) -> None:
    """A single run for many partitions is stopped by any of them."""
    days = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
    gate = Says()
    tags = {"dagster/asset_partition_range_start": "2026-01-01", "dagster/asset_partition_range_end": "2026-01-03"}
    policy = dg.BackfillPolicy.single_run()
    down = published([], gates=[gate], partitions_def=days, backfill_policy=policy)

    run(instance, down, tags=tags)

    assert [view.partition_key for view in gate.shown] == ["2026-01-01", "2026-01-02", "2026-01-03"]


def test_what_the_own_step_makes_is_no_upstream(instance: dg.DagsterInstance) -> None:
    """Of assets that one step makes together, nothing is known when it starts: only what lies outside is looked at."""
    gate = Says()
    specs = [dg.AssetSpec("first", deps=["up"]), dg.AssetSpec("second", deps=["first"])]

    @hooked_multi_asset(specs=specs, stage="transform", gates=[gate])
    def both() -> Iterator[Any]:
        yield dg.MaterializeResult(asset_key="first")
        yield dg.MaterializeResult(asset_key="second")

    run(instance, source(), both)

    seen = {view.asset_key.to_user_string(): [each.name for each in view.upstreams] for view in gate.shown}
    assert seen == {"first": ["up"], "second": []}


@pytest.mark.parametrize("kind", ["generator", "async", "async generator"])
def test_functions_of_every_kind_are_stopped(instance: dg.DagsterInstance, kind: str) -> None:
    """Not a line of the function runs, however it is written."""
    calls: list[str] = []
    gates = [Says(answer="no")]
    if kind == "generator":

        @publish_asset(name="down", gates=gates)
        def stream() -> Iterator[Any]:
            calls.append("called")
            yield dg.MaterializeResult()
    elif kind == "async":

        @publish_asset(name="down", gates=gates)
        async def stream() -> None:
            await asyncio.sleep(0)
            calls.append("called")
    else:

        @publish_asset(name="down", gates=gates)
        async def stream() -> Any:
            calls.append("called")
            yield dg.MaterializeResult()

    result = run(instance, stream)

    assert message_of(result).endswith("gate says is closed: no")
    assert calls == []


def test_a_gate_is_opened_by_hand_for_one_run(instance: dg.DagsterInstance, caplog: pytest.LogCaptureFixture) -> None:
    """Who launches a run may open gates by name; that is logged with the reason, and other gates stay closed."""
    gates = [Says(answer="it is Sunday"), Broken()]

    message = message_of(run(instance, source(), published([], gates=gates), tags={"phlo/open_gates": "says, other"}))

    assert message == "down may not start, gate broken is closed: it could not be asked, KeyError: 'calendar'"
    assert "Gate says of down was opened by the run's tag phlo/open_gates: it is Sunday" in caplog.text


def test_a_check_of_the_own_step_is_not_waited_for(instance: dg.DagsterInstance) -> None:
    """What the step itself is to find out of its upstream, as dbt does of sources, cannot keep it from starting."""

    @hooked_op(
        ins={"up": dg.In(dg.Nothing)},
        out={"down": dg.Out(dg.Nothing), "seen": dg.Out(dg.Nothing)},
        gates=[ChecksPassed()],
    )
    def work() -> Iterator[Any]:
        yield dg.Output(None, "down")
        yield dg.AssetCheckResult(asset_key="up", check_name="seen", passed=True)

    down = dg.AssetsDefinition(
        keys_by_input_name={"up": dg.AssetKey("up")},
        keys_by_output_name={"down": dg.AssetKey("down")},
        node_def=work,
        check_specs_by_output_name={"seen": dg.AssetCheckSpec("seen", asset="up")},
        tags_by_key={dg.AssetKey("down"): {"phlo/stage": "transform"}},
    )

    assert run(instance, source(), down).success


def test_a_check_of_the_same_run_that_raised_is_told(instance: dg.DagsterInstance) -> None:
    """A check that could not be evaluated did not pass; its step is named."""

    @dg.asset_check(asset="up", op_tags={"dagster/priority": "1"})
    def reachable() -> dg.AssetCheckResult:
        raise ConnectionError("no route")

    result = run(instance, source(), reachable, published([], gates=[ChecksPassed()]))

    told = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    (description,) = [str(each.description) for each in told if each is not None]
    assert description.endswith(
        "check reachable of up did not run for its newest materialization: its step up_reachable failed in this run"
    )


def test_a_hook_of_ones_own_may_be_a_gate(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """An in-step hook with policy ``raise`` that raises GateClosedError closes like a gate of ours."""
    from phlo_hooks import hook
    from phlo_hooks_dagster.in_step.configuration import StepOptions, using

    @hook(in_step=True, failure_policy="raise", events=["publish.start"])
    def no_sundays(event: Any) -> None:
        raise GateClosedError(gate="no_sundays", asset=event.asset_key, reason="it is Sunday")

    with using(StepOptions(hooks=(no_sundays,), root=tmp_path)):
        message = message_of(run(instance, source(), published([], gates=[])))

    assert message == "down may not start, gate no_sundays is closed: it is Sunday"


def test_other_hooks_are_not_told_of_a_start_that_did_not_happen(
    instance: dg.DagsterInstance, hearing: RecordingHook
) -> None:
    """Gates are asked first: a hook that opens something at the start is not called for what never starts."""
    run(instance, source(), published([], gates=[Says(answer="no")]))

    assert [event.event_type for event in hearing.events] == ["publish.end"]
