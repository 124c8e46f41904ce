"""What nobody has told of a step by the time it has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from dagster import DagsterEvent, DagsterEventType, HookContext

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.compat_recorded import STARTS, recorded_in_attempt
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.in_step.story import StepStory
from phlo_hooks_dagster.in_step.telling import tell, told

_BADLY: Final = frozenset({DagsterEventType.STEP_FAILURE, DagsterEventType.STEP_UP_FOR_RETRY})


def tell_untold(context: HookContext, events: Sequence[DagsterEvent]) -> None:
    """
    Tell what the step's own events say and no decorator has told; two events with one key are told twice.

    Args:
        events: All of the attempt's events; behind them those of steps that it made Dagster skip.
    """
    scope = StepScope.current(context)
    if scope is None:
        return
    own = [event for event in events if event.step_key == context.step_key]
    if not _BADLY.isdisjoint(event.event_type for event in own):
        own = _with_the_lost(own, recorded_in_attempt(context.instance, context.run_id, context.step_key))
    tell(untold(StepStory(scope).from_events(own), told(scope)), scope)


def _with_the_lost(events: Sequence[DagsterEvent], recorded: Sequence[DagsterEvent]) -> list[DagsterEvent]:
    """Return the events with all that the log holds: what code logs before it raises never comes to a run hook."""
    first = [event for event in events if event.event_type in STARTS]
    last = [event for event in events if event.event_type in _BADLY]
    return [*first, *recorded, *last]


def untold(events: Iterable[HookEvent], told_before: Counter[str]) -> Iterator[HookEvent]:
    """Yield the events that are beyond what was told before, by key and how often."""
    left = Counter(told_before)
    for event in events:
        if left[event.key] > 0:
            left[event.key] -= 1
        else:
            yield event
