"""Run hooks on ``@dbt_assets`` that nobody decorated: what dbt says of its nodes is told in the step too."""

from collections import Counter
from pathlib import Path
from typing import Any

from dagster_dbt import dbt_assets

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster import phlo_run_hooks
from phlo_hooks_dagster.translator import DbtTargetFolders
from tests.in_step_tools import shop
from tests.translator.reading import translate


def shown(event: HookEvent) -> tuple[Any, ...]:
    """Return what both halves must agree on."""
    names = ("status", "reason", "outcome", "passed", "node_status", "compiled_sql_digest", "rows")
    error = getattr(event, "error", None)
    return (event.key, *(getattr(event, name, None) for name in names), error.message if error else None)


def test_each_node_of_an_undecorated_build_is_told(prepared: Path, tmp_path: Path) -> None:
    """A failed model, a skipped one, failed tests: status, reason and message of each as the relay has them."""
    project = shop.copy_of(prepared, tmp_path)
    definition = shop.building(project, dbt_assets).with_hooks(phlo_run_hooks())

    ran = shop.run(tmp_path, definition, project=project)

    recording = ran.recording
    relay = translate(recording, artifacts=DbtTargetFolders(recording.snapshot.dbt_projects))
    kinds = {event.event_type for event in ran.told}
    assert kinds == {"transform.start", "transform.end", "quality.result"}
    assert Counter(map(shown, ran.told)) == Counter(shown(event) for event in relay if event.event_type in kinds)
    statuses = {event.status for event in ran.told if event.event_type == "transform.end"}  # type: ignore[attr-defined]  # of a stage
    assert statuses >= {"success", "failure", "skipped"}
