"""Which stage an asset belongs to, and who says so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from phlo_hooks_dagster.identity.rules import TranslationRules
from phlo_hooks_dagster.identity.stage_tag import STAGE_TAG, STAGES
from phlo_hooks_dagster.snapshot import AssetSnapshot

KIND_TAG: Final = "dagster/kind/"

_KINDS: Final = {
    "dlt": "ingestion",
    "sling": "ingestion",
    "airbyte": "ingestion",
    "fivetran": "ingestion",
    "dbt": "transform",
    "sqlmesh": "transform",
}
_DLT_KEYS: Final = frozenset({"destination_type", "dataset_name", "jobs"})
_DBT_KEYS: Final = frozenset({"unique_id", "invocation_id"})


@dataclass(frozen=True, kw_only=True)
class Stage:
    """
    A stage and why an asset has it.

    Attributes:
        name: ``ingestion``, ``transform``, ``quality``, ``publish``; ``None`` for an asset without one.
        tool: Such as ``dlt``, when an integration says so.
        why: One phrase for people.
    """

    name: str | None
    tool: str | None = None
    why: str = "nothing says which"

    @property
    def tells(self) -> str | None:
        """Return the stage when it has start and end events of its own."""
        return self.name if self.name in {"ingestion", "transform", "publish"} else None


def stage_of(
    key: str, asset: AssetSnapshot | None, rules: TranslationRules, *, metadata: Collection[str] = ()
) -> Stage:
    """
    Return the asset's stage: its tag, else its translator, its integration or kind, a configured rule.

    Args:
        metadata: Names of the metadata of the record at hand, which can tell dlt and dbt without a snapshot.
    """
    tool = _tool(asset, metadata)
    tags = asset.tags if asset else {}
    explicit = tags.get(STAGE_TAG)
    if explicit in STAGES:
        return Stage(name=explicit, tool=tool, why=f"tag {STAGE_TAG}")
    if asset is not None and asset.stage in STAGES:
        return Stage(name=asset.stage, tool=tool, why=f"{asset.translator}.get_stage says so")
    if tool is not None:
        return Stage(name=_KINDS[tool], tool=tool, why=f"kind {tool}")
    for number, rule in enumerate(rules.stages, start=1):
        if rule.holds(key, group=asset.group if asset else None, kinds=kinds_of(asset), tags=tags):
            return Stage(name=rule.stage, why=f"stages rule {number}")
    return Stage(name=None)


def kinds_of(asset: AssetSnapshot | None) -> tuple[str, ...]:
    """Return the asset's kinds, those written as tags included."""
    if asset is None:
        return ()
    tagged = {tag.removeprefix(KIND_TAG) for tag in asset.tags if tag.startswith(KIND_TAG)}
    return tuple(sorted(tagged.union(asset.kinds)))


def _tool(asset: AssetSnapshot | None, metadata: Collection[str]) -> str | None:
    if asset is not None and asset.dlt is not None:
        return "dlt"
    if asset is not None and asset.relation is not None and asset.relation.resource_type != "source":
        return "dbt"
    for kind in kinds_of(asset):
        if kind in _KINDS:
            return kind
    names = set(metadata)
    if names >= _DLT_KEYS:
        return "dlt"
    return "dbt" if names >= _DBT_KEYS else None
