"""Swapping one of Dagster's decorators for ours changes no record of a run."""
# ruff: noqa: ANN001, ANN202  users annotate what they like
# mypy: disable-error-code="no-untyped-def,type-arg,no-untyped-call,untyped-decorator,no-any-return"

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import dagster as dg
import pytest

from phlo_hooks_dagster.live import with_run_hooks
from phlo_hooks_dagster.testing import materialize_events
from tests.in_step.swapping import HOOKED, PLAIN, Decorators, Pipeline, definitions_of, records_of, without_stage

DAILY = dg.StaticPartitionsDefinition(["a", "b"])


class Limit(dg.Config):
    """Configuration of one asset."""

    rows: int = 3


class Warehouse(dg.ConfigurableResource[Any]):
    """A resource taken as a parameter."""

    name: str = "wh"


def values(d: Decorators) -> Pipeline:
    """Values that an IO manager stores, read by name and through AssetIn."""

    @d.asset
    def numbers() -> list[int]:
        """Count."""
        return [1, 2]

    @d.asset(ins={"given": dg.AssetIn("numbers")}, metadata={"team": "a"}, kinds={"python"}, owners=["team:a"])
    def doubled(context: dg.AssetExecutionContext, given: list[int]) -> dg.Output[list[int]]:
        context.log.info("doubling")
        return dg.Output(
            [2 * number for number in given], metadata={"rows": len(given)}, data_version=dg.DataVersion("1")
        )

    @d.asset(dagster_type=dg.Int, io_manager_key="other", group_name="g", code_version="7")
    def total(doubled):
        return sum(doubled)

    @d.asset(deps=[total])
    def noted(_context) -> None:
        _context.add_output_metadata({"seen": 1})

    @d.asset(output_required=False)
    def optional() -> Iterator[dg.Output[int]]:
        if False:
            yield dg.Output(1)

    return Pipeline(assets=[numbers, doubled, total, noted, optional], resources={"other": dg.InMemoryIOManager()})


def results(d: Decorators) -> Pipeline:
    """Results that the function records itself, with checks, and events yielded on the way."""

    @d.asset(check_specs=[dg.AssetCheckSpec("full", asset="loaded")], tags={"cost": "low"})
    def loaded() -> dg.MaterializeResult:
        return dg.MaterializeResult(
            metadata={"dagster/row_count": 3},
            tags={"of": "run"},
            data_version=dg.DataVersion("x"),
            check_results=[dg.AssetCheckResult(passed=False, check_name="full", severity=dg.AssetCheckSeverity.WARN)],
        )

    @d.asset(check_specs=[dg.AssetCheckSpec("late", asset="streamed")])
    def streamed(context: dg.OpExecutionContext):
        context.log_event(dg.AssetObservation("streamed", metadata={"step": 1}))
        yield dg.MaterializeResult(metadata={"n": 1})
        yield dg.AssetCheckResult(passed=True, metadata={"n": 2})

    @d.asset
    def valued() -> dg.MaterializeResult[int]:
        return dg.MaterializeResult(value=5, metadata={"n": 5})

    @d.asset
    def looked(valued: int):
        yield dg.AssetObservation("looked")
        yield dg.Output(valued, metadata={"n": valued})

    @d.asset_check(asset=loaded, blocking=True, metadata={"why": "rule"}, description="No empty table.")
    def not_empty(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=context.run is not None, metadata={"rows": 3})

    @d.asset_check(asset=valued)
    def five(valued: int) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=valued == 5)

    return Pipeline(assets=[loaded, streamed, valued, looked, not_empty, five])


def asynchronous(d: Decorators) -> Pipeline:
    """Coroutines and asynchronous generators."""

    @d.asset
    async def awaited() -> int:
        return 4

    @d.asset
    async def streamed(awaited: int):
        yield dg.MaterializeResult(metadata={"n": awaited})

    @d.asset_check(asset="awaited")
    async def even(awaited: int) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=awaited % 2 == 0)

    return Pipeline(assets=[awaited, streamed, even])


def parameters(d: Decorators) -> Pipeline:
    """Configuration, resources of both styles, a config schema, and callables that are no plain functions."""

    @d.asset
    def limited(context: dg.AssetExecutionContext, config: Limit, warehouse: Warehouse) -> int:
        context.add_output_metadata({"in": warehouse.name})
        return config.rows

    @d.asset(required_resource_keys={"warehouse"}, config_schema={"rows": int}, op_tags={"tool": "x"})
    def keyed(context: dg.AssetExecutionContext) -> int:
        return int(context.op_execution_context.op_config["rows"])

    class Loader:
        def __init__(self, number: int) -> None:
            self.number = number

        def load(self, limited: object) -> int:
            return self.number

    def of(number: int) -> int:
        return number

    class Called:
        def __call__(self, keyed: int, warehouse: Warehouse) -> int:
            return keyed + len(warehouse.name)

    called = d.asset(name="called")(Called())
    method = d.asset(name="method")(Loader(2).load)
    bound = d.asset(name="bound")(partial(of, 7))
    return Pipeline(
        assets=[limited, keyed, method, bound, called],
        resources={"warehouse": Warehouse(name="lake")},
        run_config={"ops": {"limited": {"config": {"rows": 9}}, "keyed": {"config": {"rows": 1}}}},
    )


def several(d: Decorators) -> Pipeline:
    """Several assets of one step, of which some are selected, and several checks of one step."""

    @d.multi_asset(
        specs=[dg.AssetSpec("one", deps=["up"]), dg.AssetSpec("two", kinds={"dbt"}), dg.AssetSpec("three")],
        check_specs=[dg.AssetCheckSpec("good", asset="one")],
        can_subset=True,
    )
    def both(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        for key in sorted(context.op_execution_context.selected_asset_keys):
            checks = [dg.AssetCheckResult(passed=True, check_name="good")] if key == dg.AssetKey("one") else []
            yield dg.MaterializeResult(asset_key=key, metadata={"of": str(key.path)}, check_results=checks)

    @d.multi_asset(outs={"left": dg.AssetOut(), "right": dg.AssetOut(key_prefix="r", metadata={"a": 1})})
    def split():
        return 1, 2

    @d.multi_asset(outs={"up": dg.AssetOut(is_required=False), "down": dg.AssetOut(is_required=False)}, name="maybe")
    def _maybe() -> Iterator[dg.Output[int]]:
        yield dg.Output(1, "up")

    @d.multi_asset_check(specs=[dg.AssetCheckSpec("p", asset="left"), dg.AssetCheckSpec("q", asset="left")])
    def checks() -> Iterator[dg.AssetCheckResult]:
        yield dg.AssetCheckResult(passed=True, asset_key="left", check_name="p")
        yield dg.AssetCheckResult(passed=False, asset_key="left", check_name="q", metadata={"rows": 4})

    return Pipeline(
        assets=[both, split, _maybe, checks],
        selection=dg.AssetSelection.assets("one", "three", "left", ["r", "right"], "up", "down")
        | dg.AssetSelection.checks(checks)
        | dg.AssetSelection.checks_for_assets("one"),
    )


def graphs(d: Decorators) -> Pipeline:
    """Graphs of ops, with dynamic outputs, retries, and several assets of one graph."""
    tries: list[int] = []

    @d.op(out=dg.DynamicOut(int))
    def fan() -> Iterator[dg.DynamicOutput[int]]:
        for number in (1, 2):
            yield dg.DynamicOutput(number, mapping_key=f"k{number}")

    @d.op(retry_policy=dg.RetryPolicy(max_retries=2))
    def work(number: int) -> int:
        tries.append(number)
        if len(tries) == 1:
            raise ValueError("not yet")
        return number * 10

    @d.op
    def gather(numbers: list[int]) -> dg.Output[int]:
        return dg.Output(sum(numbers), metadata={"parts": len(numbers)})

    @d.graph_asset(metadata={"m": 1}, kinds={"spark"}, check_specs=[])
    def gathered() -> Any:
        return gather(fan().map(work).collect())

    @d.op(out={"x": dg.Out(int), "y": dg.Out(int)})
    def pair(base: int) -> tuple[int, int]:
        return base, base + 1

    @d.graph_multi_asset(outs={"x": dg.AssetOut(), "y": dg.AssetOut(tags={"t": "1"})}, ins={"gathered": dg.AssetIn()})
    def paired(gathered: int) -> Any:
        x, y = pair(gathered)
        return {"x": x, "y": y}

    return Pipeline(assets=[gathered, paired])


def failing(d: Decorators) -> Pipeline:
    """A stream that fails after its first result, and a retry that is asked for and given up."""

    @d.multi_asset(specs=[dg.AssetSpec("first"), dg.AssetSpec("second")])
    def half() -> Iterator[dg.MaterializeResult[Any]]:
        yield dg.MaterializeResult(asset_key="first", metadata={"n": 1})
        raise LookupError("gone")

    @d.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def again(context) -> None:
        if context.retry_number == 0:
            raise dg.RetryRequested(max_retries=1)
        raise dg.Failure("no", metadata={"why": "never"})

    @d.asset(dagster_type=dg.Int)
    def mistyped():
        return "text"

    @d.asset_check(asset="first")
    def broken() -> dg.AssetCheckResult:
        raise ZeroDivisionError

    return Pipeline(assets=[half, again, mistyped, broken], fails=True)


def partitioned(d: Decorators) -> Pipeline:
    """One partition of several."""

    @d.asset(partitions_def=DAILY)
    def parts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        return dg.MaterializeResult(metadata={"of": context.partition_key})

    @d.asset(partitions_def=DAILY)
    def stored(context: dg.AssetExecutionContext) -> str:
        return context.partition_key

    return Pipeline(assets=[parts, stored], partition_key="b")


def ranged(d: Decorators) -> Pipeline:
    """A backfill of several partitions in one run."""

    @d.asset(partitions_def=DAILY)
    def parts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        return dg.MaterializeResult(metadata={"of": list(context.partition_keys)})

    return Pipeline(
        assets=[parts],
        tags={"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "b"},
    )


PIPELINES = [
    values,
    results,
    asynchronous,
    parameters,
    several,
    graphs,
    failing,
    partitioned,
    ranged,
]


IN_STEP = ("ingestion.", "transform.", "publish.", "asset.", "quality.")
"""Types that both halves tell."""

swapped = pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda case: case.__name__)
Case = Callable[[Decorators], Pipeline]


@swapped
def test_swapping_changes_no_record(pipeline: Case) -> None:
    """A run of hooked definitions leaves the records that Dagster's own leave, in their order, and a run hook's."""
    plain = records_of(pipeline(PLAIN))

    hooked = records_of(pipeline(HOOKED))

    assert hooked == plain


@swapped
def test_swapping_changes_no_definition(pipeline: Case) -> None:
    """Assets, checks and ops are what they were, but for the tag that says the stage."""
    plain = [definition_of(each) for each in pipeline(PLAIN).assets]

    hooked = [definition_of(each) for each in pipeline(HOOKED).assets]

    assert hooked == plain


@swapped
def test_both_halves_tell_the_same(pipeline: Case) -> None:
    """Hooks in the step get the keys that the relay gives, each as often; only what never started is missing."""
    agree(pipeline(HOOKED), live=False)


@pytest.mark.parametrize("pipeline", [values, several, graphs, failing], ids=lambda case: case.__name__)
def test_both_halves_tell_the_same_with_run_hooks_everywhere(pipeline: Case) -> None:
    """A run hook stays silent for what a decorator has told."""
    agree(pipeline(HOOKED), live=True)


def agree(hooked: Pipeline, *, live: bool) -> None:
    """Run a pipeline and compare what its steps told with what the relay tells of them."""
    defs = definitions_of(hooked)
    told = materialize_events(
        with_run_hooks(defs) if live else defs,
        selection=hooked.selection,
        partition_key=hooked.partition_key,
        run_config=hooked.run_config,
        tags=dict(hooked.tags),
        raise_on_error=False,
    )

    ran = {event.step_key for event in told.result.all_events if event.is_step_start}
    relayed = [event for event in told.events if event.event_type.startswith(IN_STEP)]
    assert Counter(event.key for event in told.in_step) == Counter(
        event.key for event in relayed if event.correlation.step_key in ran
    )
    assert {event.event_type for event in relayed if event.correlation.step_key not in ran} <= {"quality.result"}


def definition_of(definition: Any) -> dict[str, Any]:
    """Return what Dagster knows of assets and checks, without our tag."""
    node = definition.node_def
    specs = [spec.replace_attributes(tags=without_stage(spec.tags)) for spec in definition.specs]
    return {
        "kind": type(definition).__name__,
        "specs": specs,
        "checks": list(definition.check_specs),
        "outputs": definition.node_keys_by_output_name,
        "inputs": definition.node_keys_by_input_name,
        "node": (node.name, node.description, node.tags, node.input_dict.keys(), node.output_dict.keys()),
        "types": {name: str(out.dagster_type.display_name) for name, out in node.output_dict.items()},
        "io_managers": {name: getattr(out, "io_manager_key", None) for name, out in node.output_dict.items()},
        "resources": definition.required_resource_keys,
        "retry": getattr(node, "retry_policy", None),
        "partitions": definition.partitions_def,
        "can_subset": definition.can_subset,
    }
