"""What plugin authors test their hooks with, and we ours: a hook that remembers, events to emit, a clock to turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from phlo_hooks.datasets import DatasetRef, LineageEdge
from phlo_hooks.events import CLASS_BY_TYPE, GenericEvent, HookCorrelation, HookEvent
from phlo_hooks.registration import HookRegistration

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)

_numbers = count(1)
_CORRELATED: Final = frozenset(each.name for each in fields(HookCorrelation))


class FakeClock:
    """
    A clock that stands until it is turned; fits wherever a ``now`` or ``monotonic`` function is asked for.

    Args:
        start: What it first shows.
    """

    def __init__(self, start: datetime = EPOCH) -> None:
        self._start = start
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the time it shows."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the seconds since it was made."""
        with self._lock:
            return self._elapsed

    def advance(self, seconds: float) -> None:
        """Turn it forward."""
        if seconds < 0:
            raise ValueError(f"a clock is not turned back, as by {seconds} s")
        with self._lock:
            self._elapsed += seconds

    def sleep(self, seconds: float) -> None:
        """Return at once, later."""
        self.advance(seconds)

    def __call__(self) -> datetime:
        """Return the time it shows."""
        return self.now()


class RecordingHook:
    """
    A hook that remembers its events, and fails on request; as ``handle_event`` provider or as a handler.

    Args:
        fail_with: Raised by each call that is to fail; an error, or a function from the event to one or ``None``.
        fail_times: How many calls fail; ``None`` for all.
    """

    def __init__(
        self,
        *,
        fail_with: BaseException | Callable[[HookEvent], BaseException | None] | None = None,
        fail_times: int | None = None,
    ) -> None:
        self.calls: list[HookEvent] = []
        self.events: list[HookEvent] = []
        self._fail_with = fail_with
        self._fails_left = fail_times
        self._changed = threading.Condition()

    @property
    def event_types(self) -> list[str]:
        """Types of the events it took, in order."""
        return [event.event_type for event in self.events]

    def handle_event(self, event: HookEvent) -> None:
        """Remember the call, and the event unless it fails."""
        with self._changed:
            self.calls.append(event)
            error = self._error(event)
            if error is None:
                self.events.append(event)
            self._changed.notify_all()
        if error is not None:
            raise error

    __call__ = handle_event

    def registration(self, name: str = "recorder", *, plugin: str = "test", **parts: Any) -> HookRegistration:
        """Return a registration of this hook; ``parts`` as in HookRegistration."""
        return HookRegistration(plugin_name=plugin, hook_name=name, handler=self.handle_event, **parts)

    def wait_for_calls(self, number: int, *, timeout: float = 10.0) -> None:
        """
        Wait until it was called so often.

        Raises:
            AssertionError: It was not, within ``timeout`` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.calls) >= number, timeout):
                raise AssertionError(f"{len(self.calls)} calls within {timeout:g} s, not {number}")

    def _error(self, event: HookEvent) -> BaseException | None:
        if self._fails_left == 0:
            return None
        failing = self._fail_with
        error = failing if failing is None or isinstance(failing, BaseException) else failing(event)
        if error is not None and self._fails_left is not None:
            self._fails_left -= 1
        return error


def make_event(event_type: str = "ingestion.end", *, at: datetime | None = None, **parts: Any) -> HookEvent:
    """
    Return an event of any type, complete enough to emit.

    Parts named as in HookCorrelation (``run_id``, ``step_key`` …) go there, and to the event's own field of the same
    name; the others are the event's fields. Ids are a fixed series, times one second apart from ``EPOCH``.

    Args:
        at: When it happened.
    """
    cls = CLASS_BY_TYPE.get(event_type, GenericEvent)
    own = {each.name for each in fields(cls)}
    number = next(_numbers)
    values = {**_required(cls), **{name: value for name, value in parts.items() if name in own}}
    correlation = {name: value for name, value in parts.items() if name in _CORRELATED}
    if unknown := parts.keys() - own - _CORRELATED:
        raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
    for name in ("asset_key", "check_name"):
        if name in values and name not in correlation:
            correlation[name] = values[name]
    values.setdefault("correlation", HookCorrelation(**{"run_id": "run-1", **correlation}))
    values.setdefault("event_id", str(uuid5(NAMESPACE_OID, f"phlo_hooks.testing/{number}")))
    return cls(event_type=event_type, timestamp=at or EPOCH + timedelta(seconds=number), **values)


def _required(cls: type[HookEvent]) -> dict[str, Any]:
    names = {each.name for each in fields(cls)}
    known = {
        "asset_key": "raw/orders",
        "check_name": "not_empty",
        "passed": True,
        "edges": (LineageEdge(upstream=_dataset("raw.orders"), downstream=_dataset("marts.orders")),),
        "dataset": _dataset("raw.orders"),
        "model": "orders",
        "name": "rows",
        "service_name": "postgres",
        "where": "test:recorder",
    }
    return {name: value for name, value in known.items() if name in names}


def _dataset(name: str) -> DatasetRef:
    return DatasetRef(namespace="duckdb://warehouse", name=name)
