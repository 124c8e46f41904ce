"""Which physical table an asset is: one identity, whoever asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from phlo_hooks.datasets import DatasetRef, family, platform_name
from phlo_hooks_dagster.identity.dlt_table import dlt_table
from phlo_hooks_dagster.identity.metadata import TABLE_NAME, Metadata, text
from phlo_hooks_dagster.identity.naming import Part, parse_dataset, split_parts
from phlo_hooks_dagster.identity.rules import TranslationRules
from phlo_hooks_dagster.identity.stages import kinds_of, stage_of
from phlo_hooks_dagster.identity.tables import KnownTables, Spelling
from phlo_hooks_dagster.snapshot import AssetSnapshot, LocationSnapshot, Relation

DATASET_KEY: Final = "phlo/dataset"
URI_KEY: Final = "dagster/uri"
STORAGE_KIND: Final = "dagster/storage_kind"

_UNQUOTED: Final = frozenset({"snowflake"})
"""Adapters that do not quote names unless told to; all others do."""

_SESSION_SCHEMAS: Final = {"duckdb": "main", "postgres": "public", "redshift": "public"}
"""What a name without a schema means, where that is not the schema of dbt's profile."""

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
        rule: ``metadata``, ``translator``, ``dbt_relation``, ``dlt``, ``table_name``, ``configured`` or ``unresolved``.
        why: One line for people.
    """

    dataset: DatasetRef
    rule: str
    why: str


class DatasetResolver:
    """Finds each asset's dataset: explicit metadata, translator, dbt, dlt, ``dagster/table_name``, rules, key."""

    def __init__(self, snapshot: LocationSnapshot | None, rules: TranslationRules) -> None:
        self._assets = snapshot.assets if snapshot else {}
        self._rules = rules
        self._location = snapshot.code_location if snapshot else None
        self._platforms: dict[str, set[str]] = {}
        self._sources: dict[str, set[DatasetRef]] = {}
        self._tables = KnownTables(rules.namespaces)
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
        return self._tables.dataset(_spelling(relation))

    def key_of_relation(self, relation: Relation) -> str | None:
        """Return the asset behind a table of dbt's: the one that dbt's translator names, else the one that makes it."""
        named = self._assets.get(relation.asset_key) if relation.asset_key is not None else None
        if named is not None and not named.external:
            return named.key
        making = self.key_of(self.relation(relation))
        return making or (named.key if named is not None else None)

    def read_table(
        self, platform: str, *, catalog: str | None, schema: str | None, table: str, home: str | None
    ) -> DatasetRef | None:
        """
        Return the dataset of a table that a statement reads; ``None`` when its schema is told by nobody.

        Args:
            catalog: As the statement says, in the platform's normal form, as ``schema`` and ``table`` are.
            home: The catalog in which the statement runs.
        """
        parts = [Part(each, quoted=True) if each else None for each in (catalog, schema)]
        asked = Spelling(platform=platform, catalog=parts[0], schema=parts[1], table=Part(table, quoted=True))
        at_home = replace(asked, catalog=parts[0] or (Part(home) if home else None))
        session = _SESSION_SCHEMAS.get(family(platform) or "")
        if schema is None and session is not None:
            found = self._tables.find(replace(at_home, schema=Part(session)))
            if found is not None:
                return found
        found = self._tables.find(asked)
        return found if found is not None or schema is None else self._tables.dataset(at_home)

    def key_of(self, dataset: DatasetRef) -> str | None:
        """Return the asset that is this dataset, the first by key when several are."""
        if self._keys is None:
            self._keys = {}
            for key in sorted(self._assets, key=lambda each: (self._assets[each].external, each)):
                self._keys.setdefault(self.resolve(key).dataset, key)
        return self._keys.get(dataset)

    def _resolve(self, key: str, metadata: Metadata) -> Resolution:
        asset = self._assets.get(key)
        return (
            self._explicit(asset, metadata)
            or self._translated(asset)
            or self._dbt(asset)
            or self._loaded(key, asset, metadata)
            or self._configured(key)
            or self._unresolved(key)
        )

    def _explicit(self, asset: AssetSnapshot | None, metadata: Metadata) -> Resolution | None:
        spec = asset.metadata if asset else {}
        for name in (DATASET_KEY, URI_KEY):
            written = text(metadata, name) or (str(spec[name]) if spec.get(name) else None)
            dataset = self._written(written) if written else None
            if dataset is not None:
                return Resolution(dataset=dataset, rule="metadata", why=f"its metadata {name} says so")
        return None

    def _translated(self, asset: AssetSnapshot | None) -> Resolution | None:
        dataset = self._written(asset.dataset) if asset is not None and asset.dataset else None
        if asset is None or dataset is None:
            return None
        return Resolution(dataset=dataset, rule="translator", why=f"{asset.translator}.get_dataset says so")

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
        spelling = _loading(asset, metadata)
        if spelling is None:
            return None
        dataset = self._tables.dataset(spelling)
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
        dataset = self._tables.dataset(self._naming(name, asset, metadata))
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

    def _written(self, written: str) -> DatasetRef | None:
        """Return the dataset that somebody wrote out; the known one when it is another spelling of one."""
        dataset = parse_dataset(written)
        spelling = _spelled_out(dataset) if dataset else None
        return self._tables.same(dataset, spelling) if dataset and spelling else dataset

    def _naming(self, name: str, asset: AssetSnapshot | None, metadata: Metadata) -> Spelling:
        catalog, schema, table = split_parts(name)
        texts = [part.text if part else None for part in (catalog, schema)]
        platform = self._platform(asset, metadata, texts[0], texts[1], table.text)
        return Spelling(platform=platform, catalog=catalog, schema=schema, table=table)

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
        """Note the tables that dbt, dlt, table names and explicit metadata name, in this order of belief."""
        assets = [self._assets[key] for key in sorted(self._assets)]
        own = [asset.relation for asset in assets if asset.relation is not None]
        for relation in (*own, *(each for asset in assets for each in asset.upstream_relations)):
            self._note(relation)
        for asset in assets:
            if asset.dlt is not None and asset.dlt.catalog:
                self._hold(asset.dlt.catalog, asset.dlt.destination)
            spelling = _loading(asset, {}) if asset.relation is None else None
            if spelling is not None:
                self._tables.add(spelling)
        for asset in assets:
            if asset.table_name and asset.relation is None and stage_of(asset.key, asset, self._rules).tool != "dlt":
                self._tables.add(self._naming(asset.table_name, asset, {}))
        for asset in assets:
            for written in (asset.metadata.get(DATASET_KEY), asset.metadata.get(URI_KEY), asset.dataset):
                dataset = parse_dataset(str(written or ""))
                spelling = _spelled_out(dataset) if dataset else None
                if dataset and spelling:
                    self._tables.add_dataset(dataset, spelling)

    def _note(self, relation: Relation) -> None:
        dataset = self._tables.add(_spelling(relation))
        place = f"{relation.database or ''}.{relation.schema or ''}.{relation.identifier}"
        for each in (place, relation.database):
            self._hold(each, relation.adapter)
        if relation.asset_key and relation.resource_type == "source":
            self._sources.setdefault(relation.asset_key, set()).add(dataset)

    def _hold(self, place: str | None, platform: str) -> None:
        """Note that the platform has a catalog or table of that name."""
        if place:
            self._platforms.setdefault(place.lower(), set()).add(platform_name(platform) or platform)


def _spelling(relation: Relation) -> Spelling:
    """Return a table as dbt names it, each part quoted as dbt renders it."""
    quoted = [relation.adapter not in _UNQUOTED] * 3
    if relation.relation_name:
        rendered = [part for part in split_parts(relation.relation_name) if part is not None]
        quoted = ([False, False, False] + [part.quoted for part in rendered])[-3:]
    catalog, schema, table = (
        Part(text, quoted=how) if text else None
        for text, how in zip((relation.database, relation.schema, relation.identifier), quoted, strict=True)
    )
    return Spelling(platform=relation.adapter, catalog=catalog, schema=schema, table=table or Part(""))


def _loading(asset: AssetSnapshot | None, metadata: Metadata) -> Spelling | None:
    """Return the table that a dlt asset loads, as dlt names it."""
    found = dlt_table(asset.dlt if asset else None, metadata)
    if found is None:
        return None
    return Spelling(
        platform=found.platform,
        catalog=Part(found.catalog) if found.catalog else None,
        schema=Part(found.dataset) if found.dataset else None,
        table=Part(found.table),
    )


def _spelled_out(dataset: DatasetRef) -> Spelling | None:
    """Return the table behind a dataset that somebody wrote out; ``None`` for what is no table, such as a path."""
    platform = platform_name(dataset.namespace.partition("://")[0])
    if platform not in _PLATFORMS:
        return None
    catalog, schema, table = split_parts(dataset.name)
    return Spelling(platform=platform, catalog=catalog, schema=schema, table=table)
