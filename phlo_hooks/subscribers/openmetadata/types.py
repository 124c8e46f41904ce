"""
Columns and fields in OpenMetadata's words, whatever the platform calls their types.

A type keeps its own spelling as ``dataTypeDisplay``, in lower case as the server stores it. The server's word for it is
chosen so that two tellers of one column agree (dlt's ``text`` and DuckDB's ``VARCHAR`` are both ``STRING``): there, a
column whose word changes is another column, and what people wrote at it is gone. What nobody knows is ``UNKNOWN``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from phlo_hooks.datasets import Column
from phlo_hooks.subscribers.openmetadata.native import Native, parse
from phlo_hooks.subscribers.openmetadata.platforms import word_for
from phlo_hooks.subscribers.openmetadata.spelling import LONGEST_FIELD, legal
from phlo_hooks.subscribers.openmetadata.words import API_WORDS, BINARIES, BYTES, LENGTHS, PLATFORM_WORDS, WORDS

_LONGEST_DISPLAY: Final = 4096
_LARGEST: Final = 2**31 - 1
_DEFAULT_LENGTH: Final = {"CHAR": 1}


def column_body(column: Column, platform: str, *, ordinal: int) -> dict[str, Any]:
    """
    Return a column as a create request has it.

    Args:
        platform: Its word, such as ``duckdb``, or a dataset's namespace.
        ordinal: Its place among the columns, from 1.
    """
    body: dict[str, Any] = {"name": legal(column.name), "ordinalPosition": ordinal}
    body.update(_type_body(column.type, word_for(platform.partition("://")[0].lower())))
    if column.description:
        body["description"] = column.description
    if column.nullable is False:
        body["constraint"] = "NOT_NULL"
    return body


def column_bodies(
    columns: Iterable[Column], platform: str, *, spell: Callable[[str], str] = str, one_case: bool = False
) -> list[dict[str, Any]]:
    """
    Return columns as a create request has them; of two with one name, the first.

    Args:
        spell: How the server has a column's name, such as ``Naming.column``.
        one_case: Names that differ in case only are one.
    """
    bodies: dict[str, dict[str, Any]] = {}
    for column in columns:
        spelled = spell(column.name)
        key = legal(spelled.casefold() if one_case else spelled)
        if key not in bodies:
            bodies[key] = column_body(replace(column, name=spelled), platform, ordinal=len(bodies) + 1)
    return list(bodies.values())


def api_field(column: Column, platform: str = "") -> dict[str, Any]:
    """Return a column as a field of an API's answer."""
    body = _type_body(column.type, word_for(platform.partition("://")[0].lower()))
    field = _as_field({"name": column.name, **body})
    if column.description:
        field["description"] = column.description
    return field


def _type_body(text: str | None, platform: str) -> dict[str, Any]:
    if text is None or not text.strip():
        return {"dataType": "UNKNOWN"}
    return _body(parse(text), platform)


def _body(native: Native, platform: str) -> dict[str, Any]:
    body: dict[str, Any] = {"dataTypeDisplay": native.text.lower()[:_LONGEST_DISPLAY]}
    if not body["dataTypeDisplay"]:
        del body["dataTypeDisplay"]
    if native.word == "ARRAY":
        element = _body(native.element, platform) if native.element is not None else {"dataType": "UNKNOWN"}
        body |= {"dataType": "ARRAY", "arrayDataType": element["dataType"]}
        if "children" in element:
            body["children"] = element["children"]
    elif native.fields:
        body |= {"dataType": "STRUCT", "children": _children(native, platform)}
    elif native.word == "STRUCT":  # the server wants to know its fields, and nobody says
        body["dataType"] = "JSON"
    else:
        body |= _plain(native, platform)
    return body


def _children(native: Native, platform: str) -> list[dict[str, Any]]:
    children: dict[str, dict[str, Any]] = {}
    for place, (written, inner) in enumerate(native.fields, start=1):
        name = legal(written or f"_{place}")
        children.setdefault(name, {"name": name, **_body(inner, platform)})
    return list(children.values())


def _plain(native: Native, platform: str) -> dict[str, Any]:
    """Return the word of a type without parts, and its length, precision and scale."""
    word = _word(native, platform)
    numbers = [_number(each) for each in native.arguments[:2]]
    if word in LENGTHS:
        length = numbers[0] if numbers else _DEFAULT_LENGTH.get(word)
        return {"dataType": word, "dataLength": length} if length else {"dataType": _without_length(word, platform)}
    if word in ("DECIMAL", "NUMBER") and numbers and numbers[0]:
        precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else None
        body: dict[str, Any] = {"dataType": word, "precision": precision}
        return body | {"scale": scale} if scale is not None and scale <= precision else body
    return {"dataType": word}


def _word(native: Native, platform: str) -> str:
    """Return the server's word: the platform's own meaning first, then what most mean by it, then its first word."""
    own = PLATFORM_WORDS.get(platform, {})
    whole = f"{native.word}({','.join(native.arguments)})" if native.arguments else native.word
    for spelled in (whole, native.word, native.word.partition(" ")[0]):
        found = own.get(spelled) or WORDS.get(spelled)
        if found:
            return found
    return "UNKNOWN"


def _without_length(word: str, platform: str) -> str:
    return BYTES.get(platform, "BYTES") if word in BINARIES else "STRING"


def _number(text: str) -> int | None:
    """Return a length, precision or scale; ``None`` for ``max``, ``*``, negative ones and those that are too large."""
    digits = text.partition(" ")[0]  # Oracle's "10 CHAR"
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(_LARGEST)):
        return None
    number = int(digits)
    return number if number <= _LARGEST else None


def _as_field(body: dict[str, Any]) -> dict[str, Any]:
    """Return a column's body as a field: topics and APIs have fewer words for types."""
    field: dict[str, Any] = {"name": legal(body["name"], longest=LONGEST_FIELD)}
    if "dataTypeDisplay" in body:
        field["dataTypeDisplay"] = body["dataTypeDisplay"]
    field["dataType"] = API_WORDS.get(body["dataType"], "STRING")
    if "children" in body:
        field["children"] = [_as_field(child) for child in body["children"]]
    return field
