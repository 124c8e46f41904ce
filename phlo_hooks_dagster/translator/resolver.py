"""Which physical table an asset is: one identity, whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from phlo_hooks.datasets import DatasetRef
from phlo_hooks_dagster.snapshot import AssetSnapshot, LocationSnapshot, Relation
from phlo_hooks_dagster.translator.dlt import dlt_table
from phlo_hooks_dagster.translator.metadata import TABLE_NAME, Metadata, text
from phlo_hooks_dagster.translator.naming import (
    namespace_of,
    parse_dataset,
    platform_name,
    split_table_name,
    table_name,
)
from phlo_hooks_dagster.translator.rules import TranslationRules
from phlo_hooks_dagster.translator.stages import kinds_of, stage_of

DATASET_KEY: Final = "phlo/dataset"
URI_KEY: Final = "dagster/uri"
STORAGE_KIND: Final = "dagster/storage_kind"

_PLATFORMS: Final = frozenset(
    [
        "athena",
        "bigquery",
        "clickhouse",
        "databricks",
        "duckdb",
        "motherduck",
        "mssql",
        "mysql",
        "oracle",
        "postgres",
        "redshift",
        "snowflake",
        "spark",
        "sqlite",
        "starrocks",
        "trino",
    ]
)


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """
    A dataset and the rule that found it.

    Attributes:
        rule: ``metadata``, ``dbt_relation``, ``dlt``, ``table_name``, ``configured`` or ``unresolved``.
        why: One line for people.
    """

    dataset: DatasetRef
    rule: str
    why: str


class DatasetResolver:
    """Finds each asset's dataset by the chain: explicit metadata, dbt, dlt, ``dagster/table_name``, rules, key."""

    def __init__(self, snapshot: LocationSnapshot | None, rules: TranslationRules) -> None:
        self._assets = snapshot.assets if snapshot else {}
        self._rules = rules
        self._location = snapshot.code_location if snapshot else None
        self._catalogs: dict[tuple[str, str, str], set[str]] = {}
        self._platforms: dict[str, set[str]] = {}
        self._sources: dict[str, set[DatasetRef]] = {}
        self._learn()
        self._cache: dict[str, Resolution] = {}
        self._keys: dict[DatasetRef, str] | None = None

    def resolve(self, key: str, metadata: Metadata | None = None) -> Resolution:
        """
        Return the asset's dataset.

        Args:
            metadata: That of the record at hand; without it, what the snapshot alone says.
        """
        if metadata:
            return self._resolve(key, metadata)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._resolve(key, {})
        return found

    def dataset(self, key: str, metadata: Metadata | None = None) -> DatasetRef:
        """Return the asset's dataset without the reason."""
        return self.resolve(key, metadata).dataset

    def relation(self, relation: Relation) -> DatasetRef:
        """Return the dataset of a table as dbt names it."""
        return self._table(relation.adapter, relation.database, relation.schema, relation.identifier)

    def key_of(self, dataset: DatasetRef) -> str | None:
        """Return the asset that is this dataset, the first by key when several are."""
        if self._keys is None:
            self._keys = {}
            for key in sorted(self._assets, key=lambda each: (self._assets[each].external, each)):
                self._keys.setdefault(self.resolve(key).dataset, key)
        return self._keys.get(dataset)

    def table(self, platform: str | None, schema: str | None, table: str, catalog: str | None = None) -> DatasetRef:
        """Return the dataset of a table; a catalog that is not told is taken from dbt's relations when they agree."""
        return self._table(platform, catalog, schema, table)

    def _resolve(self, key: str, metadata: Metadata) -> Resolution:
        asset = self._assets.get(key)
        return (
            self._explicit(asset, metadata)
            or self._dbt(asset)
            or self._loaded(key, asset, metadata)
            or self._configured(key)
            or self._unresolved(key)
        )

    def _explicit(self, asset: AssetSnapshot | None, metadata: Metadata) -> Resolution | None:
        spec = asset.metadata if asset else {}
        for name in (DATASET_KEY, URI_KEY):
            written = text(metadata, name) or (str(spec[name]) if spec.get(name) else None)
            dataset = parse_dataset(written) if written else None
            if dataset is not None:
                return Resolution(dataset=dataset, rule="metadata", why=f"its metadata {name} says so")
        return None

    def _dbt(self, asset: AssetSnapshot | None) -> Resolution | None:
        relation = asset.relation if asset else None
        if relation is None:
            return None
        return Resolution(
            dataset=self.relation(relation), rule="dbt_relation", why=f"dbt names the table of {relation.unique_id}"
        )

    def _loaded(self, key: str, asset: AssetSnapshot | None, metadata: Metadata) -> Resolution | None:
        """Return the table of a dlt asset, of another the one it names; dlt's own table name is wrong."""
        if stage_of(key, asset, self._rules, metadata=metadata.keys()).tool != "dlt":
            return self._named(asset, metadata)
        return self._dlt(asset, metadata) or self._source(key)

    def _dlt(self, asset: AssetSnapshot | None, metadata: Metadata) -> Resolution | None:
        found = dlt_table(asset.dlt if asset else None, metadata)
        if found is None:
            return None
        dataset = self._table(found.platform, found.catalog, found.dataset, found.table)
        return Resolution(dataset=dataset, rule="dlt", why="dlt's destination, dataset and load job name the table")

    def _source(self, key: str) -> Resolution | None:
        """Return the table that dbt reads as the source with this key, when it is only one."""
        relations = self._sources.get(key, set())
        if len(relations) != 1:
            return None
        return Resolution(
            dataset=next(iter(relations)), rule="dbt_relation", why="dbt reads it as a source with this asset key"
        )

    def _named(self, asset: AssetSnapshot | None, metadata: Metadata) -> Resolution | None:
        name = text(metadata, TABLE_NAME) or (asset.table_name if asset else None)
        if not name:
            return None
        catalog, schema, table = split_table_name(name)
        platform = self._platform(asset, metadata, catalog, schema, table)
        dataset = self._table(platform, catalog, schema, table)
        return Resolution(dataset=dataset, rule="table_name", why=f"its metadata {TABLE_NAME} says so")

    def _configured(self, key: str) -> Resolution | None:
        for number, rule in enumerate(self._rules.datasets, start=1):
            if rule.holds(key):
                dataset = DatasetRef(namespace=rule.namespace, name=rule.name_for(key))
                return Resolution(dataset=dataset, rule="configured", why=f"datasets.rules entry {number} covers it")
        return None

    def _unresolved(self, key: str) -> Resolution:
        dataset = DatasetRef(namespace=f"dagster://{self._rules.deployment}", name=key, resolved=False)
        return Resolution(
            dataset=dataset,
            rule="unresolved",
            why=f"nothing names its table: set metadata {TABLE_NAME} or {DATASET_KEY}, or add to datasets.rules",
        )

    def _table(self, platform: str | None, catalog: str | None, schema: str | None, table: str) -> DatasetRef:
        word = platform_name(platform)
        if catalog is None and schema is not None and word is not None:
            known = self._catalogs.get((word, schema.lower(), table.lower()))
            catalog = next(iter(known)) if known and len(known) == 1 else None
        return DatasetRef(
            namespace=namespace_of(word, catalog, self._rules.namespaces), name=table_name(catalog, schema, table)
        )

    def _platform(
        self, asset: AssetSnapshot | None, metadata: Metadata, catalog: str | None, schema: str | None, table: str
    ) -> str | None:
        """Return the platform that storage kind or kinds name, else the only one known to hold that catalog."""
        written = text(metadata, STORAGE_KIND) or (str(asset.metadata.get(STORAGE_KIND) or "") if asset else "")
        if written:
            return platform_name(written)
        named = [word for kind in kinds_of(asset) if (word := platform_name(kind)) in _PLATFORMS]
        if len(named) == 1:
            return named[0]
        for place in (f"{catalog or ''}.{schema or ''}.{table}".lower(), (catalog or "").lower()):
            known = self._platforms.get(place, set()) if place else set()
            if len(known) == 1:
                return next(iter(known))
        return None

    def _learn(self) -> None:
        """Note which catalogs and platforms dbt's relations and dlt's pipelines name."""
        for asset in self._assets.values():
            relations = (*asset.upstream_relations, *((asset.relation,) if asset.relation else ()))
            for relation in relations:
                self._note(relation)
            if asset.dlt is not None and asset.dlt.catalog:
                self._platforms.setdefault(asset.dlt.catalog.lower(), set()).add(
                    platform_name(asset.dlt.destination) or asset.dlt.destination
                )

    def _note(self, relation: Relation) -> None:
        word = platform_name(relation.adapter) or relation.adapter
        place = f"{relation.database or ''}.{relation.schema or ''}.{relation.identifier}".lower()
        self._platforms.setdefault(place, set()).add(word)
        if relation.asset_key and relation.resource_type == "source":
            self._sources.setdefault(relation.asset_key, set()).add(self.relation(relation))
        if relation.database:
            self._platforms.setdefault(relation.database.lower(), set()).add(word)
            at = (word, (relation.schema or "").lower(), relation.identifier.lower())
            self._catalogs.setdefault(at, set()).add(relation.database)
