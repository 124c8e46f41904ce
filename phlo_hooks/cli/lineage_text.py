"""A graph as text: tables by stage, one table with what is around it, one column with its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.output import NOTHING, Column, Output
from phlo_hooks.cli.text import at, clean, count, listed
from phlo_hooks.lineage.columns import ColumnPaths, Hop
from phlo_hooks.lineage.graph import Graph, GraphTable
from phlo_hooks.lineage.select import neighbours

STYLES: Final[Mapping[str, str]] = {
    "success": "green",
    "no_data": "green",
    "failure": "bold red",
    "lost": "bold red",
    "retry": "yellow",
    "started": "cyan",
    "queued": "cyan",
    "skipped": "dim",
    "canceled": "dim",
}
CHECK_STYLES: Final[Mapping[str, str]] = {"pass": "green", "warn": "yellow", "fail": "bold red", "error": "bold red"}
_STAGES: Final = ("source", "ingestion", "transform", "quality", "publish", "")
_TITLES: Final = {"source": "sources", "": "other tables"}
_TABLES: Final = (
    Column(title="table"),
    Column(title="status", whole=True),
    Column(title="rows", right=True, whole=True),
    Column(title="checks", optional=True),
    Column(title="from"),
    Column(title="last (UTC)", whole=True, style="dim"),
)
_COLUMNS: Final = (Column(title="column"), Column(title="type", optional=True), Column(title="from"))
_RUN: Final = 8
_WIDE: Final = 90
"""Characters from which there is room for times."""


def print_graph(output: Output, graph: Graph) -> None:
    """Print every table, by stage, with what it is made from."""
    back, _ = neighbours(graph)
    shown = len(_TABLES) if output.width >= _WIDE else len(_TABLES) - 1
    by_stage: dict[str, list[int]] = {}
    for place, table in enumerate(graph.tables):
        by_stage.setdefault("source" if table.role == "source" else table.stage, []).append(place)
    for stage in (*_STAGES, *sorted(by_stage.keys() - set(_STAGES))):
        if places := by_stage.get(stage):
            output.heading(f"{_TITLES.get(stage, stage)}: {len(places)}")
            rows = [_row(graph, place, sorted(back.get(place, ()))) for place in places]
            output.table(_TABLES[:shown], [row[:shown] for row in rows])
            output.line()
    edges = sum(len(edge.direct) + len(edge.indirect) for edge in graph.edges)
    tables, pairs = count(len(graph.tables), "table"), count(len(graph.edges), "edge")
    output.line(f"{tables}, {pairs} between them, {count(edges, 'edge')} between columns")
    for note in graph.notes:
        output.note(f"note: {note}")


def print_table(
    output: Output, graph: Graph, place: int, *, upstream: int | None = None, downstream: int | None = None
) -> None:
    """Print a table with everything that it is made from, and everything made from it."""
    table = graph.tables[place]
    output.pieces((table.name, "bold"), *_state(table))
    about = {
        "dataset": f"{table.namespace} {table.full_name}",
        "asset": listed(table.asset_keys) or None,
        "stage": table.stage or None,
        "rows": f"{table.rows:,}" if table.rows is not None else None,
        "last run": f"{table.run_id[:_RUN]}, {at(table.at)} UTC" if table.run_id else None,
        "checks": _checks(table) or None,
        "owners": listed(table.owners) or None,
        "warning": table.warning,
    }
    output.fields(about, indent=2)
    back, on = neighbours(graph)
    for title, around, limit in (("made from", back, upstream), ("used by", on, downstream)):
        if limit == 0:
            continue
        output.line()
        output.heading(title)
        lines = list(_tree(place, around, limit))
        if not lines:
            output.line(f"  {NOTHING}")
        for depth, other, repeated in lines:
            more = (("  see above", "dim"),) if repeated else _state(graph.tables[other])
            output.pieces(("  " * depth, ""), (graph.tables[other].name, ""), *more)


def print_columns(output: Output, graph: Graph, place: int) -> None:
    """Print the columns of a table, each with the columns it comes from."""
    paths = ColumnPaths(graph=graph)
    rows = []
    for number, column in enumerate(graph.tables[place].columns):
        hops = paths.sources(place, number, depth=1)
        rows.append((column.name, column.type, ", ".join(_end(graph, hop) for hop in hops)))
    output.line()
    output.heading("columns")
    output.table(_COLUMNS, rows)
    deciding = paths.deciding_rows(place)
    if deciding:
        output.line()
        output.line("which rows there are: " + ", ".join(_end(graph, hop) for hop in deciding))


def print_path(output: Output, graph: Graph, tables: Sequence[int], name: str, options: Mapping[str, Any]) -> None:
    """
    Print everything that a column comes from, and everything made from it.

    Raises:
        NotFoundError: None of the tables has such a column.
    """
    paths = ColumnPaths(graph=graph)
    found = paths.find_columns(tables, name)
    if not found:
        names = [column.name for place in tables for column in graph.tables[place].columns]
        there = f"it has {listed(names, limit=20)}" if names else "no column of it is known"
        raise NotFoundError(f"{graph.tables[tables[0]].name} has no column {clean(name)!r}; {there}")
    walks = [
        (
            table,
            column,
            paths.sources(table, column, depth=options["upstream"]),
            paths.uses(table, column, depth=options["downstream"]),
        )
        for table, column in found
    ]
    if options["as_json"]:
        output.json([_path_json(graph, *walk) for walk in walks])
        return
    for table, column, sources, uses in walks:
        output.heading(_column_name(graph, table, column))
        for title, hops in (("comes from", sources), ("goes into", uses)):
            output.line(title)
            if not hops:
                output.line(f"  {NOTHING}")
            for hop in hops:
                more = "  see above" if hop.repeated else ""
                output.pieces(
                    ("  " * hop.depth, ""), (_column_name(graph, hop.table, hop.column), ""), *_how(hop), (more, "dim")
                )
        deciding = paths.deciding_rows(table)
        if deciding:
            output.line("which rows there are")
            for hop in deciding:
                output.pieces(("  ", ""), (_column_name(graph, hop.table, hop.column), ""), *_how(hop))


def _row(graph: Graph, place: int, upstream: Sequence[int]) -> tuple[object, ...]:
    table = graph.tables[place]
    return (
        table.name,
        table.status,
        f"{table.rows:,}" if table.rows is not None else None,
        _checks(table),
        listed([graph.tables[other].name for other in upstream], limit=3),
        at(table.at),
    )


def _checks(table: GraphTable) -> str:
    counts: dict[str, int] = {}
    for check in table.checks:
        word = check.outcome or "not run"
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{number} {word}" for word, number in sorted(counts.items()))


def _state(table: GraphTable) -> tuple[tuple[str, str], ...]:
    """Return what stands behind a table's name."""
    pieces = [
        (
            f"  {table.status or ('source' if table.role == 'source' else 'no run known')}",
            STYLES.get(table.status, "dim"),
        )
    ]
    bad = [check for check in table.checks if check.outcome in ("fail", "error", "warn")]
    for outcome in ("fail", "error", "warn"):
        names = [check.name for check in bad if check.outcome == outcome]
        if names:
            pieces.append((f"  {outcome}: {listed(names, limit=2)}", CHECK_STYLES[outcome]))
    return tuple(pieces)


def _tree(start: int, around: Mapping[int, Any], limit: int | None) -> Iterator[tuple[int, int, bool]]:
    """Yield depth, table and whether it stands above already; every table is followed once."""
    seen = {start}
    waiting = [(1, place) for place in sorted(around.get(start, ()), reverse=True)]
    while waiting:
        depth, place = waiting.pop()
        if limit is not None and depth > limit:
            continue
        further = sorted(around.get(place, ()), reverse=True)
        yield depth, place, place in seen and bool(further)
        if place not in seen:
            seen.add(place)
            waiting += [(depth + 1, other) for other in further]


def _how(hop: Hop) -> tuple[tuple[str, str], ...]:
    word = hop.transformation.replace("_", " ") or "direct"
    return ((f"  {word}", "cyan" if hop.direct else "dim"),)


def _end(graph: Graph, hop: Hop) -> str:
    word = hop.transformation.replace("_", " ")
    name = _column_name(graph, hop.table, hop.column)
    return name if word in ("", "identity") else f"{name} ({word})"


def _column_name(graph: Graph, table: int, column: int) -> str:
    owner = graph.tables[table]
    return f"{owner.name}.{owner.columns[column].name}" if column >= 0 else f"rows of {owner.name}"


def _path_json(graph: Graph, table: int, column: int, sources: Sequence[Hop], uses: Sequence[Hop]) -> dict[str, Any]:
    return {
        "table": graph.tables[table].id,
        "column": graph.tables[table].columns[column].name,
        "sources": [_hop_json(graph, hop) for hop in sources],
        "uses": [_hop_json(graph, hop) for hop in uses],
    }


def _hop_json(graph: Graph, hop: Hop) -> dict[str, Any]:
    owner = graph.tables[hop.table]
    return {
        "table": owner.id,
        "column": owner.columns[hop.column].name if hop.column >= 0 else None,
        "depth": hop.depth,
        "transformation": hop.transformation or None,
        "kind": "direct" if hop.direct else "indirect",
        "repeated": hop.repeated,
    }
