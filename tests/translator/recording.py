"""Runs of real Dagster jobs as data: their log records, and what the translator is told besides."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
from dagster import DagsterInstance, Definitions, EventLogEntry, EventLogRecord
from dagster._serdes import deserialize_value, serialize_value

from phlo_hooks_dagster.snapshot import LocationSnapshot
from phlo_hooks_dagster.snapshot_builder import build_snapshot
from phlo_hooks_dagster.translator import RunFacts

FOLDER = Path(__file__).parent / "recordings"
UI = "http://dagster.test"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One run: its records in the order of their ids, its facts, and the snapshot that held."""

    facts: RunFacts
    snapshot: LocationSnapshot = field(repr=False)
    records: tuple[EventLogRecord, ...] = field(repr=False)
    files: dict[str, str] = field(default_factory=dict, repr=False)

    def having(self, **facts: Any) -> Recording:
        """Return the same run with other facts."""
        return replace(self, facts=replace(self.facts, **facts))

    def types(self) -> list[str]:
        """Return the records' types in order."""
        events = [record.event_log_entry.dagster_event for record in self.records]
        return [event.event_type_value if event else "" for event in events]


def snapshot_of(defs: Definitions) -> LocationSnapshot:
    """Return the snapshot of some definitions."""
    return build_snapshot(defs.get_repository_def(), "shop_location")


def read_run(instance: DagsterInstance, run_id: str, snapshot: LocationSnapshot) -> Recording:
    """Return a run as the log has it now."""
    run = instance.get_run_by_id(run_id)
    assert run is not None
    upstreams: dict[str, tuple[str, ...]] = {}
    if run.execution_plan_snapshot_id:
        plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
        upstreams = {
            step.key: tuple(
                sorted({handle.step_key for each in step.inputs for handle in each.upstream_output_handles})
            )
            for step in plan.steps
            if step.key in plan.step_keys_to_execute
        }
    facts = RunFacts(
        run_id=run_id,
        job_name=run.job_name,
        status=run.status.value,
        root_run_id=run.root_run_id,
        parent_run_id=run.parent_run_id,
        code_location="shop_location",
        tags=dict(run.tags),
        step_upstreams=upstreams,
        instance_id="instance",
        ui_url=UI,
    )
    records = tuple(instance.get_records_for_run(run_id, limit=100_000).records)
    return Recording(facts=facts, snapshot=snapshot, records=records)


def save(name: str, recording: Recording, folder: Path = FOLDER) -> None:
    """Write a recording, below ``recordings/`` unless told otherwise."""
    body = {
        "facts": msgspec.to_builtins(recording.facts),
        "snapshot": msgspec.to_builtins(recording.snapshot),
        "records": [[each.storage_id, serialize_value(each.event_log_entry)] for each in recording.records],
        "files": recording.files,
    }
    folder.mkdir(exist_ok=True)
    text = json.dumps(body).replace(os.path.realpath("/tmp"), "/tmp")
    (folder / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def load(name: str, folder: Path = FOLDER) -> Recording:
    """Return a recording that ``save`` wrote."""
    body = json.loads(gzip.decompress((folder / f"{name}.json.gz").read_bytes()))
    return Recording(
        facts=msgspec.convert(body["facts"], RunFacts),
        snapshot=msgspec.convert(body["snapshot"], LocationSnapshot),
        records=tuple(
            EventLogRecord(storage_id=number, event_log_entry=deserialize_value(entry, EventLogEntry))
            for number, entry in body["records"]
        ),
        files=body["files"],
    )
