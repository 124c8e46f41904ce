"""Which events a hook gets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HookFilter:
    """Every part that is given must match; a part that is ``None`` matches all."""

    event_types: frozenset[str] | None = None
    asset_keys: frozenset[str] | None = None
    tags: dict[str, str] | None = None
    statuses: frozenset[str] | None = None
    job_names: frozenset[str] | None = None
    partition_keys: frozenset[str] | None = None
    code_locations: frozenset[str] | None = None
