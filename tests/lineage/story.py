"""Runs told step by step, as the events that the relay would record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from phlo_hooks.datasets import Column, ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import ErrorInfo, HookEvent
from phlo_hooks.testing import EPOCH, make_event


def table(name: str, namespace: str = "duckdb://shop") -> DatasetRef:
    return DatasetRef(namespace=namespace, name=name)


def columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, type="BIGINT") for name in names)


def flow(
    upstream: DatasetRef, downstream: DatasetRef, *pairs: str, key: str | None = None, own: str | None = None
) -> LineageEdge:
    """Return an edge; a pair is ``id>order_id``, ``cents>total:aggregation``, or ``state>*:filter`` for rows."""
    return LineageEdge(
        upstream=upstream,
        downstream=downstream,
        upstream_asset_key=key,
        downstream_asset_key=own,
        columns=tuple(_pair(pair) for pair in pairs),
        origin="dbt",
    )


def _pair(pair: str) -> ColumnEdge:
    ends, _, how = pair.partition(":")
    up, _, down = ends.partition(">")
    indirect = how in ("filter", "join", "group_by", "sort", "window")
    return ColumnEdge(
        upstream_column=up,
        downstream_column=None if down == "*" else down,
        kind="indirect" if indirect else "direct",
        transformation=how or "identity",
    )


@dataclass(kw_only=True)
class Story:
    """One run; every call adds its events and lets time pass."""

    run_id: str
    begin: float = 0.0
    job: str = "daily"
    location: str = "shop"
    tags: dict[str, str] = field(default_factory=dict)
    events: list[HookEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = self.begin

    def tell(self, event_type: str, **parts: Any) -> Story:
        """Add any event of this run, now."""
        parts = {"job_name": self.job, "code_location": self.location, **parts}
        at = EPOCH + timedelta(seconds=self.clock)
        self.events.append(make_event(event_type, at=at, run_id=self.run_id, **parts))
        return self

    def wait(self, seconds: float) -> Story:
        self.clock += seconds
        return self

    def start(self, *, queued: float | None = None) -> Story:
        if queued is not None:
            self.tell("run.queued", status="queued", run_tags=self.tags)
            self.wait(queued)
        return self.tell("run.start", status="started", run_tags=self.tags)

    def end(self, status: str = "success", error: str | None = None) -> Story:
        return self.tell("run.end", status=status, seconds=self.clock - self.begin, error=_error(error))

    def step(self, key: str, *assets: str, attempt: int = 1) -> Story:
        return self.tell("step.start", step_key=key, attempt=attempt, asset_keys=assets, status="started")

    def done(
        self, key: str, *assets: str, seconds: float = 2.0, status: str = "success", attempt: int = 1, error: str = ""
    ) -> Story:
        """End a step attempt; ``retry`` lets another follow."""
        kind = "step.retry" if status == "retry" else "step.end"
        parts: dict[str, Any] = {"step_key": key, "attempt": attempt, "asset_keys": assets, "status": status}
        return self.tell(kind, **parts, seconds=seconds, error=_error(error))

    def loaded(self, asset: str, dataset: DatasetRef, *, step: str = "load", rows: int = 10, **parts: Any) -> Story:
        return self.tell(
            "ingestion.end",
            **{"asset_key": asset, "dataset": dataset, "step_key": step, "attempt": 1, "status": "success"} | parts,
            rows=rows,
            tool="dlt",
        )

    def built(self, asset: str, dataset: DatasetRef, *edges: LineageEdge, step: str = "dbt", **parts: Any) -> Story:
        """A dbt model ended; with edges, also what it was made from."""
        about: dict[str, Any] = {"asset_key": asset, "step_key": step, "attempt": 1}
        sql, warning = parts.pop("sql", None), parts.pop("warning", None)
        self.tell(
            "transform.end",
            **about | {"dataset": dataset, "status": "success", "seconds": 0.5, "tool": "dbt"} | parts,
            model=asset.rpartition("/")[2],
        )
        if edges:
            self.tell("lineage.edges", **about, edges=edges, sql=sql, warning=warning, dialect="duckdb")
        return self

    def check(self, asset: str, name: str, outcome: str = "pass", **parts: Any) -> Story:
        return self.tell(
            "quality.result",
            **{"asset_key": asset, "check_name": name, "step_key": "dbt", "attempt": 1} | parts,
            passed=outcome != "fail",
            data_outcome=outcome,
        )


def _error(message: str | None) -> ErrorInfo | None:
    return ErrorInfo(type="RuntimeError", message=message) if message else None
