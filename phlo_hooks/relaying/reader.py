"""Read one source into the outbox, batch by batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from phlo_hooks.backoff import Backoff
from phlo_hooks.exceptions import LeaseLostError
from phlo_hooks.outbox.api import Recorded
from phlo_hooks.outbox.leases import Lease
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.relaying.trouble import Trouble
from phlo_hooks.source import Batch, EventSource, SourceLag


class SourceReader:
    """
    Poll a source when it is due, and store what it gives under the lease.

    Args:
        go_on: Asked before each batch.
        on_recorded: Told what each batch gave.
    """

    def __init__(
        self,
        source: EventSource,
        outbox: Outbox,
        lease: Lease,
        *,
        go_on: Callable[[], bool],
        on_recorded: Callable[[Recorded], None],
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = source
        self.memory = outbox.memory(source.name)
        self.trouble = Trouble(f"source {source.name}", backoff=backoff, clock=clock)
        self._outbox = outbox
        self._lease = lease
        self._go_on = go_on
        self._on_recorded = on_recorded
        self._clock = clock
        self._due = 0.0

    def seconds_left(self) -> float:
        """Return how long until the source is to be polled."""
        return max(self.trouble.seconds_left(), self._due - self._clock())

    def poll(self) -> None:
        """
        Store what is new; trouble of the source or of the database is remembered, not raised.

        Raises:
            LeaseLostError: Another process took over.
        """
        try:
            self._store(self.source.poll(self.memory))
        except LeaseLostError:
            raise
        except Exception as error:  # noqa: BLE001  # a source is foreign code, and the relay outlives its mistakes
            self.trouble.met(error)
        else:
            self.trouble.over()
            self._due = self._clock() + max(0.0, self.source.next_poll_in())

    def poll_to_tip(self) -> None:
        """
        Poll until the source says that nothing is left for now; trouble is raised.

        Raises:
            SourceError: The source cannot be read.
            OutboxError: The state database cannot be written.
        """
        self._store(self.source.poll(self.memory))
        while self.source.next_poll_in() <= 0 and self._go_on():
            self._store(self.source.poll(self.memory))

    def settle(self) -> None:
        """
        Store what waiting alone brings.

        Raises:
            SourceError: The source cannot be read.
            OutboxError: The state database cannot be written.
        """
        self._store(self.source.settle(self.memory))

    def lag(self) -> SourceLag:
        """Return how far behind its log the stored state is."""
        return self.source.lag(self.memory)

    def _store(self, batches: Iterator[Batch]) -> None:
        try:
            for batch in batches:
                if not self._go_on():
                    return
                self._on_recorded(self._outbox.record(self.source.name, batch, lease=self._lease))
        finally:
            close = getattr(batches, "close", None)
            if close is not None:
                close()
