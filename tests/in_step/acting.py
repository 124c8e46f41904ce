"""What the functions of a pipeline do. No annotations as text here: Dagster and the decorators read them."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import dagster as dg

from tests.in_step.pipelines import (
    ASYNC,
    CHECK,
    FUNCTION,
    GENERATOR,
    GRAPH,
    GRAPHS,
    NOTHING,
    OUTPUT,
    OUTS,
    RESULT,
    SPECS,
    STREAM,
    UNANNOTATED,
    VALUED,
    Step,
)


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
    """Log what the step makes known besides."""
    for event in besides(step, name):
        context.log_event(event)


def besides(step: Step, name: str) -> list[Any]:
    """Return what the step makes known besides."""
    found: list[Any] = []
    for what in step.logged:
        if what == "seen":
            found.append(dg.AssetObservation("stranger"))
        else:
            key = "stranger" if what == "other" or step.form in {CHECK, GRAPH, GRAPHS} else keys(step, name)[0]
            found.append(dg.AssetMaterialization(key, metadata={"dagster/row_count": 1}))
    return found


def keys(step: Step, name: str) -> list[str]:
    """Return the assets that a step makes."""
    if step.form == GRAPHS:
        return [f"{name}_0", f"{name}_1"]
    if step.form in {SPECS, OUTS}:
        return [f"{name}_{number}" for number in range(len(step.parts))]
    return [] if step.form == CHECK else [name]


def yielded(step: Step, name: str, context: Any) -> list[str]:
    """Return the assets that a step gives, of those that the run selected."""
    selected = {key.to_user_string() for key in context.selected_asset_keys}
    given = [key for key, is_given in zip(keys(step, name), step.parts, strict=True) if is_given]
    return [key for key in given if key in selected]


def check_results(step: Step, asset: str) -> list[dg.AssetCheckResult]:
    """Return what the step's checks say."""
    return [
        dg.AssetCheckResult(passed=passed, check_name=f"check_{number}", asset_key=asset)
        for number, passed in enumerate(step.checks)
        if passed is not None
    ]


def items(step: Step, name: str, context: Any) -> list[Any]:
    """Return what a step gives, in order."""
    rows = {"dagster/row_count": 3}
    if step.form == SPECS:
        made: list[Any] = [dg.MaterializeResult(asset_key=key, metadata=rows) for key in yielded(step, name, context)]
        return [*made, *check_results(step, keys(step, name)[0])]
    if step.form == OUTS:
        return [dg.Output(1, key, metadata=rows) for key in yielded(step, name, context)]
    main: dict[str, Any] = {RESULT: dg.MaterializeResult(metadata=rows), OUTPUT: dg.Output(1, metadata=rows)}
    return [main.get(step.gives, dg.MaterializeResult(value=1, metadata=rows)), *check_results(step, name)]


def returned(step: Step, name: str, context: Any) -> Any:
    """Return what a plain function returns."""
    if step.form in {SPECS, OUTS}:
        return tuple(items(step, name, context))
    if step.gives in {RESULT, VALUED}:
        rows, results = {"dagster/row_count": 3}, check_results(step, name)
        if step.gives == VALUED:
            return dg.MaterializeResult(value=1, metadata=rows, check_results=results)
        return dg.MaterializeResult(metadata=rows, check_results=results)
    return {NOTHING: None, UNANNOTATED: 1}.get(step.gives, dg.Output(1) if step.gives == OUTPUT else 1)


def function_of(step: Step, name: str, give: Callable[[Any], list[Any]], returns: Callable[[Any], Any]) -> Any:
    """Return the step's function in the style asked for; it is annotated elsewhere."""

    def function(context: Any) -> Any:
        fail(step, "before", context)
        log_besides(step, name, context)
        fail(step, "midway", context)
        fail(step, "after", context)
        return returns(context)

    def generator(context: Any) -> Iterator[Any]:
        fail(step, "before", context)
        if step.yields:
            yield from besides(step, name)
        else:
            log_besides(step, name, context)
        for number, item in enumerate(give(context)):
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
    refused = step.style == STREAM or (step.checks and (step.style == GENERATOR or step.gives == VALUED))
    if step.gives != UNANNOTATED and not refused:
        fn.__annotations__["return"] = Iterator[streamed] if step.style == GENERATOR else plain
    return fn
