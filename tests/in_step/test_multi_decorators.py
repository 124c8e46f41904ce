"""Several assets of one step, graphs of ops, and ops, hooked."""
# ruff: noqa: ANN001, ANN202  users annotate what they like
# mypy: disable-error-code="no-untyped-def,type-arg,no-untyped-call,untyped-decorator"

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest

import phlo_hooks_dagster as phlo
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import RegistrationError
from phlo_hooks_dagster.decorators.conflict import StageConflictError
from phlo_hooks_dagster.gates import GateView
from phlo_hooks_dagster.recorded_events import RecordedEvents
from phlo_hooks_dagster.testing import materialize_events
from tests.in_step.swapping import hearing


def in_step(told: RecordedEvents) -> list[str]:
    """Return what the step's hooks got, each as asset, type and status."""
    return [line_of(event) for event in told.in_step]


def line_of(event: HookEvent) -> str:
    status = "" if event.event_type.endswith(".start") else getattr(event, "status", "")
    return f"{event.correlation.asset_key} {event.event_type} {status}".strip()


def stages_of(definition: dg.AssetsDefinition) -> dict[str, str | None]:
    return {spec.key.to_user_string(): spec.tags.get("phlo/stage") for spec in definition.specs}


@dataclass(frozen=True, kw_only=True)
class Never(phlo.Gate):
    """A gate that is closed."""

    def reason_to_stop(self, view: GateView) -> str | None:
        return f"{view.asset_key.to_user_string()} is frozen"


def test_one_stage_for_all_assets() -> None:
    """``stage=`` marks every spec and every out, beside its tags and kinds."""

    @phlo.hooked_multi_asset(
        specs=[dg.AssetSpec("a", tags={"t": "1"}, kinds={"s3"}), dg.AssetSpec("b")], stage="publish"
    )
    def specs(): ...

    @phlo.hooked_multi_asset(
        outs={"c": dg.AssetOut(tags={"t": "2"}), "d": dg.AssetOut(key=["x", "d"])}, stage="ingestion"
    )
    def outs():
        return 1, 2

    assert stages_of(specs) == {"a": "publish", "b": "publish"}
    assert specs.get_asset_spec(dg.AssetKey("a")).kinds == {"s3"}
    assert specs.get_asset_spec(dg.AssetKey("a")).tags["t"] == "1"
    assert stages_of(outs) == {"c": "ingestion", "x/d": "ingestion"}


def test_each_asset_may_have_its_own_stage() -> None:
    """Without ``stage=`` the tags of the specs hold, and assets without one are told as what they are."""

    @phlo.hooked_multi_asset(
        specs=[
            dg.AssetSpec("raw", tags={"phlo/stage": "ingestion"}),
            dg.AssetSpec("model", kinds={"dbt"}),
            dg.AssetSpec("other"),
        ]
    )
    def mixed() -> Iterator[dg.MaterializeResult]:
        for key in ("raw", "model", "other"):
            yield dg.MaterializeResult(asset_key=key)

    told = materialize_events([mixed])

    assert in_step(told) == [
        "model transform.start",
        "raw ingestion.start",
        "raw ingestion.end success",
        "model transform.end success",
        "other asset.materialized success",
    ]


def test_a_conflict_names_the_asset() -> None:
    """One asset with another stage in its tags is refused, whichever decorator says the stage."""
    other = {"phlo/stage": "transform"}

    with pytest.raises(StageConflictError, match=r"asset 'k/b': .*'transform' and @hooked_multi_asset says 'publish'"):

        @phlo.hooked_multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec(["k", "b"], tags=other)], stage="publish")
        def both(): ...

    with pytest.raises(StageConflictError, match=r"asset 'total'.*@hooked_graph_asset"):

        @phlo.hooked_graph_asset(tags=other, stage="publish")
        def total() -> Any:
            return one()


@phlo.hooked_op
def one() -> int:
    return 1


def test_there_is_no_such_stage() -> None:
    """A stage that does not exist is refused with those that do."""
    with pytest.raises(dg.DagsterInvalidDefinitionError, match=r"stage='load'.*ingestion, publish, quality, transform"):
        phlo.hooked_multi_asset(specs=[dg.AssetSpec("a")], stage="load")
    with pytest.raises(dg.DagsterInvalidDefinitionError, match=r"@hooked_graph_asset\(stage='load'\)"):
        phlo.hooked_graph_asset(stage="load")


def test_only_what_is_selected_is_told() -> None:
    """Of a step that makes a part of its assets, the others have no start."""

    @phlo.hooked_multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b")], stage="ingestion", can_subset=True)
    def both(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        for key in context.op_execution_context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key)

    told = materialize_events([both], selection=["b"])

    assert in_step(told) == ["b ingestion.start", "b ingestion.end success"]


def test_a_stream_that_fails_tells_what_it_made() -> None:
    """What was yielded before the error succeeded; what was planned after it failed, with the error."""

    @phlo.hooked_multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b")], stage="transform")
    def both() -> Iterator[dg.MaterializeResult]:
        yield dg.MaterializeResult(asset_key="a", metadata={"dagster/row_count": 4})
        raise LookupError("b is gone")

    told = materialize_events([both], raise_on_error=False)

    assert in_step(told)[2:] == ["a transform.end success", "b transform.end failure"]
    assert getattr(told.in_step[2], "rows", None) == 4
    assert "b is gone" in str(getattr(told.in_step[3], "error", None))


def test_what_was_not_yielded_is_skipped() -> None:
    """An optional asset that the function did not make ends as skipped."""

    @phlo.hooked_multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b", skippable=True)], stage="publish")
    async def both():
        yield dg.MaterializeResult(asset_key="a")

    told = materialize_events([both])

    assert in_step(told)[2:] == ["a publish.end success", "b publish.end skipped"]


def test_checks_of_one_step_are_told() -> None:
    """Each result of several checks is told, with what it says."""

    @phlo.hooked_multi_asset_check(specs=[dg.AssetCheckSpec("p", asset="raw"), dg.AssetCheckSpec("q", asset="raw")])
    def checks() -> Iterator[dg.AssetCheckResult]:
        yield dg.AssetCheckResult(passed=True, asset_key="raw", check_name="p")
        yield dg.AssetCheckResult(passed=False, asset_key="raw", check_name="q")

    told = materialize_events([phlo.ingestion_asset(name="raw")(lambda: 1), checks])

    results = [event for event in told.in_step if event.event_type == "quality.result"]
    assert [(getattr(each, "check_name", ""), getattr(each, "passed", None)) for each in results] == [
        ("p", True),
        ("q", False),
    ]


def graph(*, hooked: bool, seen: list[int], heard: list[HookEvent]) -> dg.AssetsDefinition:
    """Return an asset of three kinds of ops that note how much has been told when they run."""
    op: Any = phlo.hooked_op if hooked else dg.op

    @op(out=dg.DynamicOut(int))
    def fan() -> Iterator[dg.DynamicOutput[int]]:
        for number in (1, 2):
            yield dg.DynamicOutput(number, mapping_key=str(number))

    @op
    def work(number: int) -> int:
        seen.append(len(heard))
        return number

    @op(retry_policy=dg.RetryPolicy(max_retries=1))
    def gather(context, numbers: list[int]) -> int:
        seen.append(len(heard))
        if context.retry_number == 0:
            raise ConnectionError("not yet")
        return sum(numbers)

    @phlo.hooked_graph_asset(stage="publish")
    def gathered() -> Any:
        return gather(fan().map(work).collect())

    return gathered


def test_a_graph_starts_with_the_op_that_makes_it() -> None:
    """The asset's start is told when its op starts, its end when Dagster has recorded it, retries between them."""
    seen = list[int]()
    with hearing() as heard, dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([graph(hooked=True, seen=seen, heard=heard.events)], instance=instance)

    assert [line_of(event) for event in heard.events] == [
        "gathered publish.start",
        "gathered publish.end retry",
        "gathered publish.start",
        "gathered publish.end success",
    ]
    assert seen == [0, 0, 1, 3]


def test_a_graph_of_plain_ops_is_told_afterwards() -> None:
    """Where the op is not hooked, the run hook tells start and end when its step has ended."""
    seen = list[int]()
    with hearing() as heard, dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([graph(hooked=False, seen=seen, heard=heard.events)], instance=instance)

    assert [line_of(event) for event in heard.events] == [
        "gathered publish.start",
        "gathered publish.end retry",
        "gathered publish.start",
        "gathered publish.end success",
    ]
    assert seen == [0, 0, 0, 2]


def test_several_assets_of_one_graph_are_told() -> None:
    """Each asset of a graph has its own start and end."""

    @phlo.hooked_op(out={"x": dg.Out(), "y": dg.Out()})
    def pair():
        return 1, 2

    @phlo.hooked_graph_multi_asset(outs={"x": dg.AssetOut(), "y": dg.AssetOut(tags={"t": "1"})}, stage="transform")
    def paired() -> Any:
        x, y = pair()
        return {"x": x, "y": y}

    told = materialize_events([paired])

    assert in_step(told)[:2] == ["x transform.start", "y transform.start"]
    assert in_step(told)[2:] == ["x transform.end success", "y transform.end success"]
    assert stages_of(paired) == {"x": "transform", "y": "transform"}


def test_an_op_of_a_job_has_nothing_to_tell() -> None:
    """A hooked op in a job without assets runs as Dagster's own does."""

    @dg.job
    def counting() -> None:
        one()

    with hearing() as heard:
        result = counting.execute_in_process()

    assert result.output_for_node("one") == 1
    assert heard.events == []


def test_a_gate_stops_several_assets() -> None:
    """A closed gate fails the step before the function runs, and says of which asset and why."""
    ran = list[int]()

    @phlo.hooked_multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b")], stage="publish", gates=[Never()])
    def both():
        ran.append(1)

    told = materialize_events([both], raise_on_error=False)

    assert not told.success
    assert ran == []
    failure = told.result.failure_data_for_node("both")
    assert "a is frozen" in str(failure.user_failure_data if failure else "")
    assert {line_of(event) for event in told.events if event.event_type == "publish.end"} == {
        "a publish.end failure",
        "b publish.end failure",
    }


def test_a_gate_stops_the_op_that_makes_the_asset() -> None:
    """In a graph the gates of a hooked op are asked before it runs; ops before it have run."""
    ran = list[str]()

    @phlo.hooked_op
    def read() -> int:
        ran.append("read")
        return 1

    @phlo.hooked_op(gates=[Never()])
    def write(rows: int) -> int:
        ran.append("write")
        return rows

    @phlo.hooked_graph_asset(stage="publish")
    def report() -> Any:
        return write(read())

    told = materialize_events([report], raise_on_error=False)

    assert not told.success
    assert ran == ["read"]
    assert in_step(told)[-1] == "report publish.end failure"


@dataclass(frozen=True, kw_only=True)
class Always(phlo.Gate):
    """A gate that is open."""

    def reason_to_stop(self, view: GateView) -> str | None:
        return None


def test_gates_that_nobody_asks_are_closed() -> None:
    """Gates of an op whose step makes no asset stop it and say where they go; those of the right op let it pass."""
    ran = list[str]()

    def read() -> int:
        ran.append("read")
        return 1

    def write(rows: int) -> int:
        ran.append("write")
        return rows

    def report_of(first: Any, last: Any) -> Any:
        return phlo.hooked_graph_asset(stage="publish", name="report")(lambda: last(first()))

    gates, op = [Always()], phlo.hooked_op
    wrong = materialize_events([report_of(op(read, gates=gates), op(write))], raise_on_error=False)
    right = materialize_events([report_of(op(read), op(write, gates=gates))])

    failure = wrong.result.failure_data_for_node("report.read")
    assert "(always) cannot be asked: the step makes no asset with a stage" in str(failure)
    assert right.success
    assert ran == ["read", "write"]


def test_gates_need_a_stage() -> None:
    """Gates on assets of which nothing says the stage would never be asked, and are refused."""
    with pytest.raises(RegistrationError, match=r"@hooked_multi_asset: .*stage='publish'"):

        @phlo.hooked_multi_asset(specs=[dg.AssetSpec("a")], gates=[Never()])
        def unstaged(): ...

    @phlo.hooked_multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b", kinds={"dbt"})], gates=[Never()])
    def staged(): ...

    assert stages_of(staged) == {"a": None, "b": None}


def test_gates_of_a_graph_are_asked_by_the_op_that_returns_the_asset() -> None:
    """Gates on a graph's asset guard that asset, and no other that the same op makes."""
    ran = list[str]()

    @phlo.hooked_op
    def write() -> int:
        ran.append("write")
        return 1

    def composed() -> Any:
        return write()

    def made(name: str, *gates: phlo.Gate) -> dg.AssetsDefinition:
        return phlo.hooked_graph_asset(stage="publish", name=name, gates=gates)(composed)

    told = materialize_events([made("frozen", Never()), made("open", Always()), made("free")], raise_on_error=False)

    assert ran == ["write", "write"]
    assert sorted(line for line in in_step(told) if ".end" in line) == [
        "free publish.end success",
        "frozen publish.end failure",
        "open publish.end success",
    ]


def test_gates_of_several_assets_of_a_graph() -> None:
    """Gates on a graph of several assets guard them all; selecting some of them loses none."""

    @phlo.hooked_op(out={"x": dg.Out(is_required=False), "y": dg.Out(is_required=False)})
    def pair():
        yield dg.Output(1, "x")

    outs = {"x": dg.AssetOut(is_required=False), "y": dg.AssetOut(is_required=False)}

    @phlo.hooked_graph_multi_asset(outs=outs, stage="transform", gates=[Never()], can_subset=True)
    def paired() -> Any:
        x, y = pair()
        return {"x": x, "y": y}

    told = materialize_events([paired], selection=["x"], raise_on_error=False)

    assert not told.success
    assert "x is frozen" in str(told.result.failure_data_for_node("paired.pair"))


def test_gates_of_a_graph_need_a_hooked_op() -> None:
    """Gates that no op would ask are refused where the asset is defined, with the op to change."""

    @dg.op
    def write() -> int:
        return 1

    with pytest.raises(RegistrationError, match=r"@hooked_graph_asset of report: .* write that op with @hooked_op"):

        @phlo.hooked_graph_asset(stage="publish", gates=[Never()])
        def report() -> Any:
            return write()
