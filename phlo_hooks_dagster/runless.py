"""Read what belongs to no run: reports on external assets."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from dagster import EventLogRecord

from phlo_hooks.events import HookEvent
from phlo_hooks.source import Batch, SourceMemory, StreamState, UntranslatableRecord
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.reading import Reading, settled_again, untranslatable
from phlo_hooks_dagster.run_log import Page
from phlo_hooks_dagster.snapshot import LocationSnapshot

LONGEST_OVERLAP: Final = 60.0
"""This stream has no end at which it could be read once more: its overlap is longer than a run's."""

FIRST: Final = "1970-01-01T00:00:00+00:00"

TranslateRunless = Callable[[EventLogRecord, Mapping[str, LocationSnapshot], SourceMemory], list[HookEvent]]


class RunlessReader:
    """
    The stream that never ends.

    Translation has no state here: the cursor alone is stored, behind the tip by the overlap.
    """

    def __init__(self, reading: Reading, translate: TranslateRunless) -> None:
        self._reading = reading
        self._translate = translate
        self._overlap = LONGEST_OVERLAP if reading.overlap > 0 else 0.0
        self._tip: int | None = None
        self._seen: dict[int, float] = {}
        self._token: compat.ChangeToken | None = None

    def start_at(self, memory: SourceMemory, origin: datetime) -> Generator[Batch, None, None]:
        """On a first start, pass over what was reported before ``origin``."""
        if memory.stream(compat.RUNLESS_RUN_ID) is not None:
            return
        cursor, more = 0, True
        while more:
            page = self._reading.log.page(compat.RUNLESS_RUN_ID, after=cursor)
            older = [record for record in page.records if record.timestamp < origin.timestamp()]
            more = page.more and len(older) == len(page.records)
            cursor = older[-1].storage_id if older else cursor
        yield Batch(stream=StreamState(stream_id=compat.RUNLESS_RUN_ID, cursor=cursor))

    def advance(self, memory: SourceMemory) -> Generator[Batch, None, bool]:
        """Read one page; the generator's value says whether there may be more at once."""
        token = compat.change_token(self._reading.log.instance, compat.RUNLESS_RUN_ID)
        if token is not None and token == self._token:
            return False
        stored = memory.stream(compat.RUNLESS_RUN_ID) or StreamState(stream_id=compat.RUNLESS_RUN_ID)
        after = self._start(stored)
        page = self._reading.log.page(compat.RUNLESS_RUN_ID, after=after)
        fresh = [record for record in page.records if record.storage_id not in self._seen]
        events, bad = self._events(memory, fresh)
        bad.extend(row for row in page.spoiled if row.record_id not in self._seen)
        now = self._reading.clock.monotonic()
        seen = self._seen | dict.fromkeys(page.ids - self._seen.keys(), now)
        cursor = self._settled(page, seen, stored.cursor)
        if events or bad or cursor != stored.cursor:
            self._tip = None
            stream = replace(stored, cursor=cursor, checked_at=self._reading.clock.now())
            yield Batch(events=events, untranslatable=bad, stream=stream)
        self._seen = seen
        self._tip = max(page.last_id, cursor)
        if not page.more:
            self._token, self._tip = token, None
        return page.more

    def read_again(self, memory: SourceMemory) -> Generator[Batch, None, None]:
        """Translate what was read before anew, and the records that could not be translated then."""
        retried = {row.record_id for row in memory.untranslatable(compat.RUNLESS_RUN_ID)}
        translated: set[int] = set()
        origin = datetime.fromisoformat(memory.mark("origin") or memory.mark("discovered") or FIRST)
        after, more = 0, True
        while more:
            page = self._reading.log.page(compat.RUNLESS_RUN_ID, after=after)
            wanted = [
                record
                for record in page.records
                if record.timestamp >= origin.timestamp() or record.storage_id in retried
            ]
            events, bad = self._events(memory, wanted)
            bad.extend(page.spoiled)
            translated |= retried & (page.ids - {row.record_id for row in bad})
            yield Batch(events=events, untranslatable=bad, revise=True)
            after, more = page.last_id, page.more
        if translated:
            yield settled_again(memory, compat.RUNLESS_RUN_ID, translated)

    def _start(self, stored: StreamState) -> int:
        """Begin each sweep at the cursor, so that a row that appeared below the tip is seen."""
        self._seen = {number: at for number, at in self._seen.items() if number > stored.cursor}
        return stored.cursor if self._tip is None else max(self._tip, stored.cursor)

    def _settled(self, page: Page, seen: Mapping[int, float], cursor: int) -> int:
        horizon = self._reading.clock.monotonic() - self._overlap
        for number in sorted(page.ids):
            if seen[number] > horizon:
                break
            cursor = max(cursor, number)
        return cursor

    def _events(
        self, memory: SourceMemory, records: list[EventLogRecord]
    ) -> tuple[list[HookEvent], list[UntranslatableRecord]]:
        events: list[HookEvent] = []
        bad: list[UntranslatableRecord] = []
        known = self._reading.snapshots.newest(memory) if records else {}
        for record in records:
            try:
                events.extend(self._translate(record, known, memory))
            except Exception as error:  # noqa: BLE001  # a record is foreign input: a bad one must not stop the stream
                bad.append(untranslatable(record, error))
        return events, bad
