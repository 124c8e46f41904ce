"""
What Dagster does not document about changing definitions that exist already: one small function each.

LIGHT: every step's process of a project that is live imports this module. ``tests/dagster/test_compat_definitions.py``
asks each of them whether Dagster still behaves as it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

from dagster import (
    AssetKey,
    AssetsDefinition,
    Definitions,
    HookDefinition,
    JobDefinition,
    ScheduleDefinition,
    SensorDefinition,
    SourceAsset,
)
from dagster._core.definitions.assets.definition.cacheable_assets_definition import (
    CacheableAssetsDefinition,
    WrappedCacheableAssetsDefinition,
)
from dagster._core.definitions.external_asset import create_external_asset_from_source_asset
from dagster._utils.warnings import disable_dagster_warnings
from dagster_shared.record import copy

AssetsT = TypeVar("AssetsT", bound=AssetsDefinition)
Instigator = ScheduleDefinition | SensorDefinition


def rebuilt(defs: Definitions, **fields: Any) -> Definitions:
    """Return the definitions with some fields changed and all others, those known to us or not, as they were."""
    changed: Definitions = copy(defs, **fields)
    return changed


def with_hooks_kept(assets: AssetsT, hooks: AbstractSet[HookDefinition]) -> AssetsT:
    """Return assets or checks with hooks added; ``with_hooks`` makes plain assets of an ``AssetChecksDefinition``."""
    if hooks <= assets.hook_defs:
        return assets
    with disable_dagster_warnings():
        return type(assets)(**{**assets.get_attributes_dict(), "hook_defs": assets.hook_defs | hooks})


def observable(source: SourceAsset) -> AssetsDefinition | None:
    """Return an observable source as the asset that Dagster makes of it at load; ``None`` for one that runs nothing."""
    return create_external_asset_from_source_asset(source) if source.is_executable else None


def assets_of_job(job: JobDefinition) -> AbstractSet[AssetKey]:
    """Return the assets that a job makes; none for a job of ops."""
    return job.asset_layer.selected_asset_keys


def cacheable_with_hooks(asset: Any, hooks: AbstractSet[HookDefinition]) -> Any:
    """Return assets that Dagster makes from cached data with hooks to be added then; anything else as it is."""
    if not isinstance(asset, CacheableAssetsDefinition) or (
        isinstance(asset, _HookedCacheableAssets) and hooks <= asset.hooks
    ):
        return asset
    return _HookedCacheableAssets(asset, hooks)


def target_assets(instigator: Instigator) -> Iterator[AssetsDefinition | SourceAsset]:
    """Yield the assets that a schedule or sensor was given as objects in ``target=``."""
    targets = [instigator.target] if isinstance(instigator, ScheduleDefinition) else instigator.targets
    for target in targets:
        yield from target.assets_defs


def with_jobs(instigator: Instigator, changed: Callable[[JobDefinition], JobDefinition]) -> Instigator:
    """Return a schedule or sensor that holds changed jobs of ops; Dagster does so to give them resources."""
    targets = [instigator.target] if isinstance(instigator, ScheduleDefinition) else list(instigator.targets)
    held = [target.job_def for target in targets if target.has_job_def]
    new = [changed(job) if isinstance(job, JobDefinition) else job for job in held]
    if all(before is after for before, after in zip(held, new, strict=True)):
        return instigator
    with disable_dagster_warnings():  # of parameters in beta, which the user has not given
        if isinstance(instigator, ScheduleDefinition):
            return instigator.with_updated_job(new[0])
        return instigator.with_updated_jobs(new)


def sensor_function(sensor: SensorDefinition) -> object:
    """Return the function that a sensor was made from; Dagster keeps it through copies of the sensor."""
    return getattr(sensor, "_raw_fn", None)


class _HookedCacheableAssets(WrappedCacheableAssetsDefinition):
    """Assets made from cached data, with hooks."""

    def __init__(self, wrapped: CacheableAssetsDefinition, hooks: AbstractSet[HookDefinition]) -> None:
        super().__init__(unique_id=f"{wrapped.unique_id}_with_phlo_hooks", wrapped=wrapped)
        self.hooks = hooks

    def transformed_assets_def(self, assets_def: AssetsDefinition) -> AssetsDefinition:
        """Add the hooks."""
        return with_hooks_kept(assets_def, self.hooks)
