"""Measure how far what is stored is behind Dagster's log."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dagster import RunRecord

from phlo_hooks.source import SourceLag, SourceMemory, StreamState
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.discovery import RunDiscovery
from phlo_hooks_dagster.reading import Reading
from phlo_hooks_dagster.run_reader import FINISHED

SAMPLE: Final = 50
"""At most so many open runs are looked into; the oldest unread record is among the first of them in practice."""


def source_lag(memory: SourceMemory, discovery: RunDiscovery, reading: Reading) -> SourceLag:
    """Return the number of runs not read to their end, and the age of the oldest record or run not yet read."""
    origin = memory.mark("origin")
    if origin is None:
        return SourceLag(open_streams=0, seconds=0.0)
    opened = {stream.stream_id: stream for stream in memory.streams(status="open") if stream.stream_id}
    unread = [_oldest_unread(stream, reading) for stream in list(opened.values())[:SAMPLE]]
    high = datetime.fromisoformat(memory.mark("discovered") or origin)
    for page in discovery.changed(high):
        for record in page:
            if record.dagster_run.run_id not in opened and _is_new(memory, record, datetime.fromisoformat(origin)):
                opened[record.dagster_run.run_id] = StreamState(stream_id=record.dagster_run.run_id)
                unread.append(record.update_timestamp)
    oldest = min((moment for moment in unread if moment is not None), default=None)
    age = 0.0 if oldest is None else (reading.clock.now() - oldest).total_seconds() - reading.overlap
    return SourceLag(open_streams=len(opened), seconds=max(0.0, age))


def _oldest_unread(stream: StreamState, reading: Reading) -> datetime | None:
    rows = reading.log.ids(stream.stream_id, after=stream.cursor)
    if not rows:
        return None
    found = compat.read_records(reading.log.instance, stream.stream_id, after=min(rows) - 1, limit=1)
    return compat.run_time(found[0].timestamp) if found else None


def _is_new(memory: SourceMemory, record: RunRecord, origin: datetime) -> bool:
    if memory.stream(record.dagster_run.run_id) is not None:
        return False
    ended = compat.run_time(record.end_time) or record.update_timestamp
    return record.dagster_run.status not in FINISHED or ended >= origin
