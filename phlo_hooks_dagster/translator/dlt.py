"""What dlt tells in its materializations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from dagster import JsonMetadataValue

from phlo_hooks.datasets import Column, LoadJob
from phlo_hooks.redaction import redact_text
from phlo_hooks_dagster.snapshot import DltTarget
from phlo_hooks_dagster.translator.metadata import TABLE_NAME, Metadata, number, schemas_of, text

READ: Final = frozenset({"jobs", "rows_loaded", TABLE_NAME, "dagster/storage_kind"})
"""Metadata that becomes fields of the event, or, as dlt's table name, is wrong."""


@dataclass(frozen=True, kw_only=True)
class DltTable:
    """A table that dlt loads, with the parts of its name that are known."""

    platform: str | None
    catalog: str | None
    dataset: str | None
    table: str


@dataclass(frozen=True, kw_only=True)
class DltLoad:
    """
    One load of one table.

    Attributes:
        rows: 0 when dlt loaded nothing; ``None`` when it loaded and did not count.
        children: Columns by physical table name.
    """

    rows: int | None
    bytes: int | None
    jobs: tuple[LoadJob, ...]
    children: Mapping[str, tuple[Column, ...]]
    seconds: float | None
    load_id: str | None


def is_dlt(metadata: Metadata) -> bool:
    """Return whether dagster-dlt wrote this metadata."""
    return "jobs" in metadata and "destination_type" in metadata and "dataset_name" in metadata


def dlt_table(target: DltTarget | None, metadata: Metadata) -> DltTable | None:
    """
    Return the table: dlt's dataset and the load job's table; before a load, what the snapshot expects.

    Nothing without either: the asset's spec names no dataset. The catalog and schema parts of dlt's own
    ``dagster/table_name`` name the pipeline's schema and are not used; its last part is the normalised table and
    stands in when a load had no job.
    """
    if target is None and not is_dlt(metadata):
        return None
    table = next((job.table for job in _jobs(metadata)), None)
    table = table or (text(metadata, TABLE_NAME) or "").rpartition(".")[2] or (target.resource if target else None)
    if not table:
        return None
    return DltTable(
        platform=text(metadata, "destination_type") or (target.destination if target else None),
        catalog=target.catalog if target else None,
        dataset=text(metadata, "dataset_name") or (target.dataset if target else None),
        table=table,
    )


def dlt_load(metadata: Metadata) -> DltLoad:
    """Return what one materialization says of its load."""
    jobs = tuple(_jobs(metadata))
    rows = number(metadata, "rows_loaded")
    sizes = [job.bytes for job in jobs if job.bytes is not None]
    return DltLoad(
        rows=0 if rows is None and not jobs else rows,
        bytes=sum(sizes) if sizes else None,
        jobs=jobs,
        children=schemas_of(metadata),
        seconds=_seconds_between(text(metadata, "started_at"), text(metadata, "finished_at")),
        load_id=_load_id(metadata),
    )


def _raw_jobs(metadata: Metadata) -> Iterable[Mapping[str, Any]]:
    value = metadata.get("jobs")
    data = value.data if isinstance(value, JsonMetadataValue) else None
    return [job for job in data if isinstance(job, Mapping)] if isinstance(data, list) else []


def _jobs(metadata: Metadata) -> Iterable[LoadJob]:
    for job in _raw_jobs(metadata):
        table = job.get("table_name")
        if not table:
            continue
        message = job.get("failed_message")
        yield LoadJob(
            table=str(table),
            state=str(job.get("state") or "unknown"),
            bytes=_whole(job.get("file_size")),
            seconds=_floating(job.get("elapsed")),
            retries=_whole(job.get("retry_count")),
            error=redact_text(str(message)) if message else None,
        )


def _load_id(metadata: Metadata) -> str | None:
    """Return the load id, which a job's file path carries as the folder below ``loaded``, ``normalized`` or ``new``."""
    for job in _raw_jobs(metadata):
        parts = str(job.get("file_path") or "").replace("\\", "/").split("/")
        for before, after in pairwise(parts):
            if before in {"loaded", "normalized", "new"} and after.replace(".", "").isdigit():
                return after
    return None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _floating(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _seconds_between(start: str | None, end: str | None) -> float | None:
    try:
        return (datetime.fromisoformat(end or "") - datetime.fromisoformat(start or "")).total_seconds()
    except (TypeError, ValueError):
        return None
