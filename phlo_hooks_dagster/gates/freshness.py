"""The gate that asks how old the data of an asset's upstreams is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from dagster import TimestampMetadataValue

from phlo_hooks_dagster.gates.durations import people, seconds_of
from phlo_hooks_dagster.gates.gate import Gate, GateView, Upstream
from phlo_hooks_dagster.gates.history import latest_observation, metadata_of, never_made, newest, record_of
from phlo_hooks_dagster.gates.text import listed

LAST_UPDATED: Final = "dagster/last_updated_timestamp"


@dataclass(frozen=True, kw_only=True)
class Freshness(Gate):
    """
    Closed while the data of an upstream is older than ``max_age``.

    Data is as old as ``dagster/last_updated_timestamp`` of the newest materialization or observation says; without it,
    as the materialization. Of several partitions the newest counts.

    Attributes:
        max_age: Seconds, a timedelta, or a text such as ``"6h"``.
    """

    needs_upstreams: ClassVar[bool] = True

    max_age: Any

    def __post_init__(self) -> None:
        """Refuse an age that is no length of time."""
        seconds_of(self.max_age, "Freshness(max_age=...)")

    def reason_to_stop(self, view: GateView) -> str | None:
        """Name each upstream that is too old."""
        limit = seconds_of(self.max_age, "max_age")
        return listed([reason for each in view.upstreams if (reason := _too_old(view, each, limit))])


def _too_old(view: GateView, upstream: Upstream, limit: float) -> str | None:
    moment = _data_time(view, upstream)
    if moment is None:
        return never_made(upstream)
    age = view.now.timestamp() - moment
    if age <= limit:
        return None
    return f"{upstream.name} is {people(age)} old, {people(limit)} are allowed"


def _data_time(view: GateView, upstream: Upstream) -> float | None:
    slots = newest(view, upstream)
    moments = []
    if slots:
        record = record_of(view.instance, upstream.key, max(slots.values()))
        if record is not None:
            said = _said(metadata_of(record))
            moments.append(record.timestamp if said is None else said)
    observed = latest_observation(view, upstream, having=LAST_UPDATED)
    if observed is not None and (said := _said(metadata_of(observed))) is not None:
        moments.append(said)
    return max(moments, default=None)


def _said(metadata: Any) -> float | None:
    value = metadata.get(LAST_UPDATED)
    if isinstance(value, TimestampMetadataValue):
        return value.value
    raw = getattr(value, "value", None)
    return float(raw) if isinstance(raw, (int, float)) and not isinstance(raw, bool) else None
