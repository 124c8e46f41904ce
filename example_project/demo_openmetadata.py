"""What OpenMetadata was told, and where to look at it; only where OPENMETADATA_URL names a server."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote

from rich.console import Console

from phlo_hooks import HookEvent, RunEvent, TransformEvent
from phlo_hooks.exceptions import SettingsError
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import Settings
from phlo_hooks.subscribers.openmetadata.names import EntityName
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import PLUGIN, Options, read_options, server_url

MART: Final = "marts/delay_by_carrier"
CONSUMER: Final = f"{PLUGIN}:"
HOW: Final = "OPENMETADATA_URL=http://localhost:8585 OPENMETADATA_JWT='<a bot's token>' make demo"


def is_configured(settings: Settings) -> bool:
    """Return whether a server is named."""
    try:
        return server_url(_options(settings), os.environ) is not None
    except SettingsError:
        return False


def show_openmetadata(events: Sequence[HookEvent], outbox: Outbox, settings: Settings, console: Console) -> None:
    """Print the links to open and whether all was delivered; without a server, one line that says how."""
    console.print("\n[bold]In OpenMetadata[/bold]", end="")
    try:
        url = server_url(_options(settings), os.environ)
    except SettingsError as error:
        console.print(f", nothing: {error}", soft_wrap=True, markup=False)
        return
    if url is None:
        console.print(", the same graph, with runs, tests and owners:")
        console.print(f"  {HOW}", soft_wrap=True, markup=False)
        return
    console.print(f", {delivered(outbox)}:", soft_wrap=True)
    for what, link in links(events, Naming(_options(settings), deployment=settings.deployment)):
        console.print(f"  {what:<24}{url}{link}", soft_wrap=True, markup=False, highlight=False)


def delivered(outbox: Outbox) -> str:
    """Say what became of the events that the server is told of."""
    mine = [consumer for consumer in outbox.consumers() if consumer.name.startswith(CONSUMER)]
    waiting, dead = (sum(getattr(consumer, what) for consumer in mine) for what in ("pending", "dead"))
    if not mine:
        return "[red]which was told nothing: `phlo-hooks plugin list` says why[/red]"
    if waiting or dead:
        return f"[red]{waiting} events wait and {dead} are dead: `phlo-hooks status` says why[/red]"
    return f"which was told all {sum(consumer.delivered for consumer in mine)} events that it wants"


def links(events: Iterable[HookEvent], naming: Naming) -> Iterator[tuple[str, str]]:
    """Yield what there is to see and its path at the server: a mart, and the newest run's pipeline."""
    made: dict[str, EntityName] = {}
    for event in events:
        if isinstance(event, TransformEvent) and event.asset_key == MART and event.dataset is not None:
            mart = naming.dataset(event.dataset)
            made |= {"mart": mart} if mart is not None else {}
        if isinstance(event, RunEvent) and event.correlation.job_name:
            job = event.correlation.job_name
            made["pipeline"] = naming.pipeline(event.correlation.code_location, job)
    if "mart" in made:
        yield "lineage of a mart", f"/table/{_part(made['mart'])}/lineage?fullscreen=true"
        yield "its tests", f"/table/{_part(made['mart'])}/profiler?activeTab=Data%20Quality"
    if "pipeline" in made:
        yield "the job's runs", f"/pipeline/{_part(made['pipeline'])}/executions"


def _part(name: EntityName) -> str:
    return quote(name.fqn, safe="")


def _options(settings: Settings) -> Options:
    return read_options(settings.plugins.config.get(PLUGIN, {}))
