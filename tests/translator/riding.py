"""Riders as a step writes them, put into runs that are there already, and runs that write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import dagster as dg
from dagster import DagsterEvent, DagsterEventType, EventLogRecord
from dagster._core.events import EngineEventData

from phlo_hooks_dagster.riders import HOOKED, RIDER, DbtNode, DbtRider, DltRider, DltTable, Timing, to_metadata
from phlo_hooks_dagster.translator.artifacts import digest
from tests.translator.recording import Recording, load

APART = 10
"""Ids of records lie this far apart once riders have been put between them."""

EMITTED = "5f9e1c7a-3b7e-4d2f-8a51-0c6f3d9b2e11"
SPAN = "00f067aa0ba902b7"


def metadata_of(body: Any) -> dict[str, Any]:
    """Return the metadata of a rider whose body is this, whatever it is."""
    return {RIDER: dg.MetadataValue.json(body) if isinstance(body, (dict, list)) else body}


def with_rider(run: Recording, *bodies: object, at: Callable[[EventLogRecord], bool]) -> Recording:
    """Return the run with riders of the step before each record of it that ``at`` says yes to."""
    records: list[EventLogRecord] = []
    for record in run.records:
        number = record.storage_id * APART
        if at(record):
            first = number - len(bodies)
            records.extend(_rider(record, first + place, body) for place, body in enumerate(bodies))
        records.append(EventLogRecord(storage_id=number, event_log_entry=record.event_log_entry))
    return replace(run, records=tuple(records))


def before(kind: DagsterEventType, step: str = "") -> Callable[[EventLogRecord], bool]:
    """Return what says yes to records of a type, of a step when one is named."""

    def at(record: EventLogRecord) -> bool:
        event = record.event_log_entry.dagster_event
        return event is not None and event.event_type is kind and (not step or event.step_key == step)

    return at


def _rider(near: EventLogRecord, number: int, body: object) -> EventLogRecord:
    entry = near.event_log_entry
    assert entry.dagster_event is not None
    event = DagsterEvent(
        event_type_value=DagsterEventType.ENGINE_EVENT.value,
        job_name=entry.dagster_event.job_name,
        step_key=entry.dagster_event.step_key,
        event_specific_data=EngineEventData(metadata_of(body)),
        message="rider",
    )
    return EventLogRecord(storage_id=number, event_log_entry=entry._replace(dagster_event=event, user_message="rider"))


def emitted(**fields: Any) -> dict[str, Any]:
    """Return the body of a rider with a user's event."""
    event = {"event_type": "shop.counted", "event_id": EMITTED, "timestamp": "2020-01-01T00:00:00Z", "version": "1.0"}
    return {"v": 1, "kind": "event", "event": {**event, **fields}}


LOAD = DltRider(
    pipeline="shop_pipeline",
    load_ids=("1700000000.25",),
    resources={"orders": "raw/orders", "refunds": "raw/refunds"},
    sources={"orders": ("https://shop.test/orders?token=hunter2secret",), "refunds": ("file:///data/refunds.csv",)},
    tables=(
        DltTable(name="orders", rows=3, resource="orders"),
        DltTable(name="orders__lines", rows=5, parent="orders"),
        DltTable(name="orders__lines__taxes", rows=7, parent="orders__lines"),
        DltTable(name="refunds", rows=0, resource="refunds"),
    ),
    timing=Timing(extract=1.5, normalize=0.5, load=2.0),
    retries=1,
)


def with_load(rider: DltRider = LOAD) -> Recording:
    """Return the recorded load with its rider before the first materialization, as ``@hooked_dlt_assets`` writes it."""
    run = load("dlt")
    first = next(record for record in run.records if before(DagsterEventType.ASSET_MATERIALIZATION)(record))
    return with_rider(run, to_metadata(rider), at=lambda record: record is first)


def results_of(run: Recording) -> DbtRider:
    """Return what dbt's results of a recorded run say, as one rider."""
    (text,) = [text for name, text in run.files.items() if name.endswith("run_results.json")]
    results = json.loads(text)
    return DbtRider(
        invocation_id=results["metadata"]["invocation_id"],
        nodes=tuple(
            DbtNode(
                unique_id=each["unique_id"],
                status=each["status"],
                message=each["message"] or "",
                seconds=each["execution_time"],
                digest=digest(each["compiled_code"]) if each["compiled_code"] else None,
            )
            for each in results["results"]
        ),
    )


def in_parts(rider: DbtRider, count: int) -> list[DbtRider]:
    """Return the rider in parts, those that did not go well first."""
    nodes = sorted(rider.nodes, key=lambda node: node.status in {"success", "pass"})
    size = -(-len(nodes) // count)
    return [
        DbtRider(
            invocation_id=rider.invocation_id,
            nodes=tuple(nodes[size * part : size * (part + 1)]),
            part=part + 1,
            parts=count,
        )
        for part in range(count)
    ]


def hooked(run: Recording) -> Recording:
    """Return the run as its snapshot would be if its assets were made by ``@hooked_dbt_assets``."""
    assets = {
        key: replace(asset, metadata={**asset.metadata, HOOKED: "dbt"}) for key, asset in run.snapshot.assets.items()
    }
    checks = tuple(replace(check, hooked=True) for check in run.snapshot.checks)
    return replace(run, snapshot=replace(run.snapshot, assets=assets, checks=checks))


def with_results(name: str, *, parts: int = 3, lost: Iterable[int] = ()) -> Recording:
    """Return a recorded, hooked dbt run with its riders before the step's end; ``lost`` parts were never written."""
    run = load(name)
    riders = [to_metadata(part) for part in in_parts(results_of(run), parts) if part.part not in set(lost)]
    return hooked(with_rider(run, *riders, at=before(DagsterEventType.STEP_FAILURE)))


HOSTILE: Mapping[str, object] = {
    "no mapping": ["v", 1],
    "text": '{"v": 1, "kind": "event"}',
    "no event": {"v": 1, "kind": "event"},
    "an event that is none": {"v": 1, "kind": "event", "event": 5},
    "no type": emitted(event_type=None),
    "an empty type": emitted(event_type=" "),
    "a type that no column holds": emitted(event_type="shop." + "x" * 200),
    "a type that PostgreSQL refuses": emitted(event_type="shop\x00counted"),
    "a run's end": emitted(event_type="run.end", status="success"),
    "a step's end": emitted(event_type="step.end"),
    "an asset's": emitted(event_type="asset.materialized", asset_key="a"),
    "fields of another type": emitted(event_type="ingestion.end", asset_key="a", rows="many"),
    "a field that must be there": emitted(event_type="ingestion.end", rows=1),
    "tags that are none": emitted(tags=["a"]),
    "tags of numbers": emitted(tags={"a": 1}),
    "a newer major": emitted(version="2.0"),
    "no version": emitted(version="new"),
    "too much": emitted(text="x" * 40_000),
    "too deep": emitted(deep=json.loads("[" * 200 + "]" * 200)),
    "part 0": {"v": 1, "kind": "dbt", "part": 0},
    "part 3 of 2": {"v": 1, "kind": "dbt", "part": 3, "parts": 2},
    "nodes without names": {"v": 1, "kind": "dbt", "nodes": [{"status": "error"}]},
    "tables that are none": {"v": 1, "kind": "dlt", "tables": {"orders": 3}},
}
"""Bodies that no event can be made from, by what is wrong with them."""

ODD: Mapping[str, object] = {
    "a newer version": {"v": 2, "kind": "event", "event": {}},
    "a kind to come": {"v": 1, "kind": "spark"},
    "a list as its kind": {"v": 1, "kind": []},
    "nothing": {},
    "a load of nothing": {"v": 1, "kind": "dlt"},
    "a load of another asset": {"v": 1, "kind": "dlt", "resources": {"orders": "somebody/elses"}, "load_ids": ["9"]},
}
"""Bodies that are passed over without a word."""
