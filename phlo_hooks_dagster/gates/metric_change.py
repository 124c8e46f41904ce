"""The gate that asks whether a metric means something else than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dagster import JsonMetadataValue

from phlo_hooks.filters import glob_matches
from phlo_hooks_dagster.gates.comparing import NamedParts, now_and_then
from phlo_hooks_dagster.gates.gate import GateView, Upstream
from phlo_hooks_dagster.gates.history import never_made

METRICS: Final = "phlo/metrics"
"""Metadata of a materialization: the metrics that are defined on the asset, name to definition."""

_FOR_PEOPLE: Final = frozenset({"label", "description", "meta", "owner", "owners", "tags", "group", "docs", "config"})
_DIMENSIONS: Final = frozenset({"dimensions", "entities"})
_SHOWN: Final = 60


@dataclass(frozen=True, kw_only=True)
class BreakingMetricChange(NamedParts):
    """
    Closed while a metric of an upstream is gone or means something else than when the guarded asset was last made.

    Metrics stand in the metadata ``phlo/metrics`` of the upstream's materializations, name to definition. A new metric
    or dimension breaks nothing, nor do labels, descriptions, owners and tags; all else that changed does.

    Attributes:
        allow: Metrics that may change, names or globs.
        on_missing: What to do when the upstream tells no metrics: ``stop`` or ``pass``.
    """

    def broken(self, view: GateView, upstream: Upstream) -> Iterator[str]:
        """Yield each metric of the upstream that broke, and how."""
        now, then = now_and_then(view, upstream)
        if now is None:
            yield never_made(upstream)
            return
        current = _metrics(now) if METRICS in now else _metrics(upstream.metadata)
        earlier = _metrics(then or {})
        if current is None and earlier is None:
            if self.on_missing == "stop":
                yield f"{upstream.name} tells no metrics; attach {METRICS}, or set on_missing='pass'"
            return
        for name, change in breaking_metrics(earlier or {}, current or {}):
            if not any(glob_matches(glob, name) for glob in self.allow):
                yield f"metric {name} of {upstream.name} {change}"


def breaking_metrics(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the metrics that broke, and what happened to each."""
    for name, definition in sorted(then.items()):
        if name not in now:
            yield name, "was removed"
            continue
        changes = [*_changed(_as_mapping(definition), _as_mapping(now[name]))]
        if changes:
            yield name, ", ".join(changes)


def _changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for part in sorted({*then, *now} - _FOR_PEOPLE):
        if part in _DIMENSIONS:
            gone = sorted(_names(then.get(part)) - _names(now.get(part)))
            if gone:
                yield f"lost {part} {', '.join(gone)}"
        elif _plain(then.get(part)) != _plain(now.get(part)):
            yield f"has another {part}: {_shown(then.get(part))} became {_shown(now.get(part))}"


def _metrics(metadata: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the metrics in metadata; ``None`` when it has none."""
    value = metadata.get(METRICS)
    raw = value.data if isinstance(value, JsonMetadataValue) else value
    return raw if isinstance(raw, Mapping) else None


def _as_mapping(definition: object) -> Mapping[str, Any]:
    return definition if isinstance(definition, Mapping) else {"expression": definition}


def _names(dimensions: object) -> set[str]:
    """Return the names of dimensions: a mapping's keys, or those of a list of names or of mappings with a name."""
    if isinstance(dimensions, Mapping):
        return {str(name) for name in dimensions}
    if isinstance(dimensions, (list, tuple, set)):
        return {str(each.get("name")) if isinstance(each, Mapping) else str(each) for each in dimensions}
    return set()


def _plain(value: object) -> object:
    """Return a value such that what means the same is equal: spaces do not count, nor does nothing."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, Mapping):
        return {name: plain for name, each in value.items() if (plain := _plain(each)) is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value] or None
    return value


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = " ".join(str(value).split())
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
