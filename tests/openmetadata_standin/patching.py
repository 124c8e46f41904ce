"""JSON Patch, as far as clients of the server use it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from tests.openmetadata_standin.errors import bad, refusal


def patched(document: dict[str, Any], operations: object) -> dict[str, Any]:
    """
    Return a changed copy.

    Raises:
        Refusal: 400 for what is no patch; 500, as the server does it, for a path that is not there or a failed test.
    """
    if not isinstance(operations, list):
        raise bad("Cannot deserialize value of type `jakarta.json.JsonPatch`")
    result = copy.deepcopy(document)
    for each in operations:
        _apply(result, each)
    return result


def _apply(document: Any, operation: dict[str, Any]) -> None:
    *way, last = [_unescaped(part) for part in operation["path"].split("/")[1:]]
    kind = operation["op"]
    target = _reached(document, way, operation["path"])
    if kind in ("remove", "replace", "test"):
        present = _present(target, last)
        if not present or (kind == "test" and _value(target, last) != operation.get("value")):
            raise _absent(operation["path"])
    if kind == "remove":
        del target[_key(target, last)]
    elif kind == "replace":
        target[_key(target, last)] = operation.get("value")
    elif kind == "add":
        if isinstance(target, list):
            target.insert(len(target) if last == "-" else int(last), operation.get("value"))
        else:
            target[last] = operation.get("value")
    elif kind != "test":
        raise bad(f"Unsupported operation {kind}")


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _reached(document: Any, way: Sequence[str], path: str) -> Any:
    for part in way:
        if not _present(document, part):
            raise _absent(path)
        document = _value(document, part)
    return document


def _present(target: Any, part: str) -> bool:
    if isinstance(target, list):
        return part.isdigit() and int(part) < len(target)
    return isinstance(target, dict) and part in target


def _key(target: Any, part: str) -> Any:
    return int(part) if isinstance(target, list) else part


def _value(target: Any, part: str) -> Any:
    return target[_key(target, part)]


def _absent(path: str) -> Exception:
    return refusal(500, f"The JSON Object has no value at path {path}, or it is another one")
