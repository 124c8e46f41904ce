"""Edges: what lineage events tell, and that an asset which reads nothing has none."""

from __future__ import annotations

from collections.abc import Iterable

from phlo_hooks.datasets import LineageEdge
from phlo_hooks.events import LineageEvent, Status
from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.datasets import Said, keep_dataset, link_reader
from phlo_hooks.subscribers.openmetadata.learning.edges_composed import EMITTED, USER, upstream_of
from phlo_hooks.subscribers.openmetadata.learning.notebook import (
    ASSETS,
    LINEAGES,
    OUTLINES,
    RUN_TOLD,
    RUNS,
    key_text,
)
from phlo_hooks.subscribers.openmetadata.learning.notes import (
    CONCLUDED,
    AssetNote,
    EdgeNote,
    LineageNote,
    PartNote,
    ReadNote,
    stamp_of_event,
)
from phlo_hooks.subscribers.openmetadata.learning.tasks import renew
from phlo_hooks.subscribers.openmetadata.names import EntityName


def learn_lineage(lesson: Lesson, event: LineageEvent) -> None:
    """
    Learn the edges of an event, both ends of each, and the statement behind them.

    Edges that the user's code tells of an asset stand beside those that Dagster tells: neither replaces the other.
    """
    edges: dict[tuple[EntityName, str], list[EdgeNote]] = {}
    asset_key = event.asset_key or ""
    for edge in event.edges:
        downstream = _downstream(lesson, event, edge)
        upstream = keep_dataset(lesson, edge.upstream, Said())
        if downstream is not None:
            note = EdgeNote(
                origin=edge.origin, upstream=upstream, asset_key=edge.upstream_asset_key, columns=edge.columns
            )
            teller = EMITTED + asset_key if edge.origin == USER else asset_key
            edges.setdefault((downstream, teller), []).append(note)
    for (downstream, teller), notes in edges.items():
        tell_edges(lesson, downstream, teller, notes, sql=event.sql)
    seen = [edge for edge in event.edges if edge.origin != USER]
    if asset_key and seen:
        _note_reads(lesson, asset_key, seen)


def tell_edges(
    lesson: Lesson,
    downstream: EntityName,
    teller: str,
    edges: list[EdgeNote],
    *,
    part: str = "",
    sql: str | None = None,
    stamp: str = "",
    most: int = 1,
) -> None:
    """
    Keep what a teller says of a dataset's edges, unless it has said something later.

    Args:
        part: What it speaks of only, such as a partition; the newest ``most`` parts hold together.
    """
    book, stamp = lesson.book, stamp or lesson.stamp
    lesson.changes.lineage(downstream)
    lesson.changes.table(downstream)
    upstreams = _upstreams(lesson, edges)
    note = book.get(LINEAGES, key_text(downstream)) or LineageNote(downstream=downstream)
    parts = note.tellers.setdefault(teller, {})
    held = parts.get(part)
    is_told = _note_told(lesson, downstream)
    if held is None or stamp > held.stamp or (lesson.changes.again and stamp == held.stamp):
        is_told = True
        _upstreams(lesson, held.edges if held else [])
        fresh = PartNote(stamp=stamp, at=lesson.event.timestamp, run_id=lesson.run_id, edges=edges)
        if held is not None:
            fresh.sql, fresh.sql_stamp = held.sql, held.sql_stamp
        parts[part] = held = fresh
        for oldest in sorted(parts, key=lambda each: parts[each].stamp)[:-most]:
            del parts[oldest]
        for upstream in upstreams:
            link_reader(lesson, upstream, downstream)
    if sql and stamp >= held.sql_stamp:
        held.sql, held.sql_stamp = sql, stamp
    book.set(LINEAGES, note, key_text(downstream))
    if is_told and _succeeded(lesson):
        lesson.changes.settled.add(downstream)


def _upstreams(lesson: Lesson, edges: Iterable[EdgeNote]) -> list[EntityName]:
    """Return the datasets that edges come from, which may look different now."""
    found = [key for edge in edges if (key := upstream_of(lesson.book, edge)) is not None]
    for key in found:
        lesson.changes.table(key)
    return found


def learn_no_lineage(lesson: Lesson, asset_key: str, home: EntityName) -> None:
    """
    Conclude that an asset which was made and declares to read nothing is made from nothing.

    Dagster tells no lineage of such an asset, so that edges from the time when it read something would stay. What a
    lineage event of the same record says holds against this.
    """
    declared = lesson.book.get(OUTLINES, asset_key)
    if declared is None or declared.external or declared.reads:
        return
    if lesson.event.source != "dagster":
        return
    stamp = stamp_of_event(lesson.event, revision=lesson.revision, rank=CONCLUDED)
    tell_edges(lesson, home, asset_key, [], stamp=stamp)


def _downstream(lesson: Lesson, event: LineageEvent, edge: LineageEdge) -> EntityName | None:
    fields = {}
    if event.sql:
        fields = {"sql": event.sql, "dialect": event.dialect, "sql_at": event.timestamp}
    return keep_dataset(lesson, edge.downstream, Said(fields=fields))


def _note_reads(lesson: Lesson, asset_key: str, edges: Iterable[LineageEdge]) -> None:
    """Note what an asset reads; what it published is found among that."""
    book = lesson.book
    note = book.get(ASSETS, asset_key) or AssetNote(key=asset_key)
    if lesson.stamp < note.reads_mark:
        return
    for target in note.targets:
        lesson.changes.lineage(target)
        lesson.changes.table(target)
    reads = {
        (edge.upstream, edge.upstream_asset_key): ReadNote(
            dataset=edge.upstream, name=_key(lesson, edge), asset_key=edge.upstream_asset_key
        )
        for edge in edges
    }
    ordered = [reads[place] for place in sorted(reads, key=lambda each: (each[0], each[1] or ""))]
    if [read.asset_key for read in ordered] != [read.asset_key for read in note.reads]:
        for pipeline in note.pipelines:
            renew(lesson, pipeline)
    note.reads, note.reads_mark = ordered, lesson.stamp
    book.set(ASSETS, note, asset_key)
    for target in note.targets:
        told = book.get(LINEAGES, key_text(target))
        for each in told.tellers.values() if told else ():
            for part in each.values():
                for edge in part.edges:
                    if (upstream := upstream_of(book, edge)) is not None:
                        link_reader(lesson, upstream, target)


def _key(lesson: Lesson, edge: LineageEdge) -> EntityName | None:
    name = lesson.naming.dataset(edge.upstream)
    return lesson.naming.same(name, edge.upstream) if name else None


def _note_told(lesson: Lesson, downstream: EntityName) -> bool:
    """Note that the event's run told of the dataset; return whether it had not before."""
    run_id = lesson.run_id
    if run_id is None or lesson.book.get(RUNS, run_id) is None:
        return False
    is_new = lesson.book.get(RUN_TOLD, run_id, key_text(downstream)) is None
    if is_new:
        lesson.book.set(RUN_TOLD, downstream, run_id, key_text(downstream))
    return is_new


def _succeeded(lesson: Lesson) -> bool:
    """Say whether what is told holds completely: outside of runs at once, else when the run has succeeded."""
    run = lesson.book.get(RUNS, lesson.run_id) if lesson.run_id else None
    return lesson.run_id is None or (run is not None and run.status == Status.SUCCESS)
