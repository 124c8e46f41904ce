"""Ingestion, transform, quality and publish: what a data platform does to its datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from phlo_hooks.datasets import ChildTable, Column, DatasetRef, LoadJob
from phlo_hooks.events.base import ErrorInfo, HookEvent
from phlo_hooks.frozen import FrozenDict


@dataclass(frozen=True, kw_only=True)
class IngestionEvent(HookEvent):
    """
    One ingestion started or ended.

    Attributes:
        dataset: The table loaded into.
        table_name: The dataset's name; derived, kept for readers of phlo's events.
        reason: Why it ended as it did: ``not_yielded``, ``step_failed``, ``stopped_by_hook`` …
        rows: Rows loaded; ``None`` until the ingestion ends or when not reported.
        bytes: Size of the files loaded.
        sources: Where the rows came from, as URLs without credentials; only the step knows (``@hooked_dlt_assets``), as
            it does the next five.
        extract_seconds: Time the loader took to fetch the data, of everything that it loaded at once.
        normalize_seconds: … to bring it into tables.
        load_seconds: … to write them to the destination.
        retries: How often jobs of that load were tried again, all together.
        failed_phase: The loader's phase that raised: ``extract``, ``normalize`` or ``load``.
        child_tables: Tables that the loader made from nested data.
        jobs: The loader's jobs, parent and child tables.
        load_id: The loader's id of this load.
        tool: ``dlt``, ``sling`` …
    """

    TYPES: ClassVar[tuple[str, ...]] = ("ingestion.start", "ingestion.end")

    asset_key: str
    table_name: str = ""
    dataset: DatasetRef | None = None
    group_name: str | None = None
    owners: tuple[str, ...] = ()
    partition_key: str | None = None
    status: str = ""
    reason: str | None = None
    tool: str | None = None
    rows: int | None = None
    bytes: int | None = None
    columns: tuple[Column, ...] = ()
    sources: tuple[str, ...] = ()
    extract_seconds: float | None = None
    normalize_seconds: float | None = None
    load_seconds: float | None = None
    retries: int | None = None
    failed_phase: str | None = None
    child_tables: tuple[ChildTable, ...] = ()
    jobs: tuple[LoadJob, ...] = ()
    load_id: str | None = None
    seconds: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=FrozenDict)
    error: ErrorInfo | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        """Derive ``table_name`` when only the dataset was given."""
        if not self.table_name and self.dataset is not None:
            object.__setattr__(self, "table_name", self.dataset.name)
        super().__post_init__()


@dataclass(frozen=True, kw_only=True)
class TransformEvent(HookEvent):
    """
    One model or other transform started or ended.

    Attributes:
        tool: ``dbt``, ``sqlmesh``, ``python`` …
        model: The tool's short name of the model.
        unique_id: The tool's full name, such as ``model.shop.stg_orders``.
        reason: Why it ended as it did: ``node_failed``, ``node_skipped``, ``step_failed``, ``stopped_by_hook`` …
        node_status: The tool's own word: ``success``, ``error``, ``skipped`` …
        message: What the tool said of a model that did not go well.
        compiled_sql_digest: ``sha256:`` and 64 hexadecimal digits.
        invocation_id: The tool's id of the invocation that ran the model.
        seconds: Time the model took, not the step.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("transform.start", "transform.end")

    asset_key: str
    tool: str = ""
    model: str | None = None
    unique_id: str | None = None
    dataset: DatasetRef | None = None
    group_name: str | None = None
    owners: tuple[str, ...] = ()
    partition_key: str | None = None
    status: str = ""
    reason: str | None = None
    node_status: str | None = None
    message: str | None = None
    rows: int | None = None
    columns: tuple[Column, ...] = ()
    compiled_sql_digest: str | None = None
    invocation_id: str | None = None
    seconds: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=FrozenDict)
    error: ErrorInfo | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class QualityResultEvent(HookEvent):
    """
    One check of one asset was evaluated, or was planned and never evaluated.

    Attributes:
        passed: Whether the data passed; ``None`` when the check did not run.
        outcome: How the check's own run went: ``success`` (it judged the data), ``error``, ``skipped``, ``not_run``.
        data_outcome: What it said of the data: ``pass``, ``warn``, ``fail``; ``None`` when it did not judge.
        severity: ``WARN`` or ``ERROR``, as Dagster has it.
        blocking: Whether a failure stops what is downstream.
        failed_rows: Rows that failed, when the check counts them.
        check_type: ``dbt_test`` or ``asset_check``.
        column: The column it judges, when it judges one.
        message: What the tool said of a test that did not pass, such as dbt's ``Got 2 results, configured to fail if
            != 0``.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("quality.result",)

    asset_key: str
    check_name: str
    passed: bool | None
    outcome: str = "success"
    data_outcome: str | None = None
    severity: str = "ERROR"
    blocking: bool = False
    check_type: str | None = None
    column: str | None = None
    dataset: DatasetRef | None = None
    partition_key: str | None = None
    failed_rows: int | None = None
    message: str | None = None
    description: str | None = None
    unique_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=FrozenDict)
    error: ErrorInfo | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class PublishEvent(HookEvent):
    """
    Tables are handed, or have been handed, to those who use them.

    Attributes:
        target_system: Where to, such as ``parquet`` or ``postgres``.
        tables: Target name to source name.
        reason: Why it ended as it did: ``stopped_by_hook``, ``step_failed`` …
        rows: Of all tables together.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("publish.start", "publish.end")

    asset_key: str | None = None
    target_system: str | None = None
    tables: Mapping[str, str] = field(default_factory=FrozenDict)
    dataset: DatasetRef | None = None
    group_name: str | None = None
    owners: tuple[str, ...] = ()
    partition_key: str | None = None
    status: str = ""
    reason: str | None = None
    rows: int | None = None
    columns: tuple[Column, ...] = ()
    seconds: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=FrozenDict)
    error: ErrorInfo | None = None
    url: str | None = None
