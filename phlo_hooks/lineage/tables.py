"""Every table that events or code know, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from phlo_hooks.catalog import KnownAsset
from phlo_hooks.datasets import ChildTable, DatasetRef
from phlo_hooks.events import AssetEvent, IngestionEvent, PublishEvent, TransformEvent
from phlo_hooks.lineage.drafts import TableDraft
from phlo_hooks.lineage.graph import GraphCheck, TableRun
from phlo_hooks.lineage.links import asset_url
from phlo_hooks.lineage.names import DatasetNames
from phlo_hooks.lineage.recorded import AssetRecord, Touch
from phlo_hooks.lineage.touches import count_rows, graph_check, rows_of, table_runs
from phlo_hooks.redaction import redact_text

_KIND: Final = "dagster/kind/"
_STAGES: Final[tuple[tuple[type, str], ...]] = (
    (IngestionEvent, "ingestion"),
    (TransformEvent, "transform"),
    (PublishEvent, "publish"),
)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """
    What filling a table needs to know beside its events.

    Attributes:
        run_status: Run id to ``started``, ``success`` …; empty when nothing is known of the run.
        run_tags: Run id to the run's tags, which are none of the asset's.
    """

    ui_url: str | None
    run_status: Callable[[str], str]
    run_tags: Mapping[str, Mapping[str, str]]


class Tables:
    """
    The tables of a graph, by their datasets in any spelling.

    Args:
        records: What events say of each asset.
        known: What code says of each asset.
    """

    def __init__(self, records: Iterable[AssetRecord], known: Iterable[KnownAsset], surroundings: Surroundings) -> None:
        self.names = DatasetNames()
        self._around = surroundings
        self._records = {record.key: record for record in records}
        self._known = {asset.key: asset for asset in known}
        self._drafts: dict[DatasetRef, TableDraft] = {}
        self.homes: dict[str, DatasetRef] = {}
        for key in sorted({*self._records, *self._known}):
            home = _home(self._records.get(key), self._known.get(key))
            if home is not None:
                self.homes[key] = home
                self.names.add(home, own=True)

    @property
    def drafts(self) -> list[TableDraft]:
        """Every table, by its name."""
        return [self._drafts[dataset] for dataset in sorted(self._drafts)]

    def draft(self, dataset: DatasetRef) -> TableDraft:
        """Return the table of a dataset; a new one when there is none."""
        whole = self.names.find(dataset)
        return self._drafts.setdefault(whole, TableDraft(dataset=whole))

    def drop(self, dataset: DatasetRef) -> None:
        """Forget a table that others stand for."""
        self._drafts.pop(self.names.find(dataset), None)

    def fill(self) -> None:
        """Make a table of each asset, and of each child table that a loader made."""
        for key in sorted(self.homes):
            record = self._records.get(key) or AssetRecord(key=key)
            draft = self.draft(self.homes[key])
            runs = table_runs(record.touches, self._around.run_status)
            self._fill(draft, record, self._known.get(key), runs)
            without_rows = [replace(run, rows=None) for run in runs]
            for child in children(record):
                self._fill_child(child, draft, record.key, without_rows)

    def _fill(self, draft: TableDraft, record: AssetRecord, known: KnownAsset | None, runs: Iterable[TableRun]) -> None:
        draft.add_asset(record.key)
        draft.url = draft.url or asset_url(self._around.ui_url, record.key)
        ends = [event for event in record.touches if event.event_type != "asset.observed"]
        draft.made = draft.made or bool(ends) or (known is not None and not known.external)
        if known is not None:
            _describe_known(draft, known)
        for event in record.touches:
            self._describe(draft, event)
        draft.set_columns(known.columns if known is not None else ())
        draft.runs += runs
        counted = rows_of(record.touches, whole=record.whole)
        if counted is not None:
            draft.count_rows(count_rows(record.touches), counted.timestamp)
        self._add_checks(draft, record, known)
        if record.lineage is not None and not draft.sql:
            draft.sql = redact_text(record.lineage.sql) if record.lineage.sql else None
            draft.dialect = record.lineage.dialect
            draft.columns_from = record.lineage.columns_from
            draft.warning = redact_text(record.lineage.warning) if record.lineage.warning else None

    def _fill_child(self, child: ChildTable, parent: TableDraft, key: str, runs: Iterable[TableRun]) -> None:
        draft = self.draft(child.dataset)
        draft.add_asset(key)
        draft.made = True
        draft.stage, draft.group, draft.kinds = parent.stage, parent.group, parent.kinds
        draft.owners, draft.code_location, draft.url = parent.owners, parent.code_location, parent.url
        draft.set_columns(child.columns)
        draft.count_rows(child.rows, None)
        draft.runs += runs

    def _describe(self, draft: TableDraft, event: Touch) -> None:
        """Take from an event what no newer one, and no code, has said."""
        draft.set_columns(event.columns)
        draft.group = draft.group or event.group_name
        draft.code_location = draft.code_location or event.correlation.code_location
        draft.stage = draft.stage or stage_of(event)
        draft.kinds = draft.kinds or tuple(
            sorted(tag.removeprefix(_KIND) for tag in event.tags if tag.startswith(_KIND))
        )
        if not draft.tags:
            of_run = self._around.run_tags.get(event.correlation.run_id or "")
            if of_run is not None:
                draft.tags = {
                    name: value
                    for name, value in event.tags.items()
                    if not name.startswith(_KIND) and name not in of_run
                }
        if isinstance(event, AssetEvent):
            draft.kinds = draft.kinds or tuple(sorted(event.kinds))
            draft.owners = draft.owners or event.owners
            draft.description = draft.description or (redact_text(event.description) if event.description else None)

    def _add_checks(self, draft: TableDraft, record: AssetRecord, known: KnownAsset | None) -> None:
        declared = frozenset(known.checks) if known is not None else frozenset()
        for result in record.checks:
            if declared and result.check_name not in declared:
                continue
            about = self.names.find(result.dataset) if result.dataset is not None else draft.dataset
            where = self._drafts.get(about, draft)
            where.add_check(record.key, graph_check(result, self._around.ui_url))
        have = {result.check_name for result in record.checks}
        for name in declared - have:
            draft.add_check(record.key, GraphCheck(name=name))


def children(record: AssetRecord) -> Sequence[ChildTable]:
    """Return the tables that the last load which had any made of nested data."""
    for event in record.touches:
        if isinstance(event, IngestionEvent) and event.child_tables:
            return event.child_tables
    return ()


def stage_of(event: Touch) -> str:
    """Return the stage that an event tells of."""
    if isinstance(event, AssetEvent):
        return event.stage or ""
    return next((stage for cls, stage in _STAGES if isinstance(event, cls)), "")


def _home(record: AssetRecord | None, known: KnownAsset | None) -> DatasetRef | None:
    """Return the asset's own table: as the newest event that knew it says, else as code declares it."""
    datasets = [event.dataset for event in record.touches if event.dataset is not None] if record else []
    if record and record.lineage:
        edges = record.lineage.edges
        datasets += [edge.downstream for edge in edges if edge.downstream_asset_key == record.key][:1]
    if record:
        datasets += [result.dataset for result in record.checks if result.dataset is not None]
    if known is not None:
        datasets.append(known.dataset)
    return next((dataset for dataset in datasets if dataset.resolved), datasets[0] if datasets else None)


def _describe_known(draft: TableDraft, known: KnownAsset) -> None:
    draft.stage = known.stage or draft.stage
    draft.group = known.group or draft.group
    draft.code_location = known.code_location or draft.code_location
    draft.kinds = tuple(sorted(known.kinds)) or draft.kinds
    draft.owners = known.owners or draft.owners
    draft.tags = dict(known.tags) or draft.tags
    draft.description = redact_text(known.description) if known.description else draft.description
