"""Data as text that may stand inside a script element."""

from __future__ import annotations

import zlib
from base64 import b64encode
from typing import Any, Final

import msgspec

_ESCAPES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)

_LARGE: Final = 512 * 1024
"""Characters. A reader of the file can still read what is smaller."""


def embedded_json(data: object) -> str:
    """
    Return the data as JSON that no name in it can end: markup and line separators are escaped.

    A lone surrogate, as in a file's name that is no UTF-8, becomes the replacement character.
    """
    try:
        body = msgspec.json.encode(data)
    except UnicodeEncodeError:
        body = msgspec.json.encode(_without_surrogates(msgspec.to_builtins(data)))
    return body.decode().translate(_ESCAPES)


def script_element(element_id: str, data: object) -> str:
    """
    Return a script element that holds the data and is never run.

    What is large is packed: a graph of 700 tables with its SQL takes a tenth of the room.
    """
    text = embedded_json(data)
    if len(text) <= _LARGE:
        return f'<script type="application/json" id="{element_id}">{text}</script>'
    packed = b64encode(zlib.compress(text.encode())).decode()
    return f'<script type="text/plain" id="{element_id}" data-packed="deflate">{packed}</script>'


def _without_surrogates(data: Any) -> Any:
    if isinstance(data, str):
        return data.encode("utf-8", "replace").decode()
    if isinstance(data, dict):
        return {_without_surrogates(key): _without_surrogates(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_without_surrogates(each) for each in data]
    return data
