"""
Which events a sensor reacts to, and how.

LIGHT: every step's process imports what makes sensors; what a tick does stands in ``tick.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dagster import AssetKey

STARTS: Final = ("now", "all")


@dataclass(frozen=True, kw_only=True)
class EventChoice:
    """
    What one sensor was made with.

    Attributes:
        name: The sensor's.
        facets: Parts of a ``HookFilter``, those that are given.
        checks: Names or globs of asset checks; empty for any event.
        react: Makes run requests of an event; ``None`` for one request each.
        start: ``now`` or ``all``.
        same_partition: Whether a run is for the partition that the event is about.
        database: The state database's URL; ``None`` for the one that the relay writes.
        root: Where the settings are looked for.
    """

    name: str
    facets: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    react: Callable[..., Any] | None = None
    start: str = "now"
    same_partition: bool = False
    database: str | None = field(default=None, repr=False)
    root: Path


def texts(name: str, what: str, values: object) -> tuple[str, ...]:
    """
    Return what was given as a list of texts.

    Raises:
        TypeError: It is a bare text, or holds something else.
    """
    if values is None:
        return ()
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"sensor {name!r}: {what}= is a list, such as [{values!r}]")
    listed = tuple(_text(each) for each in values)
    wrong = [each for each in listed if not isinstance(each, str)]
    if wrong:
        raise TypeError(f"sensor {name!r}: {what}= holds {wrong[0]!r}, which is no name")
    return listed


def _text(value: Any) -> Any:
    """Return the name of a key, an asset or a job; anything else as it is."""
    if isinstance(value, str):
        return value
    key = value if isinstance(value, AssetKey) else getattr(value, "key", None)
    return key.to_user_string() if isinstance(key, AssetKey) else getattr(value, "name", value)
