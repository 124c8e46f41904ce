"""What a relay says about itself while it works, and what a drain says in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from phlo_hooks.outbox.api import Recorded
from phlo_hooks.source import SourceLag

SECONDS_BETWEEN: Final = 0.5
STANDBY: Final = "standby"
READING: Final = "reading"
SETTLING: Final = "settling"
DELIVERING: Final = "delivering"
IDLE: Final = "idle"
UNREACHABLE: Final = "unreachable"


@dataclass(frozen=True, kw_only=True)
class RelayProgress:
    """
    Where a relay stands.

    Attributes:
        phase: ``standby``, ``reading``, ``settling``, ``delivering``, ``idle`` or ``unreachable``.
        recorded: Since the start.
        delivered: Calls of hooks since the start.
        pending: Events still to be delivered, for the consumer that is farthest behind.
        note: Who holds the lease, or what the source's or the database's trouble is.
    """

    phase: str
    source: str = ""
    recorded: Recorded = field(default_factory=Recorded)
    delivered: int = 0
    pending: int = 0
    lag: SourceLag | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class DrainReport:
    """
    What a drain did, and what it left.

    Attributes:
        recorded: By this drain.
        delivered: Consumer to calls that succeeded.
        pending: Consumer to events that wait, where there are any.
        dead: Consumer, or sync hook, to dead letters, where there are any.
        untranslatable: Records that gave no event.
        failed_plugins: Installed plugins that are left out, and so were not delivered to.
        complete: Everything was read, and everything that was read has arrived.
        note: Why it is not complete, or who did the work; empty when there is nothing to say.
    """

    recorded: Recorded = field(default_factory=Recorded)
    delivered: Mapping[str, int] = field(default_factory=dict)
    pending: Mapping[str, int] = field(default_factory=dict)
    dead: Mapping[str, int] = field(default_factory=dict)
    untranslatable: int = 0
    failed_plugins: Sequence[str] = ()
    complete: bool = True
    note: str = ""


class Reporter:
    """Passes progress on: each change of phase or note, and otherwise twice a second."""

    def __init__(
        self, on_progress: Callable[[RelayProgress], None] | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_progress = on_progress
        self._clock = clock
        self._told: tuple[str, str, str] | None = None
        self._told_at = 0.0
        self.recorded = Recorded()

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return self._on_progress is not None

    def tell(self, phase: str, *, source: str = "", note: str = "", **more: Any) -> None:
        """Say where the relay stands."""
        if self._on_progress is None:
            return
        now = self._clock()
        head = (phase, source, note)
        if head == self._told and now - self._told_at < SECONDS_BETWEEN:
            return
        self._told, self._told_at = head, now
        self._on_progress(RelayProgress(phase=phase, source=source, note=note, recorded=self.recorded, **more))
