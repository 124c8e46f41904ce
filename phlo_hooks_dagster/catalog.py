"""What stored snapshots say of assets, whether they ever ran or not; imports no Dagster, as commands must be quick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from phlo_hooks.catalog import KnownAsset, KnownUpstream
from phlo_hooks.settings import Settings
from phlo_hooks.source import StoredSnapshot
from phlo_hooks_dagster.identity.labels import owners_of, tags_of
from phlo_hooks_dagster.identity.metadata import TABLE_NAME
from phlo_hooks_dagster.identity.resolver import DatasetResolver
from phlo_hooks_dagster.identity.rules import TranslationRules
from phlo_hooks_dagster.identity.stages import KIND_TAG, kinds_of, stage_of
from phlo_hooks_dagster.neighbours import with_neighbours
from phlo_hooks_dagster.places import SqlPlaces
from phlo_hooks_dagster.snapshot import AssetSnapshot, LocationSnapshot, Relation

RAW_SQL = "\n\n#### Raw SQL:\n"
"""What dagster-dbt writes below a model's own description: its Jinja, as code."""


def known_assets(snapshots: Sequence[StoredSnapshot], settings: Settings) -> Sequence[KnownAsset]:
    """Return every asset of the code locations, and the table it is."""
    rules = TranslationRules.from_settings(settings)
    decoded = [msgspec.json.decode(stored.body, type=LocationSnapshot) for stored in snapshots]
    found: list[KnownAsset] = []
    for snapshot in decoded:
        others = [each for each in decoded if each.code_location != snapshot.code_location]
        found.extend(_LocationCatalog(with_neighbours(snapshot, others), rules).assets())
    return found


class _LocationCatalog:
    """The assets of one code location."""

    def __init__(self, snapshot: LocationSnapshot, rules: TranslationRules) -> None:
        self._snapshot = snapshot
        self._rules = rules
        self._resolver = DatasetResolver(snapshot, rules)
        self._places = SqlPlaces(snapshot.dbt_projects)
        self._checks: dict[str, list[str]] = {}
        for check in snapshot.checks:
            self._checks.setdefault(check.asset_key, []).append(check.name)

    def assets(self) -> Iterator[KnownAsset]:
        """Yield them by key; what Dagster made up for a name, and no table is known of, is none."""
        for key, asset in sorted(self._snapshot.assets.items()):
            if not asset.stub or self._resolver.dataset(key).resolved:
                yield self._known(key, asset)

    def _known(self, key: str, asset: AssetSnapshot) -> KnownAsset:
        found = self._resolver.resolve(key)
        stage = stage_of(key, asset, self._rules)
        has_sql = asset.relation is not None and asset.relation.is_made_of_sql
        sql_from = self._places.of(asset.relation.unique_id) if has_sql and asset.relation is not None else ""
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
            description=_in_words(asset.description),
            columns=asset.columns,
            checks=tuple(sorted(self._checks.get(key, ()))),
            upstreams=tuple(self._upstreams(asset)),
            external=asset.external,
            has_sql=has_sql,
            sql_from=sql_from,
            hint=self._hint(found.rule, asset.relation if has_sql and not sql_from else None),
        )

    def _upstreams(self, asset: AssetSnapshot) -> Iterator[KnownUpstream]:
        own = self._resolver.dataset(asset.key)
        if asset.relation is not None:
            for relation in asset.upstream_relations:
                dataset = self._resolver.relation(relation)
                if dataset != own:
                    yield KnownUpstream(dataset=dataset, asset_key=self._resolver.key_of_relation(relation))
            return
        for key in asset.deps:
            dataset = self._resolver.dataset(key)
            upstream = self._snapshot.assets.get(key)
            if dataset != own and (upstream is None or not upstream.stub or dataset.resolved):
                yield KnownUpstream(dataset=dataset, asset_key=key)

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
