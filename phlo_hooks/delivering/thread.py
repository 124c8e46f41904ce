"""A worker's thread: it sleeps until something is recorded or due, and outlives an outage of the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from phlo_hooks.backoff import Backoff
from phlo_hooks.delivering.caller import CallAbandonedError
from phlo_hooks.delivering.worker import Worker
from phlo_hooks.exceptions import LeaseLostError, OutboxError

_log = logging.getLogger(__name__)
IDLE_SECONDS: Final = 5.0
_SHORTEST: Final = 0.01


@dataclass(frozen=True, kw_only=True)
class Rest:
    """
    Why a worker does nothing.

    Attributes:
        position: How far it had come.
        held_up: It cannot deliver now: its breaker is open, or its handler has not come back.
    """

    position: int
    held_up: bool
    next_due: datetime | None


class WorkerThread(threading.Thread):
    """
    Run a worker until it is stopped or the lease is lost.

    Attributes:
        rest: Set while there is nothing that can be done.
    """

    def __init__(self, worker: Worker, *, now: Callable[[], datetime], on_rest: Callable[[], None]) -> None:
        super().__init__(name=f"phlo-hooks-{worker.name}", daemon=True)
        self.worker = worker
        self.rest: Rest | None = None
        self._now = now
        self._on_rest = on_rest
        self._wake = threading.Event()
        self._stopped = False
        self._trouble = 0
        self._backoff = Backoff(base=1.0, maximum=30.0)

    def wake(self) -> None:
        """Look for work at once."""
        self.rest = None
        self._wake.set()

    def stop(self) -> None:
        """Make no further call, and end."""
        self._stopped = True
        self.worker.stop()
        self._wake.set()

    def abandon(self) -> None:
        """Do not wait for the handler that is being called."""
        self.worker.caller.abandon()

    def run(self) -> None:
        """Deliver."""
        loaded = False
        try:
            while not self.worker.stopping():
                try:
                    if not loaded:
                        self.worker.load()
                        loaded = True
                    self._work()
                    self._recovered()
                except (LeaseLostError, CallAbandonedError):
                    return
                except OutboxError as error:
                    loaded = False
                    self._wait_out(str(error), error)
                except Exception as error:  # noqa: BLE001  # a mistake of ours in one event must not end a consumer
                    loaded = False
                    self._wait_out(f"{type(error).__name__}: {error}", error)
        finally:
            self.worker.caller.close()
            self.rest = None
            self._on_rest()

    def _work(self) -> None:
        self._wake.clear()
        if self.worker.step():
            self.rest = None
            return
        due = self.worker.next_due()
        self.rest = Rest(position=self.worker.position, held_up=not self.worker.can_deliver(), next_due=due)
        if self._wake.is_set():
            return
        self._on_rest()
        seconds = IDLE_SECONDS if due is None else min(IDLE_SECONDS, (due - self._now()).total_seconds())
        self._wake.wait(max(seconds, _SHORTEST))

    def _wait_out(self, text: str, error: Exception) -> None:
        self._trouble += 1
        if self._trouble == 1:
            traceback = None if isinstance(error, OutboxError) else error
            _log.error("Consumer %s pauses: %s", self.worker.name, text, exc_info=traceback)
        self.rest = Rest(position=self.worker.position, held_up=True, next_due=None)
        self._on_rest()
        self._wake.clear()
        if not self._stopped:
            self._wake.wait(self._backoff.delay(self._trouble))

    def _recovered(self) -> None:
        if self._trouble:
            _log.info("Consumer %s goes on.", self.worker.name)
            self._trouble = 0
