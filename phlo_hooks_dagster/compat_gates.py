"""
What Dagster does not document and gates need all the same: one small function each.

``tests/dagster/test_compat_gates.py`` asks each of them whether Dagster still behaves as it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    DagsterEventType,
    DagsterInstance,
    JobDefinition,
    SourceAsset,
)
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.definitions.data_version import get_input_event_pointer_tag
from dagster._core.definitions.decorators.op_decorator import DecoratedOpFunction
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from phlo_hooks_dagster.in_step.watching import WATCHED

_PAGE: Final = 100
_MANY: Final = 500
_OVER: Final = {
    DagsterEventType.STEP_FAILURE: "failed",
    DagsterEventType.STEP_SKIPPED: "was skipped",
    DagsterEventType.STEP_SUCCESS: "ended without a result",
}


def graph_of_step(context: Any) -> tuple[AssetGraph, AssetGraph]:
    """Return the assets of the job that the step runs in, and those of its whole code location."""
    job: AssetGraph = context.job_def.asset_layer.asset_graph
    return job, getattr(job, "source_asset_graph", job)


def graph_of_definitions(assets: Iterable[Any], checks: Iterable[Any]) -> AssetGraph:
    """Return the assets of definitions, without the resources that a repository would ask for; repeated ones once."""
    given = {id(each): each for each in (*assets, *checks)}.values()
    known = [each for each in given if isinstance(each, (AssetsDefinition, SourceAsset))]
    specs = [AssetsDefinition(specs=[each]) for each in given if isinstance(each, AssetSpec)]
    return AssetGraph.from_assets([*known, *specs])


def makes(graph: AssetGraph, check: AssetCheckKey) -> Any:
    """Return the definition whose step evaluates a check."""
    return graph.assets_def_for_key(check)


def runs(context: Any, key: AssetKey | AssetCheckKey) -> bool:
    """Say whether the run at hand makes the asset or evaluates the check."""
    graph = context.job_def.asset_layer.asset_graph
    if isinstance(key, AssetCheckKey):
        return key in graph.asset_check_keys
    return bool(graph.has(key) and graph.get(key).is_executable)


def partitions_of_run(context: Any) -> tuple[str, ...]:
    """Return the partitions that the run is for."""
    if context.has_partition_key:
        return (context.partition_key,)
    return tuple(context.partition_keys) if context.has_partition_key_range else ()


def partitions_in_run(instance: DagsterInstance, run_id: str, definition: Any) -> frozenset[str] | None:
    """Return an asset's partitions that a run was for: ``None`` for the asset as a whole, none when nobody knows."""
    run = instance.get_run_by_id(run_id) if run_id else None
    if run is None:
        return frozenset()
    if not run.is_partitioned or definition is None:
        return None
    with partition_loading_context(dynamic_partitions_store=instance):
        subset = run.get_resolved_partitions_subset_for_events(definition)
        return None if subset is None else frozenset(str.__str__(key) for key in subset.get_partition_keys())


def upstream_partitions(
    graph: AssetGraph, instance: DagsterInstance, child: AssetKey, partition: str | None, parent: AssetKey
) -> tuple[str, ...] | None:
    """Return the partitions of the parent that the child's partition is made from; ``None``: it has none."""
    if graph.get(parent).partitions_def is None:
        return None
    with partition_loading_context(dynamic_partitions_store=instance):
        mapped = graph.get_parent_partition_keys_for_child(partition, parent, child)
        return tuple(mapped.partitions_subset.get_partition_keys())


def newest_materializations(instance: DagsterInstance, key: AssetKey, partitions: Sequence[str]) -> Mapping[str, int]:
    """Return for each partition that was materialized the storage id of its newest materialization."""
    wanted = set(partitions)
    found = instance.get_latest_storage_id_by_partition(
        key, DagsterEventType.ASSET_MATERIALIZATION, wanted if len(wanted) <= _MANY else None
    )
    return {partition: storage_id for partition, storage_id in found.items() if partition in wanted}


def input_pointer(tags: Mapping[str, str], upstream: AssetKey) -> int | None:
    """Return the storage id of the upstream's newest event when a materialization with these tags was made."""
    value = tags.get(get_input_event_pointer_tag(upstream), "")
    return int(value) if value.isdigit() else None


def newest_check_records(
    instance: DagsterInstance, checks: Sequence[AssetCheckKey]
) -> Mapping[AssetCheckKey, AssetCheckExecutionRecord]:
    """Return what is known last of each check, in one query; a check that nobody ever planned is left out."""
    return instance.event_log_storage.get_latest_asset_check_execution_by_key(list(checks))


def earlier_check_records(
    instance: DagsterInstance, newest: AssetCheckExecutionRecord
) -> Iterator[AssetCheckExecutionRecord]:
    """Yield what was known of a check before, the newest first: rows planned and rows evaluated."""
    cursor = newest.id
    while True:
        page = instance.event_log_storage.get_asset_check_execution_history(newest.key, limit=_PAGE, cursor=cursor)
        yield from page
        if len(page) < _PAGE:
            return
        cursor = page[-1].id


def is_planned(record: AssetCheckExecutionRecord) -> bool:
    """Say whether a check was to be evaluated and has not been."""
    return record.status is AssetCheckExecutionRecordStatus.PLANNED


def checks_in_run(instance: DagsterInstance, run_id: str, asset: AssetKey) -> frozenset[str]:
    """Return the names of the asset's checks that a run planned or evaluated."""
    kinds = {DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION}
    names = set()
    for record in instance.get_records_for_run(run_id, of_type=kinds).records:
        event = record.event_log_entry.dagster_event
        told: Any = event.event_specific_data if event else None
        if told is not None and told.asset_key == asset:
            names.add(told.check_name)
    return frozenset(names)


def end_of_check_step(instance: DagsterInstance, run_id: str, check: AssetCheckKey) -> str | None:
    """Return how the step ended that a run evaluates the check in, for people; ``None`` while it has not."""
    run = instance.get_run_by_id(run_id)
    if run is None or not run.execution_plan_snapshot_id:
        return None
    plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
    steps = {
        step.key
        for step in plan.steps
        for output in step.outputs
        if output.properties and output.properties.asset_check_key == check
    }
    for record in instance.get_records_for_run(run_id, of_type=set(_OVER)).records:
        event = record.event_log_entry.dagster_event
        if event is not None and event.step_key in steps:
            return f"step {event.step_key} {_OVER[event.event_type]}"
    return None


def is_watched(assets_def: Any) -> bool:
    """Say whether ops of ours return the assets, of a graph its last ones: then their steps ask gates themselves."""
    node = assets_def.node_def
    returning = [node.resolve_output_to_origin_op_def(name) for name in assets_def.node_keys_by_output_name]
    functions = [op.compute_fn for op in returning]
    decorated = [each.decorated_fn if isinstance(each, DecoratedOpFunction) else each for each in functions]
    return bool(decorated) and all(getattr(each, WATCHED, False) for each in decorated)


def is_blocked_by_checks_of(assets_def: Any, upstream: AssetKey) -> bool:
    """Say whether Dagster lets the definition wait for blocking checks of the upstream."""
    return upstream not in {check.asset_key for check in assets_def.check_keys}


def jobs_with_assets(
    jobs: Iterable[object], automations: Iterable[object]
) -> Iterator[tuple[str, AssetSelection | JobDefinition]]:
    """Yield each job that may run assets, with its selection; those that schedules and sensors bring too."""
    for job in jobs:
        if isinstance(job, UnresolvedAssetJobDefinition):
            yield f"job {job.name!r}", job.selection
        elif isinstance(job, JobDefinition):
            yield f"job {job.name!r}", job
    for automation in automations:
        name = getattr(automation, "name", "")
        kind = "sensor" if hasattr(automation, "minimum_interval_seconds") else "schedule"
        for target in _targets(automation):
            resolvable = getattr(target, "resolvable_to_job", None)
            if isinstance(resolvable, UnresolvedAssetJobDefinition):
                yield f"{kind} {name!r}", resolvable.selection


def selected(
    graph: AssetGraph, job: AssetSelection | JobDefinition
) -> tuple[frozenset[AssetKey], frozenset[AssetCheckKey]]:
    """Return the assets and checks that a job of a graph runs."""
    if isinstance(job, JobDefinition):
        inner = job.asset_layer.asset_graph
        return frozenset(job.asset_layer.executable_asset_keys), frozenset(inner.asset_check_keys)
    return frozenset(job.resolve(graph)), frozenset(job.resolve_checks(graph))


def _targets(automation: Any) -> Iterable[object]:
    try:
        return automation.targets if hasattr(type(automation), "targets") else (automation.target,)
    except Exception:  # noqa: BLE001  # Dagster raises for an automation that has no target of its own
        return ()
