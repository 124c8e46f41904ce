"""What the outbox holds about assets and runs, as much of it as a page shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import (
    AssetEvent,
    HookEvent,
    IngestionEvent,
    LineageEvent,
    PublishEvent,
    QualityResultEvent,
    RunEvent,
    StepEvent,
    TransformEvent,
)
from phlo_hooks.exceptions import HooksError
from phlo_hooks.outbox.api import StoredEvent
from phlo_hooks.outbox.history import History

RUN_TYPES: Final = RunEvent.TYPES
ENDS: Final = (
    "ingestion.end",
    "transform.end",
    "publish.end",
    "asset.materialized",
    "asset.failed",
    "asset.skipped",
    "asset.canceled",
)
STARTS: Final = ("ingestion.start", "transform.start", "publish.start")
LIFECYCLE: Final = (*STARTS, *ENDS, "asset.observed")
STEP_TYPES: Final = (*RUN_TYPES, *StepEvent.TYPES, "transform.end", "quality.result")
"""What a run is shown by; lineage, which is large, is no part of it."""
RUN_EVENTS: Final = 60_000
"""Events that all runs shown may have together; beyond it older runs are shown without their steps."""
_FEW: Final = 12
_MANY: Final = 150
_TABLES: Final = 4
"""How many tables of one asset may each have a lineage event of their own."""
_CHECKS: Final = (12, 50, 200, 800)

Touch = IngestionEvent | TransformEvent | PublishEvent | AssetEvent


@dataclass(kw_only=True)
class AssetRecord:
    """
    The newest events about one asset.

    Attributes:
        touches: Starts, ends, failures, skips and observations, newest first.
        whole: Whether these are all there are, of each type.
        lineage: The newest; with the edges of other tables that the same run told of apart.
        checks: The newest result of each check.
    """

    key: str
    touches: list[Touch] = field(default_factory=list)
    whole: bool = True
    lineage: LineageEvent | None = None
    checks: list[QualityResultEvent] = field(default_factory=list)


@dataclass(kw_only=True)
class RunRecord:
    """
    The events of one run, oldest first.

    Attributes:
        whole: Whether steps and what is in them were read too.
    """

    run_id: str
    size: int
    events: list[HookEvent] = field(default_factory=list)
    whole: bool = True


class Recorded:
    """
    Reads events, and counts those that cannot be read.

    Attributes:
        unreadable: Rows whose bytes are no event, or one of a newer major version.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.unreadable = 0
        self._decoded: dict[int, HookEvent | None] = {}

    def decode(self, rows: Iterable[StoredEvent]) -> Iterator[HookEvent]:
        """Yield the events of the rows that can be read; the same row gives the same event."""
        for row in rows:
            if row.seq not in self._decoded:
                self._decoded[row.seq] = self._decode(row)
            event = self._decoded[row.seq]
            if event is not None:
                yield event

    def runs(self, limit: int) -> list[RunRecord]:
        """Return the newest runs, newest first."""
        run_ids = self.history.newest_runs(RUN_TYPES, limit)
        sizes = self.history.sizes(run_ids)
        left = RUN_EVENTS
        found = []
        for run_id in run_ids:
            record = RunRecord(run_id=run_id, size=sizes.get(run_id, 0))
            record.whole = record.size <= left
            left -= record.size if record.whole else 0
            types = STEP_TYPES if record.whole else RUN_TYPES
            record.events = list(self.decode(self.history.run(run_id, types)))
            found.append(record)
        return found

    def assets(self) -> list[AssetRecord]:
        """Return every asset that events are about, with its newest events."""
        with self.history.together():
            return [self._asset(each.asset_key, each.event_types) for each in self.history.assets()]

    def lineage_without_asset(self) -> list[LineageEvent]:
        """Return the newest lineage events that name no asset, newest first."""
        rows = self.history.newest("", "lineage.edges", _MANY)
        return [event for event in self.decode(rows) if isinstance(event, LineageEvent)]

    def _asset(self, key: str, types: frozenset[str]) -> AssetRecord:
        record = AssetRecord(key=key)
        for event_type in LIFECYCLE:
            if event_type in types:
                self._read_touches(record, event_type)
        record.touches.sort(key=lambda event: (event.timestamp, event.event_type in ENDS), reverse=True)
        if "lineage.edges" in types:
            rows = self.history.newest(key, "lineage.edges", _TABLES)
            record.lineage = _of_one_run([event for event in self.decode(rows) if isinstance(event, LineageEvent)])
        if "quality.result" in types:
            record.checks = self._checks(key)
        return record

    def _read_touches(self, record: AssetRecord, event_type: str) -> None:
        limit = _FEW if event_type in ENDS else 1
        rows = self.history.newest(record.key, event_type, limit)
        events = [event for event in self.decode(rows) if isinstance(event, Touch)]
        if len(rows) == limit > 1 and any(event.partition_key for event in events):
            limit = _MANY
            rows = self.history.newest(record.key, event_type, limit)
            events = [event for event in self.decode(rows) if isinstance(event, Touch)]
        record.whole &= limit == 1 or len(rows) < limit
        record.touches += events

    def _checks(self, key: str) -> list[QualityResultEvent]:
        """Return the newest result of each check, looked for as far back as there are names not met before."""
        found: dict[str, QualityResultEvent] = {}
        edge = None
        for size in _CHECKS:
            rows = self.history.newest(key, "quality.result", size, before=edge)
            results = [event for event in self.decode(rows) if isinstance(event, QualityResultEvent)]
            half = len(results) // 2
            for result in results[:half]:
                found.setdefault(result.check_name, result)
            known = len(found)
            for result in results[half:]:
                found.setdefault(result.check_name, result)
            if len(rows) < size or len(found) == known:
                break
            edge = rows[-1]
        return list(found.values())

    def _decode(self, row: StoredEvent) -> HookEvent | None:
        try:
            return row.decode()
        except HooksError:
            self.unreadable += 1
            return None


def newest_edges(events: Iterable[LineageEvent]) -> list[LineageEvent]:
    """Return, of events newest first, the edges that no newer event about the same table replaces."""
    seen: set[DatasetRef] = set()
    kept = []
    for event in events:
        fresh = tuple(edge for edge in event.edges if edge.downstream not in seen)
        seen.update(edge.downstream for edge in event.edges)
        kept.append(replace(event, edges=fresh))
    return kept


def _of_one_run(events: list[LineageEvent]) -> LineageEvent | None:
    """Return the newest event with the edges that its run told of other tables of the asset."""
    if len(events) <= 1 or not events[0].edges:
        return events[0] if events else None
    run_id = events[0].correlation.run_id
    together = newest_edges(event for event in events if event.correlation.run_id == run_id)
    return replace(events[0], edges=tuple(edge for event in together for edge in event.edges))
