"""What a handler can ask about the delivery it is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """
    One event on its way to one consumer.

    Attributes:
        consumer: ``bus``, or ``plugin:hook`` for a queued hook.
        seq: The event's place in the outbox.
        revision: 1 unless the event was corrected.
        attempt: Counted from 1; more than 1 means that the handler may have seen this event.
        after_dead_letter: An earlier event of the same run could not be delivered to this consumer.
        replay: Sent again on request.
    """

    consumer: str
    seq: int
    revision: int = 1
    attempt: int = 1
    after_dead_letter: bool = False
    replay: bool = False


_current: Final[ContextVar[Delivery | None]] = ContextVar("phlo_hooks_delivery", default=None)


def current_delivery() -> Delivery | None:
    """Return the delivery the calling handler serves; ``None`` under plain ``emit``."""
    return _current.get()


@contextmanager
def set_delivery(delivery: Delivery) -> Iterator[None]:
    """Let ``current_delivery`` answer with this one; for dispatchers and tests."""
    token = _current.set(delivery)
    try:
        yield
    finally:
        _current.reset(token)
