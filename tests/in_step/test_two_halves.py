"""The law of the two halves: whatever a pipeline does, steps and relay tell one story."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from phlo_hooks import HookEvent
from tests.in_step.halves import Halves, of_steps, run, shown, told
from tests.in_step.pipelines import Pipeline, pipelines

EXAMPLES = int(os.environ.get("TRANSLATOR_EXAMPLES", "40"))

law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="TRANSLATOR_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@law
@given(pipeline=pipelines())
def test_steps_and_relay_tell_one_story(pipeline: Pipeline) -> None:
    """Each hook gets each event once, keys and contents agree, and steps tell nothing that the relay does not."""
    with tempfile.TemporaryDirectory() as folder:
        halves = run(pipeline, Path(folder))

    if halves is not None:
        judge(pipeline, halves)


def judge(pipeline: Pipeline, halves: Halves) -> None:
    first, second = halves.inside
    assert [each.key for each in first] == [each.key for each in second]
    assert len({each.event_id for each in halves.outside}) == len(halves.outside)
    refused = refused_at_the_end(pipeline, halves.outside)
    inside = [each for each in first if place(each) not in refused]
    outside = [each for each in halves.outside if place(each) not in refused]
    assert told(inside) <= told(outside)
    recorded = [shown(each) for each in outside]
    assert not [each for each in map(shown, inside) if each not in recorded]
    if pipeline.live:
        assert told(inside) == told(of_steps(outside))


def refused_at_the_end(pipeline: Pipeline, events: Iterable[HookEvent]) -> set[tuple[str | None, int | None]]:
    """Return the attempts that a hook stopped because of an end: what it was told then did not come to pass."""
    if pipeline.failing_hook != "raise" or pipeline.raises_on == "*.start":
        return set()
    return {place(each) for each in events if getattr(each, "reason", None) == "stopped_by_hook"}


def place(event: HookEvent) -> tuple[str | None, int | None]:
    """Return the step's attempt that an event tells of."""
    return event.correlation.step_key, event.correlation.attempt
