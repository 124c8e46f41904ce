"""Recorded events of runs of the generated dbt project: what a relay hears of 708 models, tests among it if wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks.dbt_project import DATABASE, PROJECT, compiled, unique_id
from benchmarks.generated_models import MadeColumn, MadeTable
from phlo_hooks.datasets import Column, ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import (
    HookCorrelation,
    HookEvent,
    LineageEvent,
    QualityResultEvent,
    RunEvent,
    StepEvent,
    TransformEvent,
)

STEP = "dbt_models"
SECONDS = 480
"""How long a run lasts; models end evenly over it."""
_TESTS = ("not_null", "unique", "accepted_values")


@dataclass(frozen=True, kw_only=True)
class Run:
    """
    One successful run of the whole project.

    Attributes:
        tests: For each model, of its first columns; up to three.
    """

    run_id: str
    at: datetime
    tables: Sequence[MadeTable]
    tests: int = 0

    def events(self) -> Iterator[HookEvent]:
        """Yield what is heard of it, in order."""
        by_name = {table.name: table for table in self.tables}
        models = [table for table in self.tables if table.sql]
        keys = tuple(_key(table) for table in models)
        end = self.at + timedelta(seconds=SECONDS)
        yield RunEvent(
            event_type="run.start", status="started", planned_assets=keys, timestamp=self.at, correlation=self._where()
        )
        step: dict[str, Any] = {"asset_keys": keys, "correlation": self._where(step_key=STEP, attempt=1)}
        yield StepEvent(event_type="step.start", status="started", timestamp=self.at, **step)
        for number, table in enumerate(models, start=1):
            at = self.at + timedelta(seconds=SECONDS * number / (len(models) + 1))
            yield from self._model(table, by_name, at)
        yield StepEvent(event_type="step.end", status="success", timestamp=end, seconds=float(SECONDS), **step)
        yield RunEvent(
            event_type="run.end", status="success", planned_assets=keys, timestamp=end, correlation=self._where()
        )

    def _model(self, table: MadeTable, tables: Mapping[str, MadeTable], at: datetime) -> Iterator[HookEvent]:
        where = self._where(step_key=STEP, attempt=1, asset_key=_key(table))
        said: dict[str, Any] = {"asset_key": _key(table), "correlation": where}
        model: dict[str, Any] = {
            "tool": "dbt",
            "model": table.name,
            "unique_id": unique_id(table),
            "dataset": _dataset(table),
        }
        yield TransformEvent(
            event_type="transform.start", status="started", timestamp=at, group_name=table.schema, **model, **said
        )
        yield TransformEvent(
            event_type="transform.end",
            status="success",
            timestamp=at,
            group_name=table.schema,
            columns=tuple(Column(name=column.name, type=column.type) for column in table.columns),
            seconds=0.5,
            **model,
            **said,
        )
        edges = tuple(_edge(tables[parent], table) for parent in table.parents)
        yield LineageEvent(edges=edges, sql=compiled(table, tables), dialect="duckdb", timestamp=at, **said)
        for test, column in zip(_TESTS[: self.tests], table.columns, strict=False):
            yield self._result(table, test, column, at)

    def _result(self, table: MadeTable, test: str, column: MadeColumn, at: datetime) -> HookEvent:
        name = f"{test}_{table.name}_{column.name}"
        return QualityResultEvent(
            asset_key=_key(table),
            check_name=name,
            passed=True,
            outcome="success",
            data_outcome="pass",
            check_type="dbt_test",
            column=column.name,
            dataset=_dataset(table),
            failed_rows=0,
            timestamp=at,
            correlation=self._where(step_key=STEP, attempt=1, asset_key=_key(table), check_name=name),
        )

    def _where(self, **more: Any) -> HookCorrelation:
        return HookCorrelation(run_id=self.run_id, job_name="dbt_daily", code_location="big", **more)


def _key(table: MadeTable) -> str:
    return f"{table.schema}/{table.name}"


def _dataset(table: MadeTable) -> DatasetRef:
    return DatasetRef(namespace=f"duckdb://{PROJECT}", name=f"{DATABASE}.{table.schema}.{table.name}")


def _edge(upstream: MadeTable, downstream: MadeTable) -> LineageEdge:
    columns = tuple(
        ColumnEdge(upstream_column=origin, downstream_column=column.name)
        for column in downstream.columns
        for table, origin in sorted(column.origins)
        if table == upstream.name
    )
    return LineageEdge(
        upstream=_dataset(upstream),
        downstream=_dataset(downstream),
        upstream_asset_key=_key(upstream) if upstream.sql else None,
        downstream_asset_key=_key(downstream),
        columns=columns,
        origin="dbt",
    )
