"""Run a pipeline for real with both halves on, and compare what each told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from phlo_hooks import HookEvent
from phlo_hooks.filters import HookFilter
from phlo_hooks.registration import FailurePolicy
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import drain, with_phlo_hooks
from tests.in_step.building import LETTERS, definitions
from tests.in_step.pipelines import Pipeline

IN_STEP = ("ingestion.", "transform.", "publish.", "asset.", "quality.")
"""What steps tell; runs, steps and lineage are the relay's alone."""


@dataclass
class Halves:
    """
    One run and what was told of it.

    Attributes:
        inside: What each of two hooks with ``in_step=True`` was called with.
        outside: What a sync hook was called with by the relay.
        before: How many events the hooks of each half had, ``inside`` and ``outside``, before the relay read the log.
    """

    inside: tuple[list[HookEvent], list[HookEvent]]
    outside: list[HookEvent]
    before: tuple[int, int]


def run(pipeline: Pipeline, folder: Path) -> Halves | None:
    """Run a pipeline and read its log; ``None`` when Dagster has nothing to run or refuses it at load."""
    first, second, outside = RecordingHook(), RecordingHook(), RecordingHook()
    hooks: list[Any] = [
        first.registration("first", in_step=True, priority=1),
        second.registration("second", in_step=True, priority=2),
        outside.registration("outside"),
    ]
    if pipeline.failing_hook:
        broken = RecordingHook(fail_with=LookupError("the hook broke"))
        policy = FailurePolicy(pipeline.failing_hook)
        hooks.append(
            broken.registration(
                "broken",
                in_step=True,
                failure_policy=policy,
                filter=HookFilter(event_types=[pipeline.raises_on]),
                priority=50,
            )
        )
    defs = with_phlo_hooks(definitions(pipeline), hooks=hooks, mode="tick", live=pipeline.live)
    with dg.DagsterInstance.ephemeral() as instance:
        result = execute(defs, pipeline, instance)
        if result is None:
            return None
        before = len(first.events), len(outside.events)
        drain(instance, hooks=hooks, defs=defs, database=f"sqlite:///{folder / 'state.db'}")
        return Halves(inside=(first.events, second.events), outside=outside.events, before=before)


def execute(defs: dg.Definitions, pipeline: Pipeline, instance: dg.DagsterInstance) -> Any:
    """Run the job ``run``."""
    job = defs.resolve_job_def("run")
    if not job.nodes:
        return None
    arguments: dict[str, Any] = {}
    if job.partitions_def is not None:
        letters = list(LETTERS.get_partition_keys())
        if pipeline.partitions == "range":
            arguments["tags"] = {
                "dagster/asset_partition_range_start": letters[0],
                "dagster/asset_partition_range_end": letters[-1],
            }
        else:
            arguments["partition_key"] = letters[1]
    return job.execute_in_process(instance=instance, raise_on_error=False, **arguments)


def told(events: Iterable[HookEvent]) -> Counter[str]:
    """Count events by key."""
    return Counter(event.key for event in events)


def shown(event: HookEvent) -> tuple[Any, ...]:
    """Return what both halves must agree on."""
    fields = (
        "status",
        "reason",
        "asset_key",
        "partition_key",
        "check_name",
        "rows",
        "passed",
        "outcome",
        "data_outcome",
    )
    error = getattr(event, "error", None)
    return (
        event.key,
        event.event_type,
        *(getattr(event, name, None) for name in fields),
        (error.type, error.message) if error else None,
        event.correlation.job_name,
        event.correlation.code_location,
        tuple(sorted(event.tags.items())),
    )


def of_steps(events: Iterable[HookEvent]) -> list[HookEvent]:
    """Return the events that a step that has started can tell."""
    return [
        event
        for event in events
        if event.event_type.startswith(IN_STEP) and event.correlation.step_key and event.correlation.attempt
    ]
