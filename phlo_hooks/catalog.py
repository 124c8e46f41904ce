"""
What is known of assets before they run.

A package that stores snapshots of code locations registers a callable
``(snapshots: Sequence[StoredSnapshot], settings: Settings) -> Sequence[KnownAsset]`` under the entry point group
``phlo_hooks.catalogs``: the graph shows assets that never ran, and ``phlo-hooks doctor`` says what each resolves to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from phlo_hooks.datasets import Column, DatasetRef


@dataclass(frozen=True, kw_only=True)
class KnownUpstream:
    """One dataset that an asset declares to read; ``asset_key`` is ``None`` for a dataset that is no asset."""

    dataset: DatasetRef
    asset_key: str | None = None


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
