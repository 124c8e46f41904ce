"""How streams end other than by being read to their end."""

from __future__ import annotations

from datetime import datetime

from phlo_hooks.source import StreamState


def deleted_stream(stored: StreamState, now: datetime) -> StreamState:
    """Return the stream of a run that Dagster has deleted."""
    return StreamState(
        stream_id=stored.stream_id,
        cursor=stored.cursor,
        status="closed",
        started_at=stored.started_at,
        ended_at=stored.ended_at,
        checked_at=now,
        note="deleted in Dagster before its log was read to the end",
    )


def failed_stream(stored: StreamState, error: str) -> StreamState:
    """Return the stream of a run whose log cannot be read."""
    return StreamState(
        stream_id=stored.stream_id,
        cursor=stored.cursor,
        state=stored.state,
        status="failed",
        started_at=stored.started_at,
        ended_at=stored.ended_at,
        note=error,
    )
