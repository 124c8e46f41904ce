"""Event sources, found by entry point ``phlo_hooks.sources``."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import EntryPoint

from phlo_hooks.cli.errors import MissingPackageError, missing
from phlo_hooks.discovery import SOURCE_GROUP, entry_points_of
from phlo_hooks.exceptions import HooksError, SourceError
from phlo_hooks.settings import Settings
from phlo_hooks.source import EventSource


def source_names() -> list[str]:
    """Return the names of the installed sources without importing any."""
    return sorted({point.name for point in entry_points_of(SOURCE_GROUP)})


def open_sources(settings: Settings) -> list[EventSource]:
    """
    Open every installed source.

    Raises:
        MissingPackageError: None is installed, or what one needs is not.
        SourceError: One cannot be opened; those opened before it are closed again.
    """
    points = {point.name: point for point in entry_points_of(SOURCE_GROUP)}
    if not points:
        raise MissingPackageError("no event source is installed; pip install 'phlo-hooks[dagster]'")
    opened: list[EventSource] = []
    try:
        for name in sorted(points):
            opened.append(_open(points[name], settings))  # noqa: PERF401  # what was opened is closed if the next fails
    except BaseException:
        close_sources(opened)
        raise
    return opened


def close_sources(sources: list[EventSource]) -> None:
    """Close sources; one that fails does not keep the others open."""
    for source in sources:
        with suppress(Exception):  # a source is foreign code, and we are done with it
            source.close()


def _open(point: EntryPoint, settings: Settings) -> EventSource:
    try:
        source = point.load()(settings)
    except HooksError:
        raise
    except ImportError as error:
        raise MissingPackageError(f"source {point.name}: {missing(error)}") from error
    except Exception as error:  # a source is foreign code
        raise SourceError(f"source {point.name} ({point.value}) cannot be opened: {error}") from error
    if not isinstance(source, EventSource):
        raise SourceError(f"source {point.name} ({point.value}) gave a {type(source).__name__}, no EventSource")
    return source
