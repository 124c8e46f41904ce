"""The parts of dbt's JSON files that lineage needs, for dbt 1.7 to 1.11; everything else is skipped as it is read."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Metadata(Struct, frozen=True):
    """What every artifact says about itself."""

    dbt_schema_version: str | None = None
    dbt_version: str | None = None
    generated_at: str | None = None
    invocation_id: str | None = None
    project_name: str | None = None
    adapter_type: str | None = None


class DependsOn(Struct, frozen=True):
    """What a node reads."""

    nodes: list[str] = field(default_factory=list)


class ColumnDoc(Struct, frozen=True):
    """A column as people wrote it."""

    name: str = ""
    description: str | None = None
    data_type: str | None = None
    quote: bool | None = None


class Contract(Struct, frozen=True):
    """Whether dbt made sure that the table has just the documented columns."""

    enforced: bool | None = None


class Config(Struct, frozen=True):
    """How a node is made; what users may write as they like is of any type."""

    enabled: Any = True
    materialized: str | None = None
    schema: Any = None
    database: Any = None
    severity: str | None = None
    strategy: str | None = None
    unique_key: Any = None
    updated_at: Any = None
    snapshot_meta_column_names: dict[str, Any] | None = None
    dbt_valid_to_current: Any = None
    hard_deletes: Any = None
    contract: Contract | None = None
    delimiter: Any = None
    quote_columns: Any = None
    column_types: dict[str, Any] | None = None


class TestMetadata(Struct, frozen=True):
    """What a generic test was written as."""

    name: str | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)


class Node(Struct, frozen=True):
    """A model, snapshot, seed, test or source of the manifest."""

    unique_id: str
    resource_type: str
    name: str
    package_name: str = ""
    alias: str | None = None
    identifier: str | None = None
    database: str | None = None
    schema: str | None = None
    relation_name: str | None = None
    language: str | None = "sql"
    path: str = ""
    original_file_path: str = ""
    root_path: str | None = None
    compiled_path: str | None = None
    compiled_code: str | None = None
    description: str | None = None
    group: str | None = None
    tags: Any = None
    config: Config = field(default_factory=Config)
    depends_on: DependsOn = field(default_factory=DependsOn)
    columns: dict[str, ColumnDoc] = field(default_factory=dict)
    attached_node: str | None = None
    column_name: str | None = None
    test_metadata: TestMetadata | None = None


class Owner(Struct, frozen=True):
    """Who answers for an exposure."""

    name: Any = None
    email: Any = None


class Exposure(Struct, frozen=True):
    """A dashboard, notebook or application that reads tables."""

    unique_id: str
    name: str
    label: str | None = None
    type: str | None = None
    description: str | None = None
    url: str | None = None
    owner: Owner = field(default_factory=Owner)
    tags: Any = None
    depends_on: DependsOn = field(default_factory=DependsOn)


class Manifest(Struct, frozen=True):
    """``manifest.json``."""

    metadata: Metadata
    nodes: dict[str, Node]
    sources: dict[str, Node] = field(default_factory=dict)
    exposures: dict[str, Exposure] = field(default_factory=dict)


class CatalogColumn(Struct, frozen=True):
    """A column as the database has it."""

    name: str
    type: str | None = None
    index: int = 0
    comment: str | None = None


class CatalogTable(Struct, frozen=True):
    """A table as the database has it."""

    columns: dict[str, CatalogColumn] = field(default_factory=dict)


class Catalog(Struct, frozen=True):
    """``catalog.json``, which ``dbt docs generate`` writes."""

    metadata: Metadata
    nodes: dict[str, CatalogTable] = field(default_factory=dict)
    sources: dict[str, CatalogTable] = field(default_factory=dict)


class Timing(Struct, frozen=True):
    """When one part of a node's work was done."""

    name: str | None = None
    started_at: str | None = None
    completed_at: str | None = None


class NodeResult(Struct, frozen=True):
    """What became of a node in a run."""

    unique_id: str
    status: str
    execution_time: float | None = None
    message: str | None = None
    failures: int | None = None
    compiled_code: str | None = None
    timing: list[Timing] = field(default_factory=list)
    adapter_response: dict[str, Any] = field(default_factory=dict)


class RunResults(Struct, frozen=True):
    """``run_results.json``."""

    metadata: Metadata
    results: list[NodeResult] = field(default_factory=list)
    elapsed_time: float | None = None
    args: dict[str, Any] = field(default_factory=dict)
