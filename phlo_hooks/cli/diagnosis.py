"""What ``doctor`` finds out: for each asset the table it is, where its column lineage comes from, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from phlo_hooks.catalog import KnownAsset
from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.events import AssetEvent, HookEvent, IngestionEvent, LineageEvent, PublishEvent, TransformEvent
from phlo_hooks.exceptions import EventError
from phlo_hooks.lineage.declared import declared_assets
from phlo_hooks.outbox.history import History
from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import Settings
from phlo_hooks.source import StoredSnapshot

FIX: Final = "fix"
ADVICE: Final = "advice"
UNRESOLVED: Final = "unresolved"
RECORDED: Final = "recorded"

_ENDS: Final = ("transform.end", "ingestion.end", "publish.end", "asset.materialized")
_Ended = TransformEvent | IngestionEvent | PublishEvent | AssetEvent


@dataclass(frozen=True, kw_only=True)
class Finding:
    """
    One thing that is not as it could be.

    Attributes:
        level: ``fix`` when tables or columns are missing because of it, ``advice`` when nothing is wrong for sure.
        way_out: The line that ends it.
    """

    level: str
    problem: str
    way_out: str


@dataclass(frozen=True, kw_only=True)
class AtServer:
    """
    One asset's dataset at an OpenMetadata server.

    Attributes:
        kind: ``table``, ``container`` or ``apiEndpoint``; ``None`` when nothing is told of it.
        entity: Its fully qualified name there.
        rule: Which rule of naming won.
        columns: How many it has there, and ``columns_with_lineage`` how many of them have an edge that ends at them.
        others: Tables of the same schema and name that are somewhere else there.
    """

    kind: str | None
    entity: str | None
    rule: str
    there: bool
    columns: int
    columns_with_lineage: int
    others: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """
    One asset.

    Attributes:
        rule: Which rule found the dataset; ``recorded`` when only its materializations tell.
        columns_from: Who said which column comes from which, when it last ran; empty when nobody did.
        columns: How many the table has, and ``traced`` how many of them come from a known column.
        sql_from: Where the compiled SQL is on this host, for an asset that has some.
        last_run: When it was last made; ``None`` when no event says that it was.
        warning: What its SQL hid, when it last ran.
        openmetadata: What the server says; ``None`` when none is configured, or it cannot be asked.
    """

    key: str
    code_location: str
    dataset: DatasetRef
    rule: str
    why: str
    stage: str
    stage_why: str
    external: bool
    has_sql: bool
    sql_from: str
    columns_from: str
    columns: int
    traced: int
    last_run: datetime | None
    warning: str | None
    findings: tuple[Finding, ...] = ()
    openmetadata: AtServer | None = None


def known_assets(snapshots: Sequence[StoredSnapshot], settings: Settings) -> tuple[list[KnownAsset], list[str]]:
    """Return the assets that the installed catalogs know, by key, and a note on each catalog that failed."""
    declared, notes = declared_assets(snapshots, settings)
    found = {(each.code_location, each.key): each for each in declared}
    return [found[place] for place in sorted(found, key=lambda each: (each[1], each[0]))], notes


class Doctor:
    """Compares what code declares with what was recorded."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._types = {each.asset_key: each.event_types for each in history.assets()}

    def examine(self, asset: KnownAsset) -> Diagnosis:
        """Return what is known of an asset, and what is to be done about it."""
        types = self._types.get(asset.key, frozenset())
        ended = self._ended(asset.key, types)
        lineage = self._newest(asset.key, "lineage.edges") if "lineage.edges" in types else None
        told = lineage if isinstance(lineage, LineageEvent) else None
        dataset, rule, why = asset.dataset, asset.rule, asset.why
        if rule == UNRESOLVED and ended is not None and ended.dataset is not None and ended.dataset.resolved:
            dataset, rule, why = ended.dataset, RECORDED, "the metadata of its materializations says so"
        columns, traced = _columns(ended.columns if ended else (), told)
        return Diagnosis(
            key=asset.key,
            code_location=asset.code_location,
            dataset=dataset,
            rule=rule,
            why=why,
            stage=asset.stage,
            stage_why=asset.stage_why,
            external=asset.external,
            has_sql=asset.has_sql,
            sql_from=asset.sql_from,
            columns_from=told.columns_from if told else "",
            columns=columns,
            traced=traced,
            last_run=ended.timestamp if ended else None,
            warning=told.warning if told else None,
            findings=tuple(_findings(asset, rule, told, ran=ended is not None)),
        )

    def _ended(self, key: str, types: Collection[str]) -> _Ended | None:
        """Return the newest event that tells of the asset being made."""
        found = [self._newest(key, event_type) for event_type in _ENDS if event_type in types]
        made = [event for event in found if isinstance(event, _Ended)]
        return max(made, key=lambda event: event.timestamp, default=None)

    def _newest(self, key: str, event_type: str) -> HookEvent | None:
        """Return the newest event that can be read and tells of no failure."""
        for row in self._history.newest(key, event_type, 10):
            try:
                event = row.decode()
            except EventError:
                continue
            if getattr(event, "status", "success") in {"success", "no_data"}:
                return event
        return None


def _columns(columns: Sequence[Column], lineage: LineageEvent | None) -> tuple[int, int]:
    """Return how many columns there are, and how many of them come from a known one."""
    edges = [edge for each in (lineage.edges if lineage else ()) for edge in each.columns]
    traced = {edge.downstream_column for edge in edges if edge.kind == "direct" and edge.downstream_column}
    names = {column.name for column in columns} or traced
    return len(names), len(names & traced)


def _findings(asset: KnownAsset, rule: str, told: LineageEvent | None, *, ran: bool) -> list[Finding]:
    found = []
    if rule == UNRESOLVED:
        needed = not asset.external and asset.stage != "publish"
        way_out = asset.hint or asset.why
        found.append(Finding(level=FIX if needed else ADVICE, problem="its table is not known", way_out=way_out))
    if asset.has_sql and not asset.sql_from:
        missing = ran and not (told is not None and told.columns_from)
        problem = "its compiled SQL is on this host neither in a step's target folder nor in the project's"
        way_out = asset.hint or "run `dbt compile`, or run the relay where dbt runs"
        found.append(Finding(level=FIX if missing else ADVICE, problem=problem, way_out=way_out))
    elif asset.has_sql and told is not None and not told.columns_from:
        way_out = f"phlo-hooks rederive --run {told.correlation.run_id} reads the SQL that is here now"
        found.append(Finding(level=FIX, problem="its column lineage was never read", way_out=way_out))
    if told is not None and told.warning:
        way_out = "what is missing is left out, never guessed; name the columns, or qualify them with their table"
        found.append(Finding(level=ADVICE, problem=redact_text(told.warning), way_out=way_out))
    return found
