"""Which table a dlt asset loads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from phlo_hooks_dagster.identity.metadata import TABLE_NAME, Metadata, text
from phlo_hooks_dagster.snapshot import DltTarget


@dataclass(frozen=True, kw_only=True)
class DltTable:
    """A table that dlt loads, with the parts of its name that are known."""

    platform: str | None
    catalog: str | None
    dataset: str | None
    table: str


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
    table = next((str(job["table_name"]) for job in raw_jobs(metadata) if job.get("table_name")), None)
    table = table or (text(metadata, TABLE_NAME) or "").rpartition(".")[2] or (target.resource if target else None)
    if not table:
        return None
    return DltTable(
        platform=text(metadata, "destination_type") or (target.destination if target else None),
        catalog=target.catalog if target else None,
        dataset=text(metadata, "dataset_name") or (target.dataset if target else None),
        table=table,
    )


def raw_jobs(metadata: Metadata) -> Iterable[Mapping[str, Any]]:
    """Return the load jobs as dlt wrote them."""
    data = getattr(metadata.get("jobs"), "data", None)
    return [job for job in data if isinstance(job, Mapping)] if isinstance(data, list) else []
