"""What was asked of the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Asked:
    """
    One call.

    Attributes:
        path: After ``/api/v1``, decoded, for reading.
        changed: Whether the server holds something else than before.
        fault: What went wrong on demand.
    """

    method: str
    path: str
    status: int
    changed: bool
    body: Any = None
    answer: Any = None
    caller: str | None = None
    fault: str | None = None

    @property
    def line(self) -> str:
        """The call in one line."""
        return f"{self.method} {self.path} -> {self.status}{' *' if self.changed else ''}"


@dataclass
class Journal:
    """All calls, oldest first."""

    calls: list[Asked] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.calls)

    def clear(self) -> None:
        """Forget them."""
        self.calls.clear()

    @property
    def changes(self) -> list[str]:
        """Calls that changed anything, a line each."""
        return [call.line for call in self.calls if call.changed]

    @property
    def writes(self) -> list[str]:
        """Calls that could have, a line each."""
        return [call.line for call in self.calls if call.method != "GET"]

    @property
    def lines(self) -> list[str]:
        """All calls, a line each."""
        return [call.line for call in self.calls]

    @property
    def refused(self) -> list[str]:
        """Calls that were answered with an error, a line each with the reason; a GET's 404 is no error."""
        return [
            f"{call.line} {call.answer}"
            for call in self.calls
            if call.status >= 400 and not (call.method == "GET" and call.status == 404)
        ]
