"""What the code that a relay works for declares, found by entry point ``phlo_hooks.targets``."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from importlib.metadata import EntryPoint

from phlo_hooks.declaration import Declaration, unite
from phlo_hooks.discovery import TARGET_GROUP, entry_points_of
from phlo_hooks.settings import Settings


def declared_by_targets(settings: Settings, stop: threading.Event) -> Declaration:
    """Ask every installed target, and return what they say together; one that fails is a note."""
    points = {point.name: point for point in entry_points_of(TARGET_GROUP)}
    return unite(each for name in sorted(points) for each in _ask(points[name], settings, stop))


def _ask(point: EntryPoint, settings: Settings, stop: threading.Event) -> Iterable[Declaration]:
    try:
        return tuple(point.load()(settings, stop))
    except Exception as error:  # noqa: BLE001  # a target is foreign code; hooks in settings and plugins go on
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        note = f"target {point.name} ({point.value}) did not say what the code declares: {said}"
        return (Declaration(name=point.name, notes=(note,)),)
