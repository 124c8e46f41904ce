"""Whether every value of one column type fits into another: what may change under those who read a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_NAMES: Final = {
    "int1": "tinyint",
    "int2": "smallint",
    "short": "smallint",
    "int4": "int",
    "integer": "int",
    "int32": "int",
    "signed": "int",
    "int8": "bigint",
    "uint8": "utinyint",
    "uint16": "usmallint",
    "uint32": "uint",
    "uinteger": "uint",
    "uint64": "ubigint",
    "int64": "bigint",
    "long": "bigint",
    "int16": "smallint",
    "int128": "hugeint",
    "float4": "float",
    "float32": "float",
    "real": "float",
    "float8": "double",
    "float64": "double",
    "double precision": "double",
    "numeric": "decimal",
    "number": "decimal",
    "bignumeric": "bigdecimal",
    "bool": "boolean",
    "character varying": "varchar",
    "nvarchar": "varchar",
    "varchar2": "varchar",
    "nvarchar2": "varchar",
    "character": "char",
    "bpchar": "char",
    "nchar": "char",
    "string": "text",
    "clob": "text",
    "utf8": "text",
    "bytea": "binary",
    "blob": "binary",
    "bytes": "binary",
    "varbinary": "binary",
    "timestamp without time zone": "timestamp",
    "timestamp_ntz": "timestamp",
    "timestampntz": "timestamp",
    "datetime": "timestamp",
    "timestamp with time zone": "timestamptz",
    "timestamp_tz": "timestamptz",
    "list": "array",
    "record": "struct",
    "row": "struct",
    "object": "struct",
}
_LADDERS: Final = (
    ("tinyint", "smallint", "mediumint", "int", "bigint", "hugeint"),
    ("utinyint", "usmallint", "uint", "ubigint", "uhugeint"),
    ("float", "double"),
    ("decimal", "bigdecimal"),
)
_DIGITS: Final = {"tinyint": 3, "smallint": 5, "mediumint": 7, "int": 10, "bigint": 19, "hugeint": 39}
_TEXT: Final = frozenset({"varchar", "char", "text"})
_BITS: Final = re.compile(r"\bu?int(16|32|64|128)\b|\buint8\b")
_INT8: Final = re.compile(r"\bint8\b")
_WRAPPED: Final = re.compile(r"^(?:nullable|lowcardinality)\((.*)\)$", re.DOTALL)
_SIZED: Final = re.compile(
    r"^(?P<name>[^(<\[]+?)\s*(?:[(<](?P<inner>.*)[)>])?(?P<rest>\s+with(?:out)? time zone)?$", re.DOTALL
)


@dataclass(frozen=True, kw_only=True)
class _Type:
    name: str
    inner: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(int(each) for each in self.inner if each.isdigit())


def fits(old: str, new: str) -> bool:
    """
    Say whether a column of the old type may become one of the new type without breaking who reads it.

    A longer text, a larger number of the same kind, a decimal with room for both sides of its point, a struct with
    more fields: what Iceberg and most warehouses call widening. All else is a break, but for names of the same type.
    """
    before_words, after_words = _words(old), _words(new)
    if before_words == after_words:
        return True
    if _BITS.search(f"{before_words} {after_words}"):
        # Where types are named for their bits, int8 is the smallest; elsewhere it is PostgreSQL's for eight bytes.
        before_words, after_words = (_INT8.sub("tinyint", each) for each in (before_words, after_words))
    before, after = _parsed(before_words), _parsed(after_words)
    if before.name in _TEXT and after.name in _TEXT:
        return _text_fits(before, after)
    if "decimal" in {before.name, after.name}:
        return _decimal_fits(before, after)
    if before.name == after.name:
        return _same_name_fits(before, after)
    return any(
        before.name in ladder and after.name in ladder and ladder.index(before.name) < ladder.index(after.name)
        for ladder in _LADDERS
    )


def _text_fits(before: _Type, after: _Type) -> bool:
    if after.name == "text" or not after.numbers:
        return after.name != "char" or before == after
    if after.name == "char" and before.name != "char":
        return False
    return bool(before.numbers) and before.numbers[0] <= after.numbers[0]


def _decimal_fits(before: _Type, after: _Type) -> bool:
    if after.name == "bigdecimal" and before.name == "decimal":
        return True
    if after.name != "decimal":
        return False
    if before.name in _DIGITS:
        precision, scale = _DIGITS[before.name], 0
    elif before.name == "decimal" and before.numbers:
        precision, scale = _precision(before)
    else:
        return before.name == "decimal" and not after.numbers
    if not after.numbers:
        return before.name == "decimal"
    wider, deeper = _precision(after)
    return deeper >= scale and wider - deeper >= precision - scale


def _precision(found: _Type) -> tuple[int, int]:
    numbers = found.numbers
    return numbers[0], numbers[1] if len(numbers) > 1 else 0


def _same_name_fits(before: _Type, after: _Type) -> bool:
    if before.name == "array":
        return len(before.inner) == len(after.inner) == 1 and fits(before.inner[0], after.inner[0])
    if before.name == "map":
        return len(before.inner) == len(after.inner) and all(map(fits, before.inner, after.inner))
    if before.name == "struct":
        fields, now = _fields(before.inner), _fields(after.inner)
        return all(name in now and fits(kind, now[name]) for name, kind in fields.items())
    if before.name == "enum":
        return set(before.inner) <= set(after.inner)
    if not after.inner or before.inner == after.inner:
        return True
    return bool(before.numbers) and len(before.numbers) == len(after.numbers) and before.numbers <= after.numbers


def _fields(inner: Sequence[str]) -> dict[str, str]:
    """Return a struct's fields: ``a int`` or ``a: int``."""
    found = {}
    for field in inner:
        name, _, kind = field.replace(":", " ", 1).strip().partition(" ")
        found[name.strip('"`')] = kind.strip()
    return found


def _parsed(text: str) -> _Type:
    words = _words(text)
    if words.endswith("]") and "[" in words:
        return _Type(name="array", inner=(words[: words.rindex("[")].strip(),))
    match = _SIZED.match(words)
    if match is None:
        return _Type(name=words)
    name = f"{match['name'].strip()}{match['rest'] or ''}"
    return _Type(name=_NAMES.get(name, name), inner=_split(match["inner"] or ""))


def _split(text: str) -> tuple[str, ...]:
    """Return the parts between commas, those inside further brackets kept together."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        if letter in "(<[":
            depth += 1
        elif letter in ")>]":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    parts.append(text[start:].strip())
    return tuple(part for part in parts if part)


def _words(text: str) -> str:
    words = " ".join(text.lower().split())
    while match := _WRAPPED.match(words):
        words = match[1].strip()
    return words
