"""Keep a lease while one works, and know in time when it cannot be kept."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

from phlo_hooks.exceptions import OutboxError
from phlo_hooks.outbox.leases import Lease, local_host
from phlo_hooks.outbox.store import Outbox

_log = logging.getLogger(__name__)
RELAY: Final = "relay"
_RENEWALS: Final = 4
_PATIENCE: Final = 2.0


def acquire(outbox: Outbox, *, seconds: float, name: str = RELAY) -> Lease | None:
    """Return the lease for this process, or ``None`` while another one holds it."""
    owner = f"pid {os.getpid()} {uuid4().hex[:8]}"
    return outbox.acquire_lease(name, owner=owner, seconds=seconds, pid=os.getpid(), host=local_host())


class LeaseKeeper:
    """
    Renew a lease in a thread of its own, from ``with`` to its end; then give it back.

    ``is_held`` turns false a quarter of the lease's time before it runs out, so that whoever asks it before each step
    has stopped when another process may begin.
    """

    def __init__(self, lease: Lease, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.lease = lease
        self._clock = clock
        self._ends = clock() + self._safe_seconds
        self._over = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._keep, name="phlo-hooks-lease", daemon=True)

    def is_held(self) -> bool:
        """Return whether the lease is surely ours for now."""
        return not self._lost and self._clock() < self._ends

    def __enter__(self) -> Self:
        """Begin to renew."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop renewing, and let the next one have it."""
        self._over.set()
        self._thread.join(_PATIENCE)
        if not self.is_held():
            return
        try:
            self.lease.release()
        except OutboxError as problem:
            _log.warning("The lease %r runs out by itself: %s", self.lease.name, problem)

    @property
    def _safe_seconds(self) -> float:
        return self.lease.seconds * (1 - 1 / _RENEWALS)

    def _keep(self) -> None:
        while not self._over.wait(self.lease.seconds / _RENEWALS):
            asked = self._clock()
            try:
                renewed = self.lease.renew()
            except OutboxError as error:
                _log.debug("The lease %r could not be renewed: %s", self.lease.name, error)
                continue
            if not renewed:
                self._lost = True
                _log.warning("The lease %r was taken over by another process.", self.lease.name)
                return
            self._ends = asked + self._safe_seconds
