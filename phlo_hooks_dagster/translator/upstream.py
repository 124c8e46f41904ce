"""Why a step never started: the search for the culprit in the execution plan."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from phlo_hooks.events import Status
from phlo_hooks_dagster.translator.context import RunContext
from phlo_hooks_dagster.translator.state import StepState, slot

_MAPPED = re.compile(r"\[[^\]]*\]")


def planned_step(step_key: str) -> str:
    """Return the step as the plan names it: ``work[k1]``, made at run time, is ``work[?]`` in the plan."""
    return _MAPPED.sub("[?]", step_key)


def skip_culprit(context: RunContext, step_key: str) -> str | None:
    """Return the direct upstream step that was skipped or left an output out; an only one is that."""
    upstreams = sorted(context.facts.step_upstreams.get(planned_step(step_key), ()))
    for upstream in upstreams:
        skipped = next((key for key, state in _states(context, upstream) if state.ended == Status.SKIPPED), None)
        if skipped or _left_out(context, upstream):
            return skipped or upstream
    return upstreams[0] if len(upstreams) == 1 and "[?]" not in upstreams[0] else None


def start_obstacle(context: RunContext, step_key: str) -> tuple[str, str | None]:
    """
    Return why a step did not start, and the step to blame.

    The nearest upstream step that failed, was canceled or lost its process; else one that was skipped; else the run.
    """
    if context.state.terminal == Status.CANCELED:
        return "canceled", None
    skipped: str | None = None
    for upstream in _breadth_first(context, planned_step(step_key)):
        for key, state in _states(context, upstream):
            if state.ended in {Status.FAILURE, Status.CANCELED, Status.RETRY} or state.running:
                return "upstream_failed", key
            if state.ended == Status.SKIPPED and skipped is None:
                skipped = key
    return ("upstream_skipped", skipped) if skipped else ("run_failed", None)


def _breadth_first(context: RunContext, step_key: str) -> Iterator[str]:
    upstreams = context.facts.step_upstreams
    seen = {step_key}
    waiting = deque([step_key])
    while waiting:
        for upstream in sorted(upstreams.get(waiting.popleft(), ())):
            if upstream not in seen:
                seen.add(upstream)
                waiting.append(upstream)
                yield upstream


def _states(context: RunContext, planned: str) -> Iterator[tuple[str, StepState]]:
    exact = context.state.steps.get(planned)
    if exact is not None:
        yield planned, exact
    elif "[?]" in planned:
        for key in sorted(context.state.steps):
            if planned_step(key) == planned:
                yield key, context.state.steps[key]


def _left_out(context: RunContext, step_key: str) -> bool:
    return any(
        slot(asset, partition) in context.state.settled
        for asset, partitions in context.state.planned.get(step_key, {}).items()
        for partition in partitions
    )
