"""What a tick of an event sensor does; imported in the code server only."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from dagster import RunRequest, SensorEvaluationContext, SensorResult, SkipReason

from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import EventError, HooksError, NoOutboxError
from phlo_hooks.filters import HookFilter, glob_matches
from phlo_hooks.outbox.api import StoredEvent
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import load_settings
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.given import options_in
from phlo_hooks_dagster.sensors.choice import EventChoice
from phlo_hooks_dagster.sensors.position import Position

PAGE: Final = 500
MOST_REQUESTS: Final = 25
"""Runs asked for in one tick; the rest comes with the next."""
BUDGET: Final = 20.0
"""Seconds that a tick reads; Dagster gives it 60."""
SENSOR_TAG: Final = "phlo/sensor"
EVENT_TAG: Final = "phlo/event"
TYPE_TAG: Final = "phlo/event_type"


class EventTick:
    """
    One sensor's reading of the outbox, from tick to tick.

    Args:
        choice: What it reacts to.
    """

    def __init__(self, choice: EventChoice) -> None:
        self._choice = choice
        self._filter = HookFilter(**choice.facets)

    def evaluate(self, context: SensorEvaluationContext) -> SensorResult:
        """Read on from the cursor and return run requests, or why there are none."""
        try:
            return self._evaluate(context)
        except NoOutboxError as error:
            return SensorResult(
                skip_reason=f"{_line(error)}; is the relay running? phlo-hooks status tells",
                cursor=context.cursor or self._first(context, None).text(),
            )
        except HooksError as error:
            return SensorResult(skip_reason=_line(error), cursor=context.cursor)

    def _evaluate(self, context: SensorEvaluationContext) -> SensorResult:
        with Outbox.look(self._url(context)) as outbox:
            head = outbox.head()
            position = Position.parse(context.cursor) if context.cursor else self._first(context, outbox)
            position.check(outbox, head)
            reading = _Reading(self, context, position)
            while reading.position.seq < head and not reading.full:
                reading.take(outbox.reading.after(reading.position.seq, PAGE))
        return reading.result(head)

    def chooses(self, event: HookEvent) -> bool:
        """Say whether the sensor reacts to an event; never to one of a run that it asked for itself."""
        if event.tags.get(SENSOR_TAG) == self._choice.name or not self._filter.matches(event):
            return False
        check = event.correlation.check_name or ""
        return not self._choice.checks or any(glob_matches(glob, check) for glob in self._choice.checks)

    def requests(self, context: SensorEvaluationContext, event: HookEvent) -> Iterator[RunRequest | SkipReason]:
        """Yield what an event asks for, each request with a key and tags that name the event."""
        asked = self._asked(context, event)
        for number, each in enumerate(asked, start=1):
            if isinstance(each, SkipReason):
                yield each
            elif isinstance(each, RunRequest):
                yield self._named(each, event, number)
            else:
                raise TypeError(
                    f"sensor {self._choice.name!r}: its function gave {type(each).__name__}; it gives RunRequest, "
                    "SkipReason or None"
                )

    def _asked(self, context: SensorEvaluationContext, event: HookEvent) -> Iterable[Any]:
        if self._choice.react is None:
            return [RunRequest()]
        answer = self._choice.react(context, event)
        if answer is None:
            return []
        # A RunRequest is a named tuple, which could be iterated.
        is_one = isinstance(answer, (RunRequest, SkipReason)) or not isinstance(answer, Iterable)
        return [answer] if is_one else answer

    def _named(self, request: RunRequest, event: HookEvent, number: int) -> RunRequest:
        parts: dict[str, Any] = {}
        if request.run_key is None:
            parts["run_key"] = event.event_id if number == 1 else f"{event.event_id}:{number}"
        partition = event.correlation.partition_key
        if self._choice.same_partition and partition and request.partition_key is None:
            parts["partition_key"] = partition
        tags = {SENSOR_TAG: self._choice.name, EVENT_TAG: event.event_id, TYPE_TAG: event.event_type}
        return compat.replaced_request(request, tags={**tags, **request.tags}, **parts)

    def _first(self, context: SensorEvaluationContext, outbox: Outbox | None) -> Position:
        """Return where a sensor without a cursor begins; what is recorded since it was started is never missed."""
        if self._choice.start == "all":
            return Position()
        started = context.last_sensor_start_time
        since = datetime.fromtimestamp(started, UTC) if started else datetime.now(UTC)
        return Position(since=since) if outbox is None else _before(outbox, since)

    def _url(self, context: SensorEvaluationContext) -> str:
        if self._choice.database is not None:
            return load_settings({"database": self._choice.database}, root=self._choice.root).database_url()[0]
        given = options_in(context.repository_def) if context.repository_def is not None else []
        options = given[0] if given else None
        settings = load_settings(
            options.overrides if options is not None else None,
            root=options.root if options is not None else self._choice.root,
        )
        return settings.database_url()[0]


class _Reading:
    """What one tick has found so far."""

    def __init__(self, tick: EventTick, context: SensorEvaluationContext, position: Position) -> None:
        self._tick = tick
        self._context = context
        self._until = time.monotonic() + BUDGET
        self._skipped: list[str] = []
        self._unreadable = 0
        self.position = position
        self.requests: list[RunRequest] = []
        self.full = False

    def take(self, page: list[StoredEvent]) -> None:
        """Go on through a page of events until the tick has enough."""
        if not page:
            self.full = True
        for stored in page:
            if len(self.requests) >= MOST_REQUESTS or time.monotonic() > self._until:
                self.full = True
                return
            if stored.revision == 1 and not self._is_old(stored) and not self._react(stored):
                self.full = True
                return
            self.position = Position(seq=stored.seq, event_id=stored.event_id, since=self.position.since)

    def result(self, head: int) -> SensorResult:
        """Return the tick's result; without a request it says why."""
        behind = head - self.position.seq
        reason = None
        if not self.requests:
            reason = "; ".join(self._skipped[-3:]) or "no new event to react to"
            if behind:
                reason += f"; {behind} events still to be read"
        if self._unreadable:
            self._context.log.warning("%d events cannot be read by this version of phlo-hooks", self._unreadable)
        return SensorResult(run_requests=self.requests or None, skip_reason=reason, cursor=self.position.text())

    def _is_old(self, stored: StoredEvent) -> bool:
        return self.position.since is not None and stored.recorded_at < self.position.since

    def _react(self, stored: StoredEvent) -> bool:
        """Take what the event asks for; ``False`` when the user's function failed behind events that asked already."""
        try:
            event = stored.decode()
        except EventError:
            self._unreadable += 1
            return True
        if not self._tick.chooses(event):
            return True
        try:
            found = list(self._tick.requests(self._context, event))
        except Exception:
            # What earlier events asked for is not lost: the next tick begins here, and fails if it fails again.
            if self.requests:
                return False
            raise
        self.requests += [each for each in found if isinstance(each, RunRequest)]
        self._skipped += [each.skip_message for each in found if isinstance(each, SkipReason) and each.skip_message]
        return True


def _before(outbox: Outbox, moment: datetime) -> Position:
    """Return the position behind the last event that was recorded before a moment."""
    low, high = 0, outbox.head()
    event_id = ""
    while low < high:
        middle = (low + high + 1) // 2
        there = outbox.reading.at([middle]).get(middle)
        if there is None or there.recorded_at < moment:
            low, event_id = middle, there.event_id if there is not None else ""
        else:
            high = middle - 1
    return Position(seq=low, event_id=event_id)


def _line(error: HooksError) -> str:
    return redact_text(" ".join(str(error).split()))
