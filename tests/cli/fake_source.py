"""An event source that reads a file of JSON lines, for tests that need real processes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from phlo_hooks.events import AssetEvent, HookCorrelation, HookEvent
from phlo_hooks.exceptions import SourceError
from phlo_hooks.ids import record_event_id
from phlo_hooks.settings import Settings
from phlo_hooks.source import Batch, SourceLag, SourceMemory, StreamState, UntranslatableRecord

BEGIN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class LinesSource:
    """Each line is a record: run, number, asset, and ``bad`` when it cannot be translated."""

    name = "lines"

    def __init__(self, path: Path) -> None:
        self._path = path

    def poll(self, memory: SourceMemory) -> Iterator[Batch]:
        """Yield what is beyond each run's cursor."""
        for run_id, records in self._runs().items():
            state = memory.stream(run_id)
            cursor = state.cursor if state else 0
            for record in records:
                if record["number"] > cursor:
                    yield self._batch(run_id, [record], revise=False)

    def settle(self, memory: SourceMemory) -> Iterator[Batch]:
        """Nothing waits."""
        yield from ()

    def read_again(self, memory: SourceMemory, stream_id: str) -> Iterator[Batch]:
        """Translate one run from its start."""
        yield self._batch(stream_id, self._runs()[stream_id], revise=True)

    def lag(self, memory: SourceMemory) -> SourceLag:
        """Always at the tip."""
        return SourceLag(open_streams=0, seconds=0.0)

    def next_poll_in(self) -> float:
        """Poll often: tests wait for it."""
        return 0.05

    def close(self) -> None:
        """Nothing is held."""

    def _runs(self) -> dict[str, list[dict[str, Any]]]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise SourceError(f"the log {self._path} cannot be read: {error.strerror}") from error
        runs: dict[str, list[dict[str, Any]]] = {}
        for line in lines:
            record = json.loads(line)
            runs.setdefault(record["run"], []).append(record)
        return runs

    def _batch(self, run_id: str, records: list[dict[str, Any]], *, revise: bool) -> Batch:
        return Batch(
            events=[_event(record) for record in records if not record.get("bad")],
            stream=StreamState(stream_id=run_id, cursor=records[-1]["number"], checked_at=BEGIN),
            untranslatable=[
                UntranslatableRecord(
                    stream_id=run_id, record_id=record["number"], record_type="MATERIALIZATION", error=record["bad"]
                )
                for record in records
                if record.get("bad")
            ],
            translated=[record["number"] for record in records if not record.get("bad")] if revise else (),
            revise=revise,
        )


def open_source(settings: Settings) -> LinesSource:
    """Open the file that LINES_LOG names; refuse while a file beside it says so."""
    path = Path(os.environ["LINES_LOG"])
    if path.with_name("refuse").exists():
        raise SourceError("the lines are locked away")
    if path.with_name("targets").exists():
        path.with_name("targets").write_text(settings.target.model_dump_json())
    return LinesSource(path)


def open_without_package(settings: Settings) -> LinesSource:
    """Need what is not installed."""
    raise ModuleNotFoundError("No module named 'dagster'", name="dagster")


def open_badly(settings: Settings) -> object:
    """Be no source."""
    return object()


def open_with_a_bug(settings: Settings) -> object:
    """Raise what nobody planned."""
    raise KeyError("surprise")


def _event(record: dict[str, Any]) -> HookEvent:
    return AssetEvent(
        event_type=record.get("type", "asset.materialized"),
        event_id=record_event_id(run_id=record["run"], record_id=record["number"], event_type="asset.materialized"),
        asset_key=record.get("asset", "raw/orders"),
        timestamp=BEGIN + timedelta(seconds=record["number"]),
        source="lines",
        status="success",
        description=record.get("text"),
        correlation=HookCorrelation(
            run_id=record["run"], job_name="nightly", asset_key=record.get("asset", "raw/orders")
        ),
    )
