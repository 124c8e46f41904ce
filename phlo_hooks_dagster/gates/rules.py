"""Gates that settings name: which assets each guards, and the gate itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import Any

from phlo_hooks.exceptions import SettingsError
from phlo_hooks_dagster.gates.checks_passed import ChecksPassed
from phlo_hooks_dagster.gates.freshness import Freshness
from phlo_hooks_dagster.gates.gate import Gate
from phlo_hooks_dagster.gates.metric_change import BreakingMetricChange
from phlo_hooks_dagster.gates.row_count_drop import RowCountDrop
from phlo_hooks_dagster.gates.schema_change import BreakingSchemaChange
from phlo_hooks_dagster.identity.rules import AssetRule
from phlo_hooks_dagster.identity.stages import KIND_TAG

NAMED: Mapping[str, type[Gate]] = {
    kind.name: kind for kind in (ChecksPassed, Freshness, RowCountDrop, BreakingSchemaChange, BreakingMetricChange)
}
"""The gates that settings know by name."""


def gates_for(rules: Sequence[Any], key: str, *, group: str | None, tags: Mapping[str, str]) -> tuple[Gate, ...]:
    """
    Return the gates that rules put before an asset.

    Raises:
        SettingsError: A rule's gate cannot be made.
    """
    return tuple(
        gate_of(rule, number)
        for number, rule in enumerate(rules, start=1)
        if matches(rule, key, group=group, tags=tags)
    )


def matches(rule: Any, key: str, *, group: str | None, tags: Mapping[str, str]) -> bool:
    """Say whether a rule speaks of an asset; a gate that stands for itself speaks of all."""
    if isinstance(rule, Gate):
        return True
    kinds = [tag.removeprefix(KIND_TAG) for tag in tags if tag.startswith(KIND_TAG)]
    return _conditions(
        tuple(rule.assets), tuple(rule.groups), tuple(rule.kinds), tuple(rule.tags.items()), tuple(rule.dbt_tags)
    ).holds(key, group=group, kinds=kinds, tags=tags)


def gate_of(rule: Any, number: int) -> Gate:
    """
    Return the gate of a rule; ``number`` counts from 1 and says which rule, for messages.

    Raises:
        SettingsError: The class cannot be imported or is no gate, or a parameter does not exist or fit.
    """
    if isinstance(rule, Gate):
        return rule
    kind = NAMED.get(rule.gate) or _imported(rule.gate, number)
    given = {name: value for name, value in rule.given.items() if value is not None}
    known = {field.name for field in fields(kind)}
    for name in given:
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(sorted(known))}"
            raise SettingsError(f"gates rule {number}: {rule.gate} has no parameter {name!r}; {hint}")
    try:
        return kind(**given)
    except Exception as error:  # a gate's own checks are foreign code
        raise SettingsError(f"gates rule {number}: {rule.gate} cannot be made: {error}") from error


def _imported(path: str, number: int) -> type[Gate]:
    module, _, name = path.partition(":")
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except Exception as error:  # importing runs foreign code
        raise SettingsError(f"gates rule {number}: {path!r} cannot be imported: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Gate)):
        raise SettingsError(f"gates rule {number}: {path} is {found!r}, no subclass of phlo_hooks_dagster.Gate")
    return found


@lru_cache(maxsize=256)
def _conditions(
    assets: tuple[str, ...],
    groups: tuple[str, ...],
    kinds: tuple[str, ...],
    tags: tuple[tuple[str, str], ...],
    dbt_tags: tuple[str, ...],
) -> AssetRule:
    return AssetRule(assets=assets, groups=groups, kinds=kinds, tags=dict(tags), dbt_tags=dbt_tags)
