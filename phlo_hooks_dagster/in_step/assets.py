"""What the translator needs to know of one step: its assets and checks, its run, and how far it is."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from phlo_hooks.settings import Settings
from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.identity.rules import TranslationRules
from phlo_hooks_dagster.in_step.bus import step_settings
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.riders import HOOKED
from phlo_hooks_dagster.snapshot import IN_PROCESS, AssetSnapshot, CheckSnapshot, LocationSnapshot
from phlo_hooks_dagster.snapshot_dbt import DbtManifests
from phlo_hooks_dagster.snapshot_dlt import dlt_targets
from phlo_hooks_dagster.spec_snapshot import TEXT_LIMIT, snapshot_of_spec
from phlo_hooks_dagster.translator.artifacts import DbtArtifacts
from phlo_hooks_dagster.translator.context import RunContext
from phlo_hooks_dagster.translator.facts import RunFacts
from phlo_hooks_dagster.translator.state import PlannedCheck, RunState, StepState, slot

UI_VARIABLE: Final = "DAGSTER_WEBSERVER_URL"


def asset_snapshots(step: Any, translator: DagsterHooksTranslator | None) -> dict[str, AssetSnapshot]:
    """Return what the assets are that the step's function makes or checks."""
    manifests, found = DbtManifests(), dict[str, AssetSnapshot]()
    nodes = compat_step.asset_nodes(step)
    targets = dlt_targets({key: node.metadata for key, node in nodes.items()})
    for key, node in sorted(nodes.items()):
        found[key] = snapshot_of_spec(
            node.assets_def.get_asset_spec(node.key),
            translator,
            group=node.group_name,
            deps=tuple(sorted(each.to_user_string() for each in node.parent_keys)),
            external=not node.is_materializable,
            partitioned=node.is_partitioned,
            relation=manifests.relation(node.metadata, asset_key=key),
            dlt=targets.get(key),
        )
    return found


def check_snapshots(step: Any) -> tuple[CheckSnapshot, ...]:
    """Return what the checks are that the step's function evaluates."""
    manifests, assets, specs = DbtManifests(), compat_step.asset_specs(step), compat_step.check_specs(step)
    for asset in assets if specs else ():
        manifests.add(asset.metadata)
    hooked = any(HOOKED in asset.metadata for asset in assets)
    return tuple(
        CheckSnapshot(
            asset_key=spec.asset_key.to_user_string(),
            name=spec.name,
            blocking=bool(spec.blocking),
            description=(spec.description or "")[:TEXT_LIMIT] or None,
            column=column,
            unique_id=unique_id,
            check_type="dbt_test" if unique_id else "asset_check",
            hooked=hooked,
        )
        for spec in specs
        for unique_id, column in (manifests.test(spec.metadata),)
    )


def translation_rules(settings: Settings) -> TranslationRules:
    """Return the rules of the settings, with the web server's address that the environment names."""
    rules = TranslationRules.from_settings(settings)
    address = os.environ.get(UI_VARIABLE, "").strip().rstrip("/")
    return replace(rules, ui_url=address) if address and not rules.ui_url else rules


def run_context(scope: StepScope, artifacts: DbtArtifacts | None) -> RunContext:
    """Return the translator's context of a step that has just started."""
    location, repository = compat_step.code_location_of(compat_step.run_of(scope.step))
    facts = RunFacts(
        run_id=scope.run_id,
        job_name=scope.job_name,
        status="STARTED",
        root_run_id=scope.root_run_id,
        parent_run_id=scope.parent_run_id,
        code_location=location,
        repository=repository,
        tags=scope.run_tags,
    )
    snapshot = LocationSnapshot(
        code_location=location or IN_PROCESS,
        repository=repository or "",
        assets=dict(scope.assets),
        checks=check_snapshots(scope.step),
    )
    context = RunContext(facts, snapshot, translation_rules(step_settings()), _state(scope), artifacts)
    # What dbt says of a test that did not pass stands in its results, which are complete when the step ends.
    context.holds = artifacts is not None
    return context


def _state(scope: StepScope) -> RunState:
    now = time.time()
    return RunState(
        steps={scope.step_key: StepState(attempt=scope.attempt, started=now)},
        planned={scope.step_key: {key: list(partitions) for key, partitions in scope.planned.items()}},
        checks=_planned_checks(scope.step_key, scope.checks),
        started=now,
        last=now,
    )


def _planned_checks(step_key: str, checks: Mapping[tuple[str, str], tuple[str, ...]]) -> dict[str, PlannedCheck]:
    return {
        slot(asset, name): PlannedCheck(
            step=step_key, asset=asset, name=name, partition=partitions[0] if len(partitions) == 1 else ""
        )
        for (asset, name), partitions in checks.items()
    }
