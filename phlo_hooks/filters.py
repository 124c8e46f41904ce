"""Which events a hook gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from phlo_hooks.events import GenericEvent, HookEvent, LineageEvent, QualityResultEvent, StepEvent
from phlo_hooks.exceptions import RegistrationError
from phlo_hooks.frozen import FrozenDict

_QUALITY_WORDS: Final = {
    "pass": ("pass", "success"),
    "fail": ("fail", "failure"),
    "error": ("error", "failure"),
}


@dataclass(frozen=True, kw_only=True)
class HookFilter:
    """
    Every part that is given must match; a part that is ``None`` matches all.

    Any string may be a glob: ``*`` stands for any characters, ``/`` included, and ``?`` for one. Any collection of
    strings is taken, and kept as a frozenset; an empty one matches nothing.

    Attributes:
        asset_keys: Matched with the asset an event is about, the assets of a step, and both ends of lineage edges.
            ``run.*`` events are about no asset.
        tags: Each name must be there with a value that matches.
        statuses: A check result has ``pass``, ``warn``, ``fail`` (what it said of the data), or ``error``,
            ``skipped``, ``not_run``; ``success`` and ``failure`` match too.

    Raises:
        RegistrationError: A bare string where a collection belongs, or something that is no string inside one.
    """

    event_types: Collection[str] | None = None
    asset_keys: Collection[str] | None = None
    tags: Mapping[str, str] | None = None
    statuses: Collection[str] | None = None
    job_names: Collection[str] | None = None
    partition_keys: Collection[str] | None = None
    code_locations: Collection[str] | None = None

    def __post_init__(self) -> None:
        """Take any collection, and refuse a bare string: its letters would become the collection."""
        for name in FACETS:
            object.__setattr__(self, name, _strings(name, getattr(self, name)))
        if self.tags is not None:
            object.__setattr__(self, "tags", _tags(self.tags))

    def __hash__(self) -> int:
        """Hash by content; needed since ``tags`` is a mapping."""
        return hash((*(getattr(self, name) for name in FACETS), self.tags))

    def matches(self, event: HookEvent) -> bool:
        """Say whether the event passes every part."""
        return not any(True for _ in self._failing(event))

    def explain(self, event: HookEvent) -> list[str]:
        """Return why the event does not match, one line for each part that fails; empty when it matches."""
        return list(self._failing(event))

    def _failing(self, event: HookEvent) -> Iterable[str]:
        for name, values_of in FACETS.items():
            wanted = getattr(self, name)
            if wanted is None:
                continue
            values = values_of(event)
            if not any(glob_matches(glob, value) for glob in wanted for value in values):
                found = ", ".join(repr(value) for value in sorted(values)) or "none"
                yield f"{name}: wants {_listed(wanted)}, the event has {found}"
        for tag, wanted in (self.tags or {}).items():
            value = event.tags.get(tag)
            if value is None:
                yield f"tags: wants {tag}={wanted}, the event has no tag {tag}"
            elif not glob_matches(wanted, value):
                yield f"tags: wants {tag}={wanted}, the event has {tag}={value}"


def is_glob(text: str) -> bool:
    """Say whether ``*`` or ``?`` occur in the text."""
    return "*" in text or "?" in text


def glob_matches(glob: str, value: str) -> bool:
    """Say whether the whole value matches; brackets are no special characters, since partition keys have them."""
    if glob == value:
        return True
    return is_glob(glob) and _pattern(glob).fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*+|\?)", glob)
    return re.compile("".join(_piece(part) for part in parts), re.DOTALL)


def _piece(part: str) -> str:
    if part == "?":
        return "."
    return ".*" if part.startswith("*") else re.escape(part)


def _own(event: HookEvent, name: str) -> str | None:
    value: Any = event.data.get(name) if isinstance(event, GenericEvent) else getattr(event, name, None)
    return value if isinstance(value, str) else None


def _types(event: HookEvent) -> tuple[str, ...]:
    return (event.event_type,)


def _asset_keys(event: HookEvent) -> tuple[str, ...]:
    found = {event.correlation.asset_key, _own(event, "asset_key")}
    if isinstance(event, LineageEvent):
        for edge in event.edges:
            found.add(edge.upstream_asset_key)
            found.add(edge.downstream_asset_key)
    elif isinstance(event, StepEvent):
        found.update(event.asset_keys)
    return tuple(key for key in found if key)


def _statuses(event: HookEvent) -> tuple[str, ...]:
    if isinstance(event, QualityResultEvent):
        word = event.data_outcome or event.outcome
        return _QUALITY_WORDS.get(word, (word,))
    status = _own(event, "status")
    return (status,) if status else ()


def _job_names(event: HookEvent) -> tuple[str, ...]:
    return _present(event.correlation.job_name)


def _partition_keys(event: HookEvent) -> tuple[str, ...]:
    return _present(_own(event, "partition_key") or event.correlation.partition_key)


def _code_locations(event: HookEvent) -> tuple[str, ...]:
    return _present(event.correlation.code_location)


def _present(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


FACETS: Final[Mapping[str, Callable[[HookEvent], tuple[str, ...]]]] = {
    "event_types": _types,
    "asset_keys": _asset_keys,
    "statuses": _statuses,
    "job_names": _job_names,
    "partition_keys": _partition_keys,
    "code_locations": _code_locations,
}
"""Each part that is a set of strings, and how an event's values for it are found."""


def _strings(name: str, given: object) -> frozenset[str] | None:
    if given is None:
        return None
    if isinstance(given, str):
        raise RegistrationError(f"{name} is the bare string {given!r}; write {name}=[{given!r}]")
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        raise RegistrationError(f"{name} must be a collection of strings, not {given!r}")
    values = frozenset(given)
    for value in values:
        if not isinstance(value, str):
            raise RegistrationError(f"{name} holds {value!r}, which is no string")
    return values


def _tags(given: object) -> FrozenDict:
    if not isinstance(given, Mapping):
        raise RegistrationError(f"tags must map names to values, such as {{'team': 'sales'}}, not {given!r}")
    for name, value in given.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise RegistrationError(f"tags holds {name!r}: {value!r}; names and values are strings")
    return FrozenDict(given)


def _listed(values: Iterable[str]) -> str:
    return " or ".join(sorted(values)) or "nothing (an empty set)"
