"""
Write the page's TypeScript types from the dataclasses of the graph.

``python scripts/page_types.py`` writes ``page/src/data/graph.ts``.
"""

from __future__ import annotations

import types
import typing
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Final

from phlo_hooks.lineage import graph

TARGET: Final = Path(__file__).parent.parent / "page" / "src" / "data" / "graph.ts"

_CLASSES: Final = (
    graph.GraphColumn,
    graph.GraphCheck,
    graph.TableRun,
    graph.GraphTable,
    graph.GraphEdge,
    graph.GraphModel,
    graph.GraphStep,
    graph.RunCheck,
    graph.GraphRun,
    graph.GraphConsumer,
    graph.GraphDeadLetter,
    graph.Graph,
)
_NAMES: Final = {str: "string", int: "number", float: "number", bool: "boolean", datetime: "string"}


def typescript() -> str:
    """Return the types that the page reads the graph with."""
    head = "// Written by scripts/page_types.py from phlo_hooks/lineage/graph.py; do not edit.\n"
    format_ = f"\nexport const FORMAT = {graph.FORMAT};\n"
    return head + format_ + "".join(_interface(cls) for cls in _CLASSES)


def _interface(cls: type) -> str:
    hints = typing.get_type_hints(cls)
    lines = [f"  readonly {each.name}: {_type(hints[each.name])};" for each in fields(cls)]
    return "\n".join([f"\nexport interface {cls.__name__} {{", *lines, "}\n"])


def _type(hint: object) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return " | ".join("null" if arg is types.NoneType else _type(arg) for arg in args)
    if origin is tuple and args[-1] is Ellipsis:
        inner = _type(args[0])
        return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
    if origin is tuple:
        return f"readonly [{', '.join(_type(arg) for arg in args)}]"
    if origin is dict:
        return f"Readonly<Record<{_type(args[0])}, {_type(args[1])}>>"
    if hint in _CLASSES:
        return typing.cast("type", hint).__name__
    try:
        return _NAMES[typing.cast("type", hint)]
    except KeyError:
        raise TypeError(f"no TypeScript for {hint}; say it in {Path(__file__).name}") from None


if __name__ == "__main__":
    TARGET.write_text(typescript(), encoding="utf-8")
    print(f"wrote {TARGET}")
