"""What was handed to those who use it: a table for each target, in place of the asset that publishes them all."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import PublishEvent, Status
from phlo_hooks.lineage.drafts import TableDraft
from phlo_hooks.lineage.edges import Edges
from phlo_hooks.lineage.names import is_path, name_parts
from phlo_hooks.lineage.recorded import AssetRecord
from phlo_hooks.lineage.tables import Tables

ORIGIN = "publish"


def note_targets(records: Iterable[AssetRecord], tables: Tables) -> None:
    """Let the tables know how targets are spelled."""
    for record in records:
        event = last_publish(record)
        if event is not None:
            for target in event.tables:
                tables.names.add(target_dataset(event, target), own=True)


def add_targets(record: AssetRecord, tables: Tables, edges: Edges) -> None:
    """Make a table of each target, and drop the asset's own when the targets say all that it says."""
    home = tables.homes.get(record.key)
    event = last_publish(record)
    if home is None:
        return
    container = tables.draft(home)
    if event is None:
        container.published = container.published or container.stage == "publish"
        return
    upstream = edges.sources_of(home)
    covered = set()
    for target, source in event.tables.items():
        upper = _source(source, upstream, tables, home.namespace)
        draft = tables.draft(target_dataset(event, target))
        edges.add(upper, draft.dataset, ORIGIN)
        covered.add(tables.names.find(upper))
        draft.published = True
        if draft is not container:
            _take_over(draft, container, one_of=len(event.tables))
    if tables.names.find(home) in {tables.names.find(target_dataset(event, target)) for target in event.tables}:
        return
    edges.drop(covered, home)
    container.published = True
    if not upstream - covered and not edges.has_readers(home):
        tables.drop(home)


def last_publish(record: AssetRecord) -> PublishEvent | None:
    """Return the newest event that says what was published as what."""
    for event in record.touches:
        if isinstance(event, PublishEvent) and event.tables and event.status in ("", Status.SUCCESS):
            return event
    return None


def target_dataset(event: PublishEvent, target: str) -> DatasetRef:
    """Return the dataset of a target: inside the event's own dataset unless it says where it is."""
    inside = event.dataset
    parts = urlsplit(target)
    if parts.scheme and parts.netloc:
        host = parts.netloc.rpartition("@")[2]
        return DatasetRef(namespace=f"{parts.scheme}://{host}", name=parts.path.lstrip("/") or "/")
    if inside is None or not inside.resolved:
        return DatasetRef(namespace=event.target_system or (inside.namespace if inside else "published"), name=target)
    if is_path(inside):
        if target.startswith("/") or target == inside.name:
            return DatasetRef(namespace=inside.namespace, name=target)
        own_file = inside.name.rsplit("/", 1)[-1] == target
        return (
            inside if own_file else DatasetRef(namespace=inside.namespace, name=f"{inside.name.rstrip('/')}/{target}")
        )
    if name_parts(inside.name)[-len(name_parts(target)) :] == name_parts(target):
        return inside
    name = target if len(name_parts(target)) > 1 else f"{inside.name}.{target}"
    return DatasetRef(namespace=inside.namespace, name=name)


def _source(name: str, upstream: Iterable[DatasetRef], tables: Tables, namespace: str) -> DatasetRef:
    """Return the table that a publisher names: one it reads, else the only one known by that name."""
    parts = name_parts(name)
    for candidates in (upstream, (draft.dataset for draft in tables.drafts)):
        found = [each for each in candidates if name in (each.name, str(each)) or _ends_like(each, parts)]
        if len(found) == 1:
            return found[0]
    if name in tables.homes:
        return tables.homes[name]
    return DatasetRef(namespace=namespace, name=name)


def _ends_like(dataset: DatasetRef, parts: tuple[str, ...]) -> bool:
    if is_path(dataset):
        return False
    ends = name_parts(dataset.name)[-len(parts) :]
    return tuple(part.casefold() for part in ends) == tuple(part.casefold() for part in parts)


def _take_over(draft: TableDraft, container: TableDraft, *, one_of: int) -> None:
    """Give a target what is known of the asset that publishes it; rows only when it is the only one."""
    for key in container.asset_keys:
        draft.add_asset(key)
    draft.made = True
    draft.stage = container.stage or "publish"
    draft.group, draft.kinds, draft.owners = container.group, container.kinds, container.owners
    draft.code_location, draft.tags, draft.url = container.code_location, dict(container.tags), container.url
    draft.checks |= container.checks
    draft.runs += container.runs
    if one_of == 1:
        draft.count_rows(container.rows, container.rows_at)
