"""Relay within the sensor's tick, where no child process may be started."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from dagster import DagsterInstance

from phlo_hooks.bus import HookBus
from phlo_hooks.discovery import build_bus
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.relay import Relay
from phlo_hooks.settings import Settings
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.source import DagsterEventSource

BUDGET: Final = 20.0
"""Seconds of a tick; Dagster ends it after 60."""


class TickRelay:
    """
    A relay that works while a tick lasts and keeps what it knows for the next.

    Args:
        instance: The tick's own; a second one is opened from its reference, as a tick's is released at its end.
        started_at: From when a first start reads.
    """

    def __init__(self, instance: DagsterInstance, *, started_at: datetime) -> None:
        reference = compat.instance_ref_text(instance)
        self._instance = compat.open_instance(reference) if reference is not None else instance
        self._started_at = started_at
        self._source: DagsterEventSource | None = None
        self._bus: HookBus | None = None

    def drain(self, outbox: Outbox, settings: Settings, hooks: Iterable[object]) -> str | None:
        """Work for at most ``BUDGET`` seconds; return one line when something is wrong."""
        if self._source is None or self._bus is None:
            if settings.start == "now":
                settings = settings.model_copy(update={"start": self._started_at.isoformat()})
            self._source = DagsterEventSource(self._instance, settings)
            self._source.skip_target()
            self._bus = build_bus(settings, hooks=hooks)
        report = Relay(outbox, [self._source], self._bus, settings).drain(timeout=BUDGET)
        return report.note or None
