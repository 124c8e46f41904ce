"""What a dbt manifest says of the assets made from it; read from the objects that dagster-dbt left in the metadata."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from phlo_hooks.catalog import KnownModel
from phlo_hooks_dagster.compiled import Manifest, manifest_digest
from phlo_hooks_dagster.snapshot import DbtProjectSnapshot, ExposureSnapshot, Relation, SourceSnapshot
from phlo_hooks_dagster.snapshot_models import exposure_of, model_of, source_of

MANIFEST: Final = "dagster_dbt/manifest"
PROJECT: Final = "dagster_dbt/project"
TRANSLATOR: Final = "dagster_dbt/dagster_dbt_translator"
UNIQUE_ID: Final = "dagster_dbt/unique_id"
TABLES: Final = frozenset({"model", "seed", "snapshot", "source"})
SECTIONS: Final = ("nodes", "sources", "metrics", "semantic_models")
"""Of a manifest: what something may depend on."""
STAND_INS: Final = frozenset({"metric", "semantic_model"})
"""What is no table: it stands for those that it reads, as an ephemeral model does."""
SNAPSHOT_CONFIG: Final = (
    "strategy",
    "unique_key",
    "updated_at",
    "snapshot_meta_column_names",
    "dbt_valid_to_current",
    "hard_deletes",
)
"""What decides about the columns that dbt adds to a snapshot."""

log = logging.getLogger(__name__)


class DbtManifests:
    """The manifests that a repository's assets were made from."""

    def __init__(self) -> None:
        self._projects: dict[int, object] = {}
        self._manifests: dict[str, Manifest] = {}

    def add(self, metadata: Mapping[str, Any]) -> None:
        """Take note of the manifest that a dbt asset was made from: tests are looked up in those that are known."""
        self._manifest(metadata)

    def relation(self, metadata: Mapping[str, Any], *, asset_key: str | None = None) -> Relation | None:
        """
        Return the table of a dbt asset, as dbt names it.

        Args:
            asset_key: The asset's; without it the project's translator is asked.
        """
        manifest, node = self._node(metadata)
        found = _relation(manifest, node) if node else None
        if found is None:
            return None
        return replace(found, asset_key=asset_key or _asset_key(metadata, manifest, found.unique_id))

    def upstream_relations(self, metadata: Mapping[str, Any]) -> tuple[Relation, ...]:
        """Return the tables that a dbt asset reads; an ephemeral model is replaced by what it reads."""
        manifest, node = self._node(metadata)
        if not node:
            return ()
        return tuple(
            replace(found, asset_key=_asset_key(metadata, manifest, found.unique_id))
            for found in _distinct(_parents(manifest, node, frozenset()))
        )

    def model(self, metadata: Mapping[str, Any]) -> KnownModel | None:
        """Return what dbt says of the node that an asset is; ``None`` for what is no node of dbt's."""
        _, node = self._node(metadata)
        return model_of(node) if node and node.get("resource_type") in TABLES else None

    def sources(self) -> tuple[SourceSnapshot, ...]:
        """Return every source of the manifests, by unique id."""
        found = {
            unique_id: source_of(node, relation)
            for manifest in self._manifests.values()
            for unique_id, node in manifest.get("sources", {}).items()
            if (relation := _relation(manifest, node)) is not None
        }
        return tuple(found[unique_id] for unique_id in sorted(found))

    def exposures(self) -> tuple[ExposureSnapshot, ...]:
        """Return every exposure of the manifests, by unique id."""
        found = {
            unique_id: exposure_of(node, _distinct(_parents(manifest, node, frozenset())))
            for manifest in self._manifests.values()
            for unique_id, node in manifest.get("exposures", {}).items()
        }
        return tuple(found[unique_id] for unique_id in sorted(found))

    def test(self, metadata: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Return the unique id and the column of the dbt test behind a check."""
        unique_id = _text(metadata.get(UNIQUE_ID))
        if unique_id is None:
            return None, None
        for manifest in self._manifests.values():
            node = manifest.get("nodes", {}).get(unique_id)
            if node:
                named = node.get("column_name") or (node.get("test_metadata") or {}).get("kwargs", {}).get(
                    "column_name"
                )
                return unique_id, _text(named)
        return unique_id, None

    def projects(self) -> tuple[DbtProjectSnapshot, ...]:
        """Return the projects whose folders are known."""
        manifests = {id(manifest): manifest for manifest in self._manifests.values()}
        found = (_project(manifests[known], project) for known, project in self._projects.items())
        return tuple(sorted(filter(None, found), key=lambda each: each.project_dir))

    def _node(self, metadata: Mapping[str, Any]) -> tuple[Manifest, Mapping[str, Any] | None]:
        manifest = self._manifest(metadata)
        unique_id = _text(metadata.get(UNIQUE_ID))
        if manifest is None or unique_id is None:
            return {}, None
        return manifest, _lookup(manifest, unique_id)

    def _manifest(self, metadata: Mapping[str, Any]) -> Manifest | None:
        wrapper = metadata.get(MANIFEST)
        manifest = getattr(wrapper, "manifest", wrapper)
        if not isinstance(manifest, Mapping):
            return None
        self._manifests.setdefault(str(id(manifest)), manifest)
        project = metadata.get(PROJECT)
        if project is not None:
            self._projects.setdefault(id(manifest), project)
        return manifest


def _project(manifest: Manifest, project: object) -> DbtProjectSnapshot | None:
    directory = getattr(project, "project_dir", None)
    if directory is None:
        return None
    folder = Path(directory).absolute()
    about = manifest.get("metadata", {})
    return DbtProjectSnapshot(
        project_dir=str(folder),
        target_dir=str(folder / getattr(project, "target_path", "target")),
        manifest_digest=manifest_digest(manifest),
        adapter=str(about.get("adapter_type") or ""),
        project_name=str(about.get("project_name") or ""),
    )


def _asset_key(metadata: Mapping[str, Any], manifest: Manifest, unique_id: str) -> str | None:
    """Return Dagster's key of a node, as the project's own translator gives it."""
    translator = metadata.get(TRANSLATOR)
    if translator is None:
        return None
    try:
        spec = translator.get_asset_spec(manifest, unique_id, metadata.get(PROJECT))
    except Exception as error:  # noqa: BLE001  # the user's translator is foreign code
        log.warning("dbt node %s: its translator gives no asset key (%s)", unique_id, type(error).__name__)
        return None
    return str(spec.key.to_user_string())


def _lookup(manifest: Manifest, unique_id: str) -> Mapping[str, Any] | None:
    return next((found for section in SECTIONS if (found := (manifest.get(section) or {}).get(unique_id))), None)


def _relation(manifest: Manifest, node: Mapping[str, Any]) -> Relation | None:
    kind = str(node.get("resource_type"))
    if kind not in TABLES or _is_ephemeral(node):
        return None
    name = node.get("identifier") if kind == "source" else node.get("alias")
    return Relation(
        database=_text(node.get("database")),
        schema=_text(node.get("schema")),
        identifier=str(name or node["name"]),
        adapter=str(manifest.get("metadata", {}).get("adapter_type") or ""),
        unique_id=str(node["unique_id"]),
        resource_type=kind,
        relation_name=_text(node.get("relation_name")),
        language=_text(node.get("language")) or "sql",
        snapshot=_snapshot_config(node) if kind == "snapshot" else None,
    )


def _snapshot_config(node: Mapping[str, Any]) -> dict[str, Any]:
    config = node.get("config") or {}
    return {name: config[name] for name in SNAPSHOT_CONFIG if config.get(name) is not None}


def _parents(manifest: Manifest, node: Mapping[str, Any], above: frozenset[str]) -> Iterator[Relation]:
    for unique_id in (node.get("depends_on") or {}).get("nodes", []):
        parent = _lookup(manifest, unique_id)
        if parent is None or unique_id in above:
            continue
        relation = _relation(manifest, parent)
        if relation is not None:
            yield relation
        elif _is_ephemeral(parent) or parent.get("resource_type") in STAND_INS:
            yield from _parents(manifest, parent, above | {unique_id})


def _distinct(relations: Iterator[Relation]) -> tuple[Relation, ...]:
    found = {relation.unique_id: relation for relation in relations}
    return tuple(found[unique_id] for unique_id in sorted(found))


def _is_ephemeral(node: Mapping[str, Any]) -> bool:
    return (node.get("config") or {}).get("materialized") == "ephemeral"


def _text(value: object) -> str | None:
    value = getattr(value, "value", value)
    return value if isinstance(value, str) and value else None
