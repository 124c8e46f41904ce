"""What gates that compare now with then have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import EventLogRecord

from phlo_hooks_dagster.gates.gate import GateView, Upstream
from phlo_hooks_dagster.gates.history import before, last_start, metadata_of, newest, record_of


def check_on_missing(gate: str, value: str) -> None:
    """Refuse what is neither ``pass`` nor ``stop``."""
    if value not in {"pass", "stop"}:
        raise ValueError(f"{gate}(on_missing={value!r}): it is 'pass' or 'stop'")


def now_and_then(view: GateView, upstream: Upstream) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """
    Return the upstream's newest metadata, and that from which the guarded asset was last made.

    What belongs to the whole table is meant, so partitions are not told apart; ``None`` where there is no record.
    """
    slots = newest(view, upstream)
    current = record_of(view.instance, upstream.key, max(slots.values())) if slots else None
    if current is None:
        return None, None
    earlier = before(view, upstream, current, last_start(view, upstream, any_partition=True), any_partition=True)
    return metadata_of(current), _metadata(earlier)


def _metadata(record: EventLogRecord | None) -> Mapping[str, Any] | None:
    return None if record is None else metadata_of(record)
