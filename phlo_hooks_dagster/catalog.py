"""What stored snapshots say of assets, whether they ever ran or not; imports no Dagster, as commands must be quick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from phlo_hooks.catalog import KnownAsset, KnownExposure, KnownJob, KnownModel, KnownUpstream
from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.redaction import redact
from phlo_hooks.settings import Settings
from phlo_hooks.source import StoredSnapshot
from phlo_hooks_dagster.identity.labels import owners_of, tags_of
from phlo_hooks_dagster.identity.metadata import TABLE_NAME
from phlo_hooks_dagster.identity.resolver import DatasetResolver
from phlo_hooks_dagster.identity.rules import TranslationRules
from phlo_hooks_dagster.identity.stages import KIND_TAG, kinds_of, stage_of
from phlo_hooks_dagster.neighbours import with_neighbours
from phlo_hooks_dagster.places import SqlPlaces
from phlo_hooks_dagster.snapshot import (
    RAW_SQL,
    AssetSnapshot,
    ExposureSnapshot,
    LocationSnapshot,
    Relation,
    SourceSnapshot,
)


def known_assets(snapshots: Sequence[StoredSnapshot], settings: Settings) -> Sequence[KnownAsset]:
    """Return every asset of the code locations, and the table it is."""
    return [asset for catalog in _catalogs(snapshots, settings) for asset in catalog.assets()]


def known_exposures(snapshots: Sequence[StoredSnapshot], settings: Settings) -> Sequence[KnownExposure]:
    """Return every exposure of the code locations' dbt projects, and the tables it reads."""
    return [exposure for catalog in _catalogs(snapshots, settings) for exposure in catalog.exposures()]


def known_jobs(snapshots: Sequence[StoredSnapshot], _settings: Settings) -> Sequence[KnownJob]:
    """Return every job that the code locations define."""
    return [
        KnownJob(
            name=job.name,
            code_location=snapshot.code_location,
            asset_keys=job.asset_keys,
            schedule=job.schedule,
            description=job.description,
        )
        for snapshot in _decoded(snapshots)
        for job in snapshot.jobs
    ]


def _decoded(snapshots: Sequence[StoredSnapshot]) -> list[LocationSnapshot]:
    return [msgspec.json.decode(stored.body, type=LocationSnapshot) for stored in snapshots]


def _catalogs(snapshots: Sequence[StoredSnapshot], settings: Settings) -> Iterator[_LocationCatalog]:
    rules = TranslationRules.from_settings(settings)
    decoded = _decoded(snapshots)
    for snapshot in decoded:
        others = [each for each in decoded if each.code_location != snapshot.code_location]
        yield _LocationCatalog(with_neighbours(snapshot, others), rules)


class _LocationCatalog:
    """The assets of one code location."""

    def __init__(self, snapshot: LocationSnapshot, rules: TranslationRules) -> None:
        self._snapshot = snapshot
        self._rules = rules
        self._resolver = DatasetResolver(snapshot, rules)
        self._places = SqlPlaces(snapshot.dbt_projects)
        self._sources: dict[DatasetRef, SourceSnapshot] = {}
        for source in snapshot.sources:
            self._sources.setdefault(self._resolver.relation(source.relation), source)
        self._checks: dict[str, list[str]] = {}
        for check in snapshot.checks:
            self._checks.setdefault(check.asset_key, []).append(check.name)

    def assets(self) -> Iterator[KnownAsset]:
        """Yield them by key; what Dagster made up for a name, and no table is known of, is none."""
        for key, asset in sorted(self._snapshot.assets.items()):
            if not asset.stub or self._resolver.dataset(key).resolved:
                yield self._known(key, asset)

    def exposures(self) -> Iterator[KnownExposure]:
        """Yield dbt's exposures."""
        for each in self._snapshot.exposures:
            yield KnownExposure(
                unique_id=each.unique_id,
                name=each.name,
                project=each.project,
                code_location=self._snapshot.code_location,
                type=each.type,
                label=each.label,
                url=each.url,
                owner=each.owner,
                description=each.description,
                tags=each.tags,
                meta=self._redacted(each.meta),
                datasets=self._read_by(each),
            )

    def _read_by(self, exposure: ExposureSnapshot) -> tuple[DatasetRef, ...]:
        return tuple(dict.fromkeys(self._resolver.relation(relation) for relation in exposure.relations))

    def _redacted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values without what only this project's settings call a secret."""
        found: dict[str, Any] = redact(dict(values), extra_names=self._rules.redact)
        return found

    def _model(self, model: KnownModel | None) -> KnownModel | None:
        if model is None:
            return None
        column_meta = self._redacted(model.column_meta)
        return replace(model, meta=self._redacted(model.meta), column_meta=column_meta)

    def _known(self, key: str, asset: AssetSnapshot) -> KnownAsset:
        found = self._resolver.resolve(key)
        stage = stage_of(key, asset, self._rules)
        has_sql = asset.relation is not None and asset.relation.is_made_of_sql
        sql_from = self._places.of(asset.relation.unique_id) if has_sql and asset.relation is not None else ""
        source = self._sources.get(found.dataset) if asset.relation is None else None
        return KnownAsset(
            key=key,
            dataset=found.dataset,
            rule=found.rule,
            why=found.why,
            code_location=self._snapshot.code_location,
            stage=stage.name or "",
            stage_why=stage.why,
            group=asset.group,
            kinds=kinds_of(asset),
            owners=owners_of(key, asset, self._rules),
            tags={
                name: value for name, value in tags_of(key, asset, self._rules).items() if not name.startswith(KIND_TAG)
            },
            description=_in_words(asset.description) or (source.description if source else None),
            columns=_documented(asset.columns, source.columns if source else ()),
            checks=tuple(sorted(self._checks.get(key, ()))),
            upstreams=tuple(self._upstreams(asset)),
            external=asset.external,
            has_sql=has_sql,
            sql_from=sql_from,
            hint=self._hint(found.rule, asset.relation if has_sql and not sql_from else None),
            metadata=self._redacted(asset.metadata),
            model=self._model(asset.model or (source.model if source else None)),
        )

    def _upstreams(self, asset: AssetSnapshot) -> Iterator[KnownUpstream]:
        own = self._resolver.dataset(asset.key)
        if asset.relation is not None:
            for relation in asset.upstream_relations:
                dataset = self._resolver.relation(relation)
                if dataset != own:
                    yield self._upstream(dataset, self._resolver.key_of_relation(relation))
            return
        for key in asset.deps:
            dataset = self._resolver.dataset(key)
            upstream = self._snapshot.assets.get(key)
            if dataset != own and (upstream is None or not upstream.stub or dataset.resolved):
                yield self._upstream(dataset, key)

    def _upstream(self, dataset: DatasetRef, key: str | None) -> KnownUpstream:
        source = self._sources.get(dataset)
        if source is None:
            return KnownUpstream(dataset=dataset, asset_key=key)
        return KnownUpstream(
            dataset=dataset,
            asset_key=key,
            description=source.description,
            columns=source.columns,
            model=self._model(source.model),
        )

    def _hint(self, rule: str, missing: Relation | None) -> str | None:
        """Return what to do about an asset whose table is not known, or whose SQL is missing."""
        if rule == "unresolved":
            return (
                f'give the asset metadata={{"{TABLE_NAME}": "<database>.<schema>.<table>"}} and its platform as a kind'
            )
        if missing is not None:
            projects = self._snapshot.dbt_projects
            own = [each for each in projects if f".{each.project_name}." in missing.unique_id] or projects
            folder = own[0].target_dir if own else "the project"
            return f"run `dbt compile` so that {folder} holds its compiled SQL, or run the relay where dbt runs"
        return None


def _in_words(description: str | None) -> str | None:
    return (description or "").partition(RAW_SQL)[0].strip() or None


def _documented(columns: tuple[Column, ...], documented: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return an asset's columns with what dbt's source says of them; only those of the source when it names none."""
    said = {column.name.lower(): column.description for column in documented}
    if not columns or not said:
        return columns or documented
    return tuple(
        column if column.description else replace(column, description=said.get(column.name.lower()))
        for column in columns
    )
