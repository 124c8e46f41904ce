"""What dlt tells in its materializations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from phlo_hooks.datasets import Column, LoadJob
from phlo_hooks.redaction import redact_text
from phlo_hooks_dagster.identity.dlt_table import raw_jobs
from phlo_hooks_dagster.identity.metadata import TABLE_NAME, Metadata, text
from phlo_hooks_dagster.translator.metadata import number, schemas_of

READ: Final = frozenset({"jobs", "rows_loaded", TABLE_NAME, "dagster/storage_kind"})
"""Metadata that becomes fields of the event, or, as dlt's table name, is wrong."""


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


def _jobs(metadata: Metadata) -> Iterable[LoadJob]:
    for job in raw_jobs(metadata):
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
    for job in raw_jobs(metadata):
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
