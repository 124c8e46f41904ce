"""Text from elsewhere made safe to print: an event's words may hold anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

_JOINERS: Final = frozenset("\u200c\u200d")
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BMP: Final = 0xFFFF
_BYTE: Final = 0xFF


def clean(value: object) -> str:
    """Return one printable line: control characters, bidi overrides and lone surrogates appear as escapes."""
    text = value if isinstance(value, str) else str(value)
    if text.isprintable():
        return text
    return "".join(_escape(char) for char in text)


def clean_block(value: object) -> str:
    """Return printable text that keeps its line breaks, for stacks and the like."""
    return "\n".join(clean(line) for line in str(value).replace("\r\n", "\n").split("\n"))


def clean_json(text: str) -> str:
    """Return the same JSON with whatever a terminal might act on as an escape."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n " else _json_escape(char) for char in text)


def _escape(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _BMP else f"\\U{code:08x}"


def _json_escape(char: str) -> str:
    code = ord(char)
    if code <= _BMP:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def at(moment: datetime | None) -> str:
    """Return a time in UTC to the second, ``-`` for none."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else "-"


def span(seconds: float) -> str:
    """
    Return a duration that a person takes in at a glance.

    >>> span(0.25), span(42), span(3725), span(200_000)
    ('0.2 s', '42 s', '1 h 2 min', '2 d 7 h')
    """
    if seconds < 10:  # noqa: PLR2004  # below that, tenths matter
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """
    Return a number with its noun.

    >>> count(1, "event"), count(2, "event"), count(1200, "delivery", "deliveries")
    ('1 event', '2 events', '1,200 deliveries')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Iterable[str], *, limit: int = 5) -> str:
    """Return names joined by commas, those past the limit as a number."""
    every = [clean(name) for name in names]
    more = len(every) - limit
    return ", ".join(every[:limit]) + (f" and {more} more" if more > 0 else "")
