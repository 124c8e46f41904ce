"""Containers that a handler cannot change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NoReturn


class FrozenDict(dict[str, Any]):
    """A ``dict`` that refuses every change, all the way down; it still encodes, compares and pickles as one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        plain = dict(*args, **kwargs)
        super().__init__({key: freeze(value) for key, value in plain.items()} if plain else ())

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


_PLAIN: Final[set[type]] = {str, int, float, bool, type(None), datetime, date, bytes, FrozenDict}
"""Classes whose instances cannot change; dataclasses without containers are added as they are met."""

_PLAIN_TYPE: Final = re.compile(r"(?:(?:str|int|float|bool|None)(?: \| )?)+")


def freeze(value: Any) -> Any:
    """
    Return ``value`` with every list a tuple, every set a frozenset and every mapping a FrozenDict, all the way down.

    Dataclasses are looked into; what is frozen already is returned as it is.
    """
    kind = value.__class__
    if kind in _PLAIN:
        return value
    frozen = value
    if kind is tuple:
        frozen = _freeze_tuple(value)
    elif is_dataclass(value) and not isinstance(value, type):
        frozen = _freeze_dataclass(value)
    elif isinstance(value, Mapping):
        frozen = FrozenDict(value)
    elif isinstance(value, list):
        frozen = tuple(map(freeze, value))
    elif isinstance(value, (set, frozenset)):
        frozen = frozenset(map(freeze, value))
    elif isinstance(value, bytearray):
        frozen = bytes(value)
    return frozen


def freeze_fields(owner: object) -> None:
    """Freeze, in place, what the fields of a frozen dataclass instance hold; for its ``__post_init__``."""
    values = owner.__dict__
    for name, value in values.items():
        if value.__class__ not in _PLAIN:
            values[name] = freeze(value)


def _freeze_tuple(value: tuple[Any, ...]) -> tuple[Any, ...]:
    frozen = tuple(map(freeze, value))
    return value if all(map(_same, frozen, value)) else frozen


def _freeze_dataclass(value: Any) -> Any:
    names = _containers_of(value.__class__)
    if not names and value.__dataclass_params__.frozen:
        _PLAIN.add(value.__class__)
        return value
    changes = {}
    for name in names:
        old = getattr(value, name)
        new = freeze(old)
        if new is not old:
            changes[name] = new
    return replace(value, **changes) if changes else value


@lru_cache(maxsize=256)
def _containers_of(cls: Any) -> tuple[str, ...]:
    """Name the fields that can hold a container, by their annotations; most of our small parts have none."""
    return tuple(
        each.name for each in fields(cls) if not (isinstance(each.type, str) and _PLAIN_TYPE.fullmatch(each.type))
    )


def _same(first: object, second: object) -> bool:
    return first is second
