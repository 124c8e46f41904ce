"""The plugin: off until a server is configured; then one queued hook, which imports what works with its first event."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, ClassVar, Final, Protocol

from phlo_hooks.delivery import Delivery, current_delivery
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import PluginError, SettingsError, TransientDeliveryError
from phlo_hooks.filters import HookFilter
from phlo_hooks.plugin import HookPlugin, PluginContext, PluginMetadata
from phlo_hooks.registration import Dispatch, HookRegistration
from phlo_hooks.settings import Settings
from phlo_hooks.subscribers.openmetadata.heard import EVENTS
from phlo_hooks.subscribers.openmetadata.options import PLUGIN, URL_VARIABLE, Options, read_options, server_url

TIMEOUT: Final = 300.0
"""Seconds for one event: the first one may bring the whole catalog with it."""
OFF: Final = f"off; plugins.config.{PLUGIN}.url, or {URL_VARIABLE}, switches it on"
CONSUMER: Final = f"{PLUGIN}:events"


class Handler(Protocol):
    """What takes the events, made when the first one comes."""

    def handle(self, event: HookEvent, delivery: Delivery | None) -> None:
        """Bring one event over."""

    def close(self) -> None:
        """Close the connections."""


class OpenMetadataPlugin(HookPlugin):
    """
    Brings lineage, runs, tests and profiles to OpenMetadata.

    Without a URL it has no hooks and says so; it imports httpx with the first event.
    """

    metadata = PluginMetadata(name=PLUGIN, description="Lineage, runs, tests and profiles in OpenMetadata.")
    in_step: ClassVar[bool] = False

    def __init__(self) -> None:
        self._options = Options()
        self._url: str | None = None
        self._context: PluginContext | None = None
        self._handler: Handler | None = None

    def initialize(self, config: Mapping[str, Any]) -> None:
        """
        Read the options.

        Raises:
            SettingsError: One does not exist or does not fit.
            PluginError: It is switched on, and httpx is not installed.
        """
        self._options = read_options(config)
        self._url = server_url(self._options, os.environ)
        self.state_note = f"on; tells {self._url}" if self._url else OFF
        if self._url and find_spec("httpx") is None:
            raise PluginError(
                PLUGIN, "initialize", f"it needs httpx; install it with: pip install 'phlo-hooks[{PLUGIN}]'"
            )

    def attach(self, context: PluginContext) -> None:
        """Take the keep and the catalog."""
        self._context = context

    def cleanup(self) -> None:
        """Close the connections to the server."""
        handler, self._handler = self._handler, None
        if handler is not None:
            handler.close()

    def get_hooks(self) -> list[HookRegistration]:
        """Return the one hook; none without a URL."""
        if self._url is None:
            return []
        plugin, _, hook = CONSUMER.partition(":")
        return [
            HookRegistration(
                plugin_name=plugin,
                hook_name=hook,
                handler=self._take,
                filter=HookFilter(event_types=EVENTS),
                dispatch=Dispatch.QUEUED,
                timeout=TIMEOUT,
            )
        ]

    def _take(self, event: HookEvent) -> None:
        if self._handler is None:
            # Imported here: a relay without a server's URL, and a command that only lists plugins, need none of it.
            from phlo_hooks.subscribers.openmetadata.handling import EventHandler  # noqa: PLC0415

            context = self._context or PluginContext(settings=Settings())
            try:
                self._handler = EventHandler(context, self._options)
            except SettingsError as error:
                # Nothing is wrong with the event: it waits until the settings are mended.
                raise TransientDeliveryError(str(error)) from error
        self._handler.handle(event, current_delivery())
