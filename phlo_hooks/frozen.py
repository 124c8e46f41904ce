"""Containers that a handler cannot change."""

from __future__ import annotations

from typing import Any, NoReturn


class FrozenDict(dict[str, Any]):
    """A ``dict`` that refuses every change; it still encodes, compares and pickles as one."""

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("events are read-only: copy with dict(...) first")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]  # dict sets __hash__ to None; ours cannot change
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[str, Any]]]:
        return (FrozenDict, (dict(self),))

    def __copy__(self) -> FrozenDict:
        return self

    def __deepcopy__(self, memo: object) -> FrozenDict:
        return self


def freeze(value: Any) -> Any:
    """Return ``value`` with every list a tuple, every set a frozenset and every dict a FrozenDict, all the way down."""
    if isinstance(value, FrozenDict):
        return value
    if isinstance(value, dict):
        return FrozenDict({key: freeze(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    if type(value) is tuple:
        return tuple(freeze(item) for item in value) if any(map(_is_mutable, value)) else value
    if isinstance(value, set):
        return frozenset(value)
    return value


def _is_mutable(value: object) -> bool:
    return isinstance(value, (dict, list, set, tuple)) and not isinstance(value, FrozenDict)
