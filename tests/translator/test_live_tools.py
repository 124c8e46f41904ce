"""The installed dlt, dbt and Dagster still log what the recordings hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.translator import DbtTargetFolders
from tests.translator.reading import of, one, translate
from tests.translator.recording import load

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_the_tools_log_what_was_recorded(tmp_path: Path) -> None:
    """A run made now gives the events of the recorded one, and dbt's own folder is found and believed."""
    for part in ("dlt", "dbt_broken"):
        subprocess.run(
            [sys.executable, "-m", "tests.translator.make_recordings", part, str(tmp_path), str(tmp_path / "out")],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
    loaded, built = (load(part, tmp_path / "out") for part in ("dlt", "dbt_broken"))

    events = translate(built, artifacts=DbtTargetFolders(built.snapshot.dbt_projects))

    assert _shape(translate(loaded)) == _shape(translate(load("dlt")))
    assert _shape(translate(built)) == _shape(translate(load("dbt_broken")))
    assert one(events, "transform.end", asset_key="broken").node_status == "error"
    assert one(events, "transform.end", asset_key="after_broken").node_status == "skipped"
    digests = {event.model: event.compiled_sql_digest for event in of(events, "transform.end")}
    assert (digests["stg_orders"] or "").startswith("sha256:")
    assert digests["countries"] is None


def _shape(events: list[HookEvent]) -> list[tuple[str, ...]]:
    return sorted(
        (event.event_type, str(getattr(event, "asset_key", "")), str(getattr(event, "status", ""))) for event in events
    )
