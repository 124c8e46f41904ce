"""Where a materialization's data came from: tables, and columns when they are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from phlo_hooks.datasets import ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import LineageEvent
from phlo_hooks_dagster.identity.metadata import Metadata
from phlo_hooks_dagster.snapshot import AssetSnapshot, Relation
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.metadata import column_deps_of

_INPUT_TAGS: Final = ("dagster/input_data_version/", "dagster/input_event_pointer/")


@dataclass(frozen=True, kw_only=True)
class _Upstream:
    key: str | None
    dataset: DatasetRef


def lineage_event(  # the record's parts
    context: RunContext, origin: Origin, key: str, partition: str, metadata: Metadata, tags: Mapping[str, str]
) -> LineageEvent | None:
    """Return ``lineage.edges`` of one materialization, or ``None`` when nothing is upstream of it."""
    asset = context.asset(key)
    dataset = context.resolver.dataset(key, metadata)
    upstreams = _upstreams(context, asset, tags)
    is_dbt = asset is not None and asset.relation is not None
    columns = _columns(context, upstreams, metadata, complete=is_dbt)
    edges = tuple(
        LineageEdge(
            upstream=upstream.dataset,
            downstream=dataset,
            upstream_asset_key=upstream.key,
            downstream_asset_key=key,
            columns=columns.get(upstream.dataset, ()),
            origin="dbt" if is_dbt else "dagster",
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
            found.setdefault(dataset, _Upstream(key=_key_of(context, relation, dataset), dataset=dataset))
        return found
    for key in sorted(set(asset.deps) if asset is not None else _read_keys(tags)):
        _add(context, found, key)
    return found


def _key_of(context: RunContext, relation: Relation, dataset: DatasetRef) -> str | None:
    """Return the asset behind a parent: the one dbt's translator names, else the one that is the table."""
    if relation.asset_key is not None and context.asset(relation.asset_key) is not None:
        return relation.asset_key
    return context.resolver.key_of(dataset)


def _read_keys(tags: Mapping[str, str]) -> set[str]:
    return {tag.removeprefix(prefix) for tag in tags for prefix in _INPUT_TAGS if tag.startswith(prefix)}


def _add(context: RunContext, found: dict[DatasetRef, _Upstream], key: str) -> None:
    """Add an upstream asset; a stub that Dagster made for a name is no dataset."""
    asset = context.asset(key)
    dataset = context.resolver.dataset(key)
    if asset is None or not asset.stub or dataset.resolved:
        found.setdefault(dataset, _Upstream(key=key, dataset=dataset))


def _columns(
    context: RunContext, upstreams: dict[DatasetRef, _Upstream], metadata: Metadata, *, complete: bool
) -> dict[DatasetRef, tuple[ColumnEdge, ...]]:
    """
    Return column edges by upstream table.

    Args:
        complete: The upstreams are all there are; else an asset that only the columns name is added to them.
    """
    found: dict[DatasetRef, list[ColumnEdge]] = {}
    deps = column_deps_of(metadata)
    named = {upstream.key for upstream in upstreams.values()}
    if not complete:
        for key in sorted({key for pairs in deps.values() for key, _ in pairs} - named):
            _add(context, upstreams, key)
    for column, pairs in sorted(deps.items()):
        for key, upstream_column in pairs:
            tables = [upstream.dataset for upstream in upstreams.values() if upstream.key == key]
            dataset = _having(context, tables, upstream_column)
            if dataset is not None:
                edge = ColumnEdge(upstream_column=upstream_column, downstream_column=column)
                found.setdefault(dataset, []).append(edge)
    return {dataset: tuple(dict.fromkeys(edges)) for dataset, edges in found.items()}


def _having(context: RunContext, tables: Iterable[DatasetRef], column: str) -> DatasetRef | None:
    """
    Return the table that has the column, where one asset stands for several tables; ``None`` when that is not known.

    A loader's child tables follow the parent in name; the parent wins a column that both have.
    """
    candidates = sorted(tables)
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    known = [(table, context.state.tables.get(str(table))) for table in candidates]
    return next((table for table, names in known if names and column in names), None)
