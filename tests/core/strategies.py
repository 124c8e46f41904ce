"""Generated events of every class, filters and secrets."""

from __future__ import annotations

import string
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from phlo_hooks.events import CLASS_BY_TYPE, ENVELOPE, EVENT_CLASSES, GenericEvent, HookEvent
from phlo_hooks.filters import HookFilter

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
SMALL = st.integers(min_value=-(2**53), max_value=2**53)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
JSON = st.recursive(
    st.none() | st.booleans() | SMALL | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
TIMES = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_PLAIN = {str: TEXT, int: SMALL, float: NUMBERS, bool: st.booleans(), type(None): st.none(), datetime: TIMES, Any: JSON}


def of_type(kind: Any) -> st.SearchStrategy[Any]:
    """Return values of an annotation."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {types.UnionType, Union}:
        return st.one_of([of_type(each) for each in inner])
    if origin is tuple:
        return st.lists(of_type(inner[0]), max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(TEXT, of_type(inner[1]), max_size=2)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{each.name: of_type(hints[each.name]) for each in fields(kind)})
    raise NotImplementedError(kind)


def events_of(cls: type[HookEvent]) -> st.SearchStrategy[HookEvent]:
    """Return events of one class, every field varied."""
    hints = get_type_hints(cls)
    parts = {each.name: of_type(hints[each.name]) for each in fields(cls)}
    parts["event_type"] = st.sampled_from(cls.TYPES) if cls.TYPES else st.sampled_from(["user.thing", "x"])
    parts["event_id"] = st.uuids().map(str)
    parts["version"] = st.sampled_from(["1.0", "1.3", "0.9"])
    if cls is GenericEvent:
        names = TEXT.filter(lambda name: name not in ENVELOPE)
        parts["data"] = st.dictionaries(names, JSON, max_size=3)
    return st.builds(cls, **parts)


def events() -> st.SearchStrategy[HookEvent]:
    """Return events of any class."""
    return st.one_of([events_of(cls) for cls in (*EVENT_CLASSES, GenericEvent)])


_KEYS = ["raw/orders", "raw/users", "marts/orders", "x"]
_KEY_GLOBS = [*_KEYS, "raw/*", "*", "?", "marts/?rders", "*orders"]
_TYPES = sorted(CLASS_BY_TYPE)
_NAMES = ["a", "ab", "b"]


def _some(values: list[str]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(values), max_size=2)


def filters() -> st.SearchStrategy[HookFilter]:
    """Return filters that often match what ``filterable_events`` gives."""
    return st.builds(
        HookFilter,
        event_types=_some([*_TYPES, "*", "run.*", "*.end", "asset.?ailed", "ingestion.*", "lineage.*"]),
        asset_keys=_some(_KEY_GLOBS),
        tags=st.none() | st.dictionaries(st.sampled_from(_NAMES), st.sampled_from([*_NAMES, "a*", "*"]), max_size=2),
        statuses=_some(["success", "failure", "f*", "warn"]),
        job_names=_some([*_NAMES, "a*"]),
        partition_keys=_some([*_NAMES, "[a]", "?"]),
        code_locations=_some([*_NAMES, "*b"]),
    )


def secrets() -> st.SearchStrategy[str]:
    """Return values that look like nothing known, long enough never to occur by chance."""
    return st.text(string.ascii_letters + string.digits, min_size=12, max_size=24).map(lambda tail: f"Zq9{tail}")
