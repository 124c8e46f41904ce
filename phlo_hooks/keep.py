"""What a plugin keeps between events and between processes: small values by name, in the state database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from heapq import merge
from operator import itemgetter
from typing import Protocol


class Keep(Protocol):
    """
    One plugin's own names and values; nobody else's are seen.

    A name is any text, a value at most some hundred kilobytes. Safe to use from several threads.
    """

    def get(self, names: Collection[str]) -> dict[str, bytes]:
        """Return the values of these names; a name without one is left out."""

    def items(self, beginning: str = "") -> Iterator[tuple[str, bytes]]:
        """Yield every name that begins so and its value, by name."""

    def put(self, changes: Mapping[str, bytes | None]) -> None:
        """
        Set values, and remove the names whose value is ``None``; all of it or nothing.

        Raises:
            OutboxError: The state database cannot be written.
        """


class MemoryKeep:
    """A ``Keep`` that lasts as long as the process; what a plugin has that no state database was given to."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def get(self, names: Collection[str]) -> dict[str, bytes]:
        """Return the values of these names."""
        return {name: self._values[name] for name in names if name in self._values}

    def items(self, beginning: str = "") -> Iterator[tuple[str, bytes]]:
        """Yield what begins so, by name."""
        yield from [(name, self._values[name]) for name in sorted(self._values) if name.startswith(beginning)]

    def put(self, changes: Mapping[str, bytes | None]) -> None:
        """Set and remove."""
        for name, value in changes.items():
            if value is None:
                self._values.pop(name, None)
            else:
                self._values[name] = value


class OverlayKeep:
    """
    A ``Keep`` over another one: what is there is seen, what is put stays in memory, and the other is never written.

    Args:
        below: Read anew each time, so that it may change meanwhile.
    """

    def __init__(self, below: Keep) -> None:
        self._below = below
        self._changes: dict[str, bytes | None] = {}

    def get(self, names: Collection[str]) -> dict[str, bytes]:
        """Return the values of these names."""
        unchanged = [name for name in names if name not in self._changes]
        found = self._below.get(unchanged) if unchanged else {}
        changed = {name: self._changes[name] for name in names if name in self._changes}
        return {**found, **{name: value for name, value in changed.items() if value is not None}}

    def items(self, beginning: str = "") -> Iterator[tuple[str, bytes]]:
        """Yield what begins so, by name."""
        changes = dict(self._changes)
        mine = [(name, value) for name, value in changes.items() if value is not None and name.startswith(beginning)]
        theirs = ((name, value) for name, value in self._below.items(beginning) if name not in changes)
        yield from merge(sorted(mine), theirs, key=itemgetter(0))

    def put(self, changes: Mapping[str, bytes | None]) -> None:
        """Set and remove, here only."""
        self._changes.update(changes)
