"""The path of one column: everything it comes from, and everything made from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from phlo_hooks.lineage.graph import Graph

Place = tuple[int, int]
"""Table and column, by index; column -1 is the table's rows."""

_End = tuple[Place, int, bool]


@dataclass(frozen=True, kw_only=True)
class Hop:
    """
    One column on the way.

    Attributes:
        depth: How many edges away; hops stand in the order of a tree, each below the one that it belongs to.
        transformation: How the value changes, or how it decides; empty when nobody says.
        direct: Whether the value flows; what only filters, joins, groups or orders is named and not followed.
        repeated: It stands somewhere before, and is followed there.
    """

    table: int
    column: int
    depth: int
    transformation: str
    direct: bool
    repeated: bool = False


@dataclass(kw_only=True)
class ColumnPaths:
    """The edges between the columns of a graph, both ways."""

    graph: Graph
    _back: dict[Place, list[_End]] = field(default_factory=lambda: defaultdict(list))
    _on: dict[Place, list[_End]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        """Index every edge at both of its ends."""
        for edge in self.graph.edges:
            for triples, direct in ((edge.direct, True), (edge.indirect, False)):
                for up, down, how in triples:
                    above, below = (edge.source, up), (edge.target, down)
                    self._back[below].append((above, how, direct))
                    self._on[above].append((below, how, direct))

    def sources(self, table: int, column: int, *, depth: int | None = None) -> list[Hop]:
        """Return what a column comes from."""
        return list(self._follow((table, column), self._back, depth))

    def uses(self, table: int, column: int, *, depth: int | None = None) -> list[Hop]:
        """Return what is made from a column."""
        return list(self._follow((table, column), self._on, depth))

    def deciding_rows(self, table: int) -> list[Hop]:
        """Return the columns that decide which rows a table has."""
        return list(self._follow((table, -1), self._back, 1))

    def find_columns(self, tables: Sequence[int], name: str) -> list[Place]:
        """Return the columns of some tables that have a name, spelled in any case."""
        return [
            (table, place)
            for table in tables
            for place, column in enumerate(self.graph.tables[table].columns)
            if column.name.casefold() == name.casefold()
        ]

    def _follow(self, start: Place, edges: Mapping[Place, Sequence[_End]], limit: int | None) -> Iterator[Hop]:
        seen = {start}
        waiting = [(end, 1) for end in sorted(edges.get(start, ()), reverse=True)]
        while waiting:
            (place, how, direct), depth = waiting.pop()
            if limit is not None and depth > limit:
                continue
            repeated = direct and place in seen
            yield Hop(
                table=place[0],
                column=place[1],
                depth=depth,
                transformation=self.graph.transformations[how],
                direct=direct,
                repeated=repeated,
            )
            if direct and not repeated:
                seen.add(place)
                waiting += [(end, depth + 1) for end in sorted(edges.get(place, ()), reverse=True)]
