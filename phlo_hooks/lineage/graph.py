"""
The graph that people look at: tables, what flows between them, and what happened to them last.

It is plain data: the page, ``--json`` and the live server show the same. Columns and tables refer to each other by
their index, so that a graph of a thousand tables stays small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

FORMAT = 1
"""Goes up when a reader of the JSON has to change."""


@dataclass(frozen=True, kw_only=True)
class GraphColumn:
    """
    One column of a table.

    Attributes:
        type: The platform's own name; ``None`` when nobody reported it.
    """

    name: str
    type: str | None = None
    nullable: bool | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class GraphCheck:
    """
    One check of a table, and its last result.

    Attributes:
        outcome: ``pass``, ``warn``, ``fail``, ``error`` or ``skipped``; empty when it has not run.
        severity: Dagster's, ``ERROR`` or ``WARN``.
        failed_rows: ``None`` when the check does not count them.
    """

    name: str
    column: str | None = None
    outcome: str = ""
    severity: str | None = None
    blocking: bool = False
    at: datetime | None = None
    run_id: str | None = None
    failed_rows: int | None = None
    message: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class TableRun:
    """One thing that happened to a table: a materialization, a failure, a skip."""

    run_id: str
    status: str
    at: datetime
    seconds: float | None = None
    rows: int | None = None
    partition: str | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class GraphTable:
    """
    One table, file or other dataset.

    Attributes:
        id: Stable from one graph to the next: the dataset as ``namespace/name``.
        name: The short name people use, such as ``marts.delay_by_carrier``.
        role: ``source`` (nothing known makes it), ``table`` or ``published``.
        stage: ``ingestion``, ``transform``, ``quality``, ``publish`` or empty.
        status: Of the last run that touched it: ``success``, ``failure``, ``skipped``, ``canceled``, ``lost``,
            ``started``, ``no_data``; empty when none is known.
        rows: In the table after the last run that said; of an ingestion, those it loaded, every partition's last load
            together.
        sql: The statement that made it, as compiled.
        columns_from: See ``LineageEvent.columns_from``.
        warning: Why column edges are missing.
        runs: Newest first, at most ten.
    """

    id: str
    namespace: str
    full_name: str
    name: str
    resolved: bool = True
    role: str = "table"
    asset_keys: tuple[str, ...] = ()
    code_location: str | None = None
    stage: str = ""
    group: str | None = None
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    columns: tuple[GraphColumn, ...] = ()
    checks: tuple[GraphCheck, ...] = ()
    status: str = ""
    rows: int | None = None
    at: datetime | None = None
    run_id: str | None = None
    runs: tuple[TableRun, ...] = ()
    sql: str | None = None
    dialect: str | None = None
    columns_from: str = ""
    warning: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class GraphEdge:
    """
    One table that another is made from.

    Attributes:
        source: Index of the upstream table.
        target: Index of the downstream table.
        direct: Upstream column, downstream column (indexes into their tables), transformation (index into
            ``Graph.transformations``).
        indirect: The same; -1 as downstream column stands for every column.
    """

    source: int
    target: int
    origin: str = "dagster"
    direct: tuple[tuple[int, int, int], ...] = ()
    indirect: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class GraphModel:
    """
    One thing inside a step that took its own time, such as a dbt model.

    Attributes:
        table: Index of its table; ``None`` when it has none.
        start: Seconds since the run's start; ``None`` when only its length is known.
    """

    name: str
    status: str
    table: int | None = None
    start: float | None = None
    seconds: float | None = None
    rows: int | None = None
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class GraphStep:
    """
    One attempt of one step.

    Attributes:
        start: Seconds since the run's start.
        seconds: ``None`` while it runs, and when it never said how it ended.
        tables: Indexes of what it makes.
    """

    key: str
    attempt: int
    status: str
    start: float
    seconds: float | None = None
    tables: tuple[int, ...] = ()
    models: tuple[GraphModel, ...] = ()
    error: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class RunCheck:
    """One check result of a run; ``table`` is an index, ``at`` seconds since the run's start."""

    name: str
    outcome: str
    at: float
    table: int | None = None
    step: str | None = None
    severity: str | None = None
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class GraphRun:
    """
    One run, with everything in it.

    Attributes:
        status: ``queued``, ``started``, ``success``, ``failure``, ``canceled`` or ``lost``.
        started_at: When it was queued, while it waits.
        queued_seconds: From queueing to start; ``None`` when it was not queued.
        launcher: See ``RunEvent.launcher``.
    """

    id: str
    job: str | None
    status: str
    started_at: datetime
    seconds: float | None = None
    queued_seconds: float | None = None
    launcher: str | None = None
    partition: str | None = None
    code_location: str | None = None
    error: str | None = None
    url: str | None = None
    events: int = 0
    steps: tuple[GraphStep, ...] = ()
    checks: tuple[RunCheck, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GraphConsumer:
    """One consumer of the events, and how far it is; see ``ConsumerState``."""

    name: str
    delivered: int = 0
    pending: int = 0
    dead: int = 0
    failed: int = 0
    breaker: str = "closed"
    position: int = 0
    last_error: str | None = None
    last_delivered_at: datetime | None = None
    oldest_pending_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class GraphDeadLetter:
    """One event that one consumer could not take."""

    consumer: str
    event_id: str
    event_type: str
    run_id: str
    attempts: int
    asset_key: str | None = None
    error: str | None = None
    error_kind: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Graph:
    """
    Everything the page shows.

    Attributes:
        title: What it is a graph of, such as the deployment's name.
        transformations: The words that column edges point at; ``""`` where nobody says how.
        head: ``seq`` of the newest event it knows; 0 for a graph that was not made from events.
        runs: Newest first.
        notes: What a reader should know, such as that older runs are left out.
    """

    title: str
    made_at: datetime
    format: int = FORMAT
    head: int = 0
    dagster_url: str | None = None
    transformations: tuple[str, ...] = ()
    tables: tuple[GraphTable, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    runs: tuple[GraphRun, ...] = ()
    consumers: tuple[GraphConsumer, ...] = ()
    dead: tuple[GraphDeadLetter, ...] = ()
    notes: tuple[str, ...] = ()
