"""What an instance remembers of a guarded asset's upstreams: what they are now, and what they were when it last ran."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dagster import AssetKey, AssetRecordsFilter, DagsterInstance, EventLogRecord

from phlo_hooks_dagster.compat_gates import input_pointer, newest_materializations
from phlo_hooks_dagster.gates.gate import GateView, Upstream

_CHUNK: Final = 500
_OBSERVATIONS: Final = 100

Slots = Mapping[str | None, int]
"""Partition, ``None`` for an asset without, to the storage id of its newest materialization."""


def newest(view: GateView, upstream: Upstream) -> Slots:
    """Return the newest materialization of each partition that the guarded one is made from."""
    if upstream.partitions is None:
        record = _one(view.instance, upstream.key)
        return {} if record is None else {None: record.storage_id}
    found = newest_materializations(view.instance, upstream.key, upstream.partitions)
    return {partition: storage_id for partition, storage_id in found.items()}  # noqa: C416  # the keys may be None


def record_of(instance: DagsterInstance, key: AssetKey, storage_id: int) -> EventLogRecord | None:
    """Return one materialization."""
    return next(iter(records_of(instance, key, [storage_id])), None)


def records_of(instance: DagsterInstance, key: AssetKey, storage_ids: Sequence[int]) -> Iterator[EventLogRecord]:
    """Yield materializations by their storage ids."""
    for start in range(0, len(storage_ids), _CHUNK):
        chosen = list(storage_ids[start : start + _CHUNK])
        found = instance.fetch_materializations(
            AssetRecordsFilter(asset_key=key, storage_ids=chosen), limit=len(chosen)
        )
        yield from found.records


def last_start(view: GateView, upstream: Upstream, *, any_partition: bool = False) -> int | None:
    """
    Return a storage id that divides the upstream's events: those the guarded asset was last made from lie below it.

    Args:
        any_partition: Look at whichever partition of the guarded asset was made last.
    """
    partition = None if any_partition else view.partition_key
    last = _one(view.instance, view.asset_key, partition=partition)
    if last is None:
        return None
    materialization = last.asset_materialization
    pointer = input_pointer(materialization.tags or {}, upstream.key) if materialization else None
    return last.storage_id if pointer is None else pointer + 1


def before(
    view: GateView,
    upstream: Upstream,
    current: EventLogRecord,
    divide: int | None,
    *,
    any_partition: bool = False,
) -> EventLogRecord | None:
    """
    Return what to compare a materialization with: what the guarded asset was last made from, else the one before.

    Args:
        divide: As ``last_start`` returns it.
        any_partition: What is compared belongs to the whole table, such as its columns.
    """
    partition = None if any_partition or upstream.partitions is None else current.partition_key
    if divide is not None:
        found = _one(view.instance, upstream.key, partition=partition, below=divide)
        if found is not None:
            return found
    return _one(view.instance, upstream.key, partition=partition, below=current.storage_id)


def latest_observation(view: GateView, upstream: Upstream, *, having: str) -> EventLogRecord | None:
    """Return the newest of the last observations whose metadata has a name: of partitions that count, or of all."""
    for record in view.instance.fetch_observations(upstream.key, limit=_OBSERVATIONS).records:
        observation = record.asset_observation
        if observation is None or having not in observation.metadata:
            continue
        if upstream.partitions is None or record.partition_key in {None, *upstream.partitions}:
            return record
    return None


def metadata_of(record: EventLogRecord) -> Mapping[str, Any]:
    """Return a materialization's or an observation's metadata."""
    told = record.asset_materialization or record.asset_observation
    return told.metadata if told is not None else {}


def place(upstream: Upstream, partition: str | None) -> str:
    """Return what people call a partition of an asset."""
    return upstream.name if partition is None else f"{upstream.name} [{partition}]"


def never_made(upstream: Upstream) -> str:
    """Return the sentence for an upstream, or its one partition, that has no materialization."""
    partitions = upstream.partitions
    only = partitions[0] if partitions is not None and len(partitions) == 1 else None
    return f"{place(upstream, only)} was never materialized"


def _one(
    instance: DagsterInstance, key: AssetKey, *, partition: str | None = None, below: int | None = None
) -> EventLogRecord | None:
    wanted = AssetRecordsFilter(
        asset_key=key, asset_partitions=None if partition is None else [partition], before_storage_id=below
    )
    return next(iter(instance.fetch_materializations(wanted, limit=1).records), None)
