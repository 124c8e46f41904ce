"""
What Dagster's decorators take, for type checkers and editors; at run time whatever is given goes on to Dagster.

``tests/in_step/test_stage_decorators_signatures.py`` compares these with the installed Dagster's.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Required, TypedDict

from dagster import (
    AssetCheckKey,
    AssetCheckSpec,
    AssetDep,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetsDefinition,
    AssetSpec,
    AutoMaterializePolicy,
    AutomationCondition,
    BackfillPolicy,
    ConfigMapping,
    DagsterType,
    FreshnessPolicy,
    HookDefinition,
    In,
    LegacyFreshnessPolicy,
    Out,
    PartitionsDefinition,
    ResourceDefinition,
    RetryPolicy,
    SourceAsset,
)

Key = AssetKey | str | Sequence[str]
Dep = AssetKey | str | Sequence[str] | AssetSpec | AssetsDefinition | SourceAsset | AssetDep


class AssetArguments(TypedDict, total=False):
    """What ``@dg.asset`` takes."""

    name: str | None
    key_prefix: str | Sequence[str] | None
    ins: Mapping[str, AssetIn] | None
    deps: Iterable[Dep] | None
    metadata: Mapping[str, Any] | None
    tags: Mapping[str, str] | None
    description: str | None
    config_schema: Any
    required_resource_keys: AbstractSet[str] | None
    resource_defs: Mapping[str, object] | None
    hooks: AbstractSet[HookDefinition] | None
    io_manager_def: object | None
    io_manager_key: str | None
    dagster_type: DagsterType | None
    partitions_def: PartitionsDefinition[str] | None
    op_tags: Mapping[str, Any] | None
    group_name: str | None
    output_required: bool
    automation_condition: AutomationCondition[AssetKey] | AutomationCondition[AssetKey | AssetCheckKey] | None
    freshness_policy: FreshnessPolicy | None
    backfill_policy: BackfillPolicy | None
    retry_policy: RetryPolicy | None
    code_version: str | None
    key: Key | None
    check_specs: Sequence[AssetCheckSpec] | None
    owners: Sequence[str] | None
    kinds: AbstractSet[str] | None
    pool: str | None
    is_virtual: bool
    # Dagster takes these without showing them.
    compute_kind: str | None
    non_argument_deps: set[AssetKey] | set[str] | None
    auto_materialize_policy: AutoMaterializePolicy | None
    legacy_freshness_policy: LegacyFreshnessPolicy | None


class CheckArguments(TypedDict, total=False):
    """What ``@dg.asset_check`` takes."""

    asset: Required[Key | AssetsDefinition | SourceAsset]
    name: str | None
    description: str | None
    blocking: bool
    additional_ins: Mapping[str, AssetIn] | None
    additional_deps: Iterable[Dep] | None
    required_resource_keys: set[str] | None
    resource_defs: Mapping[str, object] | None
    config_schema: Any
    compute_kind: str | None
    op_tags: Mapping[str, Any] | None
    retry_policy: RetryPolicy | None
    metadata: Mapping[str, Any] | None
    automation_condition: AutomationCondition[AssetCheckKey] | AutomationCondition[AssetKey | AssetCheckKey] | None
    pool: str | None
    partitions_def: PartitionsDefinition[Any] | None


class MultiAssetArguments(TypedDict, total=False):
    """What ``@dg.multi_asset`` takes."""

    outs: Mapping[str, AssetOut] | None
    name: str | None
    ins: Mapping[str, AssetIn] | None
    deps: Iterable[Dep] | None
    description: str | None
    config_schema: Any
    required_resource_keys: AbstractSet[str] | None
    internal_asset_deps: Mapping[str, set[AssetKey]] | None
    partitions_def: PartitionsDefinition[str] | None
    hooks: AbstractSet[HookDefinition] | None
    backfill_policy: BackfillPolicy | None
    op_tags: Mapping[str, Any] | None
    can_subset: bool
    resource_defs: Mapping[str, object] | None
    group_name: str | None
    retry_policy: RetryPolicy | None
    code_version: str | None
    specs: Sequence[AssetSpec] | None
    check_specs: Sequence[AssetCheckSpec] | None
    pool: str | None
    # Dagster takes these without showing them.
    compute_kind: str | None
    non_argument_deps: set[AssetKey] | set[str] | None
    allow_arbitrary_check_specs: bool


class GraphAssetArguments(TypedDict, total=False):
    """What ``@dg.graph_asset`` takes."""

    name: str | None
    description: str | None
    ins: Mapping[str, AssetIn] | None
    config: ConfigMapping | Mapping[str, Any] | None
    key_prefix: str | Sequence[str] | None
    group_name: str | None
    partitions_def: PartitionsDefinition[str] | None
    hooks: AbstractSet[HookDefinition] | None
    metadata: Mapping[str, Any] | None
    tags: Mapping[str, str] | None
    owners: Sequence[str] | None
    automation_condition: AutomationCondition[AssetKey] | AutomationCondition[AssetKey | AssetCheckKey] | None
    backfill_policy: BackfillPolicy | None
    resource_defs: Mapping[str, ResourceDefinition] | None
    check_specs: Sequence[AssetCheckSpec] | None
    code_version: str | None
    key: Key | None
    kinds: AbstractSet[str] | None
    # Dagster takes these without showing them.
    auto_materialize_policy: AutoMaterializePolicy | None
    legacy_freshness_policy: LegacyFreshnessPolicy | None


class GraphMultiAssetArguments(TypedDict, total=False):
    """What ``@dg.graph_multi_asset`` takes."""

    outs: Required[Mapping[str, AssetOut]]
    name: str | None
    ins: Mapping[str, AssetIn] | None
    partitions_def: PartitionsDefinition[Any] | None
    hooks: AbstractSet[HookDefinition] | None
    backfill_policy: BackfillPolicy | None
    group_name: str | None
    can_subset: bool
    resource_defs: Mapping[str, ResourceDefinition] | None
    check_specs: Sequence[AssetCheckSpec] | None
    config: ConfigMapping | Mapping[str, Any] | None


class MultiCheckArguments(TypedDict, total=False):
    """What ``@dg.multi_asset_check`` takes."""

    name: str | None
    specs: Required[Sequence[AssetCheckSpec]]
    description: str | None
    can_subset: bool
    compute_kind: str | None
    op_tags: Mapping[str, Any] | None
    resource_defs: Mapping[str, object] | None
    required_resource_keys: set[str] | None
    retry_policy: RetryPolicy | None
    config_schema: Any
    ins: Mapping[str, AssetIn | Key] | None
    pool: str | None


class OpArguments(TypedDict, total=False):
    """What ``@dg.op`` takes."""

    name: str | None
    description: str | None
    ins: Mapping[str, In] | None
    out: Out | Mapping[str, Out] | None
    config_schema: Any
    required_resource_keys: AbstractSet[str] | None
    tags: Mapping[str, Any] | None
    version: str | None
    retry_policy: RetryPolicy | None
    code_version: str | None
    pool: str | None
