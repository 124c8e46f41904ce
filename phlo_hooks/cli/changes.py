"""The relay's log for people: one line when something changed, none while nothing does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from phlo_hooks.cli.running import Running
from phlo_hooks.cli.text import count, listed, span
from phlo_hooks.relay import RelayProgress
from phlo_hooks.relaying.progress import IDLE, STANDBY, UNREACHABLE

SUMMARY_EVERY: Final = 60.0
"""Seconds between two lines that say how much was recorded and delivered, while anything is."""


class Changes:
    """
    Compares what the relay reports with what it reported before.

    Args:
        say: Prints one line.
        lag_warning: Seconds behind the source's log from which on that is worth a line.
    """

    def __init__(
        self, say: Callable[[str], None], *, lag_warning: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._lag_warning = lag_warning
        self._clock = clock
        self._standby = ""
        self._leading = False
        self._unreachable: dict[str, str] = {}
        self._behind = False
        self._told = (0, 0)
        self._told_at = clock()

    def opened(self, running: Running) -> None:
        """Say what the relay works with."""
        sources = listed(source.name for source in running.sources)
        self._say(f"source {sources}; {count(len(running.bus.hooks()), 'hook')}")

    def tell(self, now: RelayProgress) -> None:
        """Say what changed."""
        if now.phase == STANDBY:
            self._stand_by(now)
            return
        if not self._leading:
            self._leading, self._standby = True, ""
            self._say("lease acquired; this relay is at work")
        self._reach(now)
        self._lag(now)
        self._sum_up(now)

    def _stand_by(self, now: RelayProgress) -> None:
        if self._standby == now.note and not self._leading:
            return
        lost = "lease lost; " if self._leading else ""
        self._leading, self._standby = False, now.note
        self._say(f"{lost}standby: {now.note or 'another relay holds the lease'}")

    def _reach(self, now: RelayProgress) -> None:
        what = f"source {now.source}" if now.source else "the state database"
        if now.phase == UNREACHABLE:
            if self._unreachable.get(what) != now.note:
                self._say(f"{what} cannot be reached: {now.note}; trying again")
            self._unreachable[what] = now.note
            return
        # The relay is idle only when every source was reached.
        again = list(self._unreachable) if now.phase == IDLE else [what]
        for name in again:
            if self._unreachable.pop(name, None) is not None:
                self._say(f"{name} is reached again")

    def _lag(self, now: RelayProgress) -> None:
        if now.lag is None:
            return
        behind = now.lag.seconds > self._lag_warning
        if behind and not self._behind:
            runs = count(now.lag.open_streams, "open run")
            self._say(f"behind by {span(now.lag.seconds)}: {runs}, {count(now.pending, 'event')} to deliver")
        elif self._behind and now.lag.seconds < self._lag_warning / 2:
            self._say("caught up")
            behind = False
        else:
            behind = self._behind
        self._behind = behind

    def _sum_up(self, now: RelayProgress) -> None:
        """Say how much was done, at most once a minute and not while nothing is."""
        done = (now.recorded.new + now.recorded.revised, now.delivered)
        if done == self._told or self._clock() - self._told_at < SUMMARY_EVERY:
            return
        recorded, delivered = done[0] - self._told[0], done[1] - self._told[1]
        self._told, self._told_at = done, self._clock()
        self._say(
            f"{count(recorded, 'event')} recorded, {count(delivered, 'delivery', 'deliveries')} made, "
            f"{now.pending:,} to go"
        )
