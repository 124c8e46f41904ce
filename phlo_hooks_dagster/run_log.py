"""Read a run's log page by page; a row that Dagster cannot decode spoils no other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dagster import DagsterEventType, DagsterInstance, EventLogRecord
from dagster._core.errors import DagsterEventLogInvalidForRun

from phlo_hooks.exceptions import SourceError
from phlo_hooks.redaction import redact_text
from phlo_hooks.source import UntranslatableRecord
from phlo_hooks_dagster import compat

SALVAGE_PAGE: Final = 50


@dataclass(frozen=True, kw_only=True)
class Page:
    """
    Consecutive records of one run.

    Attributes:
        spoiled: Rows that cannot be decoded, in place of their records.
        last_id: Id of the last row, decoded or not; the id asked for when there was none.
        more: Whether the log may go on after it.
    """

    records: Sequence[EventLogRecord]
    spoiled: Sequence[UntranslatableRecord]
    last_id: int
    more: bool

    @property
    def ids(self) -> set[int]:
        """Return the ids of all rows."""
        return {record.storage_id for record in self.records} | {row.record_id for row in self.spoiled}


class RunLog:
    """
    The event log of one instance, as the relay reads it.

    Args:
        types: What to read; everything else costs decoding and tells us nothing.
        marked: Of these types, only records that hold the text are read.
    """

    def __init__(
        self,
        instance: DagsterInstance,
        *,
        types: Collection[DagsterEventType],
        page_size: int,
        marked: Mapping[DagsterEventType, str] | None = None,
    ) -> None:
        self.instance = instance
        self._wanted = compat.Wanted(types=frozenset(types), marked=dict(marked or {}))
        self._page_size = page_size

    def page(self, run_id: str, *, after: int) -> Page:
        """
        Return the next records.

        Raises:
            SourceError: The storage cannot be read.
        """
        try:
            return self._page(run_id, after)
        except Exception as error:  # foreign storage: whatever it raises means that it cannot be read
            raise SourceError(f"the log of run {run_id or '(none)'} cannot be read: {_said(error)}") from error

    def _page(self, run_id: str, after: int) -> Page:
        if not compat.has_log(self.instance, run_id):
            return Page(records=(), spoiled=(), last_id=after, more=False)
        try:
            records = compat.read_records(
                self.instance, run_id, after=after, limit=self._page_size, wanted=self._wanted
            )
        except DagsterEventLogInvalidForRun:
            return self._salvage(run_id, after)
        last_id = records[-1].storage_id if records else after
        return Page(records=records, spoiled=(), last_id=last_id, more=len(records) == self._page_size)

    def ids(self, run_id: str, *, after: int) -> set[int]:
        """Return the ids of what ``page`` would read from there to the tip, without decoding it."""
        try:
            if not compat.has_log(self.instance, run_id):
                return set()
            return {number for number, _ in compat.row_ids(self.instance, run_id, after=after, wanted=self._wanted)}
        except Exception as error:  # foreign storage: whatever it raises means that it cannot be read
            raise SourceError(f"the log of run {run_id or '(none)'} cannot be read: {_said(error)}") from error

    def _salvage(self, run_id: str, after: int) -> Page:
        rows = compat.row_ids(self.instance, run_id, after=after, wanted=self._wanted, limit=SALVAGE_PAGE)
        records: list[EventLogRecord] = []
        spoiled: list[UntranslatableRecord] = []
        for number, record_type in rows:
            try:
                found = compat.read_records(self.instance, run_id, after=number - 1, limit=1, wanted=self._wanted)
            except DagsterEventLogInvalidForRun as error:
                spoiled.append(
                    UntranslatableRecord(
                        stream_id=run_id,
                        record_id=number,
                        record_type=record_type,
                        error=f"Dagster cannot decode the row: {error.__cause__ or error}",
                    )
                )
            else:
                records.extend(record for record in found if record.storage_id == number)
        last_id = rows[-1][0] if rows else after
        return Page(records=records, spoiled=spoiled, last_id=last_id, more=len(rows) == SALVAGE_PAGE)


def _said(error: Exception) -> str:
    return redact_text(f"{type(error).__name__}: {error}".splitlines()[0])
