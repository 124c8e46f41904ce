"""A graph as a Mermaid flowchart, for a README, a pull request or a wiki."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from phlo_hooks.lineage.graph import Graph, GraphTable

_COLOURS: Final = {
    "success": "fill:#e6f4ea,stroke:#137333,color:#0d3b1e",
    "failure": "fill:#fce8e6,stroke:#b3261e,color:#5c0f0b",
    "started": "fill:#e8f0fe,stroke:#1a56c4,color:#0b2a66",
    "skipped": "fill:#f1f3f4,stroke:#5f6368,color:#202124",
}
_CLASSES: Final = {"lost": "failure", "canceled": "skipped", "no_data": "success", "retry": "started"}
_SHAPES: Final = {"source": ('[("', '")]'), "published": ('(["', '"])'), "table": ('["', '"]')}
_MARK: Final = {"fail": "✗", "error": "✗", "warn": "!"}


def to_mermaid(graph: Graph) -> str:
    """
    Return the tables and edges of a graph as a flowchart from left to right.

    Nodes are numbered; names stand in quotes only, every character that Mermaid or Markdown acts on as an entity.
    """
    return "\n".join(_lines(graph)) + "\n"


def escaped(text: str) -> str:
    """Return text that means itself within a quoted Mermaid label: letters, digits and a few marks, else entities."""
    return "".join(char if char.isalnum() or char in " _.-/" else f"#{ord(char)};" for char in text)


def _lines(graph: Graph) -> Iterator[str]:
    yield "flowchart LR"
    used: dict[str, list[str]] = {}
    for place, table in enumerate(graph.tables):
        left, right = _SHAPES.get(table.role, _SHAPES["table"])
        yield f"    t{place}{left}{escaped(_label(table))}{right}"
        name = _CLASSES.get(table.status, table.status)
        if name in _COLOURS:
            used.setdefault(name, []).append(f"t{place}")
    for edge in graph.edges:
        yield f"    t{edge.source} --> t{edge.target}"
    for name, nodes in sorted(used.items()):
        yield f"    classDef {name} {_COLOURS[name]}"
        yield f"    class {','.join(nodes)} {name}"


def _label(table: GraphTable) -> str:
    marks = {_MARK[check.outcome] for check in table.checks if check.outcome in _MARK}
    return f"{table.name} {''.join(sorted(marks))}" if marks else table.name
