"""What code declares, asked of every installed catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from phlo_hooks.catalog import KnownAsset
from phlo_hooks.discovery import CATALOG_GROUP, entry_points_of
from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import Settings
from phlo_hooks.source import StoredSnapshot

Catalog = Callable[[Sequence[StoredSnapshot], Settings], Sequence[KnownAsset]]


def declared_assets(
    snapshots: Sequence[StoredSnapshot], settings: Settings, *, catalogs: Sequence[Catalog] | None = None
) -> tuple[list[KnownAsset], list[str]]:
    """
    Return the assets that catalogs know, and a note on each catalog that failed; the others are heard all the same.

    Args:
        catalogs: ``None`` for those that are installed, by name.
    """
    found: list[KnownAsset] = []
    notes = []
    for name, load in _installed() if catalogs is None else _given(catalogs):
        try:
            found += list(load()(snapshots, settings))
        except Exception as error:  # noqa: BLE001  # a catalog is foreign code
            notes.append(redact_text(f"catalog {name} failed: {type(error).__name__}: {error}"))
    return found, notes


def _installed() -> Iterator[tuple[str, Callable[[], Catalog]]]:
    for point in sorted(entry_points_of(CATALOG_GROUP), key=lambda each: each.name):
        yield point.name, point.load


def _given(catalogs: Sequence[Catalog]) -> Iterator[tuple[str, Callable[[], Catalog]]]:
    for catalog in catalogs:
        yield getattr(catalog, "__name__", "given"), _handing(catalog)


def _handing(catalog: Catalog) -> Callable[[], Catalog]:
    return lambda: catalog
