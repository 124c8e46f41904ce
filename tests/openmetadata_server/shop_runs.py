"""Events of runs of a small shop, as the relay records them: a load from an API, dbt models, a published file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from phlo_hooks.datasets import ChildTable, Column, ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import (
    HookCorrelation,
    HookEvent,
    IngestionEvent,
    LineageEvent,
    PublishEvent,
    QualityResultEvent,
    RunEvent,
    StepEvent,
    TransformEvent,
)

BEGIN = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
NAMESPACE = "duckdb://shop"
API = "https://api.shop.example/v1/orders"
ID, AMOUNT, TOTAL = "id", "amount", "total"


def dataset(name: str, namespace: str = NAMESPACE) -> DatasetRef:
    """Return a table of the shop."""
    return DatasetRef(namespace=namespace, name=name)


def columns(*names: str) -> tuple[Column, ...]:
    """Return columns; numbers all."""
    return tuple(Column(name=name, type="BIGINT") for name in names)


@dataclass(frozen=True)
class Model:
    """
    One dbt model.

    Attributes:
        upstream: Dataset's name to the columns that flow: upstream name to downstream name.
    """

    key: str
    table: DatasetRef
    upstream: Mapping[str, Mapping[str, str]]
    columns: tuple[str, ...] = (ID, TOTAL)


@dataclass(frozen=True)
class Check:
    """One check, and how it went: ``pass``, ``warn``, ``fail``, ``error``, ``skipped``."""

    key: str
    name: str
    outcome: str = "pass"
    column: str | None = None
    failed_rows: int | None = None


ORDERS, LINES = "shop.raw.orders", "shop.raw.orders__lines"
STG, MART = "shop.staging.stg_orders", "shop.marts.sales"
MODELS = (
    Model("staging/stg_orders", dataset(STG), {ORDERS: {ID: ID, AMOUNT: TOTAL}, LINES: {"_dlt_parent_id": ID}}),
    Model("marts/sales", dataset(MART), {STG: {TOTAL: TOTAL}}, (TOTAL,)),
)
CHECKS = (
    Check("staging/stg_orders", "not_null_id", column=ID),
    Check("staging/stg_orders", "few_orders", "warn", failed_rows=3),
    Check("marts/sales", "unique_total", column=TOTAL),
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """
    One run.

    Attributes:
        day: Days after ``BEGIN`` on which it starts.
        status: How it ended: ``success``, ``failure``, ``canceled``.
        broken: Key of the model that fails; those behind it are skipped.
    """

    day: int = 0
    status: str = "success"
    job: str | None = "nightly"
    models: tuple[Model, ...] = MODELS
    checks: tuple[Check, ...] = CHECKS
    broken: str | None = None
    publish: bool = True
    source: str | None = API

    @property
    def run_id(self) -> str:
        """Its id."""
        return f"0b8d2a4e-0000-4000-8000-{self.day:012d}"

    @property
    def started(self) -> datetime:
        """When it starts."""
        return BEGIN + timedelta(days=self.day)

    @property
    def ms(self) -> int:
        """When it starts, as the server counts."""
        return int(self.started.timestamp() * 1000)

    def events(self) -> list[HookEvent]:
        """Return its events, oldest first."""
        found = []
        for number, event in enumerate(self._events()):
            at = self.started + timedelta(seconds=number)
            found.append(replace(event, timestamp=at, event_id=f"{self.run_id}-{number:04d}"))
        return found

    def _told(self, step: str | None = None, key: str | None = None, check: str | None = None) -> dict[str, Any]:
        """Return what every event says."""
        correlation = HookCorrelation(
            run_id=self.run_id,
            root_run_id=self.run_id,
            job_name=self.job or "__ASSET_JOB",
            code_location="shop",
            step_key=step,
            attempt=1 if step else None,
            asset_key=key,
            check_name=check,
        )
        return {"correlation": correlation, "source": "dagster"}

    def _events(self) -> Iterator[HookEvent]:
        run = self._told()
        keys = ("raw/orders", *(model.key for model in self.models), *(("published/sales",) if self.publish else ()))
        yield RunEvent(event_type="run.start", status="started", planned_assets=keys, **run)
        yield from self._load()
        failed = False
        for model in self.models:
            failed = failed or model.key == self.broken
            yield from self._build(model, failed=failed)
        if self.publish and not failed:
            yield from self._publish()
        yield RunEvent(event_type="run.end", status=self.status, planned_assets=keys, seconds=60.0, **run)

    def _load(self) -> Iterator[HookEvent]:
        key, step = "raw/orders", "load_orders"
        told = self._told(step, key)
        of_step = self._told(step)
        yield StepEvent(event_type="step.start", status="started", asset_keys=(key,), **of_step)
        yield IngestionEvent(
            event_type="ingestion.end",
            asset_key=key,
            dataset=dataset(ORDERS),
            group_name="raw",
            status="success",
            tool="dlt",
            rows=100 + self.day,
            columns=columns(ID, AMOUNT, "_dlt_id"),
            sources=(self.source,) if self.source else (),
            child_tables=(ChildTable(dataset=dataset(LINES), columns=columns("_dlt_parent_id", "sku"), rows=7),),
            **told,
        )
        yield StepEvent(event_type="step.end", status="success", asset_keys=(key,), seconds=2.0, **of_step)

    def _build(self, model: Model, *, failed: bool) -> Iterator[HookEvent]:
        step = "dbt_models"
        told = self._told(step, model.key)
        name = model.key.rpartition("/")[2]
        status = "failure" if failed else "success"
        yield TransformEvent(
            event_type="transform.end",
            asset_key=model.key,
            tool="dbt",
            model=name,
            unique_id=f"model.shop.{name}",
            dataset=model.table,
            group_name="models",
            status=status,
            columns=() if failed else columns(*model.columns),
            rows=None if failed else 10,
            seconds=1.0,
            **told,
        )
        if failed:
            return
        edges = tuple(
            LineageEdge(
                upstream=dataset(upstream, model.table.namespace),
                downstream=model.table,
                upstream_asset_key=self._maker(upstream),
                downstream_asset_key=model.key,
                columns=tuple(
                    ColumnEdge(upstream_column=above, downstream_column=below, transformation="identity")
                    for above, below in flows.items()
                ),
                origin="dbt",
            )
            for upstream, flows in model.upstream.items()
        )
        sql = " ".join(["select * from", " join ".join(model.upstream)])
        yield LineageEvent(edges=edges, asset_key=model.key, sql=sql, dialect="duckdb", **told)
        yield from (self._checked(model, check) for check in self.checks if check.key == model.key)

    def _maker(self, table: str) -> str | None:
        if table in (ORDERS, LINES):
            return "raw/orders"
        return next((model.key for model in self.models if model.table.name == table), None)

    def _checked(self, model: Model, check: Check) -> HookEvent:
        judged = check.outcome in ("pass", "warn", "fail")
        return QualityResultEvent(
            asset_key=check.key,
            check_name=check.name,
            passed=check.outcome == "pass" if judged else None,
            outcome="success" if judged else check.outcome,
            data_outcome=check.outcome if judged else None,
            severity="WARN" if check.outcome == "warn" else "ERROR",
            check_type="dbt_test",
            column=check.column,
            failed_rows=check.failed_rows,
            dataset=model.table,
            **self._told("dbt_models", check.key, check.name),
        )

    def _publish(self) -> Iterator[HookEvent]:
        key = "published/sales"
        last = self.models[-1].table
        yield PublishEvent(
            event_type="publish.end",
            asset_key=key,
            target_system="parquet",
            tables={"sales.parquet": last.name},
            dataset=DatasetRef(namespace="file", name="/lake/shop"),
            group_name="publish",
            status="success",
            rows=10,
            **self._told("published__sales", key),
        )
