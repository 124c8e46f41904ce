"""Make a snapshot of a code location's assets from its repository."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

import msgspec
from dagster import AssetsDefinition, RepositoryDefinition

from phlo_hooks.source import StoredSnapshot
from phlo_hooks_dagster.given import translator_in
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.riders import HOOKED
from phlo_hooks_dagster.snapshot import AssetSnapshot, CheckSnapshot, LocationSnapshot
from phlo_hooks_dagster.snapshot_dbt import DbtManifests
from phlo_hooks_dagster.snapshot_dlt import dlt_targets
from phlo_hooks_dagster.snapshot_jobs import job_snapshots
from phlo_hooks_dagster.snapshot_models import within_budget
from phlo_hooks_dagster.spec_snapshot import STUB, TEXT_LIMIT, snapshot_of_spec

_encoder: Final = msgspec.json.Encoder(order="deterministic")


def build_snapshot(
    repository: RepositoryDefinition, code_location: str, *, translator: DagsterHooksTranslator | None = None
) -> LocationSnapshot:
    """
    Return what the repository's assets and checks are; calls no user code but translators, dlt's, dbt's and ours.

    Args:
        translator: Else the one that ``with_phlo_hooks`` was given there.

    Raises:
        TranslatorError: The project's translator said what cannot be, or raised.
    """
    translator = translator or translator_in(repository)
    graph = repository.asset_graph
    manifests = DbtManifests()
    targets = dlt_targets({node.key.to_user_string(): node.metadata for node in graph.asset_nodes})
    stubs = {node.key for node in graph.asset_nodes if node.metadata.get(STUB)}
    assets: dict[str, AssetSnapshot] = {}
    for node in sorted(graph.asset_nodes, key=lambda each: each.key.to_user_string()):
        key = node.key.to_user_string()
        assets[key] = snapshot_of_spec(
            node.assets_def.get_asset_spec(node.key),
            None if node.key in stubs else translator,
            group=node.group_name,
            deps=tuple(sorted(each.to_user_string() for each in node.parent_keys)),
            stub=node.key in stubs,
            external=not node.is_materializable,
            partitioned=node.is_partitioned,
            relation=manifests.relation(node.metadata),
            upstream_relations=manifests.upstream_relations(node.metadata),
            dlt=targets.get(key),
            model=manifests.model(node.metadata),
        )
    return LocationSnapshot(
        code_location=code_location,
        repository=repository.name,
        assets=within_budget(assets),
        checks=_checks(graph, manifests),
        dbt_projects=manifests.projects(),
        sources=manifests.sources(),
        exposures=manifests.exposures(),
        jobs=job_snapshots(repository),
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
        sources=tuple({each.model.unique_id: each for one in snapshots for each in one.sources}.values()),
        exposures=tuple({each.unique_id: each for one in snapshots for each in one.exposures}.values()),
        jobs=tuple(job for each in snapshots for job in each.jobs),
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
                hooked=_is_hooked(graph.assets_def_for_key(node.key)),
            )
        )
    return tuple(found)


def _is_hooked(definition: AssetsDefinition) -> bool:
    """Return whether the step of a definition leaves riders; then each of its specs says so."""
    first = next(iter(definition.specs), None)
    return first is not None and HOOKED in first.metadata
