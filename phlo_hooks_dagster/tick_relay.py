"""Relay within the sensor's tick, where no child process may be started."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from dagster import DagsterInstance

from phlo_hooks.attaching import attach_plugins
from phlo_hooks.discovery import build_bus
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.redaction import redact_text
from phlo_hooks.relay import Relay
from phlo_hooks.settings import Settings
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.source import DagsterEventSource

log = logging.getLogger(__name__)

BUDGET: Final = 20.0
"""Seconds of a tick; Dagster ends it after 60."""


class TickRelay:
    """
    Drains in a thread that a tick waits for; what takes longer than a tick goes on beside the next ones.

    Args:
        instance: The tick's own; a second one is opened from its reference, as a tick's is released at its end.
        started_at: From when a first start reads.
    """

    def __init__(self, instance: DagsterInstance, *, started_at: datetime) -> None:
        reference = compat.instance_ref_text(instance)
        self._instance = compat.open_instance(reference) if reference is not None else instance
        self._started_at = started_at
        self._relay: Relay | None = None
        self._working: threading.Thread | None = None
        self._note = ""

    def drain(self, outbox: Outbox, settings: Settings, hooks: Iterable[object]) -> str | None:
        """Work for at most ``BUDGET`` seconds; return one line when something is wrong."""
        if self._relay is None:
            self._relay = self._make(outbox, settings, hooks)
        if self._working is None or not self._working.is_alive():
            self._working = threading.Thread(
                target=self._work, args=(self._relay,), name="phlo-hooks-tick", daemon=True
            )
            self._working.start()
        self._working.join(BUDGET)
        return self._note or None

    def _make(self, outbox: Outbox, settings: Settings, hooks: Iterable[object]) -> Relay:
        if settings.start == "now":
            settings = settings.model_copy(update={"start": self._started_at.isoformat()})
        source = DagsterEventSource(self._instance, settings)
        source.skip_target()
        bus = build_bus(settings, hooks=hooks)
        try:
            attach_plugins(bus, outbox, settings)
        except BaseException:
            bus.close()
            raise
        return Relay(outbox, [source], bus, settings)

    def _work(self, relay: Relay) -> None:
        try:
            self._note = relay.drain().note
        except Exception as error:  # in a thread nobody would see it; the next tick says it
            log.exception("relaying in the tick failed")
            self._note = redact_text(f"{type(error).__name__}: {error}")
