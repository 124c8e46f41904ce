"""Every Dagster execution as an event: one line in ``Definitions``."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "DagsterEventSource": "phlo_hooks_dagster.source",
    "drain": "phlo_hooks_dagster.draining",
    "with_phlo_hooks": "phlo_hooks_dagster.definitions",
}

__all__ = ["DagsterEventSource", "drain", "with_phlo_hooks"]  # found by __getattr__, at first use


def __getattr__(name: str) -> Any:
    """Import what is asked for, so that a step's process imports only what it uses."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = getattr(import_module(home), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"dagster", "dagster_shared"}:
            raise
        raise ImportError(f"{__name__}.{name} needs Dagster: pip install 'phlo-hooks[dagster]'") from error
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Name what can be imported from here."""
    return sorted(__all__)
