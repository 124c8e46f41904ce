"""What a dataset is called, and the parts that events say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

UNKNOWN_PLATFORM: Final = "unknown"
"""Namespace of a table whose name is known and whose platform is not."""

_ALIASES: Final = {"sqlserver": "mssql", "postgresql": "postgres", "synapse": "mssql", "fabric": "mssql"}
_FAMILIES: Final = {"awsathena": "athena", "motherduck": "duckdb", "spark": "databricks"}
"""Platforms that two tools name differently: dlt writes to MotherDuck what dbt's duckdb adapter reads."""

_ONE_CASE: Final = frozenset(
    {"athena", "databricks", "duckdb", "hive", "mssql", "oracle", "redshift", "sqlite", "starrocks", "trino"}
)
"""Platforms on which names that differ in case only are one name, quoted or not."""


@dataclass(frozen=True, kw_only=True, order=True)
class DatasetRef:
    """
    One physical dataset, named as OpenLineage names datasets.

    Attributes:
        namespace: Where it lives, such as ``duckdb://warehouse`` or ``postgres://db.internal:5432``.
        name: What it is called there, such as ``warehouse.marts.delay_by_carrier``.
        resolved: ``False`` when nothing but the asset key was known; no part of the identity.
    """

    namespace: str
    name: str
    resolved: bool = field(default=True, compare=False)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Column:
    """
    One column as the platform reports it.

    Attributes:
        name: As the platform spells it.
        type: The platform's own type name, such as ``DECIMAL(10,2)``; ``None`` when not reported.
        nullable: ``None`` when not reported.
    """

    name: str
    type: str | None = None
    nullable: bool | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class ColumnEdge:
    """
    One column of a downstream dataset and one column it comes from.

    Attributes:
        downstream_column: ``None`` for an indirect edge that decides which rows there are, and so touches every column.
        kind: ``direct`` when the value flows; ``indirect`` when it filters, joins, groups or orders.
        transformation: How, in OpenLineage's words: ``identity``, ``transformation``, ``aggregation`` or
            ``conditional`` (it is part of the expression, as in ``CASE WHEN``) for a direct edge; ``filter``, ``join``,
            ``group_by``, ``sort`` or ``window`` for an indirect one; ``None`` when nobody says.
    """

    upstream_column: str
    downstream_column: str | None
    kind: str = "direct"
    transformation: str | None = None


@dataclass(frozen=True, kw_only=True)
class LineageEdge:
    """
    One dataset that another is made from.

    Attributes:
        upstream_asset_key: Dagster's key of the upstream end, ``None`` for a dataset that is no asset.
        origin: Who says so: ``dbt``, ``dagster``, ``dlt``, ``sql``, ``user``.
    """

    upstream: DatasetRef
    downstream: DatasetRef
    upstream_asset_key: str | None = None
    downstream_asset_key: str | None = None
    columns: tuple[ColumnEdge, ...] = ()
    origin: str = "dagster"


@dataclass(frozen=True, kw_only=True)
class LoadJob:
    """
    One file that a loader wrote into one table.

    Attributes:
        table: The physical table name within its dataset.
        state: The loader's word: ``completed_jobs``, ``failed_jobs`` …
        bytes: Size of the file.
        seconds: Time the job took.
    """

    table: str
    state: str
    bytes: int | None = None
    seconds: float | None = None
    retries: int | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChildTable:
    """
    One table that a loader made from nested data of the parent.

    Attributes:
        rows: ``None`` when nobody says: dlt tells Dagster the parent's rows only, ``@hooked_dlt_assets`` tells them.
    """

    dataset: DatasetRef
    columns: tuple[Column, ...] = ()
    rows: int | None = None


def platform_name(raw: str | None) -> str | None:
    """Return one word for a platform, whoever names it: ``dlt.destinations.duckdb`` and ``DuckDB`` are ``duckdb``."""
    if not raw:
        return None
    word = raw.rpartition(".")[2].lower()
    return _ALIASES.get(word, word)


def family(platform: str | None) -> str | None:
    """Return the platform whose folding rules hold."""
    word = platform_name(platform)
    return _FAMILIES.get(word, word) if word else None


def is_one_case(platform: str | None) -> bool:
    """Return whether names on the platform that differ in case only are one."""
    return family(platform) in _ONE_CASE


def namespace_of(platform: str | None, catalog: str | None, namespaces: Mapping[str, str]) -> str:
    """
    Return the dataset namespace of a platform.

    What is configured wins; a DuckDB file is a namespace of its own; else it is the platform's name.
    """
    name = platform_name(platform)
    if name is None:
        return UNKNOWN_PLATFORM
    configured = namespaces.get(name)
    if configured:
        return configured if "://" in configured or configured == name else f"{name}://{configured}"
    if name == "duckdb" and catalog:
        return f"duckdb://{catalog}"
    return name
