"""Where a materialization's data came from: tables, and columns when they are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from phlo_hooks.datasets import ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import LineageEvent
from phlo_hooks_dagster.snapshot import AssetSnapshot
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.metadata import Metadata, column_deps_of

_INPUT_TAGS: Final = ("dagster/input_data_version/", "dagster/input_event_pointer/")


@dataclass(frozen=True, kw_only=True)
class _Upstream:
    key: str | None
    dataset: DatasetRef


def lineage_event(  # noqa: PLR0913, PLR0917  # the record's parts
    context: RunContext, origin: Origin, key: str, partition: str, metadata: Metadata, tags: Mapping[str, str]
) -> LineageEvent | None:
    """Return ``lineage.edges`` of one materialization, or ``None`` when nothing is upstream of it."""
    asset = context.asset(key)
    dataset = context.resolver.dataset(key, metadata)
    upstreams = _upstreams(context, asset, tags)
    columns = _columns(context, upstreams, metadata)
    word = "dbt" if asset is not None and asset.relation is not None else "dagster"
    edges = tuple(
        LineageEdge(
            upstream=upstream.dataset,
            downstream=dataset,
            upstream_asset_key=upstream.key,
            downstream_asset_key=key,
            columns=columns.get(upstream.dataset, ()),
            origin=word,
        )
        for upstream in sorted(upstreams.values(), key=lambda each: (each.dataset, each.key or ""))
        if upstream.dataset != dataset
    )
    if not edges:
        return None
    return context.make(
        LineageEvent, "lineage.edges", origin, asset=key, partition=partition, edges=edges, asset_key=key
    )


def _upstreams(
    context: RunContext, asset: AssetSnapshot | None, tags: Mapping[str, str]
) -> dict[DatasetRef, _Upstream]:
    """Return the upstream tables: dbt's parents for a dbt model, else the declared assets, else those read."""
    found: dict[DatasetRef, _Upstream] = {}
    if asset is not None and asset.relation is not None:
        for relation in asset.upstream_relations:
            dataset = context.resolver.relation(relation)
            found[dataset] = _Upstream(key=context.resolver.key_of(dataset), dataset=dataset)
        return found
    for key in sorted(set(asset.deps) if asset is not None else _read_keys(tags)):
        _add(context, found, key)
    return found


def _read_keys(tags: Mapping[str, str]) -> set[str]:
    return {tag.removeprefix(prefix) for tag in tags for prefix in _INPUT_TAGS if tag.startswith(prefix)}


def _add(context: RunContext, found: dict[DatasetRef, _Upstream], key: str) -> DatasetRef | None:
    asset = context.asset(key)
    dataset = context.resolver.dataset(key)
    if asset is not None and asset.stub and not dataset.resolved:
        return None
    found.setdefault(dataset, _Upstream(key=key, dataset=dataset))
    return dataset


def _columns(
    context: RunContext, upstreams: dict[DatasetRef, _Upstream], metadata: Metadata
) -> dict[DatasetRef, tuple[ColumnEdge, ...]]:
    """Return column edges by upstream table; a table that only the columns name is added to the upstreams."""
    found: dict[DatasetRef, list[ColumnEdge]] = {}
    for column, deps in sorted(column_deps_of(metadata).items()):
        for key, upstream_column in deps:
            dataset = _add(context, upstreams, key)
            if dataset is not None:
                edge = ColumnEdge(upstream_column=upstream_column, downstream_column=column)
                found.setdefault(dataset, []).append(edge)
    return {dataset: tuple(dict.fromkeys(edges)) for dataset, edges in found.items()}
