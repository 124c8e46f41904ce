"""What goes wrong on demand: an answer instead of the right one, a slow one, half of one, none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

How = Literal["status", "half", "reset", "slow"]


@dataclass(kw_only=True)
class Fault:
    """
    One thing that goes wrong.

    Attributes:
        how: ``status`` answers with ``status``; ``half`` breaks off in the middle of the answer; ``reset`` closes the
            connection without one; ``slow`` answers after ``seconds``.
        at: Which of the calls that match, the first is 1; ``None``: each.
        times: How many more times.
        path: A pattern that ``METHOD /path`` has to match.
        applied: Whether the call is done before its answer is lost.
    """

    how: How = "status"
    status: int = 500
    retry_after: str | None = None
    seconds: float = 0.0
    at: int | None = None
    times: int | None = None
    path: str = ""
    applied: bool = False
    seen: int = 0
    hit: int = 0

    def strikes(self, line: str) -> bool:
        """Say whether this call goes wrong, and count it."""
        if not re.search(self.path, line):
            return False
        self.seen += 1
        due = self.seen == self.at if self.at is not None else self.times is None or self.hit < self.times
        self.hit += due
        return due


@dataclass
class Faults:
    """
    All that goes wrong.

    Attributes:
        latency: Seconds before each answer.
        token_expired: Whether the bot's token has expired.
    """

    latency: float = 0.0
    token_expired: bool = False
    listed: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        """Let something go wrong from now on; what is returned counts how often it did."""
        self.listed.append(fault)
        return fault

    def storm(self, times: int, *, retry_after: str = "0") -> Fault:
        """Answer so many calls with 429."""
        return self.add(Fault(status=429, retry_after=retry_after, times=times))

    def fail_call(self, number: int, *, status: int = 500, how: How = "status", applied: bool = False) -> Fault:
        """Let one call go wrong, counted from now; 1 is the next."""
        return self.add(Fault(at=number, status=status, how=how, applied=applied))

    def clear(self) -> None:
        """Let everything go right."""
        self.listed.clear()
        self.latency = 0.0
        self.token_expired = False

    def strike(self, line: str) -> Fault | None:
        """Return what goes wrong with this call."""
        struck = [fault for fault in self.listed if fault.strikes(line)]
        return struck[0] if struck else None
