"""Which runs are being read, which are due, and which ended lately and may still get an orphan's records."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from dagster import RunRecord

from phlo_hooks_dagster import compat
from phlo_hooks_dagster.reading import Reading
from phlo_hooks_dagster.run_reader import RunReader

QUIET_SHARE: Final = 0.1
SLOWEST: Final = 300.0
RECHECK_SLOWEST: Final = 900.0


class OpenRun:
    """A run that is being read, and when it is to be looked at again."""

    def __init__(self, reader: RunReader) -> None:
        self.reader = reader
        self.token: compat.ChangeToken | None = None
        self.due_at = 0.0
        self.failures = 0


class RunBook:
    """
    The runs that one source keeps an eye on.

    Args:
        fastest: Seconds between two looks at a run that is writing, where a look costs a query.
        recheck_every: Seconds between two looks at a run that has ended; the interval grows with its age.
        recheck_for: How long after its end a run is still looked at.
    """

    def __init__(self, reading: Reading, *, fastest: float, recheck_every: float, recheck_for: timedelta) -> None:
        self.open: dict[str, OpenRun] = {}
        self._reading = reading
        self._fastest = fastest
        self._recheck_every = recheck_every
        self._recheck_for = recheck_for
        self._closed: dict[str, tuple[datetime, compat.ChangeToken | None]] = {}
        self._rechecks: list[tuple[float, str]] = []

    def track(self, record: RunRecord) -> OpenRun:
        """Return the run as tracked from now on, with what its row says now."""
        run_id = record.dagster_run.run_id
        entry = self.open.get(run_id)
        if entry is None:
            entry = self.open[run_id] = OpenRun(RunReader(record, self._reading))
            self._closed.pop(run_id, None)
        elif entry.reader.record.update_timestamp != record.update_timestamp:
            entry.due_at = 0.0
        entry.reader.update(record)
        return entry

    def due(self, *, everything: bool) -> list[OpenRun]:
        """Return the open runs that are worth a look now."""
        now = self._reading.clock.monotonic()
        return [entry for entry in self.open.values() if everything or self._is_due(entry, now)]

    def looked_at(self, entry: OpenRun, token: compat.ChangeToken | None) -> None:
        """Note that a run was read to its tip; ``token`` was taken before that."""
        now = self._reading.clock.monotonic()
        quiet = now - entry.reader.changed_at
        entry.token = token
        entry.failures = 0
        waits = SLOWEST if token is None else 60.0
        entry.due_at = now + min(max(quiet * QUIET_SHARE, self._fastest), waits)

    def failed(self, entry: OpenRun) -> int:
        """Note that a run could not be read; return how often in a row."""
        entry.failures += 1
        entry.token = None
        entry.due_at = self._reading.clock.monotonic() + min(self._fastest * 2**entry.failures, SLOWEST)
        return entry.failures

    def drop(self, run_id: str) -> None:
        """Forget a run altogether."""
        self.open.pop(run_id, None)
        self._closed.pop(run_id, None)

    def close(self, run_id: str, ended_at: datetime, token: compat.ChangeToken | None, *, delay: float = 0.0) -> None:
        """Move a run to those that are looked at now and then."""
        self.open.pop(run_id, None)
        if self._reading.clock.now() - ended_at < self._recheck_for:
            self._closed[run_id] = (ended_at, token)
            heapq.heappush(self._rechecks, (self._reading.clock.monotonic() + delay + self._pause(ended_at), run_id))

    def rechecks(self, limit: int) -> Iterator[str]:
        """Yield ended runs whose log may have grown, at most ``limit`` that need reading."""
        now = self._reading.clock.monotonic()
        given = 0
        while self._rechecks and self._rechecks[0][0] <= now and given < limit:
            _, run_id = heapq.heappop(self._rechecks)
            if run_id not in self._closed:
                continue
            ended_at, token = self._closed[run_id]
            fresh = compat.change_token(self._reading.log.instance, run_id)
            if token is not None and fresh == token:
                self.close(run_id, ended_at, token)
                continue
            given += 1
            yield run_id

    def seconds_quiet(self) -> float | None:
        """Return for how long no open run has changed; ``None`` when none is open."""
        newest = max((entry.reader.changed_at for entry in self.open.values()), default=None)
        return None if newest is None else self._reading.clock.monotonic() - newest

    def _is_due(self, entry: OpenRun, now: float) -> bool:
        if entry.due_at <= now:
            return True
        if entry.token is None or entry.failures:
            return False
        return compat.change_token(self._reading.log.instance, entry.reader.run_id) != entry.token

    def _pause(self, ended_at: datetime) -> float:
        age = (self._reading.clock.now() - ended_at).total_seconds()
        return max(self._recheck_every, min(age * QUIET_SHARE, RECHECK_SLOWEST))
