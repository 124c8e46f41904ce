"""A part of a graph: some tables, what they are made from, and what is made from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from phlo_hooks.filters import glob_matches, is_glob
from phlo_hooks.lineage.graph import Graph, GraphRun, GraphTable

Neighbours = Mapping[int, Collection[int]]


def find_tables(graph: Graph, pattern: str) -> tuple[int, ...]:
    """
    Return the indexes of the tables that a name or a glob means; empty when there is none.

    A name is an id, a full or short name, an asset key or the last part of a name, tried in that order, in any case.
    """
    wanted = pattern.casefold()
    if is_glob(pattern):
        return tuple(
            place
            for place, table in enumerate(graph.tables)
            if any(glob_matches(wanted, name.casefold()) for names in _names(table) for name in names)
        )
    by_rank = [_names(table) for table in graph.tables]
    for rank in range(len(by_rank[0]) if by_rank else 0):
        found = tuple(
            place for place, names in enumerate(by_rank) if any(name.casefold() == wanted for name in names[rank])
        )
        if found:
            return found
    return ()


def nearest_names(graph: Graph, pattern: str, *, limit: int = 3) -> list[str]:
    """Return the names that look like one that was not found."""
    shown: dict[str, str] = {}
    for table in graph.tables:
        for names in _names(table):
            for name in names:
                shown.setdefault(name.casefold(), table.name)
    near = get_close_matches(pattern.casefold(), shown, n=limit * 2, cutoff=0.5)
    inside = [name for name in shown if pattern.casefold() in name]
    return list(dict.fromkeys(shown[name] for name in [*near, *inside]))[:limit]


def select(graph: Graph, pattern: str, *, upstream: int | None = None, downstream: int | None = None) -> Graph:
    """
    Return the graph of the tables that a pattern means, and of those around them.

    Args:
        upstream: How many steps back; ``None`` for all.
        downstream: How many steps on; ``None`` for all.
    """
    return part_of(graph, around(graph, find_tables(graph, pattern), upstream=upstream, downstream=downstream))


def around(
    graph: Graph, places: Iterable[int], *, upstream: int | None = None, downstream: int | None = None
) -> set[int]:
    """Return tables with those upstream and downstream of them."""
    start = set(places)
    back, on = neighbours(graph)
    return start | set(distances(start, back, upstream)) | set(distances(start, on, downstream))


def neighbours(graph: Graph) -> tuple[Neighbours, Neighbours]:
    """Return, for each table, those that it is made from, and those made from it."""
    back: dict[int, list[int]] = defaultdict(list)
    on: dict[int, list[int]] = defaultdict(list)
    for edge in graph.edges:
        back[edge.target].append(edge.source)
        on[edge.source].append(edge.target)
    return back, on


def distances(start: Collection[int], neighbours_of: Neighbours, limit: int | None = None) -> dict[int, int]:
    """Return how many steps away each table is that can be reached, the start left out; circles are walked once."""
    found: dict[int, int] = {}
    edge, distance = set(start), 0
    while edge and (limit is None or distance < limit):
        distance += 1
        edge = {
            other
            for place in edge
            for other in neighbours_of.get(place, ())
            if other not in found and other not in start
        }
        found.update(dict.fromkeys(edge, distance))
    return found


def part_of(graph: Graph, places: Collection[int]) -> Graph:
    """Return the graph of some of its tables; runs keep their steps, without the tables that are gone."""
    kept = sorted(places)
    new = {place: number for number, place in enumerate(kept)}
    edges = tuple(
        replace(edge, source=new[edge.source], target=new[edge.target])
        for edge in graph.edges
        if edge.source in new and edge.target in new
    )
    tables = tuple(graph.tables[place] for place in kept)
    run_ids = {run.run_id for table in tables for run in table.runs}
    runs = tuple(_part_of_run(run, new) for run in graph.runs if run.id in run_ids)
    return replace(graph, tables=tables, edges=edges, runs=runs)


def _part_of_run(run: GraphRun, new: Mapping[int, int]) -> GraphRun:
    steps = tuple(
        replace(
            step,
            tables=tuple(new[place] for place in step.tables if place in new),
            models=tuple(
                replace(model, table=None if model.table is None else new.get(model.table)) for model in step.models
            ),
        )
        for step in run.steps
    )
    checks = tuple(
        replace(check, table=new[check.table]) for check in run.checks if check.table is not None and check.table in new
    )
    return replace(run, steps=steps, checks=checks)


def _names(table: GraphTable) -> tuple[tuple[str, ...], ...]:
    last = table.name.rpartition(".")[2]
    return ((table.id,), (table.full_name,), (table.name,), table.asset_keys, (last, table.name.rpartition("/")[2]))
