"""Assets: planned, started, materialized, observed."""

from __future__ import annotations

from collections.abc import Iterable

from phlo_hooks.events import AssetEvent, HookEvent, Status
from phlo_hooks_dagster.identity.metadata import text
from phlo_hooks_dagster.translator.columns import remember
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.metadata import columns_of
from phlo_hooks_dagster.translator.record import LogRecord, partition_of
from phlo_hooks_dagster.translator.results import tell_or_hold
from phlo_hooks_dagster.translator.stage_events import Telling, asset_event, stage_event
from phlo_hooks_dagster.translator.state import OBSERVED, slot
from phlo_hooks_dagster.translator.waiting import lineage_or_wait


def asset_planned(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Note what the run set out to materialize, one record for each asset and partition, or one with a subset."""
    key = _key(record)
    partitions = context.state.planned.setdefault(record.step, {}).setdefault(key, [])
    for partition in planned_partitions(record.data):
        if partition not in partitions:
            partitions.append(partition)
    return []


def planned_partitions(data: object) -> Iterable[str]:
    """Return the partition keys that a planned record names; one ``""`` when it names none."""
    single = getattr(data, "partition", None)
    subset = getattr(data, "partitions_subset", None)
    if single is not None:
        return [partition_of(single)]
    return sorted(map(partition_of, subset.get_partition_keys())) if subset is not None else [""]


def asset_starts(context: RunContext, origin: Origin) -> list[HookEvent]:
    """Return ``<stage>.start`` for each asset of the step that has a stage."""
    events: list[HookEvent] = []
    for key, partitions in sorted(context.state.planned.get(origin.step, {}).items()):
        stage = context.stage(key)
        if stage.tells is not None:
            events.extend(
                stage_event(context, stage, origin, key, partition, Telling(status=Status.STARTED))
                for partition in sorted(partitions)
            )
    return events


def asset_materialized(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return the asset's end event and, when it has upstream datasets and these are known by now, its lineage."""
    materialization = record.data.materialization
    key, partition = _key(record), partition_of(materialization.partition)
    step = context.state.steps.get(record.step)
    origin = Origin.of(record, step.attempt if step else 0)
    metadata = materialization.metadata
    stage = context.stage(key, metadata)
    invocation = text(metadata, "invocation_id")
    if step and invocation and invocation not in step.invocations:
        step.invocations.append(invocation)
    telling = Telling(
        status=Status.SUCCESS,
        metadata=metadata,
        tags=materialization.tags or {},
        description=materialization.description,
    )
    if stage.tells is None:
        end: HookEvent = asset_event(context, "asset.materialized", origin, key, partition, telling)
    else:
        end = stage_event(context, stage, origin, key, partition, telling)
    _note(context, record.step, key, partition)
    remember(context, context.resolver.dataset(key, metadata), columns_of(metadata))
    lineage = lineage_or_wait(context, origin, key, partition, metadata, materialization.tags or {})
    asset = context.asset(key)
    return tell_or_hold(context, origin, hooked=asset is not None and asset.hooked, events=[end, *lineage])


def asset_observed(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``asset.observed``: the last word on a planned source, on an unknown asset if its step succeeds."""
    observation = record.data.asset_observation
    key, partition = _key(record), partition_of(observation.partition)
    step = context.state.steps.get(record.step)
    origin = Origin.of(record, step.attempt if step else 0)
    telling = Telling(
        status=Status.SUCCESS,
        metadata=observation.metadata,
        tags=observation.tags or {},
        description=observation.description,
    )
    asset = context.asset(key)
    if asset is not None and asset.external:
        _note(context, record.step, key, partition)
    elif asset is None and step is not None:
        step.did.add(slot(_planned_slot(context, record.step, key, partition), OBSERVED))
    event: AssetEvent = asset_event(context, "asset.observed", origin, key, partition, telling)
    return [event]


def _key(record: LogRecord) -> str:
    key = record.event.asset_key
    if key is None:
        raise ValueError("it names no asset")
    return key.to_user_string()


def _note(context: RunContext, step_key: str, key: str, partition: str) -> None:
    """Remember that the asset's slot is filled."""
    done = _planned_slot(context, step_key, key, partition)
    context.state.done.add(done)
    step = context.state.steps.get(step_key)
    if step is not None:
        step.did.add(done)


def _planned_slot(context: RunContext, step_key: str, key: str, partition: str) -> str:
    """Return the slot that the partition fills; that of an asset planned without a partition is filled by any."""
    planned = context.state.planned.get(step_key, {}).get(key, [])
    return slot(key, "" if planned == [""] else partition)
