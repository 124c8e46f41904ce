"""What a code location's assets are, as data that outlives the code: written at load, read by the translator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from phlo_hooks.catalog import KnownModel
from phlo_hooks.datasets import Column
from phlo_hooks_dagster.riders import HOOKED

IN_PROCESS: Final = "in-process"
"""The code location of definitions that no code server serves."""
RAW_SQL: Final = "\n\n#### Raw SQL:\n"
"""What dagster-dbt writes below a model's own description: its Jinja, as code."""
MADE_OF_SQL: Final = frozenset({"model", "snapshot"})


@dataclass(frozen=True, kw_only=True)
class Relation:
    """
    A table as dbt names it.

    Attributes:
        resource_type: ``model``, ``seed``, ``snapshot`` or ``source``.
        asset_key: Dagster's key of the node; several sources may share one.
        relation_name: As dbt renders it into statements, quotes included.
        language: Of what makes it, ``sql`` or ``python``.
        snapshot: How dbt makes a snapshot's own columns, as its configuration says; of a snapshot only.
    """

    database: str | None
    schema: str | None
    identifier: str
    adapter: str
    unique_id: str
    resource_type: str = "model"
    asset_key: str | None = None
    relation_name: str | None = None
    language: str = "sql"
    snapshot: dict[str, Any] | None = None

    @property
    def is_made_of_sql(self) -> bool:
        """Return whether a statement makes the table; a seed is loaded, a source is made elsewhere."""
        return self.resource_type in MADE_OF_SQL and self.language == "sql"


@dataclass(frozen=True, kw_only=True)
class DltTarget:
    """Where a dlt pipeline loads; ``catalog`` is the database that its credentials name, when they can be read."""

    pipeline: str
    destination: str
    dataset: str | None
    catalog: str | None
    resource: str


@dataclass(frozen=True, kw_only=True)
class CheckSnapshot:
    """One asset check of one asset; ``hooked``: its step leaves riders."""

    asset_key: str
    name: str
    blocking: bool = False
    description: str | None = None
    column: str | None = None
    unique_id: str | None = None
    check_type: str = "asset_check"
    hooked: bool = False


@dataclass(frozen=True, kw_only=True)
class AssetSnapshot:
    """
    One asset.

    Attributes:
        key: ``AssetKey.to_user_string()``.
        deps: Keys of its direct upstream assets, stubs included.
        stub: Made by Dagster because something depends on it: an asset of another code location, or of none;
            ``external``: not executable here.
        table_name: ``dagster/table_name`` of the spec.
        upstream_relations: dbt only: direct parents as dbt names them, ephemeral ones replaced by their own parents.
        metadata: Plain values of the spec's metadata that rules may want, redacted.
        stage: As the project's translator says.
        dataset: As the project's translator says, as namespace and name or as a URI.
        translator: The translator's class, when it says stage or dataset.
        model: What dbt says of the node that the asset is.
    """

    key: str
    group: str | None = None
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    deps: tuple[str, ...] = ()
    stub: bool = False
    external: bool = False
    partitioned: bool = False
    table_name: str | None = None
    columns: tuple[Column, ...] = ()
    relation: Relation | None = None
    upstream_relations: tuple[Relation, ...] = ()
    dlt: DltTarget | None = None
    code_version: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    stage: str | None = None
    dataset: str | None = None
    translator: str = ""
    model: KnownModel | None = None

    @property
    def hooked(self) -> bool:
        """Return whether the asset's step leaves riders."""
        return HOOKED in self.metadata


@dataclass(frozen=True, kw_only=True)
class DbtProjectSnapshot:
    """A dbt project of the location: where its steps leave their target folders, and which manifest holds."""

    project_dir: str
    target_dir: str
    manifest_digest: str
    adapter: str
    project_name: str = ""


@dataclass(frozen=True, kw_only=True)
class SourceSnapshot:
    """A table that dbt reads and does not make; ``columns`` as they are documented."""

    relation: Relation
    model: KnownModel
    description: str | None = None
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExposureSnapshot:
    """
    One of dbt's exposures; see ``KnownExposure``.

    Attributes:
        relations: The tables that it reads, ephemeral models and metrics replaced by what they read.
    """

    unique_id: str
    name: str
    project: str
    type: str = "dashboard"
    label: str | None = None
    url: str | None = None
    owner: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JobSnapshot:
    """One job that the project defines; see ``KnownJob``."""

    name: str
    asset_keys: tuple[str, ...] = ()
    schedule: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class LocationSnapshot:
    """Everything the relay knows of one code location."""

    code_location: str
    repository: str
    assets: dict[str, AssetSnapshot] = field(default_factory=dict)
    checks: tuple[CheckSnapshot, ...] = ()
    dbt_projects: tuple[DbtProjectSnapshot, ...] = ()
    sources: tuple[SourceSnapshot, ...] = ()
    exposures: tuple[ExposureSnapshot, ...] = ()
    jobs: tuple[JobSnapshot, ...] = ()
