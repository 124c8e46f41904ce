"""Put the translator, the log and the settings of one instance together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from dagster import DagsterInstance, EventLogRecord, RunRecord

from phlo_hooks.events import HookEvent
from phlo_hooks.settings import Settings
from phlo_hooks.source import SourceMemory
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.reading import Reading, Translator
from phlo_hooks_dagster.recollection import Recollection
from phlo_hooks_dagster.run_log import RunLog
from phlo_hooks_dagster.runless import TranslateRunless
from phlo_hooks_dagster.snapshot import LocationSnapshot
from phlo_hooks_dagster.snapshot_book import SnapshotBook
from phlo_hooks_dagster.statements import Statements
from phlo_hooks_dagster.translator import (
    MARKED,
    WANTED,
    DbtTargetFolders,
    RunFacts,
    RunTranslator,
    TranslationRules,
    translate_runless,
)

OVERLAP = 10.0
UI_VARIABLE = "DAGSTER_WEBSERVER_URL"


def make_reading(
    instance: DagsterInstance, settings: Settings, clock: Clock, refresh: Callable[[str], RunRecord | None]
) -> Reading:
    """Return what readers need, with the overlap that the instance's storage asks for."""
    relay = settings.relay
    overlap = relay.overlap
    if overlap is None:
        overlap = 0.0 if compat.rows_commit_in_order(instance) else OVERLAP
    rules = _rules(settings)
    return Reading(
        log=RunLog(instance, types=WANTED, marked=MARKED, page_size=relay.page_size),
        refresh=refresh,
        snapshots=SnapshotBook(partial(compat.assets_of, instance)),
        make_translator=partial(_translator, rules, Statements()),
        clock=clock,
        instance_id=compat.instance_id(instance),
        ui_url=rules.ui_url,
        overlap=overlap,
        settle=overlap if relay.settle is None else relay.settle,
        lost_after=relay.lost_after,
        snapshot_wait=relay.snapshot_wait,
    )


def runless_translator(settings: Settings, instance_id: str) -> TranslateRunless:
    """Return what translates records of no run."""
    rules = _rules(settings)

    def translate(
        record: EventLogRecord, snapshots: Mapping[str, LocationSnapshot], memory: SourceMemory
    ) -> list[HookEvent]:
        return translate_runless(record, snapshots.values(), rules, instance_id, recorded=Recollection(memory))

    return translate


def _rules(settings: Settings) -> TranslationRules:
    """Return the rules with the web server's address that the environment names where the settings name none."""
    rules = TranslationRules.from_settings(settings)
    address = os.environ.get(UI_VARIABLE, "").strip().rstrip("/")
    return replace(rules, ui_url=address) if address and not rules.ui_url else rules


def _translator(
    rules: TranslationRules,
    statements: Statements,
    facts: RunFacts,
    snapshot: LocationSnapshot | None,
    *,
    state: bytes,
    memory: SourceMemory,
) -> Translator:
    projects = snapshot.dbt_projects if snapshot else ()
    return RunTranslator(
        facts,
        snapshot,
        rules,
        state=state,
        artifacts=DbtTargetFolders(projects) if projects else None,
        reader=statements.reader(memory.lineage_cache(), projects) if projects else None,
        recorded=Recollection(memory),
    )
