"""What is told over time: results, sizes, states of runs; which of it the server has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.publishing.records import SeriesRecord, Told
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending

SLOTS: Final = 50
"""Milliseconds within which another one of the same moment finds a place."""
_KEPT: Final = 60
"""How many of the newest are remembered."""

Rows = dict[int, list[Mapping[str, Any]]]
"""What stands there, by its time in ms."""


def known(record: SeriesRecord, at: int, key: str = "") -> Told | None:
    """Return what was told of a moment; ``None`` for nothing that is remembered."""
    return next((told for told in record.told if (told.at, told.key) == (at, key)), None)


def is_told(record: SeriesRecord, wanted: Told) -> bool:
    """Whether exactly this was told."""
    told = known(record, wanted.at, wanted.key)
    return told is not None and told.digest == wanted.digest


def is_old(record: SeriesRecord, at: int) -> bool:
    """Whether something may have been told and forgotten, as only the newest are remembered."""
    return len(record.told) >= _KEPT and at <= record.told[0].at


def remember(record: SeriesRecord, told: Told) -> None:
    """Note what was told; the newest are kept."""
    rest = [each for each in record.told if (each.at, each.key) != (told.at, told.key)]
    record.told = sorted([*rest, told], key=lambda each: (each.at, each.sent_at, each.key))[-_KEPT:]


def standing(sending: Sending, path: str, moments: Iterable[int]) -> Rows:
    """Return what stands there of these moments and a little later."""
    times = sorted(moments)
    if not times:
        return {}
    answer = sending.client.get(path, {"startTs": times[0], "endTs": times[-1] + SLOTS}) or {}
    found: Rows = {}
    for row in answer.get("data") or ():
        found.setdefault(int(row.get("timestamp") or 0), []).append(row)
    return found
