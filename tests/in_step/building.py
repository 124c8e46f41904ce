"""Pipelines as Dagster definitions. No annotations as text here: Dagster and the decorators read them."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import dagster as dg

from phlo_hooks_dagster import (
    hooked_graph_asset,
    hooked_multi_asset,
    hooked_multi_asset_check,
    hooked_op,
    ingestion_asset,
    publish_asset,
    quality_check,
    transform_asset,
)
from tests.in_step.pipelines import (
    ASSET,
    ASYNC,
    CHECK,
    FUNCTION,
    GENERATOR,
    GRAPH,
    NOTHING,
    OUTPUT,
    OUTS,
    PARTITIONS,
    RESULT,
    SPECS,
    STREAM,
    UNANNOTATED,
    Pipeline,
    Step,
)

STAGED = {"ingestion": ingestion_asset, "transform": transform_asset, "publish": publish_asset}
LETTERS = dg.StaticPartitionsDefinition(list(PARTITIONS))


class Shelf(dg.IOManager):
    """Keeps values in memory; fails to store what it is told to, so often."""

    def __init__(self, failing: dict[str, int]) -> None:
        self._left = dict(failing)
        self._values: dict[str, Any] = {}

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Store a value."""
        name = context.step_key
        if self._left.get(name, 0) > 0:
            self._left[name] -= 1
            raise OSError("the shelf is full")
        self._values[f"{name}/{context.name}"] = obj
        if context.has_asset_key:
            context.add_output_metadata({"stored": True})

    def load_input(self, context: dg.InputContext) -> object:
        """Return a value that was stored."""
        upstream = context.upstream_output
        assert upstream is not None
        return self._values.get(f"{upstream.step_key}/{upstream.name}")


def fail(step: Step, where: str, context: Any) -> None:
    """Raise what the step raises here in this attempt."""
    failing = step.failing
    attempt = context.op_execution_context.retry_number if hasattr(context, "op_execution_context") else None
    number = (context.retry_number if attempt is None else attempt) + 1
    if failing is None or failing.where != where or number > failing.times:
        return
    if failing.how == "retry":
        raise dg.RetryRequested(max_retries=2)
    if failing.how == "failure":
        raise dg.Failure("it is no use", allow_retries=False)
    raise ValueError("it broke")


def log_besides(step: Step, name: str, context: Any) -> None:
    """Log what the step logs besides."""
    for what in step.logged:
        if what == "seen":
            context.log_event(dg.AssetObservation("stranger"))
        else:
            key = "stranger" if what == "other" or step.form in {CHECK, GRAPH} else keys(step, name)[0]
            context.log_event(dg.AssetMaterialization(key, metadata={"dagster/row_count": 1}))


def keys(step: Step, name: str) -> list[str]:
    """Return the assets that a step makes."""
    if step.form in {SPECS, OUTS}:
        return [f"{name}_{number}" for number in range(len(step.parts))]
    return [] if step.form == CHECK else [name]


def yielded(step: Step, name: str) -> list[str]:
    """Return the assets that a step gives."""
    return [key for key, is_given in zip(keys(step, name), step.parts, strict=True) if is_given]


def check_results(step: Step, asset: str) -> list[dg.AssetCheckResult]:
    """Return what the step's checks say."""
    return [
        dg.AssetCheckResult(passed=passed, check_name=f"check_{number}", asset_key=asset)
        for number, passed in enumerate(step.checks)
        if passed is not None
    ]


def items(step: Step, name: str) -> list[Any]:
    """Return what a step gives, in order."""
    rows = {"dagster/row_count": 3}
    if step.form == SPECS:
        made: list[Any] = [dg.MaterializeResult(asset_key=key, metadata=rows) for key in yielded(step, name)]
        return [*made, *check_results(step, keys(step, name)[0])]
    if step.form == OUTS:
        return [dg.Output(1, key, metadata=rows) for key in yielded(step, name)]
    main = dg.MaterializeResult(metadata=rows) if step.gives == RESULT else dg.Output(1, metadata=rows)
    return [main, *check_results(step, name)]


def returned(step: Step, name: str) -> Any:
    """Return what a plain function returns."""
    if step.form in {SPECS, OUTS}:
        return tuple(items(step, name))
    if step.gives == RESULT:
        return dg.MaterializeResult(metadata={"dagster/row_count": 3}, check_results=check_results(step, name))
    return {NOTHING: None, UNANNOTATED: 1}.get(step.gives, dg.Output(1) if step.gives == OUTPUT else 1)


def function_of(step: Step, name: str, give: Callable[[], list[Any]], returns: Callable[[], Any]) -> Callable[..., Any]:
    """Return the step's function in the style asked for; it is annotated elsewhere."""

    def function(context: Any) -> Any:
        fail(step, "before", context)
        log_besides(step, name, context)
        fail(step, "midway", context)
        fail(step, "after", context)
        return returns()

    def generator(context: Any) -> Iterator[Any]:
        fail(step, "before", context)
        log_besides(step, name, context)
        for number, item in enumerate(give()):
            yield item
            if number == 0:
                fail(step, "midway", context)
        fail(step, "after", context)

    async def coroutine(context: Any) -> Any:
        return function(context)

    async def stream(context: Any) -> AsyncIterator[Any]:
        for item in generator(context):
            yield item

    chosen = {FUNCTION: function, GENERATOR: generator, ASYNC: coroutine, STREAM: stream}[step.style]
    chosen.__name__ = name
    return chosen


def annotated(step: Step, fn: Callable[..., Any], context: type, plain: Any, streamed: Any) -> Callable[..., Any]:
    """Annotate a function as a careful user would, or not at all."""
    fn.__annotations__ = {"context": context}
    # Dagster takes no annotation of a generator of several outputs, nor of an asynchronous one.
    refused = step.style == STREAM or (step.style == GENERATOR and step.checks)
    if step.gives != UNANNOTATED and not refused:
        fn.__annotations__["return"] = Iterator[streamed] if step.style == GENERATOR else plain
    return fn


def common(step: Step, before: str | None) -> dict[str, Any]:
    """Return the arguments that all kinds of assets take."""
    found: dict[str, Any] = {"deps": [before] if before and step.follows else []}
    if step.retries:
        found["retry_policy"] = dg.RetryPolicy(max_retries=step.retries)
    if step.partitioned:
        found |= {"partitions_def": LETTERS, "backfill_policy": dg.BackfillPolicy.single_run()}
    return found


def asset(step: Step, name: str, before: str | None) -> dg.AssetsDefinition:
    """Return ``@asset``, or ours of the stage."""
    fn = function_of(step, name, lambda: items(step, name), lambda: returned(step, name))
    plain = {NOTHING: None, RESULT: dg.MaterializeResult, OUTPUT: dg.Output[int]}.get(step.gives, int)
    annotated(step, fn, dg.AssetExecutionContext, plain, Any if step.gives == OUTPUT else dg.MaterializeResult)
    arguments = common(step, before)
    arguments["check_specs"] = [dg.AssetCheckSpec(f"check_{number}", asset=name) for number in range(len(step.checks))]
    if step.hooked and step.stage:
        make: Any = STAGED[step.stage](**arguments)
    else:
        make = dg.asset(tags={"phlo/stage": step.stage} if step.stage else None, **arguments)
    made: dg.AssetsDefinition = make(fn)
    return made


def multi_asset(step: Step, name: str, before: str | None) -> dg.AssetsDefinition:
    """Return ``@multi_asset`` of specs or of outs, or ours."""
    fn = function_of(step, name, lambda: items(step, name), lambda: returned(step, name))
    fn.__annotations__ = {"context": dg.AssetExecutionContext}
    arguments = common(step, before)
    deps = arguments.pop("deps")
    tags = {"phlo/stage": step.stage} if step.stage and not step.hooked else {}
    if step.form == SPECS:
        names = keys(step, name)
        arguments["specs"] = [dg.AssetSpec(key, deps=deps, skippable=True, tags=tags) for key in names]
        arguments["check_specs"] = [
            dg.AssetCheckSpec(f"check_{number}", asset=names[0]) for number in range(len(step.checks))
        ]
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
    fn = function_of(step, name, results, lambda: results()[0] if results() else None)
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


MAKERS = {ASSET: asset, SPECS: multi_asset, OUTS: multi_asset, GRAPH: graph_asset}


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
            mine = dg.AssetSelection.assets(assets[-1])
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
            found |= dict.fromkeys((f"s{number}", f"s{number}.s{number}_join"), step.failing.times)
    return found
