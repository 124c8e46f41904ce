"""Lengths of time as people write them."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


def seconds_of(value: object, where: str) -> float:
    """
    Return the seconds of a number, a timedelta, or a text such as ``"90m"``, ``"1d 12h"``.

    Raises:
        ValueError: It is none of these, negative, or without end; ``where`` says what was to be one.
    """
    found: float | None = None
    if isinstance(value, timedelta):
        found = value.total_seconds()
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found = float(value)
    elif isinstance(value, str):
        found = _read(value)
    if found is None or not 0 <= found < math.inf:
        raise ValueError(
            f"{where}: {value!r} is no length of time; write seconds, a timedelta, or '30s', '90m', '6h', '1d'"
        )
    return found


def people(seconds: float) -> str:
    """Return a length of time in its two largest units: ``1 d 3 h``."""
    left = round(seconds)
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def _read(text: str) -> float | None:
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
