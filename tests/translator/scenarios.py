"""Jobs whose runs the tests translate, made live on a temporary instance with the in-process executor."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from phlo_hooks_dagster.snapshot import LocationSnapshot
from tests.translator.recording import Recording, read_run, snapshot_of

INGESTION = {"phlo/stage": "ingestion"}
TRANSFORM = {"phlo/stage": "transform"}
PUBLISH = {"phlo/stage": "publish"}

DAYS = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01")
LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c"])
NAMES = dg.DynamicPartitionsDefinition(name="names")
GRID = dg.MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
SINGLE = dg.BackfillPolicy.single_run()

attempts = {"flaky": 0, "partly": 0}


@dg.asset(retry_policy=dg.RetryPolicy(max_retries=2), tags=INGESTION, group_name="raw", owners=["team:data"])
def flaky() -> dg.MaterializeResult[None]:
    """Fail once, then load five rows."""
    attempts["flaky"] += 1
    if attempts["flaky"] % 2:
        raise ValueError("boom, password=hunter2secret")
    return dg.MaterializeResult(metadata={"dagster/row_count": 5, "dagster/table_name": "wh.raw.flaky"})


@dg.multi_asset(
    specs=[dg.AssetSpec("first", tags=TRANSFORM), dg.AssetSpec("second"), dg.AssetSpec("third", skippable=True)],
    retry_policy=dg.RetryPolicy(max_retries=1),
)
def partly() -> Iterator[dg.MaterializeResult[None]]:
    """Make one of three and fail; the second time make the first two."""
    attempts["partly"] += 1
    yield dg.MaterializeResult("first")
    if attempts["partly"] % 2:
        raise dg.Failure("not today")
    yield dg.MaterializeResult("second")


@dg.asset(
    deps=[flaky],
    tags=TRANSFORM,
    metadata={"dagster/table_name": "wh.main.down"},
)
def down() -> dg.MaterializeResult[None]:
    """Tell columns and where they come from."""
    return dg.MaterializeResult(
        metadata={
            "dagster/column_schema": dg.TableSchema(columns=[dg.TableColumn("total", "DOUBLE")]),
            "dagster/column_lineage": dg.TableColumnLineage({"total": [dg.TableColumnDep(flaky.key, "amount")]}),
            "url": "postgres://user:hunter2secret@host/db",
        }
    )


@dg.asset(tags=TRANSFORM)
def bad() -> None:
    """Raise one error from another."""
    try:
        _ = 1 / 0
    except ZeroDivisionError as error:
        raise RuntimeError("bad one") from error


@dg.asset(deps=[bad], tags=PUBLISH)
def after_bad() -> None:
    """Never start."""


@dg.asset(deps=[after_bad])
def after_after() -> None:
    """Never start."""


@dg.asset(output_required=False, tags=INGESTION)
def optional() -> Iterator[dg.Output[None]]:
    """Yield nothing, which is allowed."""
    yield from ()


@dg.asset(deps=[optional])
def after_optional() -> None:
    """Be skipped, as its input never came."""


@dg.asset(
    check_specs=[dg.AssetCheckSpec("warns", asset="checked"), dg.AssetCheckSpec("passes", asset="checked")],
)
def checked() -> Iterator[Any]:
    """Evaluate two checks of its own."""
    yield dg.Output(None)
    yield dg.AssetCheckResult(
        check_name="warns", passed=False, severity=dg.AssetCheckSeverity.WARN, metadata={"failed_rows": 3}
    )
    yield dg.AssetCheckResult(check_name="passes", passed=True, description="all there")


@dg.asset_check(asset=checked, blocking=True)
def blocking() -> dg.AssetCheckResult:
    """Stop what is downstream."""
    return dg.AssetCheckResult(passed=False)


@dg.asset(deps=[checked])
def after_checked() -> None:
    """Be stopped by the blocking check."""


@dg.asset_check(asset=bad)
def check_of_bad() -> dg.AssetCheckResult:
    """Never run, as its asset fails."""
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=flaky)
def raising() -> dg.AssetCheckResult:
    """Fail to judge."""
    raise ValueError("check broke")


@dg.asset
def twice() -> dg.MaterializeResult[None]:
    """Materialize twice in one attempt."""
    dg.AssetExecutionContext.get().log_event(dg.AssetMaterialization("twice", metadata={"n": 1}))
    return dg.MaterializeResult(metadata={"n": 2})


@dg.observable_source_asset
def watched() -> dg.DataVersion:
    """Be looked at."""
    return dg.DataVersion("v1")


@dg.asset
def noted_and_bad(context: dg.AssetExecutionContext) -> None:
    """Log an observation of itself, then fail."""
    context.log_event(dg.AssetObservation("noted_and_bad"))
    raise ValueError("after the note")


@dg.op(out={"left": dg.Out(), "right": dg.Out(is_required=False)})
def fork() -> Iterator[Any]:
    """Yield one of two outputs."""
    yield dg.Output(1, "left")


@dg.op(out=dg.DynamicOut())
def fan() -> Iterator[dg.DynamicOutput[int]]:
    """Yield three pieces."""
    for number in range(3):
        yield dg.DynamicOutput(number, mapping_key=f"k{number}")


@dg.op
def work(number: int) -> int:
    """Pass a piece on."""
    return number


@dg.job
def forked() -> None:
    """Go left; what is on the right is skipped."""
    left, right = fork()
    work.alias("on_the_left")(left)
    work.alias("further_right")(work.alias("on_the_right")(right))


@dg.op
def gather(numbers: list[int]) -> int:
    """Put the pieces together."""
    return sum(numbers)


@dg.graph_asset
def fanned() -> Any:
    """Be made from pieces."""
    return gather(fan().map(work).collect())


@dg.op(out=dg.DynamicOut())
def fan_out() -> Iterator[dg.DynamicOutput[int]]:
    """Yield two pieces."""
    yield dg.DynamicOutput(0, mapping_key="good")
    yield dg.DynamicOutput(1, mapping_key="sour")


@dg.op
def work_or_fail(number: int) -> int:
    """Fail on the second piece."""
    if number:
        raise ValueError("sour")
    return number


@dg.graph_asset
def spoiled() -> Any:
    """Miss a piece."""
    return gather(fan_out().map(work_or_fail).collect())


@dg.asset(partitions_def=DAYS, tags=INGESTION)
def daily() -> None:
    """Load a day."""


@dg.asset_check(asset=daily)
def daily_check() -> dg.AssetCheckResult:
    """Judge a day."""
    return dg.AssetCheckResult(passed=True)


@dg.asset(partitions_def=NAMES)
def named() -> None:
    """Make a dynamic partition."""


@dg.asset(partitions_def=GRID, backfill_policy=SINGLE)
def grid() -> None:
    """Make one or many cells."""


@dg.asset(partitions_def=LETTERS, backfill_policy=SINGLE, tags=INGESTION)
def letters() -> dg.MaterializeResult[None]:
    """Load all letters at once."""
    return dg.MaterializeResult(metadata={"dagster/row_count": 12})


@dg.asset(partitions_def=LETTERS, backfill_policy=SINGLE, output_required=False, tags=PUBLISH)
def some_letters(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Publish two of three letters, last first."""
    context.log_event(
        dg.AssetMaterialization("some_letters", partition="c", metadata={"dagster/partition_row_count": 4})
    )
    context.log_event(dg.AssetMaterialization("some_letters", partition="a"))
    yield from ()


@dg.asset(partitions_def=DAYS, backfill_policy=SINGLE, tags=TRANSFORM)
def bad_days() -> None:
    """Fail on a range of days."""
    raise ValueError("bad days")


PLAIN: list[Any] = [flaky, partly, down, bad, after_bad, after_after, optional, after_optional, checked, after_checked]
OTHERS: list[Any] = [twice, watched, fanned, spoiled]
PARTITIONED = [daily, named, grid, letters, some_letters, bad_days]
CHECKS = [blocking, check_of_bad, raising, daily_check]
DEFS = dg.Definitions(
    assets=[*PLAIN, *OTHERS, *PARTITIONED, noted_and_bad],
    asset_checks=CHECKS,
    jobs=[dg.define_asset_job("watch", dg.AssetSelection.assets("watched")), forked],
)


def _range(first: str, last: str) -> dict[str, str]:
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


RUNS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "plain": (
        [*PLAIN, blocking, check_of_bad, raising],
        {"tags": {"team": "shop", "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}},
    ),
    "others": (OTHERS, {}),
    "good": ([flaky, down], {}),
    "noted": ([noted_and_bad], {}),
    "daily": ([daily, daily_check], {"partition_key": "2024-01-03"}),
    "named": ([named], {"partition_key": "x"}),
    "cell": ([grid], {"partition_key": dg.MultiPartitionKey({"day": "2024-01-02", "letter": "b"})}),
    "cells": ([grid], {"tags": _range("2024-01-02|a", "2024-01-03|b")}),
    "letters": ([letters], {"tags": _range("a", "c")}),
    "some_letters": ([some_letters], {"tags": _range("a", "c")}),
    "bad_days": ([bad_days], {"tags": _range("2024-01-03", "2024-01-05")}),
}


def run_all(home: str) -> dict[str, Recording]:
    """Run every scenario on one instance and return its recordings by name."""
    attempts.update(flaky=0, partly=0)
    snapshot: LocationSnapshot = snapshot_of(DEFS)
    results: dict[str, dg.ExecuteInProcessResult]
    with dg.DagsterInstance.local_temp(home) as instance:
        instance.add_dynamic_partitions("names", ["x", "y"])
        results = {
            name: dg.materialize(assets, instance=instance, raise_on_error=False, **options)
            for name, (assets, options) in RUNS.items()
        }
        results["forked"] = forked.execute_in_process(instance=instance)
        results["watched"] = DEFS.resolve_job_def("watch").execute_in_process(instance=instance)
        return {name: read_run(instance, result.run_id, snapshot) for name, result in results.items()}
