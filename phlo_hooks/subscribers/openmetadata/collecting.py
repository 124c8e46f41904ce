"""What a sync would send, collected and not compared with any server; the connector for ``metadata ingest`` asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime

from phlo_hooks.keep import OverlayKeep
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.plugin import PluginContext
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.learning import Knowledge
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing import Published
from phlo_hooks.subscribers.openmetadata.requests import Request
from phlo_hooks.subscribers.openmetadata.syncing import Syncing
from phlo_hooks.subscribers.openmetadata.telling import Telling


def collect(outbox: Outbox, context: PluginContext, options: Options, *, since: datetime) -> Iterator[list[Request]]:
    """
    Yield what a sync would send: first the structure, then runs, results and sizes.

    The state database is only read: what is learned on the way is kept in memory.

    Args:
        since: Runs, results and sizes before it are left out.

    Raises:
        OutboxError: The state database cannot be used.
    """
    collector = _Collector(replace(context, keep=OverlayKeep(context.keep), alone=nullcontext), options)
    syncing = Syncing(outbox, collector.context, collector, lambda _: None)
    syncing.tell_structure(syncing.learn())
    yield collector.take()
    syncing.tell_history(since)
    yield collector.take()


class _Collector(Telling):
    """Keeps what it is to tell."""

    def __init__(self, context: PluginContext, options: Options) -> None:
        super().__init__(context, options)
        self.context = context
        self._collected: list[Request] = []

    def tell(self, learned: Learned, knowledge: Knowledge, *, verify: bool) -> Published:  # noqa: ARG002  # sends nothing
        """Keep the requests."""
        requests = self.requests(learned, knowledge)
        self._collected += requests
        return Published(withheld=len(requests))

    def take(self) -> list[Request]:
        """Return what was collected since the last time."""
        taken, self._collected = self._collected, []
        return taken
