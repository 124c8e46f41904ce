"""
Attach run hooks to all that a project runs, and change nothing else.

LIGHT: see ``definitions``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from dagster import (
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Definitions,
    HookDefinition,
    JobDefinition,
    ScheduleDefinition,
    SensorDefinition,
    SourceAsset,
)

from phlo_hooks_dagster import compat_definitions as compat
from phlo_hooks_dagster.run_hooks import phlo_run_hooks


def with_run_hooks(defs: Definitions) -> Definitions:
    """
    Return the definitions with ``phlo_run_hooks()`` on every asset, asset check and job that can run.

    Jobs of assets have them through their assets. A schedule or sensor that holds a job or an asset as an object gets
    the changed one. What has the hooks already stays the same object; so do the definitions when all of it has.
    """
    attaching = _Attaching(phlo_run_hooks())
    assets = [attaching.asset(each) for each in defs.assets or ()]
    fields = {
        "assets": [*assets, *map(attaching.asset, _targeted_only(defs, assets))],
        "asset_checks": [attaching.asset(each) for each in defs.asset_checks or ()],
        "jobs": [attaching.job(each) for each in defs.jobs or ()],
        "schedules": [attaching.instigator(each) for each in defs.schedules or ()],
        "sensors": [attaching.instigator(each) for each in defs.sensors or ()],
    }
    changed = {name: new for name, new in fields.items() if not _same(getattr(defs, name), new)}
    return compat.rebuilt(defs, **changed) if changed else defs


class _Attaching:
    """One pass over the definitions; what is met twice is changed once: Dagster takes the same object for the same."""

    def __init__(self, hooks: AbstractSet[HookDefinition]) -> None:
        self._hooks = hooks
        self._changed: dict[int, Any] = {}

    def asset(self, asset: Any) -> Any:
        """Return an asset or check with the hooks, one that never runs as it is."""
        if id(asset) not in self._changed:
            self._changed[id(asset)] = self._hooked(asset)
        return self._changed[id(asset)]

    def job(self, job: Any) -> Any:
        """Return a job of ops with the hooks, a job of assets as it is."""
        if not isinstance(job, JobDefinition) or self._hooks <= job.hook_defs:
            return job
        if id(job) not in self._changed:
            self._changed[id(job)] = job.with_hooks(self._hooks)
        return self._changed[id(job)]

    def instigator(self, instigator: Any) -> Any:
        """Return a schedule or sensor that holds the changed jobs."""
        if isinstance(instigator, (ScheduleDefinition, SensorDefinition)):
            return compat.with_jobs(instigator, self.job)
        return instigator

    def _hooked(self, asset: Any) -> Any:
        if isinstance(asset, SourceAsset):
            asset = compat.observable(asset) or asset
        if isinstance(asset, AssetsDefinition):
            return compat.with_hooks_kept(asset, self._hooks) if asset.is_executable else asset
        return compat.cacheable_with_hooks(asset, self._hooks)


def _targeted_only(defs: Definitions, assets: Iterable[Any]) -> Iterator[Any]:
    """Yield the assets that are in the definitions by the ``target=`` of a schedule or sensor alone."""
    known = {key for asset in assets for key in _keys(asset)}
    for instigator in (*(defs.schedules or ()), *(defs.sensors or ())):
        if isinstance(instigator, (ScheduleDefinition, SensorDefinition)):
            for asset in compat.target_assets(instigator):
                if known.isdisjoint(_keys(asset)):
                    known.update(_keys(asset))
                    yield asset


def _keys(asset: Any) -> set[AssetKey]:
    if isinstance(asset, AssetsDefinition):
        return set(asset.keys)
    return {asset.key} if isinstance(asset, (AssetSpec, SourceAsset)) else set()


def _same(before: Iterable[Any] | None, after: list[Any]) -> bool:
    items = list(before or ())
    return len(items) == len(after) and all(old is new for old, new in zip(items, after, strict=True))
