"""Runs, steps and the assets that no stage claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.events.base import ErrorInfo, HookEvent
from phlo_hooks.frozen import FrozenDict


@dataclass(frozen=True, kw_only=True)
class RunEvent(HookEvent):
    """
    A run was queued, started or ended, went silent (``lost``) or was heard of again (``found``).

    Attributes:
        status: See ``Status``.
        launcher: What launched it, such as ``schedule:daily``, ``sensor:on_file`` or ``backfill:hzqvkwpd``; ``None``
            when it was a person or code.
        run_tags: The run's tags, redacted; Dagster's internal ones (``.dagster/…``) left out.
        planned_assets: Asset keys the run set out to materialize, sorted.
        seconds: From start to end; ``None`` until it ends.
        url: Page of the run in Dagster's UI, when ``ui_url`` is set.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("run.queued", "run.start", "run.end", "run.lost", "run.found")

    status: str = ""
    launcher: str | None = None
    run_tags: Mapping[str, str] = field(default_factory=FrozenDict)
    planned_assets: tuple[str, ...] = ()
    seconds: float | None = None
    error: ErrorInfo | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class StepEvent(HookEvent):
    """
    A step attempt started, ended, is to be retried, was skipped, or never said how it ended (``lost``).

    Attributes:
        reason: Why it was skipped: ``upstream_failed``, ``upstream_skipped``, ``run_failed``, ``canceled``; or
            ``stopped_by_hook``, when a hook or gate failed the step.
        culprit: The step that failed, when an upstream failure is the reason.
        seconds: Of this attempt.
        asset_keys: Assets the step was planned to materialize, sorted.
        retry_in_seconds: Wait before the next attempt, for ``step.retry``.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("step.start", "step.end", "step.retry", "step.skip", "step.lost")

    status: str = ""
    reason: str | None = None
    culprit: str | None = None
    seconds: float | None = None
    asset_keys: tuple[str, ...] = ()
    retry_in_seconds: float | None = None
    error: ErrorInfo | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class AssetEvent(HookEvent):
    """
    An asset without a stage was materialized, was observed, failed, was skipped or canceled.

    ``asset.skipped`` and ``asset.canceled`` also stand for staged assets whose step never started.

    Attributes:
        reason: Why: ``step_failed``, ``step_lost``, ``stopped_by_hook``, ``not_yielded``, ``upstream_failed``,
            ``upstream_skipped``, ``run_failed``, ``canceled``, ``node_skipped``.
        culprit: The step or asset that failed, when an upstream failure is the reason.
        stage: The stage the asset has, if it has one.
        rows: Rows in the table after this materialization, as the asset reported it.
        metadata: Plain values of the materialization's metadata, redacted.
        data_version: Dagster's data version.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        "asset.materialized",
        "asset.observed",
        "asset.failed",
        "asset.skipped",
        "asset.canceled",
    )

    asset_key: str
    status: str = ""
    reason: str | None = None
    culprit: str | None = None
    stage: str | None = None
    dataset: DatasetRef | None = None
    group_name: str | None = None
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    description: str | None = None
    rows: int | None = None
    columns: tuple[Column, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=FrozenDict)
    data_version: str | None = None
    partition_key: str | None = None
    error: ErrorInfo | None = None
    url: str | None = None
