"""The last word on planned assets and checks that their step left unsaid."""

from __future__ import annotations

from dataclasses import dataclass, replace

from phlo_hooks.events import ErrorInfo, HookEvent, Status
from phlo_hooks_dagster.translator import dbt
from phlo_hooks_dagster.translator.checks import check_outcomes
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.skips import explained
from phlo_hooks_dagster.translator.stage_events import Telling, asset_event, stage_event
from phlo_hooks_dagster.translator.state import OBSERVED, StepState, slot


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    How it ended for what the step was to make and did not.

    Attributes:
        started: Whether the attempt had started, so that staged assets have a start to answer.
    """

    status: str
    reason: str
    culprit: str | None = None
    error: ErrorInfo | None = None
    started: bool = True


def settle_step(context: RunContext, origin: Origin, outcome: Outcome) -> list[HookEvent]:
    """Return an event for each planned asset of the step that did not materialize, and for each check not evaluated."""
    step = context.state.steps.get(origin.step)
    did_start = outcome.started and step is not None and step.started > 0
    nodes = dbt.nodes_of(context, origin) if did_start else {}
    events: list[HookEvent] = []
    for key, partitions in sorted(context.state.planned.get(origin.step, {}).items()):
        for partition in sorted(partitions):
            if not _made(step, slot(key, partition), outcome):
                event = _unmade(context, origin, key, partition, replace(outcome, started=did_start), nodes)
                events.extend([event] if event else [])
    if outcome.status != Status.RETRY:
        events.extend(
            check_outcomes(
                context,
                origin,
                failed=outcome.status in {Status.FAILURE, Status.LOST} and outcome.started,
                ran=did_start and outcome.status == Status.SKIPPED,
                why=(outcome.reason, outcome.culprit),
                error=outcome.error,
                nodes=nodes,
            )
        )
    return events


def _made(step: StepState | None, here: str, outcome: Outcome) -> bool:
    """Return whether the attempt filled the slot; an observation alone does where nothing failed."""
    if step is None:
        return False
    return here in step.did or (outcome.reason == "not_yielded" and slot(here, OBSERVED) in step.did)


def _unmade(  # where, what and how it ended
    context: RunContext, origin: Origin, key: str, partition: str, outcome: Outcome, nodes: dict[str, dbt.Node]
) -> HookEvent | None:
    here, stage = slot(key, partition), context.stage(key)
    earlier = here in context.state.done
    if here in context.state.settled and not outcome.started:
        return None
    telling = _telling(context, key, outcome, nodes)
    if earlier and outcome.status != Status.RETRY:
        telling = Telling(status=Status.SKIPPED, reason="materialized_earlier")
    elif outcome.status != Status.RETRY:
        context.state.settled.add(here)
    if stage.tells is not None and outcome.started:
        return stage_event(context, stage, origin, key, partition, telling)
    if earlier or outcome.status == Status.RETRY:
        return None
    return asset_event(context, _ASSET_TYPES[telling.status], origin, key, partition, telling)


def _telling(context: RunContext, key: str, outcome: Outcome, nodes: dict[str, dbt.Node]) -> Telling:
    """Return what to say; where dbt has its own word on the node, that."""
    plainly = Telling(status=outcome.status, reason=outcome.reason, culprit=outcome.culprit, error=outcome.error)
    node = nodes.get(dbt.unique_id_of(context, key) or "")
    if node is None or outcome.status in {Status.CANCELED, Status.LOST}:
        return plainly
    if node.status == "skipped":
        return Telling(status=Status.SKIPPED, reason="node_skipped", node=explained(context, key, node, nodes))
    if node.failed:
        status = Status.RETRY if outcome.status == Status.RETRY else Status.FAILURE
        return Telling(status=status, reason="node_failed", error=node.error(), node=node)
    return replace(plainly, node=node)


_ASSET_TYPES = {
    Status.FAILURE: "asset.failed",
    Status.LOST: "asset.failed",
    Status.SKIPPED: "asset.skipped",
    Status.CANCELED: "asset.canceled",
}
