"""A platform's type, as the platform spells it, taken apart: word, arguments, fields, element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_DEEPEST: Final = 16
"""Levels of nesting that are looked into; what is deeper has no parts."""
_LONGEST: Final = 16_000
"""Characters that are looked at."""
_OPEN: Final = {"(": ")", "<": ">", "[": "]"}
_CLOSE: Final = frozenset(_OPEN.values())
_QUOTES: Final = frozenset("'\"`")
_STRUCTS: Final = frozenset(["STRUCT", "ROW", "RECORD", "OBJECT", "TUPLE", "NESTED"])
_ARRAYS: Final = frozenset(["ARRAY", "LIST", "SETOF", "VECTOR"])
_WRAPPERS: Final = frozenset(["NULLABLE", "LOWCARDINALITY"])
_AFTER: Final = re.compile(r"\s+(?:NOT\s+NULL|NULL|COMMENT\s+'.*'|OPTIONS\s*\(.*\))\s*\Z", re.IGNORECASE | re.DOTALL)
"""What may follow the type of a field."""
_ARRAY_END: Final = re.compile(r"\s*\[\s*\d*\s*\]\Z")
"""``[]`` and ``[3]``."""
_UNIT: Final = re.compile(r"\s*\[[^\[\]]*\]\Z")
"""What dataframes write behind a type: ``datetime64[ns, UTC]``, ``timestamp[us]``."""
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True)
class Native:
    """
    One type.

    Attributes:
        word: Upper case, arguments left out: ``TIMESTAMP WITH TIME ZONE`` for ``timestamp(6) with time zone``;
            ``STRUCT`` and ``ARRAY`` whatever the platform's words for them are.
        arguments: What stands in the brackets of a plain type.
        fields: Of a struct: name, ``""`` for one without, and type.
        element: Of an array.
    """

    text: str
    word: str
    arguments: tuple[str, ...] = ()
    fields: tuple[tuple[str, Native], ...] = ()
    element: Native | None = None


def parse(text: str) -> Native:
    """
    Return the type that a text names; any text is taken.

    >>> parse("STRUCT<id INT64, tags ARRAY<STRING>>").fields[1][1].element.word
    'STRING'
    """
    return _parse(_SPACES.sub(" ", text[:_LONGEST]).strip(), 0)


def _parse(text: str, depth: int) -> Native:
    if depth > _DEEPEST:
        return Native(text, "")
    ending = _ARRAY_END.search(text)
    if ending is not None and ending.start() > 0:
        return Native(text, "ARRAY", element=_parse(text[: ending.start()].strip(), depth + 1))
    head, inside, tail = _brackets(_UNIT.sub("", text) or text)
    word = _SPACES.sub(" ", f"{head} {tail}".strip()).upper()
    pieces = [each.strip() for each in split(inside or "", ",") if each.strip()]
    if word in _WRAPPERS and pieces:
        return _parse(pieces[0], depth + 1)
    if word in _STRUCTS:
        return Native(text, "STRUCT", fields=tuple(_field(each, depth) for each in pieces))
    if word[:1] == "_" and word[1:].isalnum() and inside is None:  # PostgreSQL's own names of array types
        word, pieces = "ARRAY", [text[1:]]
    if word in _ARRAYS:
        return Native(text, "ARRAY", element=_parse(_AFTER.sub("", pieces[0]), depth + 1) if pieces else None)
    return Native(text, word, arguments=tuple(pieces))


def _field(text: str, depth: int) -> tuple[str, Native]:
    """Return name and type of a field: ``a INT``, ``a: int``, ``"a b" INT``, or a type alone."""
    text = _AFTER.sub("", text.strip())
    name, rest = "", text
    if text[:1] in ('"', "`"):
        end = text.find(text[0], 1)
        if end > 0:
            name, rest = text[1:end], text[end + 1 :].lstrip(" :\t\n")
    else:
        head = next(split(text, " :\t\n"))
        if len(head) < len(text):
            name, rest = head, text[len(head) :].lstrip(" :\t\n")
    return name, _parse(_AFTER.sub("", f" {rest}").strip(), depth + 1)


def _brackets(text: str) -> tuple[str, str | None, str]:
    """Return what is before, in and after the first brackets; ``None`` when there are none."""
    start = None
    for place, letter, level in _walk(text):
        if start is None and letter in "(<" and level == 1:
            start = place
        elif start is not None and letter in _CLOSE and level == 0:
            return text[:start].strip(), text[start + 1 : place], text[place + 1 :].strip()
    return (text, None, "") if start is None else (text[:start].strip(), text[start + 1 :], "")


def split(text: str, separators: str) -> Iterator[str]:
    """Yield the pieces between separators, those in brackets and quotes apart."""
    start = 0
    for place, letter, level in _walk(text):
        if level == 0 and letter in separators:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _walk(text: str) -> Iterator[tuple[int, str, int]]:
    """Yield each character outside of quotes, its place, and how many brackets are open behind it."""
    level = 0
    quote = ""
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
            continue
        if letter in _QUOTES:
            quote = letter
            continue
        if letter in _OPEN:
            level += 1
        elif letter in _CLOSE:
            level = max(level - 1, 0)
        yield place, letter, level
