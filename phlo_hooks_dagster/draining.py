"""Record and deliver what one instance holds: after ``materialize()``, in tests, in CI."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dagster import DagsterInstance, Definitions

from phlo_hooks.attaching import attach_plugins
from phlo_hooks.discovery import build_bus
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.relay import DrainReport, Relay
from phlo_hooks.settings import Settings, load_settings
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.snapshot import IN_PROCESS
from phlo_hooks_dagster.snapshot_builder import build_snapshot, stored_snapshot
from phlo_hooks_dagster.source import DagsterEventSource


def drain(
    instance: DagsterInstance,
    *,
    hooks: Iterable[object] = (),
    defs: Definitions | None = None,
    settings: Mapping[str, Any] | None = None,
    database: str | None = None,
    translator: DagsterHooksTranslator | None = None,
) -> DrainReport:
    """
    Read the instance's log to its tip, record every event, deliver each to its consumers, and say what happened.

    Args:
        instance: Also one that lives in memory, as ``materialize()`` makes it; then the state does too, unless
            ``database`` is given.
        hooks: As for ``with_phlo_hooks``; any object will do, as they are called in this process.
        defs: The definitions that ran, for tables, groups, owners and stages; without them the log alone speaks.
        settings: Any settings, as ``phlo_hooks.toml`` would have them.
        database: SQLAlchemy URL of the state database.
        translator: Else the one that ``with_phlo_hooks`` was given in ``defs``.

    Raises:
        SettingsError: A setting that does not exist or does not fit.
        SourceError: The instance cannot be read.
        TranslatorError: The translator said what cannot be, or raised.
    """
    given = dict(settings or {})
    if database is not None:
        given["database"] = database
    with ExitStack() as stack:
        loaded = load_settings(given)
        url = stack.enter_context(_database(instance, loaded))
        outbox = Outbox.open(url)
        stack.callback(outbox.close)
        bus = build_bus(loaded, hooks=hooks)
        stack.callback(bus.close)
        source = DagsterEventSource(instance, loaded)
        stack.callback(source.close)
        source.first_start_in_drain()
        if defs is not None or not instance.is_persistent:
            source.skip_target()
        if defs is not None:
            snapshot = build_snapshot(defs.get_repository_def(), IN_PROCESS, translator=translator)
            outbox.save_snapshot(stored_snapshot(snapshot, valid_from=datetime.now(UTC)))
        attach_plugins(bus, outbox, loaded)
        return Relay(outbox, [source], bus, loaded).drain()


@contextmanager
def _database(instance: DagsterInstance, settings: Settings) -> Iterator[str]:
    """Yield the state database's URL: a temporary one for an instance that will be gone as well."""
    if instance.is_persistent or settings.database is not None:
        yield settings.database_url()[0]
        return
    with tempfile.TemporaryDirectory(prefix="phlo-hooks-") as folder:
        yield f"sqlite:///{Path(folder) / 'state.db'}"
