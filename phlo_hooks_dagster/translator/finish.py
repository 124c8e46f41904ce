"""The end of a run: what its log never says, concluded from what it does say."""

from __future__ import annotations

from phlo_hooks.events import HookEvent, Status
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.outcomes import Outcome, settle_step
from phlo_hooks_dagster.translator.results import held_told
from phlo_hooks_dagster.translator.steps import interrupts_explained, step_event
from phlo_hooks_dagster.translator.upstream import planned_step, start_obstacle
from phlo_hooks_dagster.translator.waiting import lineage_waited_for

_MARK = 18
"""Leading characters of an id by which a run remembers what it has concluded; 64 bits are plenty within one run."""
_FACT_STATUSES = {"SUCCESS": Status.SUCCESS, "FAILURE": Status.FAILURE, "CANCELED": Status.CANCELED}


def conclude(context: RunContext) -> list[HookEvent]:
    """
    Return what must be said of steps, assets and checks that have no last word; each thing once, ever.

    What the log may still bring is translated as if this had never been asked.
    """
    state = context.state
    terminal = state.terminal or _FACT_STATUSES.get(context.facts.status, "")
    if not terminal:
        return []
    explained = interrupts_explained(context, terminal)
    checks, settled = dict(state.checks), set(state.settled)
    events: list[HookEvent] = []
    for step_key in _steps(context, terminal):
        events.extend(_step(context, step_key, terminal))
    state.checks, state.settled = checks, settled
    fresh = [event for event in events if event.event_id[:_MARK] not in state.declared]
    state.declared.update(event.event_id[:_MARK] for event in fresh)
    return [*explained, *fresh]


def _steps(context: RunContext, terminal: str) -> list[str]:
    """Return every step that the plan, the planned assets and checks, or the log names."""
    state = context.state
    ran = {planned_step(key) for key in state.steps}
    named = {*context.facts.step_upstreams, *state.planned, *(check.step for check in state.checks.values())}
    mapped = {
        key
        for key in named
        if "[?]" in key and (key in ran or terminal == Status.SUCCESS or _had_nothing_to_map(context, key))
    }
    return sorted({*state.steps, *(named - mapped)})


def _had_nothing_to_map(context: RunContext, step_key: str) -> bool:
    """Return whether all that the step waits for went well: then it was mapped over nothing."""
    upstreams = context.facts.step_upstreams.get(step_key, ())
    ended = [context.state.steps[key].ended for key in upstreams if key in context.state.steps]
    return len(ended) == len(upstreams) and all(each == Status.SUCCESS for each in ended)


def _step(context: RunContext, step_key: str, terminal: str) -> list[HookEvent]:
    step = context.state.steps.get(step_key)
    at = _when(context)
    if step is not None and step.running:
        outcome = Outcome(status=Status.LOST, reason="step_lost")
        if terminal == Status.CANCELED:
            outcome = Outcome(status=Status.CANCELED, reason="canceled")
        origin = Origin(at=at, step=step_key, attempt=step.attempt)
        lost = step_event(context, "step.lost", origin, Status.LOST)
        waited = [*held_told(context, origin), *lineage_waited_for(context, step_key)]
        return [*waited, lost, *settle_step(context, origin, outcome)]
    if step is not None and step.ended != Status.RETRY:
        return []
    attempt = step.attempt + 1 if step is not None else 0
    origin = Origin(at=at, step=step_key, attempt=attempt)
    reason, culprit = ("canceled", None) if terminal == Status.CANCELED else start_obstacle(context, step_key)
    if step is not None and terminal != Status.CANCELED:
        reason, culprit = "run_failed", None
    status = Status.CANCELED if reason == "canceled" else Status.SKIPPED
    event = step_event(context, "step.skip", origin, Status.SKIPPED, reason=reason, culprit=culprit)
    outcome = Outcome(status=status, reason=reason, culprit=culprit, started=False)
    return [event, *settle_step(context, origin, outcome)]


def _when(context: RunContext) -> float:
    """Return when the run ended, by its log."""
    if context.state.terminal_at:
        return context.state.terminal_at
    end = context.facts.end_time
    return end.timestamp() if end is not None else context.state.last
