"""What code declares, asked of every installed catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from phlo_hooks.catalog import KnownAsset, KnownExposure, KnownJob
from phlo_hooks.discovery import CATALOG_GROUP, EXPOSURE_GROUP, JOB_GROUP, entry_points_of
from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import Settings
from phlo_hooks.source import StoredSnapshot

Known = TypeVar("Known")
Teller = Callable[[Sequence[StoredSnapshot], Settings], Sequence[Known]]
Catalog = Teller[KnownAsset]


def declared_assets(
    snapshots: Sequence[StoredSnapshot], settings: Settings, *, catalogs: Sequence[Catalog] | None = None
) -> tuple[list[KnownAsset], list[str]]:
    """
    Return the assets that catalogs know, and a note on each catalog that failed; the others are heard all the same.

    Args:
        catalogs: ``None`` for those that are installed, by name.
    """
    return _told(_installed(CATALOG_GROUP) if catalogs is None else _given(catalogs), snapshots, settings)


def declared_exposures(
    snapshots: Sequence[StoredSnapshot], settings: Settings
) -> tuple[list[KnownExposure], list[str]]:
    """Return the exposures that the installed catalogs know, and a note on each that failed."""
    return _told(_installed(EXPOSURE_GROUP), snapshots, settings)


def declared_jobs(snapshots: Sequence[StoredSnapshot], settings: Settings) -> tuple[list[KnownJob], list[str]]:
    """Return the jobs that the installed catalogs know, and a note on each that failed."""
    return _told(_installed(JOB_GROUP), snapshots, settings)


def _told(
    tellers: Iterator[tuple[str, Callable[[], Teller[Known]]]],
    snapshots: Sequence[StoredSnapshot],
    settings: Settings,
) -> tuple[list[Known], list[str]]:
    found: list[Known] = []
    notes = []
    for name, load in tellers:
        try:
            found += list(load()(snapshots, settings))
        except Exception as error:  # noqa: BLE001  # a catalog is foreign code
            notes.append(redact_text(f"catalog {name} failed: {type(error).__name__}: {error}"))
    return found, notes


def _installed(group: str) -> Iterator[tuple[str, Callable[[], Teller[Known]]]]:
    for point in sorted(entry_points_of(group), key=lambda each: each.name):
        yield point.name, point.load


def _given(catalogs: Sequence[Teller[Known]]) -> Iterator[tuple[str, Callable[[], Teller[Known]]]]:
    for catalog in catalogs:
        yield getattr(catalog, "__name__", "given"), _handing(catalog)


def _handing(catalog: Teller[Known]) -> Callable[[], Teller[Known]]:
    return lambda: catalog
