"""What happened, from the state database and the warehouse."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

import duckdb
from demo_openmetadata import show_openmetadata
from demo_steps import show_steps
from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from phlo_hooks import HookEvent, LineageEvent, QualityResultEvent, RunEvent
from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import load_settings

PROJECT = Path(__file__).resolve().parent
NUMBERS = {"seconds", "events", "delivered", "pending", "dead", "start", "took"}


@dataclass(kw_only=True)
class Report:
    """The demo's own before and after."""

    folder: Path
    console: Console
    before: Mapping[str, int] = field(default_factory=dict)
    events_before: int = 0

    def remember(self) -> None:
        """Note what was there before this run."""
        if (self.folder / "dagster_home" / "phlo_hooks.db").exists():
            self.events_before = len(read_events())
            self.before = count_rows(self.folder / "warehouse.duckdb")

    def show(self, run_id: str) -> None:
        """Print what the events say."""
        events = read_events()
        self.console.print()
        self.console.rule("What happened")
        for part in (runs_table(events), Columns([types_table(events), consumers_table()], padding=(0, 4))):
            self.console.print()
            self.console.print(part)
        self.console.print(lineage_line(events))
        show_steps(events, run_id, self.console)
        self.show_findings(events, run_id)
        self.show_duplicates(events)

    def show_findings(self, events: Iterable[HookEvent], run_id: str) -> None:
        """Print what the checks of the run found."""
        results = [e for e in events if isinstance(e, QualityResultEvent) and e.correlation.run_id == run_id]
        outcomes = Counter(result.data_outcome or result.outcome for result in results)
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        self.console.print(f"\n[bold]{len(results)} checks:[/bold] {counts}")
        for result in results:
            if result.data_outcome != "pass":
                found = f"{result.data_outcome}: {result.check_name} on {result.asset_key}: {found_words(result)}"
                self.console.print(f"  [yellow]{escape(found)}[/yellow]", soft_wrap=True)
        notes = sorted((self.folder / "findings").glob("*.txt"))
        self.console.print(
            f"  noted by the example's own hook: {len(notes)} in {self.folder / 'findings'}", soft_wrap=True
        )

    def show_duplicates(self, events: list[HookEvent]) -> None:
        """Print that a repeated run added no row and no event twice."""
        rows = count_rows(self.folder / "warehouse.duckdb")
        twice = len(events) - len({event.event_id for event in events})
        again = repeated_flights(self.folder / "warehouse.duckdb")
        self.console.print(
            f"\n[bold]{rows['raw.flights']:,} flights[/bold] in the warehouse, {again} of them twice; "
            f"{len(events)} events, {twice} of them twice."
        )
        if not self.before:
            self.console.print("Run it again: no row and no event will be there twice.")
            return
        changes = [f"{table} {rows[table] - self.before.get(table, 0):+,}" for table in rows]
        changed = [change for change in changes if not change.endswith(" +0")]
        self.console.print(
            f"This run added {', '.join(changed) or 'no row'} to the {len(rows)} tables, "
            f"and {len(events) - self.events_before} events of its own."
        )

    def show_places(self, run_id: str, page: Path, *, seconds: float) -> None:
        """Print where things lie and what to do next."""
        home = self.folder / "dagster_home"
        self.console.print("\n[bold]Where things lie[/bold]")
        for what, where in (
            ("warehouse", self.folder / "warehouse.duckdb"),
            ("marts as Parquet", self.folder / "marts"),
            ("Dagster's instance", home),
            ("events and deliveries", home / "phlo_hooks.db"),
            ("log of the run", self.folder / "run.log"),
            ("what the steps printed", home / "storage" / run_id / "compute_logs"),
        ):
            self.console.print(f"  {what:<24}{where}", soft_wrap=True)
        binaries = Path(sys.executable).parent
        instance, data = f"DAGSTER_HOME={quote(str(home))}", f"NYC_FLIGHTS_DATA={quote(str(self.folder))}"
        ours = f"{instance} {quote(str(binaries / 'phlo-hooks'))}"
        dev = f"cd {quote(str(PROJECT))} && {instance} {data} {quote(str(binaries / 'dagster'))} dev"
        for what, command in (
            ("in Dagster, with the relay running as a child of its sensor", dev),
            ("the same page, live, as events come", f"{ours} ui"),
            ("the events of this run", f"{ours} events list --run {run_id[:8]}"),
            ("what each column of a mart is made from", f"{ours} lineage marts.delay_by_carrier --columns"),
        ):
            self.console.print(f"\n[bold]See[/bold] {what}:")
            self.console.print(f"  {command}", soft_wrap=True, markup=False)
        self.console.print("\n[bold]The page[/bold], one file that any browser opens, without a server:")
        self.console.print(f"  {page.as_uri()}", soft_wrap=True, markup=False)
        with open_outbox() as outbox:
            show_openmetadata(read_events(), outbox, load_settings(root=PROJECT), self.console)
        self.show_seconds(seconds)

    def show_seconds(self, seconds: float) -> None:
        """Print how long it took, beside the first time."""
        file = self.folder / "first_run_seconds"
        first = f"; the first time took {file.read_text(encoding='utf-8')} s" if file.exists() else ""
        self.console.print(f"\nDone in {seconds:.0f} s{first}.")
        if not first:
            file.write_text(f"{seconds:.0f}", encoding="utf-8")


def found_words(result: QualityResultEvent) -> str:
    """Return what a check found, in words."""
    listed = {name: value if isinstance(value, tuple) else (value,) for name, value in result.metadata.items()}
    return ", ".join(f"{name} {' and '.join(map(str, values))}" for name, values in listed.items())


def count_rows(warehouse: Path) -> dict[str, int]:
    """Return how many rows each table has; dlt's own books are left out."""
    if not warehouse.exists():
        return {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('raw', 'marts') and not starts_with(table_name, '_dlt') order by all"
        ).fetchall()
        return {name: len(connection.sql(f"from {name}")) for (name,) in names}


def repeated_flights(warehouse: Path) -> int:
    """Return how many flights are in the warehouse more than once."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        flights = connection.sql("select columns('^[^_]') from raw.flights")
        return len(flights) - len(flights.distinct())


def read_events() -> list[HookEvent]:
    """Return every recorded event, oldest first."""
    with open_outbox() as outbox:
        return [stored.decode() for stored in outbox.events(EventQuery())]


def open_outbox() -> Outbox:
    """Open the state database that the settings name."""
    url, _, _ = load_settings(root=PROJECT).database_url()
    return Outbox.open(url)


def new_table(title: str, *columns: str) -> Table:
    """Return an empty table; numbers stand to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in NUMBERS else "left", no_wrap=True)
    return table


def runs_table(events: Iterable[HookEvent]) -> Table:
    """Return one line per run that ended."""
    table = new_table("Runs", "run", "job", "status", "seconds", "events")
    counts = Counter(event.correlation.run_id for event in events if event.correlation.run_id)
    for event in events:
        if isinstance(event, RunEvent) and event.event_type == "run.end":
            run_id = event.correlation.run_id or ""
            took = f"{event.seconds:.0f}" if event.seconds is not None else ""
            table.add_row(run_id[:8], event.correlation.job_name, event.status, took, str(counts[run_id]))
    return table


def types_table(events: Iterable[HookEvent]) -> Table:
    """Return how many events there are of each type."""
    table = new_table("Events", "event type", "events")
    for event_type, count in sorted(Counter(event.event_type for event in events).items()):
        table.add_row(event_type, str(count))
    return table


def consumers_table() -> Table:
    """Return what each consumer was given."""
    table = new_table("Deliveries", "consumer", "delivered", "pending", "dead")
    with open_outbox() as outbox:
        for consumer in outbox.consumers():
            counts = (consumer.delivered, consumer.pending, consumer.dead)
            table.add_row(consumer.name, *(str(count) for count in counts))
    return table


def lineage_line(events: Iterable[HookEvent]) -> str:
    """Return how much lineage is known, each edge counted once."""
    edges = itertools.chain.from_iterable(event.edges for event in events if isinstance(event, LineageEvent))
    tables: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    columns: dict[str, set[tuple[str, str, str, str | None]]] = {"direct": set(), "indirect": set()}
    for edge in edges:
        ends = (str(edge.upstream), str(edge.downstream))
        tables.update(ends)
        pairs.add(ends)
        for column in edge.columns:
            columns[column.kind].add((*ends, column.upstream_column, column.downstream_column))
    return (
        f"\n[bold]Lineage:[/bold] {len(tables)} tables, {len(pairs)} edges between them; between columns "
        f"{len(columns['direct'])} where the value flows, {len(columns['indirect'])} that filter, join, group or sort"
    )
