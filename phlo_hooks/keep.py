"""What a plugin keeps between events and between processes: small values by name, in the state database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
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
