"""The graph as it is now, built once for every change, however many pages ask."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from phlo_hooks.exceptions import OutboxError
from phlo_hooks.lineage.graph import Graph, GraphConsumer, GraphDeadLetter
from phlo_hooks.outbox.pulse import Pulse
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.page.embedding import embedded_json
from phlo_hooks.redaction import redact_text
from phlo_hooks.ui.database import StateFollower
from phlo_hooks.ui.threads import in_thread

Deliveries = tuple[tuple[GraphConsumer, ...], tuple[GraphDeadLetter, ...]]

_log = logging.getLogger(__name__)
_REST: Final = 4
_LONGEST_REST: Final = 60.0
_GZIP_LEVEL: Final = 5


@dataclass(frozen=True, kw_only=True)
class Served:
    """
    What pages are given.

    Attributes:
        version: Changes when the graph does; the same graph has the same one as long as the server runs.
        trouble: Why the graph may be out of date; ``None`` when it is not.
    """

    version: str
    graph: Graph
    body: bytes
    zipped: bytes
    trouble: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Built:
    """A graph, and the state it was built from."""

    graph: Graph
    identity: str
    pulse: Pulse


class LiveGraph:
    """
    Looks at the state database, and builds the graph anew when something happened.

    A graph that took long is not built again at once: a relay at work beside it needs the processor, too. Consumers
    and dead letters, which are cheap, are always as they are now.

    Args:
        build: Makes the whole graph.
        deliveries: Makes the part of it that changes with every delivery.
        title: Of the graph while there is no database.
    """

    def __init__(
        self,
        state: StateFollower,
        *,
        build: Callable[[Outbox], Graph],
        deliveries: Callable[[Outbox], Deliveries],
        title: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = state
        self.server = secrets.token_hex(8)
        self.latest: Served | None = None
        self._build = build
        self._deliveries = deliveries
        self._title = title
        self._clock = clock
        self._built: _Built | None = None
        self._rest_until = 0.0
        self._looking: asyncio.Task[Served] | None = None

    async def refresh(self) -> Served:
        """Return the graph; those who ask while somebody looks share what is found."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(in_thread(self._look))
        self.latest = await asyncio.shield(self._looking)
        return self.latest

    def _look(self) -> Served:
        try:
            outbox = self.state.outbox()
            if outbox is None:
                self._built = None
                return self._empty(
                    f"No state database at {self.state.label} yet. It comes with the first relay or drain."
                )
            return self._current(outbox)
        except OutboxError as error:
            return self._trouble(str(error))
        except Exception as error:  # noqa: BLE001  # a page must say what is wrong, not vanish
            _log.exception("The graph could not be built.")
            return self._trouble(f"the graph could not be built: {type(error).__name__}: {error}")

    def _current(self, outbox: Outbox) -> Served:
        pulse, identity, before = outbox.pulse(), self.state.identity, self._built
        if before is None or before.identity != identity:
            before = None
        elif before.pulse == pulse:
            return self._serve(before)
        moved = before is None or (before.pulse.head, before.pulse.snapshot) != (pulse.head, pulse.snapshot)
        if before is None or (moved and self._clock() >= self._rest_until):
            begun = self._clock()
            built = _Built(graph=self._build(outbox), identity=identity, pulse=pulse)
            self._rest_until = self._clock() + min(_LONGEST_REST, _REST * (self._clock() - begun))
        else:
            consumers, dead = self._deliveries(outbox)
            graph = replace(before.graph, consumers=consumers, dead=dead, made_at=datetime.now(UTC))
            built = replace(before, graph=graph, pulse=replace(before.pulse, deliveries=pulse.deliveries))
        self._built = built
        return self._serve(built)

    def _serve(self, built: _Built) -> Served:
        version = _digest(self.server, built.identity, repr(built.pulse))
        latest = self.latest
        if latest is not None and latest.version == version:
            return replace(latest, trouble=None) if latest.trouble else latest
        return _served(version, built.graph)

    def _empty(self, note: str, *, trouble: str | None = None) -> Served:
        version = _digest(self.server, note)
        if self.latest is not None and self.latest.version == version:
            return self.latest
        return _served(version, Graph(title=self._title, made_at=datetime.now(UTC), notes=(note,)), trouble=trouble)

    def _trouble(self, reason: str) -> Served:
        text = redact_text(reason)
        if self._built is None or self.latest is None:
            return self._empty(text, trouble=text)
        return replace(self.latest, trouble=text)


def _served(version: str, graph: Graph, *, trouble: str | None = None) -> Served:
    body = embedded_json(graph).encode()
    zipped = gzip.compress(body, _GZIP_LEVEL, mtime=0)
    return Served(version=version, graph=graph, body=body, zipped=zipped, trouble=trouble)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()
