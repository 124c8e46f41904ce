"""What the commands of ``phlo-hooks openmetadata`` open: settings, server, state database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from phlo_hooks.attaching import plugin_context
from phlo_hooks.cli.session import Session
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.plugin import PluginContext
from phlo_hooks.subscribers.openmetadata.client import Client
from phlo_hooks.subscribers.openmetadata.options import PLUGIN, Options, read_options


@dataclass(frozen=True, kw_only=True)
class AtWork:
    """All that is needed to tell the server something."""

    options: Options
    client: Client
    outbox: Outbox
    context: PluginContext


def options_of(session: Session, target: dict[str, Any]) -> Options:
    """
    Return the plugin's options, those that the code of the target declares among them.

    Raises:
        SettingsError: One does not exist or does not fit.
    """
    session.output.claim()
    session.ask_target(target)
    return read_options(session.settings.plugins.config.get(PLUGIN, {}))


@contextmanager
def at_work(session: Session, target: dict[str, Any]) -> Iterator[AtWork]:
    """
    Open the server and the state database for the time of a command; nothing is asked of the server yet.

    Raises:
        SettingsError: No server is configured, and the line to write is in it.
    """
    options = options_of(session, target)
    with Client(options) as client, session.outbox(create=False) as outbox:
        context = plugin_context(outbox, session.settings, PLUGIN)
        yield AtWork(options=options, client=client, outbox=outbox, context=context)
