"""What one tick of the relay's sensor does; imported in the code server only."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

from dagster import SensorEvaluationContext

from phlo_hooks.exceptions import HooksError
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import Settings, load_settings
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.child import RelayChild, RelayCommand
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.options import RelayMode, RelayOptions
from phlo_hooks_dagster.snapshot_builder import build_snapshot, stored_snapshot
from phlo_hooks_dagster.standing import relay_holder, standing
from phlo_hooks_dagster.tick_relay import TickRelay

log = logging.getLogger(__name__)

LEASE: Final = "relay"
FOLDER: Final = "phlo_hooks"


class Ticker:
    """
    One code location's part of relaying, from tick to tick; lives as long as its code server's process.

    Args:
        options: As given to ``with_phlo_hooks``.
    """

    def __init__(self, options: RelayOptions, *, clock: Clock | None = None) -> None:
        self._options = options
        self._clock = clock or Clock()
        self._settings: Settings | None = None
        self._outbox: Outbox | None = None
        self._child: RelayChild | None = None
        self._tick_relay: TickRelay | None = None
        self._snapshot_saved = False

    def tick(self, context: SensorEvaluationContext) -> str:
        """Do the work and return how things stand, in one line."""
        try:
            return self._tick(context)
        except HooksError as error:
            said = redact_text(str(error))
        except Exception as error:  # a tick must say what is wrong, whatever it is
            log.exception("the tick of the phlo-hooks relay failed")
            said = redact_text(f"{type(error).__name__}: {error}".strip().splitlines()[0])
        return f"not relaying: {said}"

    def _tick(self, context: SensorEvaluationContext) -> str:
        settings = self._load()
        outbox = self._open(settings)
        self._save_snapshot(context, outbox)
        trouble: str | None = None
        if self._options.mode is RelayMode.CHILD:
            trouble = self._keep_child(context, settings, outbox)
        elif self._options.mode is RelayMode.TICK:
            trouble = self._relay(context).drain(outbox, settings, self._options.hooks)
        return standing(context.instance, settings, outbox, trouble=trouble, clock=self._clock)

    def _load(self) -> Settings:
        if self._settings is None:
            self._settings = load_settings(self._options.overrides, root=self._options.root)
        return self._settings

    def _open(self, settings: Settings) -> Outbox:
        if self._outbox is None:
            url, _, note = settings.database_url()
            self._outbox = Outbox.open(url)
            if note:
                log.warning("%s", note)
        return self._outbox

    def _save_snapshot(self, context: SensorEvaluationContext, outbox: Outbox) -> None:
        if self._snapshot_saved or context.repository_def is None:
            return
        snapshot = build_snapshot(context.repository_def, location_name(context))
        outbox.save_snapshot(stored_snapshot(snapshot, valid_from=self._options.loaded_at))
        self._snapshot_saved = True

    def _keep_child(self, context: SensorEvaluationContext, settings: Settings, outbox: Outbox) -> str | None:
        holder = relay_holder(outbox, self._clock.now())
        if self._child is None or self._child.pid is None:
            if holder is not None and (self._child is None or holder.pid != self._child.pid):
                return None
            if self._child is None:
                self._child = RelayChild(self._command(context, settings), clock=self._clock)
        return self._child.ensure()

    def _command(self, context: SensorEvaluationContext, settings: Settings) -> RelayCommand:
        reference = compat.instance_ref_text(context.instance)
        if reference is None:
            raise HooksError("the instance lives in memory, which no other process can read; use mode='tick'")
        overrides: dict[str, Any] = dict(self._options.overrides)
        overrides["hooks"] = list(dict.fromkeys([*settings.hooks, *self._options.hook_paths]))
        if settings.start == "now":
            overrides["start"] = self._options.loaded_at.isoformat()
        return RelayCommand(
            overrides=overrides,
            instance_ref=reference,
            folder=relay_folder(settings),
            cwd=self._options.root,
            path=self._options.path,
        )

    def _relay(self, context: SensorEvaluationContext) -> TickRelay:
        if self._tick_relay is None:
            self._tick_relay = TickRelay(context.instance, started_at=self._options.loaded_at)
        return self._tick_relay


def relay_folder(settings: Settings) -> Path:
    """Return where the relay's own files lie: beside a SQLite state database, else below the project."""
    url, _, _ = settings.database_url()
    scheme, _, path = url.partition(":///")
    if scheme.startswith("sqlite") and path:
        beside = Path(path.partition("?")[0]).parent
        return beside if beside.name == f".{FOLDER}" else beside / FOLDER
    return settings.root / f".{FOLDER}"


def location_name(context: SensorEvaluationContext) -> str:
    """Return the code location's name, as the runs that it launches carry it."""
    origin = context.code_location_origin
    return origin.location_name if origin is not None else (context.repository_name or "in-process")
