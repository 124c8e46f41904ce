"""The law of the two halves: whatever a pipeline does, steps and relay tell one story."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from phlo_hooks import HookEvent
from tests.in_step.halves import Halves, of_steps, run, shown, told
from tests.in_step.pipelines import Pipeline, pipelines


def law(*, examples: int, derandomize: bool) -> settings:
    """Return how a law is tried."""
    return settings(
        max_examples=examples, deadline=None, derandomize=derandomize, suppress_health_check=list(HealthCheck)
    )


@law(examples=30, derandomize=True)
@given(pipeline=pipelines())
def test_steps_and_relay_tell_one_story(pipeline: Pipeline) -> None:
    """Each hook gets each event once, keys and contents agree, and steps tell nothing that the relay does not."""
    told_of(pipeline)


@pytest.mark.long
@pytest.mark.timeout(3600)
@law(examples=600, derandomize=False)
@given(pipeline=pipelines())
def test_steps_and_relay_tell_one_story_at_length(pipeline: Pipeline) -> None:
    """The same for many pipelines, others each time."""
    told_of(pipeline)


def told_of(pipeline: Pipeline) -> None:
    """Run the pipeline, if Dagster finds something to run in it, and judge what was told."""
    with tempfile.TemporaryDirectory() as folder:
        halves = run(pipeline, Path(folder))
    if halves is not None:
        judge(pipeline, halves)


def judge(pipeline: Pipeline, halves: Halves) -> None:
    """Hold what was told against the law."""
    first, second = halves.inside
    assert halves.before == (len(first), 0)
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
