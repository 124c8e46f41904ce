"""What dlt's riders add to the ends of ingestions: where rows came from, how long each phase took, rows of children."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from phlo_hooks.datasets import ChildTable, Column, DatasetRef
from phlo_hooks.redaction import redact, redact_text
from phlo_hooks_dagster.riders import DltRider, DltTable
from phlo_hooks_dagster.translator.context import RunContext

MOST: Final = 16
"""Loads of one step attempt that are remembered; the newest of an asset is the one that counts."""
_WHOLE: Final = 2**63


@dataclass(frozen=True, kw_only=True)
class ToldLoad:
    """
    What a rider says of the load of one asset.

    Attributes:
        rows: Of the tables that the asset's resources name.
        children: Rows by physical name of the tables that were made from these.
    """

    load_id: str | None = None
    rows: int | None = None
    children: Mapping[str, int | None] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    extract_seconds: float | None = None
    normalize_seconds: float | None = None
    load_seconds: float | None = None
    retries: int | None = None
    failed_phase: str | None = None

    def fields(self, *, produced: bool) -> dict[str, Any]:
        """Return the event's fields that nobody else knows."""
        return {
            "sources": self.sources,
            "extract_seconds": self.extract_seconds,
            "normalize_seconds": self.normalize_seconds,
            "load_seconds": self.load_seconds,
            "retries": self.retries,
            "failed_phase": None if produced else self.failed_phase,
        }


def note_load(context: RunContext, step_key: str, rider: DltRider) -> None:
    """Keep a rider for the ends that follow it; one of the same pipeline and resources takes its place."""
    names = context.rules.redact
    clean = msgspec.structs.replace(
        rider, sources={name: redact(urls, extra_names=names) for name, urls in rider.sources.items()}
    )
    others = [
        each
        for each in context.state.loads.get(step_key, [])
        if (each.pipeline, each.resources) != (rider.pipeline, rider.resources)
    ]
    context.state.loads[step_key] = [*others, clean][-MOST:]


def told_load(context: RunContext, step_key: str, key: str) -> ToldLoad | None:
    """Return what the newest rider of the step attempt says of the asset's load; ``None`` when none names it."""
    for rider in reversed(context.state.loads.get(step_key, [])):
        resources = sorted(name for name, asset in rider.resources.items() if asset == key)
        if resources:
            return _load(rider, resources)
    return None


def child_tables(
    parent: DatasetRef, columns: Mapping[str, Sequence[Column]], told: ToldLoad | None, *, shared: bool
) -> tuple[ChildTable, ...]:
    """
    Return the tables that the loader made from nested data.

    Args:
        columns: Of those that the record names.
        shared: One load brought several partitions: its rows are not this one's alone.
    """
    rows = told.children if told is not None else {}
    prefix = parent.name.rpartition(".")[0]
    return tuple(
        ChildTable(
            dataset=DatasetRef(namespace=parent.namespace, name=f"{prefix}.{table}" if prefix else table),
            columns=tuple(columns.get(table, ())),
            rows=None if shared else rows.get(table),
        )
        for table in sorted({*columns, *rows})
    )


def _load(rider: DltRider, resources: Sequence[str]) -> ToldLoad:
    roots = {table.name for table in rider.tables if table.parent is None and table.resource in resources}
    counts = [rows for table in rider.tables if table.name in roots and (rows := _count(table.rows)) is not None]
    sources = dict.fromkeys(url for name in resources for url in rider.sources.get(name, ()))
    return ToldLoad(
        load_id=redact_text(rider.load_ids[-1]) if rider.load_ids else None,
        rows=sum(counts) if counts else None,
        children={redact_text(table.name): _count(table.rows) for table in _below(rider.tables, roots, resources)},
        sources=tuple(sources),
        extract_seconds=finite(rider.timing.extract),
        normalize_seconds=finite(rider.timing.normalize),
        load_seconds=finite(rider.timing.load),
        retries=_count(rider.retries),
        failed_phase=redact_text(rider.failed_step)[:32] if rider.failed_step else None,
    )


def _below(tables: Sequence[DltTable], roots: set[str], resources: Sequence[str]) -> Iterator[DltTable]:
    """Yield the tables that were made from those, or from tables that were."""
    parents = {table.name: table.parent for table in tables}
    for table in tables:
        if table.parent is None:
            continue
        above, seen = table.parent, {table.name}
        while above not in roots and above not in seen and parents.get(above) is not None:
            seen.add(above)
            above = str(parents[above])
        if above in roots or table.resource in resources:
            yield table


def finite(seconds: float | None) -> float | None:
    """Return a duration that can be one."""
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


def _count(number: int | None) -> int | None:
    return number if number is not None and 0 <= number < _WHOLE else None
