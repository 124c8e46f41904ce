"""
What is known of assets before they run.

A package that stores snapshots of code locations registers a callable
``(snapshots: Sequence[StoredSnapshot], settings: Settings) -> Sequence[KnownAsset]`` under the entry point group
``phlo_hooks.catalogs``: the graph shows assets that never ran, and ``phlo-hooks doctor`` says what each resolves to.
Under ``phlo_hooks.exposures`` it registers one that returns ``Sequence[KnownExposure]``, under ``phlo_hooks.jobs`` one
that returns ``Sequence[KnownJob]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from phlo_hooks.datasets import Column, DatasetRef


@dataclass(frozen=True, kw_only=True)
class KnownModel:
    """
    What dbt says of the node that an asset is.

    Attributes:
        unique_id: Such as ``model.shop.stg_orders``.
        resource_type: ``model``, ``seed``, ``snapshot`` or ``source``.
        materialized: ``table``, ``view``, ``incremental`` …; ``None`` when it says nothing.
        raw_sql: The Jinja, redacted; ``None`` for what has none, and where the project has too much of it.
        path: Of the file, within its project.
        tags: dbt's own.
        meta: The node's ``meta``, plain values, redacted.
        column_meta: Column name to the column's ``meta`` and ``tags``: ``{"meta": {...}, "tags": [...]}``.
    """

    unique_id: str
    resource_type: str = "model"
    materialized: str | None = None
    raw_sql: str | None = None
    path: str | None = None
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    column_meta: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class KnownUpstream:
    """
    One dataset that an asset declares to read.

    Attributes:
        asset_key: ``None`` for a dataset that is no asset.
        description: As dbt's source has it; ``None`` for what is no source of dbt's, like ``model``.
        columns: The same.
    """

    dataset: DatasetRef
    asset_key: str | None = None
    description: str | None = None
    columns: tuple[Column, ...] = ()
    model: KnownModel | None = None


@dataclass(frozen=True, kw_only=True)
class KnownExposure:
    """
    One of dbt's exposures: a dashboard, notebook or application that reads tables.

    Attributes:
        type: dbt's word: ``dashboard``, ``notebook``, ``analysis``, ``ml``, ``application``.
        owner: E-mail address, else name.
        datasets: What it reads, ephemeral models replaced by what they read.
    """

    unique_id: str
    name: str
    project: str
    code_location: str
    type: str = "dashboard"
    label: str | None = None
    url: str | None = None
    owner: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    datasets: tuple[DatasetRef, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KnownAsset:
    """
    One asset as its code location declares it.

    Attributes:
        rule: Which rule found the dataset: ``metadata``, ``translator``, ``dbt_relation``, ``dlt``, ``table_name``,
            ``configured`` or ``unresolved``.
        why: The same in one line, for people; for an unresolved one, what to write.
        stage: ``ingestion``, ``transform``, ``quality``, ``publish`` or empty.
        has_sql: Whether a SQL statement makes it.
        sql_from: Where its compiled SQL is found on this host, ``""`` when nowhere.
        hint: What to do so that its column lineage is complete; ``None`` when nothing is missing.
        metadata: Plain values of the asset's own metadata, redacted.
        model: What dbt says of it; ``None`` for what is no dbt node. Of a table that dbt reads as a source and another
            tool makes, the source.
    """

    key: str
    dataset: DatasetRef
    rule: str
    why: str
    code_location: str
    stage: str = ""
    stage_why: str = ""
    group: str | None = None
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    columns: tuple[Column, ...] = ()
    checks: tuple[str, ...] = ()
    upstreams: tuple[KnownUpstream, ...] = ()
    external: bool = False
    has_sql: bool = False
    sql_from: str = ""
    hint: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    model: KnownModel | None = None


@dataclass(frozen=True, kw_only=True)
class KnownJob:
    """
    One job that people defined; those that Dagster makes up are none.

    Attributes:
        asset_keys: What it makes, sorted; empty for a job of ops.
        schedule: Cron expressions of its schedules, joined by ``; ``; ``None`` when it has none.
    """

    name: str
    code_location: str
    asset_keys: tuple[str, ...] = ()
    schedule: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """
    Everything that code declares, at one moment.

    Attributes:
        digest: Another one when anything in it is another.
        notes: Which catalogs failed, for people; what they know is missing here.
    """

    digest: str = ""
    assets: tuple[KnownAsset, ...] = ()
    exposures: tuple[KnownExposure, ...] = ()
    jobs: tuple[KnownJob, ...] = ()
    notes: tuple[str, ...] = ()
