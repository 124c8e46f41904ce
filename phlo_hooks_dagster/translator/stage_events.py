"""The events of one asset: start and end of its stage, or ``asset.*`` for one without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from phlo_hooks.datasets import ChildTable, Column, DatasetRef
from phlo_hooks.events import AssetEvent, ErrorInfo, HookEvent, IngestionEvent, PublishEvent, Status, TransformEvent
from phlo_hooks_dagster.identity.dlt_table import is_dlt
from phlo_hooks_dagster.identity.metadata import Metadata, text
from phlo_hooks_dagster.identity.stages import Stage, kinds_of
from phlo_hooks_dagster.translator import dbt, dlt
from phlo_hooks_dagster.translator.columns import remember
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.links import asset_url
from phlo_hooks_dagster.translator.loads import ToldLoad, child_tables, told_load
from phlo_hooks_dagster.translator.metadata import (
    PARTITION_ROW_COUNT,
    ROW_COUNT,
    columns_of,
    number,
    plain,
    rows_of,
)
from phlo_hooks_dagster.translator.record import elapsed

TARGET_SYSTEM: Final = "phlo/target_system"
TABLES: Final = "phlo/tables"
DATA_VERSION: Final = "dagster/data_version"


@dataclass(frozen=True, kw_only=True)
class Telling:
    """
    What an event is to say of its asset.

    Attributes:
        metadata: The record's, when it is one that carries some.
        node: dbt's own word on the node, when it is known.
    """

    status: str
    reason: str | None = None
    culprit: str | None = None
    error: ErrorInfo | None = None
    metadata: Metadata = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    node: dbt.Node | None = None

    @property
    def ended(self) -> bool:
        """Return whether it tells an end."""
        return self.status != Status.STARTED

    @property
    def produced(self) -> bool:
        """Return whether the asset materialized."""
        return self.status == Status.SUCCESS


def stage_event(  # one line per thing that an event is about
    context: RunContext, stage: Stage, origin: Origin, key: str, partition: str, telling: Telling
) -> HookEvent:
    """Return ``<stage>.start`` or ``<stage>.end`` of the asset."""
    build = {"ingestion": _ingestion, "transform": _transform, "publish": _publish}[stage.tells or ""]
    event_type = f"{stage.tells}.{'end' if telling.ended else 'start'}"
    asset = context.asset(key)
    common = {
        "asset_key": key,
        "dataset": context.resolver.dataset(key, telling.metadata),
        "group_name": asset.group if asset else None,
        "owners": context.owners(key),
        "partition_key": partition or None,
        "status": telling.status,
        "reason": telling.reason,
        "error": telling.error,
        "url": asset_url(context.ui_url, key, partition or None),
    }
    return build(context, event_type, origin, stage, telling, common)


def asset_event(  # one line per thing that an event is about
    context: RunContext, event_type: str, origin: Origin, key: str, partition: str, telling: Telling
) -> AssetEvent:
    """Return one ``asset.*`` event."""
    asset = context.asset(key)
    return context.make(
        AssetEvent,
        event_type,
        origin,
        asset=key,
        partition=partition,
        asset_key=key,
        status=telling.status,
        reason=telling.reason,
        culprit=telling.culprit,
        stage=context.stage(key, telling.metadata).name,
        dataset=context.resolver.dataset(key, telling.metadata),
        group_name=asset.group if asset else None,
        kinds=kinds_of(asset),
        owners=context.owners(key),
        description=telling.description or (asset.description if asset else None),
        rows=rows_of(telling.metadata),
        columns=_columns(context, key, telling) if telling.produced else (),
        metadata=_plain(context, telling, leave_out=()),
        data_version=telling.tags.get(DATA_VERSION),
        partition_key=partition or None,
        error=telling.error,
        url=asset_url(context.ui_url, key, partition or None),
    )


def _ingestion(  # the common shape of the three builders
    context: RunContext, event_type: str, origin: Origin, stage: Stage, telling: Telling, common: dict[str, Any]
) -> HookEvent:
    metadata, partition = telling.metadata, common["partition_key"] or ""
    load = dlt.dlt_load(metadata) if telling.produced and is_dlt(metadata) else None
    shared = len(context.state.planned.get(origin.step, {}).get(common["asset_key"], ())) > 1
    rows = _loaded_rows(metadata, load, partition, shared=shared)
    told = told_load(context, origin.step, common["asset_key"]) or ToldLoad() if telling.ended else ToldLoad()
    if rows is None and not shared:
        rows = told.rows
    children = child_tables(common["dataset"], load.children if load else {}, told, shared=shared)
    if telling.produced:
        _remember(context, common["dataset"], columns_of(metadata), children)
    if telling.produced and rows == 0:
        common["status"] = Status.NO_DATA
    return context.make(
        IngestionEvent,
        event_type,
        origin,
        asset=common["asset_key"],
        partition=partition,
        tool=stage.tool,
        rows=rows,
        bytes=None if shared else load.bytes if load else number(metadata, "bytes"),
        columns=_columns(context, common["asset_key"], telling) if telling.produced else (),
        child_tables=children,
        jobs=load.jobs if load else (),
        load_id=(load.load_id if load else None) or told.load_id,
        seconds=(load.seconds if load else None) or _elapsed(context, origin, telling),
        metadata=_plain(context, telling, leave_out=dlt.READ if load else ()),
        **told.fields(produced=telling.produced),
        **common,
    )


def _transform(  # the common shape of the three builders
    context: RunContext, event_type: str, origin: Origin, stage: Stage, telling: Telling, common: dict[str, Any]
) -> HookEvent:
    key = common["asset_key"]
    model = dbt.model_of(context, key, origin, telling.metadata, telling.node) if stage.tool == "dbt" else None
    seconds = model.seconds if model else None
    sql_digest = model.digest if model else None
    if model is not None and sql_digest is None and telling.produced:
        sql_digest = _recorded_digest(context, event_type, origin, key, common["partition_key"] or "")
    if model is None or not model.unique_id:
        seconds = _elapsed(context, origin, telling)
    return context.make(
        TransformEvent,
        event_type,
        origin,
        asset=key,
        partition=common["partition_key"] or "",
        tool=stage.tool or "python",
        model=model.name if model else None,
        unique_id=model.unique_id if model else None,
        node_status=model.status if model else None,
        message=telling.node.message or None if telling.node else None,
        rows=rows_of(telling.metadata),
        columns=_columns(context, key, telling) if telling.produced else (),
        compiled_sql_digest=sql_digest,
        invocation_id=model.invocation_id if model else None,
        seconds=seconds,
        metadata=_plain(context, telling, leave_out=dbt.READ if model else ()),
        **common,
    )


def _recorded_digest(context: RunContext, event_type: str, origin: Origin, key: str, partition: str) -> str | None:
    """Return what was recorded when the run was first translated: dbt's folder may be gone since."""
    if context.recorded is None or origin.record is None:
        return None
    event = context.recorded.event(context.recorded_id(event_type, origin.record, key, partition))
    return event.compiled_sql_digest if isinstance(event, TransformEvent) else None


def _publish(  # the common shape of the three builders
    context: RunContext, event_type: str, origin: Origin, _stage: Stage, telling: Telling, common: dict[str, Any]
) -> HookEvent:
    tables = telling.metadata.get(TABLES)
    named = getattr(tables, "data", None)
    return context.make(
        PublishEvent,
        event_type,
        origin,
        asset=common["asset_key"],
        partition=common["partition_key"] or "",
        target_system=text(telling.metadata, TARGET_SYSTEM),
        tables={str(target): str(source) for target, source in named.items()} if isinstance(named, dict) else {},
        rows=rows_of(telling.metadata),
        columns=_columns(context, common["asset_key"], telling) if telling.produced else (),
        seconds=_elapsed(context, origin, telling),
        metadata=_plain(context, telling, leave_out=(TARGET_SYSTEM, TABLES)),
        **common,
    )


def _loaded_rows(metadata: Metadata, load: dlt.DltLoad | None, partition: str, *, shared: bool) -> int | None:
    """
    Return how many rows were loaded.

    Args:
        shared: One load brought several partitions: what it counts belongs to all of them together.
    """
    own = number(metadata, PARTITION_ROW_COUNT) if partition else None
    if own is not None or shared:
        return own
    if load is not None:
        return load.rows
    counts = (number(metadata, name) for name in ("rows_loaded", PARTITION_ROW_COUNT, ROW_COUNT))
    return next((rows for rows in counts if rows is not None), None)


def _remember(
    context: RunContext, parent: DatasetRef, columns: tuple[Column, ...], children: tuple[ChildTable, ...]
) -> None:
    """Keep which columns each table has, so that column lineage through the one asset finds its table."""
    remember(context, parent, columns)
    for child in children:
        remember(context, child.dataset, child.columns)


def _columns(context: RunContext, key: str, telling: Telling) -> tuple[Column, ...]:
    """Return the columns as recorded, else as declared; dbt declares some columns only, so they do not count."""
    recorded = columns_of(telling.metadata)
    asset = context.asset(key)
    if recorded or asset is None or asset.relation is not None:
        return recorded
    return asset.columns


def _elapsed(context: RunContext, origin: Origin, telling: Telling) -> float | None:
    step = context.state.steps.get(origin.step)
    if not telling.ended or step is None or origin.attempt != step.attempt:
        return None
    return elapsed(step.started, origin.at)


def _plain(context: RunContext, telling: Telling, *, leave_out: Any) -> dict[str, Any]:
    if not telling.metadata:
        return {}
    return plain(telling.metadata, leave_out=leave_out, redact_names=context.rules.redact)
