"""What nobody has told of a step by the time it has ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from dagster import DagsterEvent, HookContext

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.compat_recorded import Recorded, recorded_in_attempt
from phlo_hooks_dagster.in_step.dbt_ended import ended_folders
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.in_step.story import StepStory
from phlo_hooks_dagster.in_step.telling import tell, told


def tell_untold(context: HookContext, events: Sequence[DagsterEvent]) -> None:
    """
    Tell what the attempt has recorded and no decorator has told; two events with one key are told twice.

    The log knows when each thing happened, and what code logs before it raises: that never comes to a run hook.

    Args:
        events: All of the attempt's events, as Dagster hands them to a run hook; behind them those of steps that it
            made Dagster skip. They are told where the log does not hold the attempt.
    """
    scope = StepScope.current(context)
    if scope is None:
        return
    recorded = recorded_in_attempt(context.instance, context.run_id, context.step_key)
    if not recorded:
        now = time.time()
        recorded = [Recorded(at=now, event=event) for event in events if event.step_key == context.step_key]
    story = StepStory(scope, artifacts=ended_folders(scope))
    tell(untold(story.from_records(recorded), told(scope)), scope)


def untold(events: Iterable[HookEvent], told_before: Counter[str]) -> Iterator[HookEvent]:
    """Yield the events that are beyond what was told before, by key and how often."""
    left = Counter(told_before)
    for event in events:
        if left[event.key] > 0:
            left[event.key] -= 1
        else:
            yield event
