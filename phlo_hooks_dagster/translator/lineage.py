"""Where a materialization's data came from: tables, and columns when they are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from phlo_hooks.datasets import ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import LineageEvent
from phlo_hooks.redaction import redact_sql, redact_text
from phlo_hooks_dagster.identity.metadata import Metadata
from phlo_hooks_dagster.snapshot import AssetSnapshot
from phlo_hooks_dagster.translator.columns import Spellings, listed
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.metadata import column_deps_of
from phlo_hooks_dagster.translator.statement import CUT, SQL_LIMIT, Statement

EDGES: Final = "lineage.edges"
_INPUT_TAGS: Final = ("dagster/input_data_version/", "dagster/input_event_pointer/")


@dataclass(frozen=True, kw_only=True)
class _Upstream:
    key: str | None
    dataset: DatasetRef


def lineage_event(  # the record's parts
    context: RunContext,
    origin: Origin,
    key: str,
    partition: str,
    metadata: Metadata,
    tags: Mapping[str, str],
    statement: Statement | None,
) -> LineageEvent | None:
    """Return ``lineage.edges`` of one materialization, or ``None`` when nothing is upstream of it."""
    asset = context.asset(key)
    dataset = context.resolver.dataset(key, metadata)
    upstreams = _upstreams(context, asset, tags)
    declared = frozenset(upstreams)
    is_dbt = asset is not None and asset.relation is not None
    told = _columns(context, dataset, upstreams, metadata, complete=is_dbt)
    for each in statement.tables if statement else ():
        upstreams.setdefault(each, _Upstream(key=context.resolver.key_of(each), dataset=each))
    columns = merged(told, statement)
    who = "dbt" if is_dbt else "dagster"
    edges = tuple(
        LineageEdge(
            upstream=upstream.dataset,
            downstream=dataset,
            upstream_asset_key=upstream.key,
            downstream_asset_key=key,
            columns=tuple(columns.get(upstream.dataset, ())),
            origin="sql" if is_dbt and upstream.dataset not in declared else who,
        )
        for upstream in sorted(upstreams.values(), key=lambda each: (each.dataset, each.key or ""))
        if upstream.dataset != dataset
    )
    if not edges:
        return None
    return context.make(
        LineageEvent,
        EDGES,
        origin,
        asset=key,
        partition=partition,
        edges=edges,
        asset_key=key,
        columns_from=_who(told, statement),
        **(_shown(statement) if statement else {}),
    )


def _shown(statement: Statement) -> dict[str, Any]:
    """Return the event's fields on the statement itself."""
    warning = redact_text(statement.warning) if statement.warning else None
    return {"sql": shown(statement.sql), "dialect": statement.dialect, "warning": warning}


def merged(
    told: Mapping[DatasetRef, Sequence[ColumnEdge]], statement: Statement | None
) -> Mapping[DatasetRef, Sequence[ColumnEdge]]:
    """
    Return the column edges of metadata and statement together.

    Both read the same SQL. Where the statement is understood wholly, it decides, since it tells what flows from what
    only filters; of a column about which it says nothing, or of a statement that is not understood wholly, the
    metadata's edges count too.
    """
    if statement is None or not statement.told:
        return told
    found = {dataset: list(edges) for dataset, edges in statement.columns.items()}
    for dataset, edges in told.items():
        pairs = {(edge.upstream_column, edge.downstream_column) for edge in statement.columns.get(dataset, ())}
        for edge in edges:
            decided = statement.whole and edge.downstream_column in statement.told
            if not decided and (edge.upstream_column, edge.downstream_column) not in pairs:
                found.setdefault(dataset, []).append(edge)
    return found


def shown(sql: str) -> str:
    """Return a statement as events carry it: without secrets, and not too long."""
    text = redact_sql(sql.strip())
    body = text.encode()
    return text if len(body) <= SQL_LIMIT else body[: SQL_LIMIT - len(CUT.encode())].decode(errors="ignore") + CUT


def _who(told: Mapping[DatasetRef, Sequence[ColumnEdge]], statement: Statement | None) -> str:
    names = ("metadata" if any(told.values()) else "", "sql" if statement is not None and statement.told else "")
    return "+".join(filter(None, names))


def _upstreams(
    context: RunContext, asset: AssetSnapshot | None, tags: Mapping[str, str]
) -> dict[DatasetRef, _Upstream]:
    """Return the upstream tables: dbt's parents for a dbt model, else the declared assets, else those read."""
    found: dict[DatasetRef, _Upstream] = {}
    if asset is not None and asset.relation is not None:
        for relation in asset.upstream_relations:
            dataset = context.resolver.relation(relation)
            found.setdefault(dataset, _Upstream(key=context.resolver.key_of_relation(relation), dataset=dataset))
        return found
    for key in sorted(set(asset.deps) if asset is not None else _read_keys(tags)):
        _add(context, found, key)
    return found


def _read_keys(tags: Mapping[str, str]) -> set[str]:
    return {tag.removeprefix(prefix) for tag in tags for prefix in _INPUT_TAGS if tag.startswith(prefix)}


def _add(context: RunContext, found: dict[DatasetRef, _Upstream], key: str) -> None:
    """Add an upstream asset; a stub that Dagster made for a name is no dataset."""
    asset = context.asset(key)
    dataset = context.resolver.dataset(key)
    if asset is None or not asset.stub or dataset.resolved:
        found.setdefault(dataset, _Upstream(key=key, dataset=dataset))


def _columns(
    context: RunContext, own: DatasetRef, upstreams: dict[DatasetRef, _Upstream], metadata: Metadata, *, complete: bool
) -> dict[DatasetRef, tuple[ColumnEdge, ...]]:
    """
    Return column edges by upstream table.

    Args:
        complete: The upstreams are all there are; else an asset that only the columns name is added to them.
    """
    found: dict[DatasetRef, list[ColumnEdge]] = {}
    deps = column_deps_of(metadata)
    named = {upstream.key for upstream in upstreams.values()}
    asset = context.asset(context.resolver.key_of(own) or "")
    platform = asset.relation.adapter if asset is not None and asset.relation is not None else ""
    names = cache(partial(listed, context))
    spellings = cache(lambda dataset: Spellings(platform, names(dataset)))
    if not complete:
        for key in sorted({key for pairs in deps.values() for key, _ in pairs} - named):
            _add(context, upstreams, key)
    for column, pairs in sorted(deps.items()):
        for key, upstream_column in pairs:
            tables = [upstream.dataset for upstream in upstreams.values() if upstream.key == key]
            dataset = _having(names, tables, upstream_column)
            if dataset is not None and dataset != own:
                edge = ColumnEdge(
                    upstream_column=spellings(dataset).spell(upstream_column) or upstream_column,
                    downstream_column=spellings(own).spell(column) or column,
                )
                found.setdefault(dataset, []).append(edge)
    return {dataset: tuple(dict.fromkeys(edges)) for dataset, edges in found.items()}


def _having(
    columns_of: Callable[[DatasetRef], Sequence[str]], tables: Iterable[DatasetRef], column: str
) -> DatasetRef | None:
    """
    Return the table that has the column, where one asset stands for several tables; ``None`` when that is not known.

    A loader's child tables follow the parent in name; the parent wins a column that both have.
    """
    candidates = sorted(tables)
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    return next((table for table in candidates if column in columns_of(table)), None)
