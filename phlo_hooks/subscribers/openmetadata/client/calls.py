"""One call, and what may go wrong with it for a while."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from phlo_hooks.subscribers.openmetadata.client.answers import Fault


@dataclass(frozen=True)
class Call:
    """What is asked of the server; ``path`` is under ``/api/v1``."""

    method: str
    path: str
    params: Mapping[str, Any] | None = None
    content: bytes | None = None

    @property
    def identity(self) -> Hashable:
        """What tells it from other requests."""
        return (self.method, self.path, repr(sorted((self.params or {}).items())), self.content)

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows whether the first one was carried out."""
        return self.method != "PATCH"


class PassingError(Exception):
    """Another try may help: what happened, how long to wait, and whether the request was surely not carried out."""

    def __init__(
        self, text: str, *, asked: float | None = None, untouched: bool = False, fault: Fault | None = None
    ) -> None:
        super().__init__(text)
        self.text = text
        self.asked = asked
        self.untouched = untouched
        self.fault = fault
