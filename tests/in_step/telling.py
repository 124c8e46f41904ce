"""Run definitions and compare what their steps told with what the relay makes of the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from phlo_hooks import HookEvent
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.snapshot import IN_PROCESS
from phlo_hooks_dagster.snapshot_builder import build_snapshot
from phlo_hooks_dagster.translator import RunFacts, RunTranslator, TranslationRules

TOLD = ("ingestion.", "transform.", "publish.", "asset.", "quality.")
SAME = (
    *("status", "reason", "error", "asset_key", "check_name", "partition_key", "dataset", "rows", "columns", "owners"),
    *("kinds", "group_name", "description", "metadata", "tags", "stage", "tool", "target_system", "tables"),
    *("passed", "outcome", "data_outcome", "severity", "blocking", "failed_rows", "data_version", "url"),
)


@dataclass
class Told:
    """What both halves said of one run."""

    inside: list[HookEvent]
    outside: list[HookEvent]

    @property
    def keys(self) -> list[str]:
        """Keys of what steps told, in order, without the run's id."""
        return [short(event) for event in self.inside]


def short(event: HookEvent) -> str:
    """Return a key without the run's id."""
    return event.key.partition("|")[2]


def run(
    instance: dg.DagsterInstance,
    assets: Sequence[Any],
    *,
    hearing: Any,
    selection: Any = None,
    **arguments: Any,
) -> Told:
    """Materialize, and translate the run's log as the relay would."""
    before = len(hearing.events)
    arguments.setdefault("raise_on_error", False)
    result = dg.materialize(assets, instance=instance, selection=selection, **arguments)
    return Told(inside=hearing.events[before:], outside=translated(instance, result.run_id, assets, **arguments))


def translated(instance: dg.DagsterInstance, run_id: str, assets: Sequence[Any], **arguments: Any) -> list[HookEvent]:
    """Return the relay's events that a step could tell."""
    resources = arguments.get("resources")
    defs = dg.Definitions(
        assets=[each for each in assets if not isinstance(each, dg.AssetChecksDefinition)],
        asset_checks=[each for each in assets if isinstance(each, dg.AssetChecksDefinition)],
        resources=resources,
    )
    run = instance.get_run_by_id(run_id)
    assert run is not None
    facts = RunFacts(
        run_id=run_id,
        job_name=run.job_name,
        status=run.status.value,
        root_run_id=run.root_run_id,
        parent_run_id=run.parent_run_id,
        tags=run.tags,
        step_upstreams=compat.step_upstreams(instance, run),
    )
    translator = RunTranslator(facts, build_snapshot(defs.get_repository_def(), IN_PROCESS), TranslationRules())
    events = [
        event
        for record in compat.read_records(instance, run_id, after=0, limit=10_000)
        for event in translator.feed(record)
    ]
    return [event for event in [*events, *translator.finish()] if event.event_type.startswith(TOLD)]


def content(event: HookEvent) -> dict[str, Any]:
    """Return what both halves must agree on."""
    found = {name: getattr(event, name) for name in SAME if hasattr(event, name)}
    error = found.pop("error", None)
    where = event.correlation
    return {
        "key": event.key,
        **found,
        "error": (error.type, error.message, error.cause) if error is not None else None,
        "place": (where.run_id, where.root_run_id, where.parent_run_id, where.job_name, where.code_location),
    }


def assert_one_story(told: Told) -> None:
    """Compare each event of the steps with the relay's of the same key, in order and in content."""
    by_key: dict[str, list[dict[str, Any]]] = {}
    for event in told.outside:
        by_key.setdefault(event.key, []).append(content(event))
    for event in told.inside:
        assert by_key.get(event.key), f"the relay does not tell {event.key}: {sorted(by_key)}"
        assert content(event) == by_key[event.key].pop(0)
    untold = [key for key, left in by_key.items() if left]
    assert untold == []


def keys(events: Iterable[HookEvent]) -> list[str]:
    """Return keys without the run's id."""
    return [short(event) for event in events]
