"""Find the runs whose rows changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from dagster import DagsterInstance, DagsterRunStatus, RunRecord, RunsFilter

from phlo_hooks.exceptions import SourceError
from phlo_hooks.redaction import redact_text
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.clock import Clock

PAGE: Final = 200
NEAR: Final = timedelta(seconds=10)
WIDE_EVERY: Final = 30.0
OPEN_AGE: Final = timedelta(hours=24)
UNFINISHED: Final = tuple(
    status
    for status in DagsterRunStatus
    if status not in {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}
)


class RunDiscovery:
    """
    Asks Dagster's run table what changed since a moment.

    The update time is the clock of whoever wrote the row, so that every look goes back a little, and every
    ``WIDE_EVERY`` seconds goes back ``lookback`` seconds.
    """

    def __init__(self, instance: DagsterInstance, *, lookback: float, clock: Clock) -> None:
        self._instance = instance
        self._lookback = timedelta(seconds=lookback)
        self._clock = clock
        self._wide_at = 0.0

    def changed(self, high: datetime) -> Iterator[Sequence[RunRecord]]:
        """
        Yield pages of run records that changed since ``high``, oldest change first.

        Raises:
            SourceError: The run table cannot be read.
        """
        wide = self._clock.monotonic() >= self._wide_at
        since = high - (max(self._lookback, NEAR) if wide else NEAR)
        size = PAGE
        while True:
            page = self._records(RunsFilter(updated_after=since), limit=size)
            if page:
                yield page
            if len(page) < size:
                break
            if page[0].update_timestamp == page[-1].update_timestamp:
                size *= 2
            else:
                size = PAGE
            since = page[-1].update_timestamp - timedelta(microseconds=1)
        if wide:
            self._wide_at = self._clock.monotonic() + WIDE_EVERY

    def alive(self, now: datetime) -> Iterator[RunRecord]:
        """Yield the runs that have not ended and said something in the last day."""
        horizon = now - OPEN_AGE
        for record in self._records(RunsFilter(statuses=UNFINISHED), limit=None):
            if record.update_timestamp >= horizon or self._spoke_since(record, horizon):
                yield record

    def record(self, run_id: str) -> RunRecord | None:
        """Return one run's row; ``None`` when it was deleted."""
        return self.records([run_id]).get(run_id)

    def records(self, run_ids: Sequence[str]) -> dict[str, RunRecord]:
        """Return the rows of these runs that still exist."""
        found: dict[str, RunRecord] = {}
        for start in range(0, len(run_ids), PAGE):
            chunk = list(run_ids[start : start + PAGE])
            for record in self._records(RunsFilter(run_ids=chunk), limit=None):
                found[record.dagster_run.run_id] = record
        return found

    def _spoke_since(self, record: RunRecord, horizon: datetime) -> bool:
        run_id = record.dagster_run.run_id
        if not compat.has_log(self._instance, run_id):
            return False
        newest = compat.newest_record(self._instance, run_id)
        return newest is not None and newest.timestamp >= horizon.timestamp()

    def _records(self, filters: RunsFilter, *, limit: int | None) -> Sequence[RunRecord]:
        try:
            return self._instance.get_run_records(filters, limit=limit, order_by="update_timestamp", ascending=True)
        except Exception as error:  # foreign storage: whatever it raises means that it cannot be read
            raise SourceError(f"Dagster's runs cannot be read: {_said(error)}") from error


def _said(error: Exception) -> str:
    return redact_text(f"{type(error).__name__}: {error}".splitlines()[0])
