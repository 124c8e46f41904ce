"""What flows between tables: the newest word of each asset, each pair of tables once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from phlo_hooks.catalog import KnownAsset
from phlo_hooks.datasets import ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import IngestionEvent, LineageEvent
from phlo_hooks.lineage.drafts import TableDraft
from phlo_hooks.lineage.graph import GraphEdge
from phlo_hooks.lineage.names import differ_in_case
from phlo_hooks.lineage.recorded import AssetRecord
from phlo_hooks.lineage.tables import Tables, children

Triple = tuple[int, int, int]


@dataclass(kw_only=True)
class EdgeDraft:
    """One table that another is made from, being filled."""

    origin: str
    columns: set[ColumnEdge] = field(default_factory=set)


class Edges:
    """The edges between the tables of a graph; a table never points at itself."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._drafts: dict[tuple[DatasetRef, DatasetRef], EdgeDraft] = {}

    def note_spellings(self, records: Iterable[AssetRecord], loose: Iterable[LineageEvent]) -> None:
        """Let the tables know how every end of an edge is spelled, before any is looked up."""
        names = self._tables.names
        for record in records:
            names.add_all(child.dataset for child in children(record))
            if record.lineage is not None:
                names.add_all(end for edge in record.lineage.edges for end in (edge.upstream, edge.downstream))
        for event in loose:
            names.add_all(end for edge in event.edges for end in (edge.upstream, edge.downstream))

    def add_recorded(self, event: LineageEvent) -> None:
        """Take the edges of an event."""
        for edge in event.edges:
            self._add(
                self._end(edge.upstream, edge.upstream_asset_key), self._downstream(edge), edge.origin, edge.columns
            )

    def add_declared(self, asset: KnownAsset) -> None:
        """Take the edges that code declares, for an asset that nothing was recorded of."""
        home = self._tables.homes.get(asset.key, asset.dataset)
        for upstream in asset.upstreams:
            self._add(self._end(upstream.dataset, upstream.asset_key), home, "dagster")

    def add_loaded(self, record: AssetRecord) -> None:
        """Take the places that the newest ingestion which told them got its rows from."""
        told = (event for event in record.touches if isinstance(event, IngestionEvent) and event.sources)
        event = next(told, None)
        if event is None:
            return
        home = self._tables.homes.get(record.key)
        targets = [child.dataset for child in children(record)] + ([home] if home is not None else [])
        for source in map(_place, event.sources):
            for target in targets:
                self._add(source, target, event.tool or "dagster")

    def add(self, source: DatasetRef, target: DatasetRef, origin: str) -> None:
        """Take one edge between tables."""
        self._add(source, target, origin)

    def sources_of(self, dataset: DatasetRef) -> set[DatasetRef]:
        """Return the tables that one is made from."""
        whole = self._tables.names.find(dataset)
        return {source for source, target in self._drafts if target == whole}

    def has_readers(self, dataset: DatasetRef) -> bool:
        """Say whether any table is made from this one."""
        whole = self._tables.names.find(dataset)
        return any(source == whole for source, _ in self._drafts)

    def drop(self, sources: Iterable[DatasetRef], target: DatasetRef) -> None:
        """Forget edges that others stand for."""
        whole = self._tables.names.find(target)
        for source in sources:
            self._drafts.pop((self._tables.names.find(source), whole), None)

    def finish(self, drafts: list[TableDraft]) -> tuple[tuple[str, ...], tuple[GraphEdge, ...]]:
        """Return the transformations that occur, and the edges; columns that nobody reported join their tables."""
        places = {draft.dataset: place for place, draft in enumerate(drafts)}
        words = sorted({each.transformation or "" for edge in self._drafts.values() for each in edge.columns})
        word_places = {word: place for place, word in enumerate(words)}
        edges = []
        for (source, target), edge in sorted(self._drafts.items(), key=lambda each: each[0]):
            up, down = drafts[places[source]], drafts[places[target]]
            direct, indirect = _triples(edge.columns, up, down, word_places)
            edges.append(
                GraphEdge(
                    source=places[source], target=places[target], origin=edge.origin, direct=direct, indirect=indirect
                )
            )
        return tuple(words), tuple(edges)

    def _add(self, source: DatasetRef, target: DatasetRef, origin: str, columns: Sequence[ColumnEdge] = ()) -> None:
        made = self._tables.draft(target)
        up, down = self._tables.draft(source).dataset, made.dataset
        made.made = True
        if up == down:
            return
        self._drafts.setdefault((up, down), EdgeDraft(origin=origin)).columns.update(columns)
        for column in columns:
            if column.downstream_column is not None:
                # Columns that nobody reported are shown in the order of the statement.
                made.place_of(column.downstream_column)

    def _end(self, dataset: DatasetRef, asset_key: str | None) -> DatasetRef:
        """
        Return an end of an edge.

        One that was not resolved when it was recorded, or was spelled in another case, is where its asset is now.
        """
        home = self._tables.homes.get(asset_key or "", dataset)
        return home if not dataset.resolved or differ_in_case(dataset, home) else dataset

    def _downstream(self, edge: LineageEdge) -> DatasetRef:
        return self._end(edge.downstream, edge.downstream_asset_key)


def _triples(
    columns: Iterable[ColumnEdge], up: TableDraft, down: TableDraft, words: dict[str, int]
) -> tuple[tuple[Triple, ...], tuple[Triple, ...]]:
    direct: set[Triple] = set()
    indirect: set[Triple] = set()
    for edge in sorted(columns, key=lambda each: (each.upstream_column, each.downstream_column or "")):
        below = -1 if edge.downstream_column is None else down.place_of(edge.downstream_column)
        found = indirect if edge.kind == "indirect" or below < 0 else direct
        found.add((up.place_of(edge.upstream_column), below, words[edge.transformation or ""]))
    return tuple(sorted(direct)), tuple(sorted(indirect))


def _place(url: str) -> DatasetRef:
    """Return the dataset that a source's address names."""
    parts = urlsplit(url)
    if not parts.scheme or parts.scheme == "file":
        return DatasetRef(namespace="file", name=parts.path or url)
    host = parts.netloc.rpartition("@")[2]
    return DatasetRef(namespace=f"{parts.scheme}://{host}", name=parts.path.lstrip("/") or "/")
