"""Whose an asset is and how it is tagged: what it says itself, what its translator says, and rules."""

from __future__ import annotations

from collections.abc import Mapping

from phlo_hooks_dagster.identity.rules import AssetRule, TranslationRules
from phlo_hooks_dagster.identity.stages import kinds_of
from phlo_hooks_dagster.snapshot import AssetSnapshot


def owners_of(key: str, asset: AssetSnapshot | None, rules: TranslationRules) -> tuple[str, ...]:
    """Return the asset's owners: its own or its translator's, else those of the first rule that holds."""
    if asset is not None and asset.owners:
        return asset.owners
    return next((rule.owners for rule in rules.owners if _holds(rule, key, asset)), ())


def tags_of(key: str, asset: AssetSnapshot | None, rules: TranslationRules) -> Mapping[str, str]:
    """Return the asset's tags: its own and its translator's, and those that rules add."""
    own = asset.tags if asset is not None else {}
    if not rules.tags:
        return own
    found: dict[str, str] = {}
    for rule in reversed(rules.tags):
        if _holds(rule, key, asset):
            found.update(rule.add)
    return {**found, **own}


def _holds(rule: AssetRule, key: str, asset: AssetSnapshot | None) -> bool:
    return rule.holds(
        key,
        group=asset.group if asset is not None else None,
        kinds=kinds_of(asset),
        tags=asset.tags if asset is not None else {},
    )
