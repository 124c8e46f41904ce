"""
Give plugins what is at hand where their hooks are served from a state database.

It comes before the first delivery. A plugin that cannot work with it is left out as one that cannot be loaded is: the
others go on, ``plugin.failed`` is told, and its queued hooks keep their places in the outbox, so that their events wait
until it works again. Its sync hooks miss what happens meanwhile.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from phlo_hooks.bus import HookBus
from phlo_hooks.catalog import Catalog
from phlo_hooks.discovery import plugin_failed
from phlo_hooks.exceptions import OutboxError, PluginError, TransientDeliveryError
from phlo_hooks.lease import LeaseKeeper, acquire
from phlo_hooks.lineage.declared import declared_assets, declared_exposures, declared_jobs
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.plugin import HookPlugin, PluginContext
from phlo_hooks.providers import Provided
from phlo_hooks.runner import describe
from phlo_hooks.settings import Settings

_log = logging.getLogger(__name__)
PATIENCE: Final = 200.0
"""Seconds to wait for a turn; less than the longest that a hook should be given."""
_TURN: Final = 30.0
_LOOK_EVERY: Final = 0.05
_NAMING: Final = frozenset({"datasets", "deployment", "owners", "redaction", "stages", "tags"})
"""Settings on which it depends what is known of assets."""


def attach_plugins(bus: HookBus, outbox: Outbox, settings: Settings) -> None:
    """
    Attach every plugin of the bus; once for each bus, before a relay works with it.

    Raises:
        OutboxError: The state database cannot be used; that is no fault of a plugin.
    """
    for provided in bus.provided():
        plugin = provided.instance
        if isinstance(plugin, HookPlugin) and type(plugin).attach is not HookPlugin.attach:
            try:
                plugin.attach(plugin_context(outbox, settings, provided.metadata.name))
            except OutboxError:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin is foreign code
                _leave_out(bus, provided, error)


def plugin_context(outbox: Outbox, settings: Settings, name: str) -> PluginContext:
    """Return what a plugin of that name has at hand with this state database."""
    return PluginContext(
        settings=settings,
        keep=outbox.keep(name),
        catalog=lambda: read_catalog(outbox, settings),
        catalog_digest=lambda: catalog_digest(outbox, settings),
        alone=lambda: alone(outbox, name),
    )


@contextmanager
def alone(outbox: Outbox, name: str, *, patience: float = PATIENCE) -> Iterator[None]:
    """
    Let one at a time work as a plugin, over all processes that share the state database.

    Args:
        patience: Seconds to wait for whoever is at work.

    Raises:
        TransientDeliveryError: The other one is still at work.
        OutboxError: The state database cannot be written.
    """
    turn = f"plugin:{name}"
    deadline = time.monotonic() + patience
    while (lease := acquire(outbox, seconds=_TURN, name=turn)) is None:
        if time.monotonic() >= deadline:
            holder = outbox.lease(turn)
            who = f" ({holder.owner} on {holder.host})" if holder else ""
            raise TransientDeliveryError(f"another process{who} works as {name}", retry_after=_TURN)
        time.sleep(_LOOK_EVERY)
    with LeaseKeeper(lease):
        yield


def read_catalog(outbox: Outbox, settings: Settings) -> Catalog:
    """Ask every installed catalog what the newest snapshots say; what fails stands in its notes."""
    digest = catalog_digest(outbox, settings)
    snapshots = outbox.snapshots()
    assets, asset_notes = declared_assets(snapshots, settings)
    exposures, exposure_notes = declared_exposures(snapshots, settings)
    jobs, job_notes = declared_jobs(snapshots, settings)
    return Catalog(
        digest=digest,
        assets=tuple(assets),
        exposures=tuple(exposures),
        jobs=tuple(jobs),
        notes=(*asset_notes, *exposure_notes, *job_notes),
    )


def catalog_digest(outbox: Outbox, settings: Settings) -> str:
    """Return what changes when the catalog may have: over the snapshots' digests, and settings that name things."""
    digests = sorted(outbox.snapshot_digests().items())
    naming = settings.model_dump_json(include=set(_NAMING))
    return hashlib.sha256(f"{digests!r}\n{naming}".encode()).hexdigest()


def _leave_out(bus: HookBus, provided: Provided, error: BaseException) -> None:
    name = provided.metadata.name
    failure = PluginError(name, "attach", describe(error))
    failure.__cause__ = error
    event = plugin_failed(name, failure)
    _log.error("Plugin %s is left out: %s", name, event.message)
    bus.leave_out(provided, event)
