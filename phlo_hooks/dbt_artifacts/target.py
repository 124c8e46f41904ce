"""A dbt target folder: what the project's tables are, which SQL makes them, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from phlo_hooks.dbt_artifacts.artifacts import Catalog, Manifest, NodeResult, RunResults
from phlo_hooks.dbt_artifacts.compiled import CompiledSql
from phlo_hooks.dbt_artifacts.nodes import (
    EPHEMERAL,
    TABLES,
    DbtNode,
    make_node,
    relation_of,
    table_nodes,
    upstreams_of,
)
from phlo_hooks.dbt_artifacts.reading import read_catalog, read_manifest, read_run_results, stamp
from phlo_hooks.dbt_artifacts.snapshots import snapshot_sql
from phlo_hooks.exceptions import DbtArtifactError
from phlo_hooks.sql_lineage.api import TableName, TableSchema
from phlo_hooks.sql_lineage.project import SqlNode
from phlo_hooks.sql_lineage.table_index import TableIndex, table_key

_SESSION_SCHEMA: Final = {"duckdb": "main", "motherduck": "main", "postgres": "public", "redshift": "public"}
"""What an unqualified name means on platforms where it is not the schema of the dbt profile."""
KEPT: Final = 3
"""Folders whose content is kept in memory, the ones used last."""
_FILES: Final = ("manifest.json", "catalog.json", "run_results.json")


@dataclass(frozen=True, kw_only=True)
class DbtTarget:
    """
    What one target folder says; read once, and again only when its files change.

    Attributes:
        nodes: Every model, snapshot, seed and source that is not disabled, by unique id; ephemeral models too.
        notes: What is missing, for people.
    """

    folder: Path
    manifest: Manifest
    catalog: Catalog | None = None
    run_results: RunResults | None = None
    nodes: Mapping[str, DbtNode] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path | str) -> DbtTarget:
        """
        Read a target folder.

        Raises:
            DbtArtifactError: It has no manifest, or one of its files is not what it should be.
        """
        path = Path(folder).absolute()
        if not path.is_dir():
            raise DbtArtifactError(path, "there is no such folder; name the one that holds dbt's manifest.json")
        return _load(path, tuple(stamp(path / name) for name in _FILES))

    @classmethod
    def find(cls, folder: Path | str) -> DbtTarget | None:
        """Return what a target folder says, ``None`` when it cannot be read."""
        try:
            return cls.load(folder)
        except DbtArtifactError:
            return None

    @property
    def adapter(self) -> str:
        """What dbt calls the platform."""
        return self.manifest.metadata.adapter_type or ""

    @property
    def project_name(self) -> str:
        """What the project is called."""
        return self.manifest.metadata.project_name or ""

    @cached_property
    def results(self) -> Mapping[str, NodeResult]:
        """What became of each node in the last run."""
        return {result.unique_id: result for result in (self.run_results.results if self.run_results else ())}

    @cached_property
    def main(self) -> Mapping[str, str]:
        """For every node the one that speaks for its table: a model may be declared as a source too."""
        return _main(
            {unique_id: (node.resource_type, node.relation) for unique_id, node in self.nodes.items()}, self.adapter
        )

    @cached_property
    def tables(self) -> tuple[DbtNode, ...]:
        """One node for each table."""
        return tuple(
            node for unique_id, node in self.nodes.items() if node.relation and self.main[unique_id] == unique_id
        )

    def by_relation(self, table: TableName) -> DbtNode | None:
        """Return the node that a table belongs to, ``None`` when it is no node's."""
        found = self._index.find(self.in_session(table)) or self._index.find(table)
        return self.nodes[found] if found else None

    def in_session(self, table: TableName) -> TableName:
        """Return the name with what it leaves out: the schema and the catalog that dbt connects to."""
        session = self._session
        schema = table.schema or session.schema
        return TableName(catalog=table.catalog or (session.catalog if schema else None), schema=schema, name=table.name)

    def compiled(self, unique_id: str) -> str | None:
        """Return the SQL that dbt compiled for a node, ``None`` when it is not known."""
        node = self.nodes.get(unique_id)
        return node.compiled if node else None

    def sql_nodes(self, schemas: Mapping[TableName, TableSchema] | None = None) -> tuple[SqlNode, ...]:
        """
        Return every table with the SQL that makes it; a snapshot's with the columns that dbt adds.

        Args:
            schemas: Columns that are known better than the artifacts know them.
        """
        known = {table_key(table, dialect=self.adapter): schema for table, schema in (schemas or {}).items()}
        return tuple(
            self._sql_node(node, known.get(table_key(relation, dialect=self.adapter)))
            for node in self.tables
            if (relation := node.relation)
        )

    def _sql_node(self, node: DbtNode, known: TableSchema | None) -> SqlNode:
        sql = node.compiled if node.has_sql else None
        if sql and node.resource_type == "snapshot":
            sql = snapshot_sql(sql, node.config)
        return SqlNode(
            unique_id=node.unique_id,
            relation=node.relation,
            dialect=node.dialect,
            sql=sql,
            default_catalog=self._session.catalog,
            default_schema=self._session.schema,
            upstreams=node.upstreams,
            columns=known or node.schema_catalogued,
            current=known is not None,
            documented=node.schema_documented,
        )

    @cached_property
    def _index(self) -> TableIndex:
        return TableIndex(
            ((node.relation, node.unique_id) for node in self.tables if node.relation), dialect=self.adapter
        )

    @cached_property
    def _session(self) -> TableName:
        """What a name leaves out that is not written in full; its own name means nothing."""
        mine = [
            (node.relation, node.config)
            for node in self.nodes.values()
            if node.relation and node.resource_type in {"model", "seed"} and node.package == self.project_name
        ]
        catalogs = {relation.catalog for relation, config in mine if not config.database}
        schemas = {relation.schema for relation, config in mine if not config.schema}
        schema = _SESSION_SCHEMA.get(self.adapter) or (next(iter(schemas)) if len(schemas) == 1 else None)
        return TableName(catalog=next(iter(catalogs)) if len(catalogs) == 1 else None, schema=schema, name="")


@lru_cache(maxsize=KEPT)
def _load(folder: Path, _stamps: tuple[tuple[int, int] | None, ...]) -> DbtTarget:
    manifest, catalog, results = read_manifest(folder), read_catalog(folder), read_run_results(folder)
    found = table_nodes(manifest)
    adapter = manifest.metadata.adapter_type or ""
    relations = {unique_id: relation_of(node, adapter) for unique_id, node in found.items()}
    main = _main({unique_id: (node.resource_type, relations[unique_id]) for unique_id, node in found.items()}, adapter)
    catalogued = {**catalog.sources, **catalog.nodes} if catalog else {}
    compiled = CompiledSql(folder, results)
    nodes = {}
    for unique_id, node in found.items():
        sql, origin = compiled.find(node)
        nodes[unique_id] = replace(
            make_node(node, relations[unique_id], catalogued.get(unique_id), adapter),
            upstreams=upstreams_of(node, found, main),
            compiled=sql,
            compiled_from=origin,
        )
    return DbtTarget(
        folder=folder,
        manifest=manifest,
        catalog=catalog,
        run_results=results,
        nodes=nodes,
        notes=_notes(nodes.values(), catalog),
    )


def _main(nodes: Mapping[str, tuple[str, TableName | None]], adapter: str) -> dict[str, str]:
    """Return for every node the one that speaks for its table."""
    by_table: dict[object, list[str]] = {}
    for unique_id, (_, relation) in nodes.items():
        by_table.setdefault(table_key(relation, dialect=adapter) if relation else unique_id, []).append(unique_id)
    ranked = (sorted(group, key=lambda each: (TABLES[nodes[each][0]], each)) for group in by_table.values())
    return {each: group[0] for group in ranked for each in group}


def _notes(nodes: Iterable[DbtNode], catalog: Catalog | None) -> tuple[str, ...]:
    missing = sorted(
        node.name for node in nodes if node.has_sql and not node.compiled and node.materialized != EPHEMERAL
    )
    notes = []
    if missing:
        some = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")  # noqa: PLR2004
        notes.append(f"Not compiled, so without column lineage: {some}. Run `dbt compile` or `dbt build`.")
    if catalog is None:
        notes.append("No catalog.json: columns of sources are those that models name. Run `dbt docs generate`.")
    return tuple(notes)
