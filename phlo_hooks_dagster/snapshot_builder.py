"""Make a snapshot of a code location's assets from its repository."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from dagster import MetadataValue, RepositoryDefinition, TableSchema, TableSchemaMetadataValue

from phlo_hooks.datasets import Column
from phlo_hooks.redaction import redact
from phlo_hooks.source import StoredSnapshot
from phlo_hooks_dagster.snapshot import AssetSnapshot, CheckSnapshot, LocationSnapshot
from phlo_hooks_dagster.snapshot_dbt import DbtManifests
from phlo_hooks_dagster.snapshot_dlt import dlt_targets

STUB: Final = "dagster/auto_created_stub_asset"
TABLE_NAME: Final = "dagster/table_name"
COLUMN_SCHEMA: Final = "dagster/column_schema"
TEXT_LIMIT: Final = 2000
_encoder = msgspec.json.Encoder(order="deterministic")


def build_snapshot(repository: RepositoryDefinition, code_location: str) -> LocationSnapshot:
    """Return what the repository's assets and checks are; calls no user code but dlt's translators."""
    graph = repository.asset_graph
    manifests = DbtManifests()
    targets = dlt_targets({node.key.to_user_string(): node.metadata for node in graph.asset_nodes})
    stubs = {node.key for node in graph.asset_nodes if node.metadata.get(STUB)}
    assets: dict[str, AssetSnapshot] = {}
    for node in sorted(graph.asset_nodes, key=lambda each: each.key.to_user_string()):
        key = node.key.to_user_string()
        assets[key] = AssetSnapshot(
            key=key,
            group=node.group_name,
            kinds=tuple(sorted(node.kinds)),
            owners=tuple(node.owners),
            tags=dict(node.tags),
            description=(node.description or "")[:TEXT_LIMIT] or None,
            deps=tuple(sorted(each.to_user_string() for each in node.parent_keys)),
            stub=node.key in stubs,
            external=not node.is_materializable,
            partitioned=node.is_partitioned,
            table_name=_plain(node.metadata.get(TABLE_NAME)),
            columns=_columns(node.metadata.get(COLUMN_SCHEMA)),
            relation=manifests.relation(node.metadata),
            upstream_relations=manifests.upstream_relations(node.metadata),
            dlt=targets.get(key),
            code_version=node.code_version,
            metadata=_metadata(node.metadata),
        )
    return LocationSnapshot(
        code_location=code_location,
        repository=repository.name,
        assets=assets,
        checks=_checks(graph, manifests),
        dbt_projects=manifests.projects(),
    )


def merge_snapshots(snapshots: list[LocationSnapshot]) -> LocationSnapshot:
    """Return one snapshot of a location that has several repositories; their asset keys are distinct in practice."""
    first, *others = snapshots
    if not others:
        return first
    return LocationSnapshot(
        code_location=first.code_location,
        repository=",".join(each.repository for each in snapshots),
        assets={key: asset for each in snapshots for key, asset in each.assets.items()},
        checks=tuple(check for each in snapshots for check in each.checks),
        dbt_projects=tuple(dict.fromkeys(project for each in snapshots for project in each.dbt_projects)),
    )


def stored_snapshot(snapshot: LocationSnapshot, *, valid_from: datetime) -> StoredSnapshot:
    """Return the snapshot as it is stored; equal content has an equal digest."""
    body = _encoder.encode(snapshot)
    return StoredSnapshot(
        code_location=snapshot.code_location,
        digest=hashlib.sha256(body).hexdigest(),
        body=body,
        valid_from=valid_from,
    )


def _checks(graph: Any, manifests: DbtManifests) -> tuple[CheckSnapshot, ...]:
    found = []
    for node in sorted(graph.asset_check_nodes, key=lambda each: (each.key.asset_key.to_user_string(), each.key.name)):
        unique_id, column = manifests.test(node.metadata)
        found.append(
            CheckSnapshot(
                asset_key=node.key.asset_key.to_user_string(),
                name=node.key.name,
                blocking=bool(node.blocking),
                description=(node.description or "")[:TEXT_LIMIT] or None,
                column=column,
                unique_id=unique_id,
                check_type="dbt_test" if unique_id else "asset_check",
            )
        )
    return tuple(found)


def _columns(value: object) -> tuple[Column, ...]:
    schema = value.schema if isinstance(value, TableSchemaMetadataValue) else value
    if not isinstance(schema, TableSchema):
        return ()
    return tuple(
        Column(
            name=column.name,
            type=column.type,
            nullable=column.constraints.nullable,
            description=column.description,
        )
        for column in schema.columns
    )


def _metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain values; live objects and what has a field of its own are left out."""
    plain = {
        name: value
        for name, raw in sorted(metadata.items())
        if name not in {TABLE_NAME, COLUMN_SCHEMA, STUB} and (value := _plain(raw)) is not None
    }
    found: dict[str, Any] = redact(plain)
    return found


def _plain(raw: object) -> Any:
    value = raw.value if isinstance(raw, MetadataValue) else raw
    if isinstance(value, str):
        return value[:TEXT_LIMIT]
    return value if isinstance(value, (bool, int, float)) else None
