"""``phlo-hooks lineage``: what is made from what."""

from __future__ import annotations

import tempfile
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import click

from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.lineage_text import print_columns, print_graph, print_path, print_table
from phlo_hooks.cli.options import json_option
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.statement import analyse
from phlo_hooks.cli.text import clean, listed
from phlo_hooks.cli.written import size_of, write_whole
from phlo_hooks.exceptions import OutboxError
from phlo_hooks.lineage.graph import Graph

_MERMAID_EDGES: Final = 500
_STEPS: Final = click.IntRange(min=0)


@click.command()
@click.argument("table", required=False, metavar="[TABLE_OR_ASSET]")
@click.option("--upstream", type=_STEPS, metavar="N", help="Steps back from the table. Default: all.")
@click.option("--downstream", type=_STEPS, metavar="N", help="Steps on from the table. Default: all.")
@click.option("--columns", is_flag=True, help="Show each column of the table, and which columns it comes from.")
@click.option("--column", metavar="NAME", help="Follow one column of the table: all it comes from, all made from it.")
@click.option(
    "--runs", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="The newest runs to show."
)
@click.option(
    "--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write the page: one file, offline."
)
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser; without --html a temporary file.")
@json_option
@click.option("--mermaid", is_flag=True, help="Print a Mermaid flowchart.")
@click.option(
    "--dbt",
    metavar="TARGET_FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Show a dbt project, read from its target folder; no Dagster, no state database.",
)
@click.option("--sql", metavar="FILE", help="Analyse one statement: a file, - for standard input, or the SQL itself.")
@click.option("--dialect", metavar="NAME", help="Of --sql, as dbt's adapters are named: duckdb, snowflake …")
@click.option(
    "--schema",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='With --sql: JSON of what tables have, {"raw.orders": {"id": "BIGINT"}}.',
)
@pass_session
def lineage(session: Session, *, table: str | None, **options: Any) -> int | None:
    """
    Show what tables are made from, and what is made from them, columns and all.

    TABLE_OR_ASSET is a table's name, its last part, an asset key, or a glob such as 'marts.*'; without it everything
    is shown, by stage. It comes from recorded events and from what code declares; with --dbt from dbt's files alone.
    """
    _refuse_mixtures(table, options)
    if options["sql"] is not None:
        return analyse(
            session.output, options["sql"], options["dialect"], options["schema"], as_json=options["as_json"]
        )
    graph = _graph(session, options)
    if not graph.tables and not graph.runs and not (options["as_json"] or options["html"] or options["opens"]):
        _say_what_to_do(session)
        return None
    if table is None:
        _show(session, graph, options)
        return None
    places = _find(graph, table)
    if options["column"]:
        print_path(session.output, graph, places, options["column"], options)
    elif options["as_json"] or options["mermaid"] or options["html"] or options["opens"]:
        _show(session, _around(graph, places, options), options)
    else:
        _print_tables(session, graph, places, options)
    return None


def _refuse_mixtures(table: str | None, options: dict[str, Any]) -> None:
    shapes = [name for name in ("as_json", "mermaid") if options[name]]
    if options["html"] or options["opens"]:
        shapes.append("html")
    words = {"as_json": "--json", "mermaid": "--mermaid", "html": "--html or --open"}
    if len(shapes) > 1:
        raise click.UsageError(f"choose one of {', '.join(words[name] for name in shapes)}")
    if options["sql"] is not None:
        if table or options["dbt"] or options["html"] or options["opens"] or options["mermaid"] or options["column"]:
            raise click.UsageError("--sql goes with --dialect, --schema and --json only")
        if not options["dialect"]:
            raise click.UsageError("--sql needs --dialect, such as --dialect duckdb")
    elif options["dialect"] or options["schema"]:
        raise click.UsageError("--dialect and --schema go with --sql")
    if table is None:
        alone = [name for name in ("upstream", "downstream", "column") if options[name] is not None]
        if alone or options["columns"]:
            raise click.UsageError(f"--{(alone or ['columns'])[0]} needs the name of a table")
    elif options["column"] and [name for name in shapes if name != "as_json"]:
        raise click.UsageError("--column is shown as text or with --json")


def _graph(session: Session, options: dict[str, Any]) -> Graph:
    if options["dbt"] is not None:
        return _dbt_graph(session, options["dbt"])
    from phlo_hooks.lineage import build_graph

    with session.outbox(create=False) as outbox:
        return build_graph(outbox, session.settings, runs=options["runs"])


def _dbt_graph(session: Session, folder: Path) -> Graph:
    """Read a dbt project; what was found out about its statements is kept where there is a state database."""
    from phlo_hooks.lineage.from_dbt import graph_from_dbt

    namespaces = session.settings.datasets.namespaces
    with ExitStack() as stack:
        progress = stack.enter_context(session.output.progress("lineage"))
        progress.update("reading the statements of the project")
        cache = None
        if session.has_database:
            try:
                cache = stack.enter_context(session.outbox(create=False)).lineage_cache()
            except OutboxError as error:
                session.output.note(f"note: nothing is kept for the next time: {error}")
        return graph_from_dbt(folder, cache=cache, namespaces=namespaces)


def _find(graph: Graph, name: str) -> tuple[int, ...]:
    from phlo_hooks.lineage.select import find_tables, nearest_names

    places = find_tables(graph, name)
    if places:
        return places
    near = nearest_names(graph, name)
    hint = f"; did you mean {listed(near)}?" if near else "; `phlo-hooks lineage` lists all"
    raise NotFoundError(f"no table or asset {clean(name)!r}{hint}")


def _around(graph: Graph, places: tuple[int, ...], options: dict[str, Any]) -> Graph:
    from phlo_hooks.lineage.select import around, part_of

    return part_of(graph, around(graph, places, upstream=options["upstream"], downstream=options["downstream"]))


def _show(session: Session, graph: Graph, options: dict[str, Any]) -> None:
    """Print or write a graph in the shape that was asked for."""
    output = session.output
    if options["as_json"]:
        output.json(graph)
    elif options["mermaid"]:
        from phlo_hooks.lineage.mermaid import to_mermaid

        if len(graph.edges) > _MERMAID_EDGES:
            output.note(f"note: Mermaid draws {_MERMAID_EDGES} edges at most unless told otherwise; name a table")
        output.raw(to_mermaid(graph))
    elif options["html"] or options["opens"]:
        _write_page(session, graph, options["html"], opens=options["opens"])
    else:
        print_graph(output, graph)


def _write_page(session: Session, graph: Graph, path: Path | None, *, opens: bool) -> None:
    from phlo_hooks.page import render

    page = render(graph)
    if path is None:
        path = Path(tempfile.mkdtemp(prefix="phlo-hooks-")) / "lineage.html"
    size = write_whole(path, page)
    session.output.line(f"wrote {path} ({size_of(size)})")
    if opens and not _open(path):
        session.output.note("note: no browser could be started here; open the file yourself")


def _open(path: Path) -> bool:
    try:
        return webbrowser.open(path.absolute().as_uri())
    except (webbrowser.Error, OSError):
        return False


def _print_tables(session: Session, graph: Graph, places: tuple[int, ...], options: dict[str, Any]) -> None:
    for number, place in enumerate(places):
        if number:
            session.output.line()
        print_table(session.output, graph, place, upstream=options["upstream"], downstream=options["downstream"])
        if options["columns"]:
            print_columns(session.output, graph, place)
    for note in graph.notes:
        session.output.note(f"note: {note}")


def _say_what_to_do(session: Session) -> None:
    session.output.line("nothing is recorded yet, and no code is known")
    session.output.line("  phlo-hooks drain -m my_project.definitions   reads the runs of a Dagster project")
    session.output.line("  phlo-hooks lineage --dbt target              shows a dbt project by itself")
