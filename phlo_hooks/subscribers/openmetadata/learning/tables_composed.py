"""A dataset's fact out of its note, the lineage that names it, and what code declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from phlo_hooks.datasets import Column
from phlo_hooks.subscribers.openmetadata.facts import TableFact
from phlo_hooks.subscribers.openmetadata.learning import notebook as shelves
from phlo_hooks.subscribers.openmetadata.learning.edges_composed import source_named, upstream_of
from phlo_hooks.subscribers.openmetadata.learning.notebook import (
    LINEAGES,
    LOCATIONS,
    READERS,
    TABLES,
    Notebook,
    key_text,
)
from phlo_hooks.subscribers.openmetadata.learning.notes import EdgeNote, LineageNote, Making, TableNote
from phlo_hooks.subscribers.openmetadata.names import EntityName

JOBS: Final = "jobs"
"""What stands for a code location that declares jobs; code that declares none says nothing against one."""


def table_fact(book: Notebook, key: EntityName, note: TableNote) -> TableFact:
    """Return what is known of a dataset; a copy without columns of its own has those of what it copies."""
    columns = note.fact.columns or _copied(book, note)
    return replace(
        note.fact,
        columns=columns,
        columns_at=note.fact.columns_at,
        seen_columns=() if columns else tuple(_seen(book, key)),
        pipeline=_pipeline(book, note),
    )


def _copied(book: Notebook, note: TableNote) -> tuple[Column, ...]:
    if note.copied is None:
        return ()
    source = source_named(book, note.copied.asset_key, note.copied.source)
    above = book.get(TABLES, key_text(source)) if source else None
    return above.fact.columns if above else ()


def _seen(book: Notebook, key: EntityName) -> list[str]:
    """Return the columns that lineage speaks of now: those made, in the order of the statement, then those read."""
    own = book.get(LINEAGES, key_text(key))
    readers = list(book.all(READERS, key_text(key)))
    found = dict.fromkeys(_made(own) if own else ())
    for note in book.many(LINEAGES, map(key_text, readers)):
        found.update(dict.fromkeys(sorted(_read(book, note, key))))
    spelled: dict[str, str] = {}
    for name in found:
        spelled.setdefault(name.casefold(), name)
    return list(spelled.values())


def _made(note: LineageNote) -> Iterator[str]:
    for edge in _edges(note):
        yield from (column.downstream_column for column in edge.columns if column.downstream_column is not None)


def _read(book: Notebook, note: LineageNote, key: EntityName) -> Iterator[str]:
    for edge in _edges(note):
        if edge.columns and upstream_of(book, edge) == key:
            yield from (column.upstream_column for column in edge.columns)


def _edges(note: LineageNote) -> Iterator[EdgeNote]:
    return (edge for _, parts in sorted(note.tellers.items()) for part in parts.values() for edge in part.edges)


def _pipeline(book: Notebook, note: TableNote) -> EntityName | None:
    """
    Return the pipeline that makes a dataset: the first job that did, and that code still says it does.

    Code that is not known says nothing against a job. Where no job makes it, it is the group of its asset; of several
    that of the first by key, so that it does not change with every run.
    """
    keys = {*note.fact.asset_keys, *((note.fact.maker,) if note.fact.maker else ())}
    jobs = sorted(note.jobs, key=lambda making: (making.first, making.pipeline))
    live = [making for making in jobs if _still_makes(book, making, keys)]
    if live:
        return live[0].pipeline
    groups = {key: each for key, each in note.groups.items() if key in keys} or note.groups
    if groups:
        return groups[min(groups)].pipeline
    return jobs[0].pipeline if jobs else None


def _still_makes(book: Notebook, making: Making, keys: set[str]) -> bool:
    if making.location is None or book.get(LOCATIONS, making.location) != JOBS:
        return True
    declared = book.get(shelves.JOBS, key_text(making.pipeline))
    return declared is not None and bool(keys & set(declared.asset_keys))
