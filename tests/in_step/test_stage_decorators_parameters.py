"""Every parameter that Dagster's decorators take reaches Dagster."""
# mypy: disable-error-code="untyped-decorator,no-untyped-call"

import inspect
import warnings
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phlo_hooks_dagster import phlo_run_hooks
from tests.in_step.swapping import HOOKED, PLAIN, Decorators, without_stage

WEEKLY = dg.WeeklyPartitionsDefinition(start_date="2026-01-04")
OWN_HOOK = dg.HookDefinition(name="own", hook_fn=lambda context, events: dg.HookExecutionResult("own"))
STEP: Mapping[str, Any] = {
    "description": "All of it.",
    "config_schema": {"rows": int},
    "required_resource_keys": {"warehouse"},
    "resource_defs": {"warehouse": dg.ResourceDefinition.hardcoded_resource(1)},
    "op_tags": {"tool": "x"},
    "retry_policy": dg.RetryPolicy(max_retries=3, delay=1),
    "pool": "database",
}
ASSET: Mapping[str, Any] = {
    "metadata": {"dagster/table_name": "w.s.t", "live": object()},
    "tags": {"team": "a"},
    "automation_condition": dg.AutomationCondition.eager(),
    "code_version": "7",
    "owners": ["team:a"],
    "kinds": {"duckdb"},
}
KEY = ["x", "y"]
FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1))
FULL = dg.AssetCheckSpec("full", asset=KEY, blocking=True)
BACKFILL = dg.BackfillPolicy.multi_run(4)


def asset(d: Decorators) -> Any:
    @d.asset(
        **STEP,
        **ASSET,
        ins={"up": dg.AssetIn(key=["a", "b"], metadata={"m": 1})},
        deps=["side", dg.AssetDep("late", partition_mapping=dg.LastPartitionMapping())],
        hooks={OWN_HOOK},
        io_manager_key="lake",
        dagster_type=dg.Int,
        partitions_def=WEEKLY,
        group_name="g",
        output_required=False,
        freshness_policy=FRESH,
        backfill_policy=BACKFILL,
        key=KEY,
        check_specs=[FULL],
    )
    def made(up: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  Dagster wants a tuple or nothing
        yield dg.Output(up)

    return made


def named(d: Decorators) -> Any:
    return d.asset(
        lambda: 1, name="n", key_prefix=["p", "q"], io_manager_def=dg.InMemoryIOManager(), compute_kind="sql"
    )


def check(d: Decorators) -> Any:
    @d.asset_check(
        asset=KEY,
        name="c",
        blocking=True,
        additional_ins={"other": dg.AssetIn("other")},
        additional_deps=["side"],
        compute_kind="sql",
        metadata={"m": 1},
        automation_condition=dg.AutomationCondition.eager(),
        partitions_def=WEEKLY,
        **STEP,
    )
    def checked(y: int, other: int) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=y == other)

    return checked


def specs(d: Decorators) -> Any:
    @d.multi_asset(
        specs=[
            dg.AssetSpec(["x", "y"], **ASSET, freshness_policy=FRESH, skippable=True),
            dg.AssetSpec("z", deps=[dg.AssetDep(["x", "y"])]),
        ],
        name="n",
        can_subset=True,
        check_specs=[FULL],
        partitions_def=WEEKLY,
        backfill_policy=BACKFILL,
        hooks={OWN_HOOK},
        group_name="g",
        **STEP,
    )
    def made():  # type: ignore[no-untyped-def]  # noqa: ANN202  Dagster wants a tuple or nothing
        yield dg.MaterializeResult(asset_key="z")

    return made


def outs(d: Decorators) -> Any:
    @d.multi_asset(
        outs={
            "x": dg.AssetOut(**ASSET, dagster_type=dg.Int, is_required=False, io_manager_key="lake"),
            "y": dg.AssetOut(key_prefix="p", freshness_policy=FRESH),
        },
        ins={"up": dg.AssetIn(key=["a", "b"])},
        deps=["side"],
        internal_asset_deps={"x": {dg.AssetKey(["a", "b"]), dg.AssetKey("side")}, "y": {dg.AssetKey("x")}},
        code_version="8",
        compute_kind="sql",
        **STEP,
    )
    def made(up):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  Dagster wants a tuple or nothing
        return up, up

    return made


def graph(d: Decorators) -> Any:
    @d.op(
        name="o",
        ins={"up": dg.In(int, metadata={"m": 1})},
        out=dg.Out(int, io_manager_key="lake", metadata={"m": 2}),
        tags={"t": "1"},
        code_version="3",
        **{name: value for name, value in STEP.items() if name not in {"resource_defs", "op_tags"}},
    )
    def one(up: int) -> int:
        return up

    @d.graph_asset(
        **ASSET,
        description="A graph.",
        ins={"up": dg.AssetIn(key=["a", "b"], partition_mapping=dg.LastPartitionMapping())},
        config={"o": {"config": {"rows": 1}}},
        name="n",
        key_prefix="p",
        group_name="g",
        partitions_def=WEEKLY,
        hooks={OWN_HOOK},
        backfill_policy=BACKFILL,
        resource_defs={"warehouse": dg.ResourceDefinition.hardcoded_resource(1)},
    )
    def made(up: int) -> Any:
        return one(up)

    return made


def graphs(d: Decorators) -> Any:
    @d.op(out={"x": dg.Out(), "y": dg.Out()})
    def pair(up: int) -> tuple[int, int]:
        return up, up

    @d.graph_multi_asset(
        outs={"x": dg.AssetOut(**ASSET), "y": dg.AssetOut(key_prefix="p")},
        name="n",
        ins={"up": dg.AssetIn(key=["a", "b"])},
        partitions_def=WEEKLY,
        hooks={OWN_HOOK},
        backfill_policy=BACKFILL,
        group_name="g",
        can_subset=True,
    )
    def made(up: int) -> Any:
        x, y = pair(up)
        return {"x": x, "y": y}

    return made


def checks(d: Decorators) -> Any:
    @d.multi_asset_check(
        specs=[FULL, dg.AssetCheckSpec("empty", asset=KEY, additional_deps=["side"])],
        name="n",
        can_subset=True,
        compute_kind="sql",
        ins={"y": dg.AssetIn(key=KEY)},
        **STEP,
    )
    def made(y: int) -> Any:
        yield dg.AssetCheckResult(passed=bool(y), check_name="full")

    return made


DEFINED = [asset, named, check, specs, outs, graph, graphs, checks]


@pytest.mark.parametrize("define", DEFINED, ids=lambda define: define.__name__)
def test_every_parameter_reaches_dagster(define: Callable[[Decorators], Any]) -> None:
    """A definition with all there is to say is what Dagster makes of it, but for the tag and the run hook."""
    plain, warned = defined(define, PLAIN)

    hooked, warned_too = defined(define, HOOKED)

    assert told_of(hooked) == told_of(plain)
    assert hooked.hook_defs - phlo_run_hooks() == plain.hook_defs
    assert warned_too == warned


@pytest.mark.parametrize("name", vars(PLAIN))
def test_no_parameter_is_left_out_here(name: str) -> None:
    """The definitions above use each parameter that the installed Dagster has."""
    source = Path(__file__).read_text()
    parameters = inspect.signature(getattr(dg, name)).parameters.values()

    taken = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]

    unused = {each for each in taken if f"{each}=" not in source and f'"{each}":' not in source}
    assert unused <= {"is_virtual", "version"}


def defined(define: Callable[[Decorators], Any], decorators: Decorators) -> tuple[Any, list[str]]:
    """Return a definition and what Dagster warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        definition = define(decorators)
    return definition, [str(warning.message) for warning in caught]


def told_of(definition: Any) -> dict[str, Any]:
    """Return all that Dagster's constructor takes of assets and checks, and of the op inside."""
    told = definition.get_attributes_dict()
    node = told.pop("node_def")
    told["specs"] = [spec.replace_attributes(tags=without_stage(spec.tags)) for spec in told["specs"]]
    told["hook_defs"] = None
    told["resource_defs"] = sorted(told["resource_defs"])
    told["node"] = {
        "name": node.name,
        "description": node.description,
        "tags": node.tags,
        "ins": {name: (str(held.dagster_type), held.metadata) for name, held in node.input_dict.items()},
        "outs": {name: out_of(held) for name, held in node.output_dict.items()},
        "retry": getattr(node, "retry_policy", None),
        "pool": getattr(node, "pool", None),
        "resources": getattr(node, "required_resource_keys", None),
        "config": str(node.config_schema.config_type.key) if getattr(node, "config_schema", None) else None,
    }
    return dict(told)


def out_of(held: Any) -> tuple[Any, ...]:
    return str(held.dagster_type), held.is_required, held.io_manager_key, held.code_version, held.description
