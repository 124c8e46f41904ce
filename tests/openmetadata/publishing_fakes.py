"""A publisher that notes what it is given, and answers as it is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from phlo_hooks.keep import Keep
from phlo_hooks.subscribers.openmetadata import telling
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing import Published
from phlo_hooks.subscribers.openmetadata.requests import PostResult, PutEdge, PutEntity, PutStatus, Request


class FakeServer:
    """
    Stands in for client and publisher together.

    Attributes:
        calls: What was published, and whether what stands there was to be read.
        answers: What comes of the next calls; an exception is raised. All is taken when there is none.
    """

    def __init__(self, *answers: Published | Exception) -> None:
        self.calls: list[tuple[list[Request], bool]] = []
        self.answers = list(answers)

    def use(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Take the publisher's place; returns what stands for the client."""
        server = self

        class FakePublisher:
            def __init__(self, client: object, keep: Keep, options: Options) -> None:
                assert client is server

            def publish(self, requests: Iterable[Request], *, verify: bool = False) -> Published:
                server.calls.append((list(requests), verify))
                answer = server.answers.pop(0) if server.answers else Published(sent=len(server.calls[-1][0]))
                if isinstance(answer, Exception):
                    raise answer
                return answer

        monkeypatch.setattr(telling, "Publisher", FakePublisher)
        return server

    @property
    def verified(self) -> list[bool]:
        """Of each call, whether what stands there was to be read."""
        return [verify for _, verify in self.calls]

    def entities(self, call: int = -1) -> list[str]:
        """Return the entities of a call, as ``kind name``."""
        return [str(each.name) for each in self.calls[call][0] if isinstance(each, PutEntity)]

    def edges(self, call: int = -1) -> list[tuple[str, str]]:
        """Return the edges of a call."""
        return [(e.upstream.fqn, e.downstream.fqn) for e in self.calls[call][0] if isinstance(e, PutEdge)]

    def all(self, kind: type[PutStatus | PostResult]) -> list[Any]:
        """Return all statuses, or all results, of all calls."""
        return [each for requests, _ in self.calls for each in requests if isinstance(each, kind)]
