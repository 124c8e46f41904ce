"""A state database with very many events, made by copying a few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from phlo_hooks.codec import encode_event
from phlo_hooks.datasets import Column, ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import HookEvent
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.outbox.tables import events, head
from phlo_hooks.testing import EPOCH, make_event

CHUNK = 5000
PLACE = "@@"


def dataset(number: int | str) -> DatasetRef:
    return DatasetRef(namespace="duckdb://warehouse", name=f"warehouse.marts.table_{number}")


def fill(outbox: Outbox, *, number: int, assets: int, steps: int) -> int:
    """Record so many events of runs in which each of some assets is made in turn; return how many runs."""
    rows = _rows(number, assets, steps)
    with outbox.database.write() as connection:
        seq = 0
        chunk: list[dict[str, Any]] = []
        for row in rows:
            seq += 1
            chunk.append({**row, "seq": seq})
            if len(chunk) == CHUNK:
                connection.execute(sa.insert(events), chunk)
                chunk = []
        if chunk:
            connection.execute(sa.insert(events), chunk)
        connection.execute(sa.update(head).values(seq=seq))
    return -(-number // (2 + steps * 6))


def _rows(number: int, assets: int, steps: int) -> Iterator[dict[str, Any]]:
    """Yield rows of runs, one asset after the other, made of encoded patterns."""
    patterns = {event.event_type: encode_event(event).decode() for event in _patterns()}
    made = run = asset = 0
    while made < number:
        run += 1
        kinds = ["run.start"]
        for _ in range(steps):
            kinds += ["step.start", "transform.start", "transform.end", "lineage.edges", "quality.result", "step.end"]
        kinds.append("run.end")
        for kind in kinds:
            if made == number:
                return
            asset += kind == "step.start"
            made += 1
            yield _row(patterns[kind], kind, run, asset % assets, made)


def _row(pattern: str, kind: str, run: int, asset: int, made: int) -> dict[str, Any]:
    at = EPOCH + timedelta(seconds=made)
    run_id = f"{run:08d}-0000-4000-8000-000000000000"
    body = (
        pattern.replace(f"{PLACE}id", f"event-{made}")
        .replace(f"{PLACE}run", run_id)
        .replace(f"{PLACE}up", str(max(0, asset - 1)))
        .replace(f"{PLACE}asset", str(asset))
        .replace("2026-01-01T00:00:00Z", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    )
    about = "" if kind.startswith(("run.", "step.")) else f"marts/{asset}"
    return {
        "event_id": f"event-{made}",
        "revision": 1,
        "event_type": kind,
        "run_id": run_id,
        "asset_key": about,
        "key": "",
        "timestamp": at,
        "recorded_at": at,
        "body": body.encode(),
    }


def _patterns() -> list[HookEvent]:
    asset = f"marts/{PLACE}asset"
    own = dataset(f"{PLACE}asset")
    columns = tuple(Column(name=f"column_{place}", type="BIGINT") for place in range(10))
    edges = tuple(
        ColumnEdge(upstream_column=each.name, downstream_column=each.name, transformation="identity")
        for each in columns
    )
    common: dict[str, Any] = {"run_id": f"{PLACE}run", "at": EPOCH, "event_id": f"{PLACE}id", "key": "k"}
    step: dict[str, Any] = {**common, "step_key": f"make_{PLACE}asset", "attempt": 1}
    staged: dict[str, Any] = {**step, "asset_key": asset, "dataset": own}
    lineage = LineageEdge(
        upstream=dataset(f"{PLACE}up"),
        downstream=own,
        upstream_asset_key=f"marts/{PLACE}up",
        downstream_asset_key=asset,
        columns=edges,
    )
    return [
        make_event("run.start", **common, job_name="all", status="started"),
        make_event("run.end", **common, job_name="all", status="success", seconds=20.0),
        make_event("step.start", **step, asset_keys=(asset,), status="started"),
        make_event("step.end", **step, asset_keys=(asset,), status="success", seconds=1.0),
        make_event("transform.start", **staged, status="started"),
        make_event("transform.end", **staged, status="success", seconds=0.5, rows=100, columns=columns),
        make_event("lineage.edges", **step, asset_key=asset, edges=(lineage,), sql="select 1", dialect="duckdb"),
        make_event("quality.result", **staged, check_name="not_null", passed=True, data_outcome="pass"),
    ]
