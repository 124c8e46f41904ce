"""
What is known of the platform, learned from events, kept in the state database.

Each part says when it was learned: an older event, delivered again or late, never overwrites a newer one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from phlo_hooks.catalog import KnownModel
from phlo_hooks.datasets import Column, ColumnEdge, DatasetRef
from phlo_hooks.subscribers.openmetadata.names import EntityName


@dataclass(frozen=True, kw_only=True)
class TableFact:
    """
    One dataset: a table, file, API endpoint or published target.

    Attributes:
        name: Which entity it is; ``name.kind`` says what kind.
        asset_keys: Assets that are this dataset, sorted.
        made: Whether an asset makes it; a dataset that is only read is described by what others tell.
        columns: As the last event that named them had them.
        columns_at: When; ``None`` when no event did.
        seen_columns: Names that lineage speaks of, where no event named ``columns``.
        endpoint: For an API endpoint, a file or a published target: its address without credentials.
        format: Of a file, such as ``parquet`` or ``csv``.
        sql: The statement that made it last.
        code_location: Of the asset that makes it.
        pipeline: Which makes it: the first job seen doing so, until it no longer does; else the asset group's.
        maker: The asset that makes it, where the dataset is no asset: a loader's child table, a published target.
        at: When the newest event spoke of it.
    """

    name: EntityName
    dataset: DatasetRef
    at: datetime
    asset_keys: tuple[str, ...] = ()
    made: bool = False
    stage: str = ""
    group: str | None = None
    owners: tuple[str, ...] = ()
    description: str | None = None
    columns: tuple[Column, ...] = ()
    columns_at: datetime | None = None
    seen_columns: tuple[str, ...] = ()
    endpoint: str | None = None
    format: str | None = None
    sql: str | None = None
    dialect: str | None = None
    sql_at: datetime | None = None
    unique_id: str | None = None
    code_location: str | None = None
    pipeline: EntityName | None = None
    maker: str | None = None


@dataclass(frozen=True, kw_only=True)
class AssetFact:
    """
    What code declares of one asset, from the catalog; see ``KnownAsset``.

    Attributes:
        key: Dagster's; of a source that dbt declares and that is no asset, ``source:`` and dbt's name for it.
        name: ``None`` when nobody knows its dataset.
        upstream: Every dataset that it declares to read, whether that is an asset or not.
        external: Code declares it and does not make it.
    """

    key: str
    name: EntityName | None
    code_location: str
    group: str | None = None
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    columns: tuple[Column, ...] = ()
    upstream_keys: tuple[str, ...] = ()
    upstream: tuple[EntityName, ...] = ()
    external: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    model: KnownModel | None = None


@dataclass(frozen=True, kw_only=True)
class EdgeFact:
    """
    One dataset that another is made from.

    Attributes:
        origin: See ``LineageEdge.origin``; ``dlt`` also for a source that a loader read, ``publish`` for a target.
    """

    upstream: EntityName
    origin: str
    columns: tuple[ColumnEdge, ...] = ()
    sql: str | None = None


@dataclass(frozen=True, kw_only=True)
class LineageFact:
    """
    What one dataset is made from.

    Attributes:
        teller: Whose edges these are: an asset key, as two assets may each tell of one dataset; the same behind
            ``load:`` for what a loader read, behind ``publish:`` for what was copied, and behind ``emit:`` for what
            the user's code told; ``""`` for nobody's.
        at: Of the newest event that told it.
        run_id: The run that told it last.
    """

    downstream: EntityName
    teller: str
    at: datetime
    edges: tuple[EdgeFact, ...] = ()
    run_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class TaskFact:
    """
    One task of a pipeline: an asset, or a step that makes none.

    Attributes:
        name: The asset key's parts joined by two underscores, or the step's key.
        kind: ``dlt``, ``dbt``, ``publish`` … or ``op``.
        upstream: Names of the tasks before it.
    """

    name: str
    asset_key: str | None = None
    step_key: str | None = None
    kind: str = ""
    upstream: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PipelineFact:
    """
    A job, or an asset group for assets that were made without a job of their own.

    Attributes:
        job: Its name; ``None`` for a group.
        tasks: By name.
        description: The job's own, as the code has it.
        schedule: The job's, as a cron expression.
    """

    name: EntityName
    code_location: str | None = None
    job: str | None = None
    group: str | None = None
    tasks: Mapping[str, TaskFact] = field(default_factory=dict)
    at: datetime | None = None
    description: str | None = None
    schedule: str | None = None


@dataclass(frozen=True, kw_only=True)
class TaskRun:
    """
    How one task went in one run.

    Attributes:
        status: One of ``Status``: ``started``, ``success``, ``failure`` …
        at: Of the event that said so; of two, the later attempt's and then the later one's holds.
    """

    status: str
    at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: int = 1
    rows: int | None = None
    step_key: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class RunFact:
    """
    One run.

    Attributes:
        status: ``queued``, ``started``, ``success``, ``failure``, ``canceled`` or ``lost``.
        groups: Asset groups of its tasks, when it has no job of its own: task name to group.
        told: Datasets whose lineage it told; settled when it succeeds.
        status_at: Time of the event with which its status was last told while it ran.
    """

    run_id: str
    at: datetime
    status: str = ""
    job: str | None = None
    code_location: str | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    partition: str | None = None
    launcher: str | None = None
    error: str | None = None
    tasks: Mapping[str, TaskRun] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    told: tuple[EntityName, ...] = ()
    status_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CheckFact:
    """
    One check of one dataset.

    Attributes:
        table: The dataset's entity.
        check_type: ``dbt_test``, ``asset_check``, or ``freshness`` where the check is one of freshness.
    """

    table: EntityName
    asset_key: str
    name: str
    column: str | None = None
    check_type: str | None = None
    description: str | None = None
    severity: str | None = None
    blocking: bool = False
    unique_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ResultFact:
    """One result of a check, straight from its event; it is not kept."""

    check: CheckFact
    at: datetime
    outcome: str
    data_outcome: str | None = None
    passed: bool | None = None
    failed_rows: int | None = None
    message: str | None = None
    partition: str | None = None
    run_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ProfileFact:
    """A dataset's size at one moment, straight from its event; it is not kept."""

    table: EntityName
    at: datetime
    rows: int | None = None
    bytes: int | None = None
    columns: int | None = None
    written: int | None = None
    """Rows that this load wrote, where that is not the size of the table."""


@dataclass(frozen=True, kw_only=True)
class ExposureFact:
    """One of dbt's exposures, as a dashboard; see ``KnownExposure``."""

    name: EntityName
    upstream: tuple[EntityName, ...] = ()
    type: str = "dashboard"
    label: str | None = None
    url: str | None = None
    owner: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    code_location: str | None = None


@dataclass(frozen=True, kw_only=True)
class Learned:
    """
    What one event, or several, changed or confirmed.

    Attributes:
        tables: Datasets of which something new is known.
        lineages: Datasets whose edges are to be drawn.
        settled: Datasets whose edges a successful run told completely.
        runs: Run ids whose status is to be told.
    """

    tables: frozenset[EntityName] = frozenset()
    lineages: frozenset[EntityName] = frozenset()
    settled: frozenset[EntityName] = frozenset()
    pipelines: frozenset[EntityName] = frozenset()
    exposures: frozenset[EntityName] = frozenset()
    runs: frozenset[str] = frozenset()
    results: tuple[ResultFact, ...] = ()
    profiles: tuple[ProfileFact, ...] = ()

    def __or__(self, other: Learned) -> Learned:
        return Learned(
            tables=self.tables | other.tables,
            lineages=self.lineages | other.lineages,
            settled=self.settled | other.settled,
            pipelines=self.pipelines | other.pipelines,
            exposures=self.exposures | other.exposures,
            runs=self.runs | other.runs,
            results=self.results + other.results,
            profiles=self.profiles + other.profiles,
        )


class Facts(Protocol):
    """What is known, to be read; what mapping asks of ``learning.Knowledge``."""

    def table(self, name: EntityName) -> TableFact | None:
        """Return what is known of a dataset."""

    def assets_of(self, name: EntityName) -> tuple[AssetFact, ...]:
        """Return what code declares of the assets that are this dataset, by key."""

    def asset(self, key: str) -> AssetFact | None:
        """Return what code declares of an asset."""

    def lineage(self, name: EntityName) -> tuple[LineageFact, ...]:
        """Return what the tellers say a dataset is made from, by teller."""

    def pipeline(self, name: EntityName) -> PipelineFact | None:
        """Return a job or group."""

    def run(self, run_id: str) -> RunFact | None:
        """Return a run."""

    def run_status(self, run_id: str) -> str | None:
        """Return how a run stands, without its tasks; that is quick."""

    def exposure(self, name: EntityName) -> ExposureFact | None:
        """Return an exposure."""
