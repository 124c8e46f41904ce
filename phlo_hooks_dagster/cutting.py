"""Make plain data fit into a number of bytes: what is longest is shortened first, and its name is noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

MARK: Final = " … (cut)"
NOTED: Final = 40
"""Names that are noted; the rest is told by "and n more"."""
LONGEST: Final = 60
"""Characters of a name that is noted."""
_SMALL: Final = 48
"""Bytes up to which a value is never shortened: it is kept as long as there is room, or left out."""
_encode = msgspec.json.encode


def cut_to_fit(fields: Mapping[str, Any], limit: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    """
    Return the fields in at most ``limit`` bytes of JSON, and the names of those that were shortened, ``data.sql``.

    Texts are shortened, lists end earlier, and mappings lose what does not fit even shortened.
    """
    if len(_encode(fields)) <= limit:
        return dict(fields), ()
    cut: list[str] = []
    fitted: dict[str, Any] = _mapping(fields, limit, "", cut)
    cut = [each if len(each) <= LONGEST else f"{each[:LONGEST]} …" for each in cut]
    more = len(cut) - NOTED
    return fitted, (*cut[:NOTED], f"and {more} more") if more > 0 else tuple(cut)


def _fit(value: Any, room: int, name: str, cut: list[str]) -> Any:
    if len(_encode(value)) <= room:
        return value
    if isinstance(value, str):
        cut.append(name)
        return _text(value, room)
    if isinstance(value, Mapping):
        return _mapping(value, room, name, cut)
    if isinstance(value, (list, tuple)):
        cut.append(name)
        return _items(value, room, name, cut)
    return value


def _text(value: str, room: int) -> str:
    kept = value[: max(room - len(_encode(MARK)), 0)]
    while kept and len(_encode(kept + MARK)) > room:
        kept = kept[: len(kept) * 3 // 4]
    return kept + MARK


def _mapping(value: Mapping[str, Any], room: int, name: str, cut: list[str]) -> dict[str, Any]:
    prefix = f"{name}." if name else ""
    fitted: dict[str, Any] = {}
    sizes = {key: len(_encode(item)) + len(_encode(str(key))) + 2 for key, item in value.items()}
    share = _share(list(sizes.values()), room - 2)
    left = room - 2
    for key, item in value.items():
        size, overhead = sizes[key], len(_encode(str(key))) + 2
        is_whole = size <= max(share, _SMALL)
        if not is_whole and share - overhead >= _SMALL:
            item = _fit(item, share - overhead, f"{prefix}{key}", cut)  # noqa: PLW2901  # what is left of it
            size, is_whole = len(_encode(item)) + overhead, True
        if is_whole and size <= left:
            fitted[key] = item
            left -= size
        else:
            cut.append(f"{prefix}{key}")
    return fitted


def _items(value: Any, room: int, name: str, cut: list[str]) -> list[Any]:
    kept: list[Any] = []
    left = room - 2
    for item in value:
        size = len(_encode(item)) + 1
        if size > left:
            break
        kept.append(item)
        left -= size
    if not kept and value and left > _SMALL:
        kept = [_fit(value[0], left, f"{name}[0]", cut)]
    return kept


def _share(sizes: list[int], room: int) -> int:
    """Return the bytes that each may take so that all fit, where the small ones leave the large ones theirs."""
    left, waiting = room, sorted(sizes)
    while waiting:
        share = left // len(waiting)
        if waiting[0] > share:
            return share
        left -= waiting.pop(0)
    return room
