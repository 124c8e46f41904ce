"""Lineage, schemas, metrics, services, telemetry, and the bus's own troubles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from phlo_hooks.datasets import Column, DatasetRef, LineageEdge
from phlo_hooks.events.base import ErrorInfo, HookEvent
from phlo_hooks.frozen import FrozenDict


@dataclass(frozen=True, kw_only=True)
class LineageEvent(HookEvent):
    """
    Where one materialization's data came from.

    Attributes:
        asset_key: The asset downstream of all edges.
        sql: The statement that made it, as compiled, redacted, cut at 32 KiB; ``None`` when it is not known.
        dialect: Of ``sql``, such as ``duckdb``.
        columns_from: Who says which column comes from which: ``metadata`` (dbt's or Dagster's), ``sql`` (read from the
            statement), ``metadata+sql``, or empty.
        warning: Why column edges are missing that there should be, such as a statement that cannot be parsed.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("lineage.edges",)

    edges: tuple[LineageEdge, ...]
    asset_key: str | None = None
    sql: str | None = None
    dialect: str | None = None
    columns_from: str = ""
    warning: str | None = None


@dataclass(frozen=True, kw_only=True)
class RetypedColumn:
    """A column whose type is another than before."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class SchemaChangeEvent(HookEvent):
    """A dataset's columns are others than when it was last seen."""

    TYPES: ClassVar[tuple[str, ...]] = ("schema.changed",)

    dataset: DatasetRef
    asset_key: str | None = None
    added: tuple[Column, ...] = ()
    removed: tuple[Column, ...] = ()
    retyped: tuple[RetypedColumn, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SemanticModelEvent(HookEvent):
    """
    A semantic model changed, or the health of its metrics did.

    Attributes:
        added: Names of models and metrics.
        breaking: Whether a reader of the former model can fail.
        affected: Who is affected, such as dashboards.
        health: ``passing``, ``warning``, ``failing``, ``unknown``, for ``semantic.health``.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("semantic.changed", "semantic.health")

    model: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    breaking: bool = False
    affected: tuple[str, ...] = ()
    health: str | None = None
    content_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class TelemetryEvent(HookEvent):
    """
    A metric, log line or span that somebody wants told.

    Attributes:
        unit: UCUM, such as ``s`` or ``{row}``.
        level: Severity of a log line, such as ``INFO``.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("telemetry.metric", "telemetry.log", "telemetry.span")

    name: str
    value: float | int | str | None = None
    unit: str | None = None
    level: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=FrozenDict)


@dataclass(frozen=True, kw_only=True)
class ServiceLifecycleEvent(HookEvent):
    """
    A service of the platform is about to start or stop, or has.

    Attributes:
        phase: ``pre_start``, ``post_start``, ``pre_stop``, ``post_stop``.
        status: ``success`` or ``failure`` after, empty before.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        "service.pre_start",
        "service.post_start",
        "service.pre_stop",
        "service.post_stop",
    )

    service_name: str
    phase: str = ""
    status: str = ""
    project_name: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=FrozenDict)

    def __post_init__(self) -> None:
        """Derive ``phase`` from the type."""
        if not self.phase:
            object.__setattr__(self, "phase", self.event_type.partition(".")[2])
        super().__post_init__()


@dataclass(frozen=True, kw_only=True)
class ErrorEvent(HookEvent):
    """
    The bus's own trouble, told on the bus.

    Attributes:
        where: The part it happened in, such as a plugin, a consumer or a run.
        hook: ``plugin:hook``, when one is concerned.
        about_event_id: The event that could not be handled, when one is concerned.
        attempts: How often it was tried.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        "hook.failed",
        "delivery.dead",
        "delivery.lagging",
        "record.untranslatable",
        "plugin.failed",
    )

    where: str
    message: str = ""
    hook: str | None = None
    about_event_id: str | None = None
    attempts: int | None = None
    error: ErrorInfo | None = None
