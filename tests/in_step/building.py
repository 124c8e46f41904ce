"""Pipelines as Dagster definitions. No annotations as text here: Dagster and the decorators read them."""

from typing import Any

import dagster as dg

from phlo_hooks_dagster import (
    hooked_graph_asset,
    hooked_graph_multi_asset,
    hooked_multi_asset,
    hooked_multi_asset_check,
    hooked_op,
    ingestion_asset,
    publish_asset,
    quality_check,
    transform_asset,
)
from tests.in_step.acting import Shelf, annotated, fail, function_of, items, keys, log_besides, returned
from tests.in_step.pipelines import (
    ASSET,
    ASYNC,
    CHECK,
    FUNCTION,
    GRAPH,
    GRAPHS,
    NOTHING,
    OUTPUT,
    OUTS,
    PARTITIONS,
    RESULT,
    SPECS,
    VALUED,
    Pipeline,
    Step,
)

STAGED = {"ingestion": ingestion_asset, "transform": transform_asset, "publish": publish_asset}
LETTERS = dg.StaticPartitionsDefinition(list(PARTITIONS))


def common(step: Step, before: str | None) -> dict[str, Any]:
    """Return the arguments that all kinds of assets take."""
    found: dict[str, Any] = {"deps": [before] if before and step.follows else []}
    if step.retries:
        found["retry_policy"] = dg.RetryPolicy(max_retries=step.retries)
    if step.partitioned:
        found |= {"partitions_def": LETTERS, "backfill_policy": dg.BackfillPolicy.single_run()}
    return found


def check_specs(step: Step, asset: str) -> list[dg.AssetCheckSpec]:
    """Return the specs of the asset's own checks."""
    return [
        dg.AssetCheckSpec(f"check_{number}", asset=asset, blocking=step.blocking) for number in range(len(step.checks))
    ]


def asset(step: Step, name: str, before: str | None) -> dg.AssetsDefinition:
    """Return ``@asset``, or ours of the stage."""
    fn = function_of(
        step, name, lambda context: items(step, name, context), lambda context: returned(step, name, context)
    )
    valued = dg.MaterializeResult[int]
    plain = {NOTHING: None, RESULT: dg.MaterializeResult, VALUED: valued, OUTPUT: dg.Output[int]}.get(step.gives, int)
    streamed = {RESULT: dg.MaterializeResult, VALUED: valued}.get(step.gives, Any)
    annotated(step, fn, dg.AssetExecutionContext, plain, Any if step.yields else streamed)
    arguments = common(step, before)
    arguments["check_specs"] = check_specs(step, name)
    if step.hooked and step.stage:
        make: Any = STAGED[step.stage](**arguments)
    else:
        make = dg.asset(tags={"phlo/stage": step.stage} if step.stage else None, **arguments)
    made: dg.AssetsDefinition = make(fn)
    return made


def multi_asset(step: Step, name: str, before: str | None) -> dg.AssetsDefinition:
    """Return ``@multi_asset`` of specs or of outs, or ours."""
    fn = function_of(
        step, name, lambda context: items(step, name, context), lambda context: returned(step, name, context)
    )
    fn.__annotations__ = {"context": dg.AssetExecutionContext}
    arguments = common(step, before)
    arguments["can_subset"] = step.some
    deps = arguments.pop("deps")
    tags = {"phlo/stage": step.stage} if step.stage and not step.hooked else {}
    if step.form == SPECS:
        names = keys(step, name)
        arguments["specs"] = [dg.AssetSpec(key, deps=deps, skippable=True, tags=tags) for key in names]
        arguments["check_specs"] = check_specs(step, names[0])
    else:
        arguments["outs"] = {key: dg.AssetOut(is_required=False, tags=tags) for key in keys(step, name)}
        arguments["deps"] = deps
    if step.hooked:
        return hooked_multi_asset(name=name, stage=step.stage, **arguments)(fn)
    return dg.multi_asset(name=name, **arguments)(fn)


def graph_asset(step: Step, name: str, before: str | None) -> dg.AssetsDefinition:
    """Return ``@graph_asset`` that maps over dynamic outputs, or ours with our ops."""
    split, work, join = ops(step, name, follows=before is not None and step.follows)
    arguments = {key: value for key, value in common(step, before).items() if key not in {"deps", "retry_policy"}}

    def first() -> Any:
        return join(split().map(work).collect())

    def later(after: Any) -> Any:
        return join(split(after).map(work).collect())

    ins = {"after": dg.AssetIn(before, dagster_type=dg.Nothing)} if before and step.follows else {}
    tags = {"phlo/stage": step.stage} if step.stage else None
    make: Any = hooked_graph_asset if step.hooked else dg.graph_asset
    made: dg.AssetsDefinition = make(name=name, ins=ins, tags=tags, **arguments)(later if ins else first)
    return made


def graph_multi_asset(step: Step, name: str, before: str | None) -> dg.AssetsDefinition:
    """Return ``@graph_multi_asset`` of two assets, each made by an op, or ours with our ops."""
    make_op: Any = hooked_op if step.hooked else dg.op
    policy = dg.RetryPolicy(max_retries=step.retries) if step.retries else None

    def left(context: dg.OpExecutionContext) -> int:
        log_besides(step, name, context)
        fail(step, "before", context)
        return 1

    def right(context: dg.OpExecutionContext, number: int) -> int:
        fail(step, "midway", context)
        fail(step, "after", context)
        return number

    first = make_op(name=f"{name}_left", retry_policy=policy)(left)
    second = make_op(name=f"{name}_right", retry_policy=policy)(right)

    def compose() -> Any:
        number = first()
        return {f"{name}_0": number, f"{name}_1": second(number)}

    arguments = {key: value for key, value in common(step, before).items() if key not in {"deps", "retry_policy"}}
    tags = {"phlo/stage": step.stage} if step.stage else {}
    outs = {key: dg.AssetOut(tags=tags) for key in keys(step, name)}
    make: Any = hooked_graph_multi_asset if step.hooked else dg.graph_multi_asset
    made: dg.AssetsDefinition = make(name=name, outs=outs, **arguments)(compose)
    return made


def ops(step: Step, name: str, *, follows: bool) -> tuple[Any, Any, Any]:
    """Return the ops of a graph: one that splits, one that works on each part, one that joins."""
    make: Any = hooked_op if step.hooked else dg.op
    policy = dg.RetryPolicy(max_retries=step.retries) if step.retries else None

    def split(context: dg.OpExecutionContext) -> Any:
        for number, _ in enumerate(step.parts):
            yield dg.DynamicOutput(number, mapping_key=f"k{number}")

    def work(context: dg.OpExecutionContext, number: int) -> int:
        log_besides(step, name, context)
        fail(step, "before", context)
        return number

    def join(context: dg.OpExecutionContext, numbers: list[int]) -> int:
        fail(step, "midway", context)
        fail(step, "after", context)
        return sum(numbers)

    ins = {"after": dg.In(dg.Nothing)} if follows else None
    return (
        make(name=f"{name}_split", out=dg.DynamicOut(int), ins=ins)(split),
        make(name=f"{name}_work", retry_policy=policy)(work),
        make(name=f"{name}_join", retry_policy=policy)(join),
    )


def checks(step: Step, name: str, before: str | None) -> list[dg.AssetChecksDefinition]:
    """Return checks of an earlier asset, outside of it: one, or two of one step."""
    if before is None or not step.checks:
        return []

    def results() -> list[Any]:
        return [
            dg.AssetCheckResult(passed=passed, check_name=f"{name}_{number}", asset_key=before)
            for number, passed in enumerate(step.checks)
            if passed is not None
        ]

    alone = len(step.checks) == 1
    fn = function_of(step, name, lambda _: results(), lambda _: results()[0] if results() else None)
    annotated(step, fn, dg.AssetCheckExecutionContext, dg.AssetCheckResult, dg.AssetCheckResult)
    arguments: dict[str, Any] = {"retry_policy": dg.RetryPolicy(max_retries=step.retries)} if step.retries else {}
    if alone and step.style in {FUNCTION, ASYNC}:
        fn.__name__ = f"{name}_0"
        single: Any = quality_check if step.hooked else dg.asset_check
        return [single(asset=before, name=f"{name}_0", **arguments)(fn)]
    several: Any = hooked_multi_asset_check if step.hooked else dg.multi_asset_check
    if step.style in {FUNCTION, ASYNC}:
        return []
    specs = [dg.AssetCheckSpec(f"{name}_{number}", asset=before) for number in range(len(step.checks))]
    return [several(name=name, specs=specs, **arguments)(fn)]


MAKERS = {ASSET: asset, SPECS: multi_asset, OUTS: multi_asset, GRAPH: graph_asset, GRAPHS: graph_multi_asset}


def definitions(pipeline: Pipeline) -> dg.Definitions:
    """Return the pipeline's definitions, with a job ``run`` of what it selects."""
    assets: list[dg.AssetsDefinition] = []
    asset_checks: list[dg.AssetChecksDefinition] = []
    selection: dg.AssetSelection = dg.AssetSelection.assets()
    before: str | None = None
    for number, (step, is_selected) in enumerate(zip(pipeline.steps, pipeline.selected, strict=True)):
        name = f"s{number}"
        if step.form == CHECK:
            made = checks(step, name, before)
            asset_checks.extend(made)
            mine: dg.AssetSelection = dg.AssetSelection.checks(*made)
        else:
            assets.append(MAKERS[step.form](step, name, before))
            made_keys = keys(step, name)
            mine = dg.AssetSelection.assets(*(made_keys[:1] if step.some and step.form in {SPECS, OUTS} else made_keys))
            before = keys(step, name)[0]
        selection = selection | mine if is_selected else selection
    return dg.Definitions(
        assets=assets,
        asset_checks=asset_checks,
        jobs=[dg.define_asset_job("run", selection=selection)],
        resources={"io_manager": Shelf(full(pipeline))},
        executor=dg.in_process_executor,
    )


def full(pipeline: Pipeline) -> dict[str, int]:
    """Return for which steps, and how often, the shelf is full."""
    found: dict[str, int] = {}
    for number, step in enumerate(pipeline.steps):
        if step.failing is not None and step.failing.where == "store":
            found |= dict.fromkeys(
                (f"s{number}", *(f"s{number}.s{number}_{op}" for op in ("join", "right"))), step.failing.times
            )
    return found
