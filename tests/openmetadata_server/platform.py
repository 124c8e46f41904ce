"""A state database with the subscriber at work on it, against a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phlo_hooks.attaching import attach_plugins, plugin_context
from phlo_hooks.bus import HookBus
from phlo_hooks.codec import decode_event
from phlo_hooks.discovery import build_bus
from phlo_hooks.events import HookEvent
from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.plugin import PluginContext
from phlo_hooks.relay import DrainReport, Relay
from phlo_hooks.settings import Settings, load_settings
from phlo_hooks.subscribers.openmetadata.client import Client
from phlo_hooks.subscribers.openmetadata.options import PLUGIN, Options, read_options
from phlo_hooks.subscribers.openmetadata.plugin import CONSUMER
from tests.openmetadata_standin import StandIn

FLIGHTS = Path(__file__).parents[1] / "openmetadata" / "fixtures" / "flights_run.jsonl"
DELIVERY = {"backoff_base": 0.01, "backoff_max": 0.05, "breaker_cooldown": 0.02, "breaker_max_cooldown": 0.1}


@dataclass
class Platform:
    """
    What a user has.

    Attributes:
        options: Of the subscriber, beyond the server and the token.
    """

    folder: Path
    server: StandIn
    options: dict[str, Any] = field(default_factory=dict)
    delivery: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.token_file = self.folder / "token"
        self.token_file.write_text(self.server.jwt)

    @property
    def url(self) -> str:
        """The state database."""
        return f"sqlite:///{self.folder / 'state.db'}"

    @property
    def config(self) -> dict[str, Any]:
        """The subscriber's section of the settings."""
        return {"url": self.server.url, "jwt_file": str(self.token_file), "timeout": 5.0, "retries": 0} | self.options

    @property
    def settings(self) -> Settings:
        """The deployment's settings."""
        overrides = {
            "database": self.url,
            "plugins": {"config": {PLUGIN: self.config}},
            "delivery": DELIVERY | self.delivery,
            "relay": {"lease_seconds": 2},
        }
        return load_settings(overrides, root=self.folder)

    def append(self, events: Iterable[HookEvent]) -> None:
        """Record events, as a relay does."""
        with Outbox.open(self.url) as outbox:
            self._register(outbox)
            outbox.append(events)

    def drain(self, timeout: float | None = 30.0) -> DrainReport:
        """Deliver what is recorded, as a new process would."""
        settings = self.settings
        with Outbox.open(self.url) as outbox, _bus(settings) as bus:
            attach_plugins(bus, outbox, settings)
            return Relay(outbox, [], bus, settings).drain(timeout=timeout)

    def replay(self) -> DrainReport:
        """Deliver everything again."""
        with Outbox.open(self.url) as outbox:
            assert outbox.replay(CONSUMER, EventQuery())
        return self.drain()

    @contextmanager
    def at_hand(self) -> Iterator[tuple[Outbox, PluginContext, Options, Client]]:
        """Open what ``sync``, ``plan`` and ``prune`` work with."""
        options = read_options(self.config)
        with Outbox.open(self.url) as outbox, Client(options, environ={}) as client:
            yield outbox, plugin_context(outbox, self.settings, PLUGIN), options, client

    def _register(self, outbox: Outbox) -> None:
        outbox.register_consumers([CONSUMER])


@contextmanager
def _bus(settings: Settings) -> Iterator[HookBus]:
    bus = build_bus(settings)
    try:
        yield bus
    finally:
        bus.close()


def flights() -> list[HookEvent]:
    """Return the events of one run of the example: dlt, dbt, checks that pass and one that warns, publishing."""
    return [decode_event(line) for line in FLIGHTS.read_bytes().splitlines()]
