"""Gates of assets that no decorator of ours makes: Dagster's own blocking checks on what they are made from."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster import AssetChecksDefinition, AssetKey, AssetsDefinition, Definitions

from phlo_hooks.exceptions import SettingsError
from phlo_hooks.settings import Settings, load_settings
from phlo_hooks_dagster.compat_definitions import rebuilt
from phlo_hooks_dagster.compat_gates import graph_of_definitions, is_watched
from phlo_hooks_dagster.gates.check_step import STEP, Guarded, check_of
from phlo_hooks_dagster.gates.gate import Gate
from phlo_hooks_dagster.gates.obstacles import job_obstacles, looked_at, obstacle
from phlo_hooks_dagster.gates.rules import gate_of, gates_for, matches
from phlo_hooks_dagster.identity.rules import TranslationRules
from phlo_hooks_dagster.identity.stages import stage_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Match:
    """An asset that rules guard."""

    key: AssetKey
    gates: tuple[Gate, ...]
    rules: str
    node: Any


def with_gate_checks(
    defs: Definitions, overrides: Mapping[str, Any], root: Path, *, translator: Any = None, verify: bool = True
) -> Definitions:
    """
    Return the definitions with the checks that ``gate_checks`` makes, in place of those of an earlier call.

    Raises:
        SettingsError: As ``gate_checks`` does.
    """
    others = [each for each in defs.asset_checks or () if not _is_ours(each)]
    if len(others) < len(tuple(defs.asset_checks or ())):
        defs = rebuilt(defs, asset_checks=others)
    made = gate_checks(defs, overrides, root, translator=translator, verify=verify)
    return rebuilt(defs, asset_checks=[*others, *made]) if made else defs


def gate_checks(
    defs: Definitions,
    overrides: Mapping[str, Any] | None = None,
    root: Path | None = None,
    *,
    translator: Any = None,
    verify: bool = True,
) -> list[AssetChecksDefinition]:
    """
    Return the blocking checks that stand for the gates of undecorated assets; every process makes the same.

    Args:
        overrides: Settings given in code.
        root: Where the project's settings are looked for.
        translator: As given to ``with_phlo_hooks``: it may know stages.
        verify: Refuse what cannot work; a process that executes a run need not.

    Raises:
        SettingsError: A rule's gate cannot be made, or cannot be asked before the asset starts.
    """
    settings = load_settings(dict(overrides or {}), root=root)
    if not settings.gates:
        return []
    assets, checks = tuple(defs.assets or ()), tuple(defs.asset_checks or ())
    graph = graph_of_definitions(assets, checks)
    matched = [*_matched(graph, settings)]
    guarded: dict[AssetKey, list[Guarded]] = {}
    problems: list[str] = []
    for match in matched:
        if is_watched(match.node.assets_def):
            problems += _without_stage(match, settings, translator) if verify else ()
            continue
        outside = sorted(match.node.parent_keys - match.node.assets_def.keys)
        for upstream in outside or (None,):
            gates = match.gates if upstream is None else _gates_through(graph, match, upstream, outside)
            why = obstacle(graph, match.key, upstream, gates) if verify and gates else None
            if why is not None:
                problems.append(_refused(match, why))
            elif upstream is not None and gates:
                guarded.setdefault(upstream, []).append(Guarded(key=match.key, gates=gates))
    made = [check_of(upstream, tuple(each)) for upstream, each in sorted(guarded.items())]
    if verify:
        _tell_unused(graph, settings)
        if not problems and made:
            problems += _missed(defs, graph_of_definitions(assets, (*checks, *made)), matched, guarded)
    if problems:
        raise SettingsError("\n".join(problems))
    return made


def _matched(graph: Any, settings: Settings) -> Iterator[_Match]:
    for node in sorted(graph.asset_nodes, key=lambda each: each.key):
        if not node.is_materializable:
            continue
        key, about = node.key.to_user_string(), {"group": node.group_name, "tags": node.tags}
        gates = gates_for(settings.gates, key, **about)
        if gates:
            numbers = [
                f"{number} ({rule.gate})"
                for number, rule in enumerate(settings.gates, start=1)
                if matches(rule, key, **about)
            ]
            yield _Match(key=node.key, gates=gates, rules=", ".join(numbers), node=node)


def _gates_through(graph: Any, match: _Match, upstream: AssetKey, outside: Sequence[AssetKey]) -> tuple[Gate, ...]:
    """Return the gates that look at an upstream or what lies behind it, and those that find nothing behind any."""

    def finds(gate: Gate, key: AssetKey) -> bool:
        return next(looked_at(graph, key, gate), None) is not None

    return tuple(
        gate for gate in match.gates if finds(gate, upstream) or not any(finds(gate, each) for each in outside)
    )


def _without_stage(match: _Match, settings: Settings, translator: Any) -> list[str]:
    from phlo_hooks_dagster.spec_snapshot import snapshot_of_spec  # noqa: PLC0415  # msgspec, for a project with rules

    spec = match.node.assets_def.get_asset_spec(match.key)
    snapshot = snapshot_of_spec(spec, translator, group=match.node.group_name)
    key = match.key.to_user_string()
    if stage_of(key, snapshot, TranslationRules.from_settings(settings)).tells:
        return []
    problem = (
        f"gates rule {match.rules} matches {key}, and nothing says which stage that is, so that no start is told and "
        "no gate asked; give its decorator stage=, or the asset the tag phlo/stage"
    )
    return [problem]


def _missed(
    defs: Definitions, graph: Any, matched: list[_Match], guarded: Mapping[AssetKey, list[Guarded]]
) -> Iterator[str]:
    by_key = {match.key: match for match in matched}
    needed = {
        key: {upstream for upstream, each in guarded.items() if any(one.key == key for one in each)} for key in by_key
    }
    automations = (*(defs.schedules or ()), *(defs.sensors or ()))
    for key, why in job_obstacles(graph, tuple(defs.jobs or ()), automations, needed):
        yield _refused(by_key[key], why)


def _is_ours(check: object) -> bool:
    return isinstance(check, AssetsDefinition) and check.node_def.name.startswith(STEP)


def _tell_unused(graph: Any, settings: Settings) -> None:
    """Say which rules guard nothing here: another code location may read the same settings, so it is no error."""
    about = [(node.key.to_user_string(), node.group_name, node.tags) for node in graph.asset_nodes]
    for number, rule in enumerate(settings.gates, start=1):
        gate_of(rule, number)
        if not any(matches(rule, key, group=group, tags=tags) for key, group, tags in about):
            _log.warning("Gates rule %d (%s) matches no asset of these definitions.", number, rule.gate)


def _refused(match: _Match, why: str) -> str:
    return (
        f"gates rule {match.rules} matches {match.key.to_user_string()}, which none of our decorators makes, "
        f"and no blocking check can stand for its gate: {why}. Use {_decorator(match)} for the asset"
    )


def _decorator(match: _Match) -> str:
    kinds, definition = match.node.kinds, match.node.assets_def
    if "dbt" in kinds:
        return "@hooked_dbt_assets"
    if "dlt" in kinds:
        return "@hooked_dlt_assets"
    if len(definition.keys) > 1:
        return "@hooked_multi_asset"
    stage = match.node.tags.get("phlo/stage")
    if stage in {"ingestion", "transform", "publish"}:
        return f"@{stage}_asset"
    return "@publish_asset, @transform_asset or @ingestion_asset"
