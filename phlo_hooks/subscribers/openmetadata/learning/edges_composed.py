"""
What a dataset is made from, out of the notes of all tellers.

An upstream asset whose dataset was not known when its lineage was told is where the asset is now; a source that a
publisher named is found among what its asset reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from phlo_hooks.datasets import ColumnEdge
from phlo_hooks.lineage.names import is_path, name_parts
from phlo_hooks.subscribers.openmetadata.facts import EdgeFact, LineageFact
from phlo_hooks.subscribers.openmetadata.learning.notebook import (
    ALIASES,
    ASSETS,
    CALLED,
    LINEAGES,
    OUTLINES,
    TABLES,
    Notebook,
    key_text,
)
from phlo_hooks.subscribers.openmetadata.learning.notes import EdgeNote, LineageNote, PartNote, ReadNote
from phlo_hooks.subscribers.openmetadata.names import EntityName

PUBLISH: Final = "publish"
PUBLISHED: Final = "publish:"
LOADED: Final = "load:"
EMITTED: Final = "emit:"
"""Beginnings of the tellers that speak for an asset beside its lineage: what it published, loaded, and emitted."""
USER: Final = "user"
"""Origin of edges that nobody but the user's code sees."""


def lineage_facts(book: Notebook, key: EntityName, note: LineageNote) -> tuple[LineageFact, ...]:
    """Return one fact for each teller, by teller."""
    return tuple(
        _fact(book, key, teller, list(parts.values())) for teller, parts in sorted(note.tellers.items()) if parts
    )


def _fact(book: Notebook, key: EntityName, teller: str, parts: list[PartNote]) -> LineageFact:
    newest = max(parts, key=lambda part: part.stamp)
    covered = _covered(book, key, teller)
    found: dict[EntityName, EdgeFact] = {}
    told = (edge.upstream for part in parts for edge in part.edges)
    book.fetch([TABLES.name(key_text(upstream)) for upstream in told if upstream is not None])
    for part in sorted(parts, key=lambda each: each.stamp, reverse=True):
        for edge in part.edges:
            upstream = upstream_of(book, edge)
            if upstream is None or upstream == key or upstream in covered:
                continue
            fact = EdgeFact(
                upstream=_spelled(book, upstream),
                origin=edge.origin,
                columns=edge.columns if edge.named is None else copied_columns(book, upstream, key),
                sql=part.sql,
            )
            found[upstream] = _merged(found[upstream], fact) if upstream in found else fact
    return LineageFact(
        downstream=_spelled(book, key),
        teller=teller,
        at=newest.at,
        edges=tuple(found[upstream] for upstream in sorted(found)),
        run_id=newest.run_id,
    )


def _merged(newer: EdgeFact, older: EdgeFact) -> EdgeFact:
    columns = tuple(dict.fromkeys((*newer.columns, *older.columns)))
    return EdgeFact(upstream=newer.upstream, origin=newer.origin, columns=columns, sql=newer.sql)


def _spelled(book: Notebook, key: EntityName) -> EntityName:
    note = book.get(TABLES, key_text(key))
    return note.fact.name if note else key


def upstream_of(book: Notebook, edge: EdgeNote) -> EntityName | None:
    """Return the key of an edge's upstream dataset; ``None`` while nobody knows it."""
    if edge.upstream is not None:
        return edge.upstream
    if edge.named is not None:
        return source_named(book, edge.asset_key or "", edge.named)
    return home_of(book, edge.asset_key) if edge.asset_key else None


def home_of(book: Notebook, asset_key: str) -> EntityName | None:
    """Return the key of the dataset that an asset is: by its events, else by what code declares."""
    note = book.get(ASSETS, asset_key)
    if note is not None and note.home is not None:
        return note.home
    declared = book.get(OUTLINES, asset_key)
    if declared is None or declared.name is None:
        return None
    return book.get(ALIASES, key_text(declared.name)) or declared.name


def source_named(book: Notebook, asset_key: str, name: str) -> EntityName | None:
    """Return the dataset that a publisher means by a name: one it reads, an asset's, else the only one called so."""
    asset = book.get(ASSETS, asset_key)
    for read in asset.reads if asset else ():
        if _is_called(read, name):
            return read.name or (home_of(book, read.asset_key) if read.asset_key else None)
    home = home_of(book, name)
    if home is not None:
        return home
    own = {asset.home, *asset.targets} if asset else set[EntityName | None]()
    named = {
        key
        for key in (book.get(CALLED, last_part(name_parts(name)[-1])) or [])
        if key not in own
        and (note := book.get(TABLES, key_text(key))) is not None
        and _is_called(ReadNote(dataset=note.fact.dataset), name)
    }
    return named.pop() if len(named) == 1 else None


def last_part(name: str) -> str:
    """Return a name as it stands in the list of what is called so."""
    return name.rpartition("/")[2].casefold()


def _is_called(read: ReadNote, name: str) -> bool:
    dataset = read.dataset
    if name in (dataset.name, str(dataset), read.asset_key):
        return True
    if is_path(dataset):
        return False
    parts = name_parts(name)
    ends = name_parts(dataset.name)[-len(parts) :]
    return tuple(part.casefold() for part in ends) == tuple(part.casefold() for part in parts)


def _covered(book: Notebook, key: EntityName, teller: str) -> set[EntityName]:
    """Return what a publishing asset's own edges need not name, as the edges of its targets do."""
    asset = book.get(ASSETS, teller) if not teller.startswith((PUBLISHED, LOADED, EMITTED)) else None
    if asset is None or not asset.targets or key in asset.targets or asset.home != key:
        return set()
    notes = book.many(LINEAGES, map(key_text, asset.targets))
    edges = (
        edge for note in notes for part in note.tellers.get(PUBLISHED + teller, {}).values() for edge in part.edges
    )
    return {upstream for edge in edges if (upstream := upstream_of(book, edge)) is not None}


def copied_columns(book: Notebook, source: EntityName, target: EntityName) -> tuple[ColumnEdge, ...]:
    """Return column edges by name, for a copy: of the columns of both, where the target tells its own."""
    notes = [book.get(TABLES, key_text(each)) for each in (source, target)]
    above, below = (note.fact.columns if note else () for note in notes)
    own = {column.name.casefold(): column.name for column in below or above}
    return same_columns((column.name, own[column.name.casefold()]) for column in above if column.name.casefold() in own)


def same_columns(pairs: Iterable[tuple[str, str]]) -> tuple[ColumnEdge, ...]:
    """Return identity edges."""
    return tuple(
        ColumnEdge(upstream_column=above, downstream_column=below, transformation="identity") for above, below in pairs
    )
