"""The graph of everything that was recorded, and of what code declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from phlo_hooks.catalog import KnownAsset
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import RunEvent, Status
from phlo_hooks.lineage.consumers import DEAD_LETTERS, deliveries
from phlo_hooks.lineage.declared import Catalog, declared_assets
from phlo_hooks.lineage.drafts import unique_names
from phlo_hooks.lineage.edges import Edges
from phlo_hooks.lineage.graph import Graph, GraphRun, GraphTable, TableRun
from phlo_hooks.lineage.published import add_targets, note_targets
from phlo_hooks.lineage.recorded import RUN_TYPES, AssetRecord, Recorded, RunRecord, newest_edges
from phlo_hooks.lineage.run_tree import graph_run, run_state
from phlo_hooks.lineage.tables import Surroundings, Tables
from phlo_hooks.outbox.history import History
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import Settings

RUNS: Final = 50
RUNS_OF_A_TABLE: Final = 10


def build_graph(
    outbox: Outbox,
    settings: Settings,
    *,
    runs: int = RUNS,
    catalogs: Sequence[Catalog] | None = None,
    now: Callable[[], datetime] | None = None,
) -> Graph:
    """
    Return the graph that people look at.

    Args:
        runs: How many of the newest runs it has; tables are there whenever they were last touched.
        catalogs: Say what code declares; ``None`` for those that are installed.
        now: The clock.
    """
    head = outbox.head()
    history = History(outbox.database)
    recorded = Recorded(history)
    notes: list[str] = []
    known = _known_assets(history, settings, catalogs, notes)
    run_records = recorded.runs(runs)
    records = _without_gone(recorded.assets(), known, run_records, notes)
    tables, edges = _connect(recorded, records, known, _Runs(recorded, run_records), settings)
    drafts = tables.drafts
    words, graph_edges = edges.finish(drafts)
    names = unique_names([draft.dataset for draft in drafts])
    index = _Index(tables)
    graph_runs = [graph_run(record, index.find, settings.ui_url) for record in run_records]
    shown_runs = sorted((run for run in graph_runs if run is not None), key=lambda run: run.started_at, reverse=True)
    finished = [draft.finish(names[draft.dataset], RUNS_OF_A_TABLE) for draft in drafts]
    consumers, dead = deliveries(outbox)
    _note_what_is_left_out(notes, recorded, run_records, runs, len(dead))
    return Graph(
        title=_title(settings, finished),
        made_at=(now or (lambda: datetime.now(UTC)))(),
        head=head,
        dagster_url=settings.ui_url,
        transformations=words,
        tables=tuple(_with_running(finished, shown_runs)),
        edges=graph_edges,
        runs=tuple(shown_runs),
        consumers=consumers,
        dead=dead,
        notes=tuple(notes),
    )


class _Runs:
    """How runs stand, those that are not shown too."""

    def __init__(self, recorded: Recorded, records: Iterable[RunRecord]) -> None:
        self._recorded = recorded
        self._states = {record.run_id: run_state(record.events) for record in records}
        self.tags = {
            record.run_id: event.run_tags
            for record in records
            for event in record.events
            if isinstance(event, RunEvent)
        }

    def status(self, run_id: str) -> str:
        """Return a run's status; empty when no event of it is known."""
        if run_id not in self._states:
            rows = self._recorded.history.run(run_id, RUN_TYPES) if run_id else ()
            self._states[run_id] = run_state(self._recorded.decode(rows))
        return self._states[run_id]


class _Index:
    """Where in the graph the tables of an asset are."""

    def __init__(self, tables: Tables) -> None:
        self._names = tables.names
        self._by_dataset: dict[DatasetRef, int] = {}
        self._by_asset: dict[str, list[int]] = {}
        for place, draft in enumerate(tables.drafts):
            self._by_dataset[draft.dataset] = place
            for key in draft.asset_keys:
                self._by_asset.setdefault(key, []).append(place)
        for key, home in tables.homes.items():
            first = self._by_dataset.get(tables.names.find(home))
            places = self._by_asset.get(key, [])
            if first in places:
                places.sort(key=lambda place: place != first)

    def find(self, asset_key: str | None, dataset: DatasetRef | None) -> tuple[int, ...]:
        """Return the places of a dataset, else of an asset, its own table first."""
        if dataset is not None:
            place = self._by_dataset.get(self._names.find(dataset))
            if place is not None:
                return (place,)
        return tuple(self._by_asset.get(asset_key or "", ()))


def _connect(
    recorded: Recorded, records: Sequence[AssetRecord], known: Sequence[KnownAsset], runs: _Runs, settings: Settings
) -> tuple[Tables, Edges]:
    around = Surroundings(ui_url=settings.ui_url, run_status=runs.status, run_tags=runs.tags)
    tables = Tables(records, known, around)
    edges = Edges(tables)
    loose = recorded.lineage_without_asset()
    edges.note_spellings(records, loose)
    tables.names.add_all(upstream.dataset for asset in known for upstream in asset.upstreams)
    note_targets(records, tables)
    tables.fill()
    told = set()
    for record in records:
        if record.lineage is not None:
            edges.add_recorded(record.lineage)
            told.add(record.key)
        edges.add_loaded(record)
    for event in newest_edges(loose):
        edges.add_recorded(event)
    for asset in known:
        if asset.key not in told:
            edges.add_declared(asset)
    for record in records:
        if any(event.event_type.startswith("publish.") for event in record.touches):
            add_targets(record, tables, edges)
    return tables, edges


def _title(settings: Settings, tables: Iterable[GraphTable]) -> str:
    """Return the deployment's name, or that of the code locations where nobody gave it one."""
    locations = sorted({table.code_location for table in tables if table.code_location})
    unnamed = settings.deployment == type(settings).model_fields["deployment"].default
    return ", ".join(locations) if unnamed and locations else settings.deployment


def _with_running(tables: Sequence[GraphTable], runs: Iterable[GraphRun]) -> list[GraphTable]:
    """Mark the tables whose step runs right now: an asset without a stage has no event of its own for it."""
    running: dict[int, TableRun] = {}
    for run in runs:
        if run.status != Status.STARTED:
            continue
        for step in run.steps:
            at = run.started_at + timedelta(seconds=step.start)
            for place in step.tables if step.status == Status.STARTED else ():
                if tables[place].at is None or at >= tables[place].at:  # type: ignore[operator]  # None is left of it
                    running[place] = TableRun(run_id=run.id, status=Status.STARTED, at=at, partition=run.partition)
    marked = list(tables)
    for place, now in running.items():
        table = marked[place]
        if table.status != Status.STARTED:
            runs_shown = (now, *table.runs)[:RUNS_OF_A_TABLE]
            marked[place] = replace(table, status=now.status, at=now.at, run_id=now.run_id, runs=runs_shown)
    return marked


def _known_assets(
    history: History, settings: Settings, catalogs: Sequence[Catalog] | None, notes: list[str]
) -> list[KnownAsset]:
    """Return what code declares; a catalog that fails is noted, and the graph shows what was recorded."""
    declared, failures = declared_assets(history.snapshots(), settings, catalogs=catalogs)
    notes += [f"what code declares is missing: {failure}" for failure in failures]
    found: dict[str, KnownAsset] = {}
    for asset in declared:
        before = found.get(asset.key)
        if before is None or (before.external and not asset.external):
            found[asset.key] = asset
    return list(found.values())


def _without_gone(
    records: list[AssetRecord], known: Sequence[KnownAsset], runs: Iterable[RunRecord], notes: list[str]
) -> list[AssetRecord]:
    """Leave out the assets that their code no longer has, unless a run that is shown touched them."""
    locations = {asset.code_location for asset in known}
    keys = {asset.key for asset in known}
    shown = {record.run_id for record in runs}
    gone = [record for record in records if record.key not in keys and _is_gone(record, locations, shown)]
    if gone:
        names = ", ".join(record.key for record in gone[:3]) + (" …" if len(gone) > 3 else "")  # noqa: PLR2004  # a few
        are = "asset is" if len(gone) == 1 else "assets are"
        notes.append(f"{len(gone)} {are} left out that the code no longer has: {names}")
    left_out = {record.key for record in gone}
    return [record for record in records if record.key not in left_out]


def _is_gone(record: AssetRecord, locations: set[str], shown: set[str]) -> bool:
    events = [*record.touches, *record.checks, *([record.lineage] if record.lineage else [])]
    where = {event.correlation.code_location for event in events}
    if not events or not all(place in locations for place in where):
        return False
    return not any(event.correlation.run_id in shown for event in events)


def _note_what_is_left_out(
    notes: list[str], recorded: Recorded, records: Sequence[RunRecord], limit: int, dead: int
) -> None:
    if len(records) == limit and recorded.history.count_runs(RUN_TYPES, past=limit + 1) > limit:
        notes.append(f"the newest {limit} runs are shown; older ones are left out")
    bare = sum(not record.whole for record in records)
    if bare:
        notes.append(f"{bare} large {'run is' if bare == 1 else 'runs are'} shown without steps")
    if dead == DEAD_LETTERS:
        notes.append(f"the newest {dead} dead letters are shown; `phlo-hooks dead list` shows all")
    if recorded.unreadable:
        notes.append(f"events that cannot be read: {recorded.unreadable}; a newer phlo-hooks may have written them")
