"""Runs whose steps write riders while they run: users' events, hostile ones, and a step that a hook stops."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster._core.events import EngineEventData

from tests.translator.recording import Recording, read_run, snapshot_of
from tests.translator.riding import HOSTILE, ODD, SPAN, emitted, metadata_of

failures = {"emitting": 0}


def say(context: dg.AssetExecutionContext, body: object) -> None:
    """Write a rider of this step."""
    context.instance.report_engine_event(
        "rider",
        dagster_run=context.run,
        engine_event_data=EngineEventData(metadata_of(body)),
        step_key=context.op_execution_context.get_step_execution_context().step.key,
    )


@dg.asset(tags={"phlo/stage": "ingestion", "domain": "sales"}, retry_policy=dg.RetryPolicy(max_retries=1))
def emitting(context: dg.AssetExecutionContext) -> None:
    """Emit an event of each attempt, and one that is the same in both; the second attempt succeeds."""
    failures["emitting"] += 1
    say(context, emitted(event_id="", number=failures["emitting"], asset_key="emitting"))
    say(context, emitted(tags={"team": "shop"}, correlation={"asset_key": "emitting", "span_id": SPAN}))
    if failures["emitting"] % 2:
        raise ValueError("once more")


@dg.asset(tags={"phlo/stage": "ingestion"})
def hostile(context: dg.AssetExecutionContext) -> None:
    """Write what nobody should, and a good event after it."""
    for body in (*HOSTILE.values(), *ODD.values(), emitted(asset_key="hostile")):
        say(context, body)


@dg.asset(tags={"phlo/stage": "publish"}, retry_policy=dg.RetryPolicy(max_retries=2))
def stopped() -> None:
    """Fail as a hook makes a step fail."""
    raise dg.Failure(
        "gate 'checks_passed' is closed: password=hunter2secret",
        metadata={"phlo/hook": "gates:checks_passed", "phlo/event": "publish.start", "phlo/reason": "closed"},
        allow_retries=False,
    )


@dg.multi_asset(specs=[dg.AssetSpec("left", tags={"phlo/stage": "transform"}), dg.AssetSpec("right", skippable=True)])
def forged(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Emit an event that claims to be of another run, step, attempt and time."""
    claim = {"run_id": "another", "step_key": "x", "attempt": 7, "job_name": "y", "partition_key": "p", "trace_id": "z"}
    say(context, emitted(key="another|x|7", correlation={**claim, "asset_key": "right"}, source="shop"))
    yield dg.MaterializeResult("left")


ASSETS: list[Any] = [emitting, hostile, stopped, forged]


def run_all(home: str) -> dict[str, Recording]:
    """Run each on one instance and return the recordings by name."""
    failures["emitting"] = 0
    snapshot = snapshot_of(dg.Definitions(assets=ASSETS))
    with dg.DagsterInstance.local_temp(home) as instance:
        results = {
            each.op.name: dg.materialize([each], instance=instance, raise_on_error=False, tags={"owner": "ada"})
            for each in ASSETS
        }
        return {name: read_run(instance, result.run_id, snapshot) for name, result in results.items()}
