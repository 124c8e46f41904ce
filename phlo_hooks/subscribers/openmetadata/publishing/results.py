"""What became of requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from phlo_hooks.subscribers.openmetadata.client import Answer
from phlo_hooks.subscribers.openmetadata.requests import Request
from phlo_hooks.subscribers.openmetadata.versions import Server

Result = TypeVar("Result")


class Api(Protocol):
    """What publishing needs of a client; ``Client`` and planning's recorder are such."""

    def server(self) -> Server:
        """Return which server this is."""

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """Return what is there; ``None`` for nothing."""

    def put(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        """Create or update; 409 is an answer."""

    def post(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        """Create; 409 is an answer."""

    def patch(self, path: str, body: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None = None) -> Answer:
        """Apply a JSON patch."""

    def delete(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Remove."""

    def parallel(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """Run calls, several at once; results in the order of the calls."""


@dataclass(frozen=True)
class Refusal:
    """A request that the server will never take, and why; one line."""

    request: Request
    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, kw_only=True)
class Published:
    """
    What became of all requests.

    Attributes:
        sent: Requests for which something was written.
        unchanged: Requests for which nothing had to be.
        withheld: Requests left out: refused before in this very shape, or for what people deleted there.
        refused: What the server refused this time; all else was sent.
    """

    sent: int = 0
    unchanged: int = 0
    withheld: int = 0
    refused: tuple[Refusal, ...] = ()

    def __or__(self, other: Published) -> Published:
        return Published(
            sent=self.sent + other.sent,
            unchanged=self.unchanged + other.unchanged,
            withheld=self.withheld + other.withheld,
            refused=self.refused + other.refused,
        )


class Tally:
    """Count what becomes of requests; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent = 0
        self._unchanged = 0
        self._withheld = 0
        self._refused: list[Refusal] = []

    def sent(self, count: int = 1) -> None:
        """Count requests that were sent."""
        with self._lock:
            self._sent += count

    def unchanged(self, count: int = 1) -> None:
        """Count requests that change nothing."""
        with self._lock:
            self._unchanged += count

    def withheld(self, count: int = 1) -> None:
        """Count requests that are left out."""
        with self._lock:
            self._withheld += count

    def refused(self, request: Request, reason: str) -> None:
        """Note a request that the server refused."""
        with self._lock:
            self._refused.append(Refusal(request, reason))

    def published(self) -> Published:
        """Return the counts."""
        with self._lock:
            return Published(
                sent=self._sent,
                unchanged=self._unchanged,
                withheld=self._withheld,
                refused=tuple(self._refused),
            )
