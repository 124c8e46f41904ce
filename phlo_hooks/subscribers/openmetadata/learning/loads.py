"""What a loader brought: its child tables, and the places that the rows came from."""

from __future__ import annotations

from typing import Any, Final

from phlo_hooks.datasets import ChildTable, Column
from phlo_hooks.events import IngestionEvent, Status
from phlo_hooks.subscribers.openmetadata.learning.changes import Lesson
from phlo_hooks.subscribers.openmetadata.learning.datasets import Said, keep_dataset
from phlo_hooks.subscribers.openmetadata.learning.edges_composed import LOADED, same_columns
from phlo_hooks.subscribers.openmetadata.learning.lineage import tell_edges
from phlo_hooks.subscribers.openmetadata.learning.notes import EdgeNote
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind

PARTITIONS: Final = 30
"""Partitions of one asset whose sources are remembered, the newest: each may come from a file of its own."""
_OWN: Final = "_dlt_"


def learn_load(lesson: Lesson, event: IngestionEvent, home: EntityName | None) -> None:
    """
    Learn child tables, sources, and that the tables are made from the sources.

    Column edges are made where exactly one source was told: its fields are then the loaded columns, without those that
    the loader adds. Child tables hold what was nested in a field and have no column edges.
    """
    children = [key for child in event.child_tables if (key := _child(lesson, event, child)) is not None]
    if not event.sources or event.status == Status.NO_DATA:
        return
    fields = tuple(column for column in event.columns if not column.name.startswith(_OWN))
    sources = list(dict.fromkeys(event.sources))
    keys = {url: key for url in sources if (key := _source(lesson, event, url, fields if len(sources) == 1 else ()))}
    pairs = same_columns((column.name, column.name) for column in fields) if len(sources) == 1 else ()
    origin = event.tool or "dagster"
    part = event.partition_key or ""
    teller = LOADED + event.asset_key
    for target in [home, *children] if home is not None else children:
        columns = pairs if target == home else ()
        edges = [EdgeNote(origin=origin, upstream=key, columns=columns) for key in sorted(set(keys.values()))]
        tell_edges(lesson, target, teller, edges, part=part, most=PARTITIONS)


def _child(lesson: Lesson, event: IngestionEvent, child: ChildTable) -> EntityName | None:
    said = {
        "columns": child.columns,
        "stage": "ingestion",
        "group": event.group_name,
        "maker": event.asset_key,
        "code_location": lesson.location,
    }
    fields: dict[str, Any] = {name: value for name, value in said.items() if value}
    if child.columns:
        fields["columns_at"] = event.timestamp
    return keep_dataset(lesson, child.dataset, Said(fields=fields, own=True, made=True))


def _source(lesson: Lesson, event: IngestionEvent, url: str, fields: tuple[Column, ...]) -> EntityName | None:
    """Learn a source; of a table only the lineage says which columns it has, as others know its types."""
    name = lesson.naming.source(url)
    if name is None:
        return None
    said: dict[str, Any] = {"endpoint": url} if name.kind is Kind.API_ENDPOINT else {}
    if fields and name.kind is not Kind.TABLE:
        said |= {"columns": fields, "columns_at": event.timestamp}
    return keep_dataset(lesson, lesson.naming.source_ref(url), Said(fields=said))
