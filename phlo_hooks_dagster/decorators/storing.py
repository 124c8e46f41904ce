"""Whether somebody else than the function stores what it returns."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union

from dagster import (
    AssetCheckResult,
    AssetMaterialization,
    AssetObservation,
    ExpectationResult,
    MaterializeResult,
    ObserveResult,
)

_STREAMS: Final = frozenset({Iterator, Iterable, Sequence, AsyncIterator, AsyncIterable, list, tuple, Union, UnionType})
_GENERATORS: Final = frozenset({Generator, AsyncGenerator})
_UNKNOWN: Final = object()
_TOLD: Final = (
    AssetCheckResult,
    AssetMaterialization,
    AssetObservation,
    ExpectationResult,
    MaterializeResult,
    NoneType,
    ObserveResult,
)


def may_store(fn: Callable[..., Any]) -> bool:
    """
    Say whether an IO manager may store the function's result, by the annotation of what it returns.

    Results that Dagster records as they are, and ``None``, are not stored. Whatever else is, and what is not annotated
    or cannot be resolved may be.
    """
    annotation = _annotation(fn)
    return annotation is _UNKNOWN or not _is_told(annotation)


def _annotation(fn: Callable[..., Any]) -> Any:
    while isinstance(fn, functools.partial):
        fn = fn.func
    try:
        return typing.get_type_hints(fn if inspect.isroutine(fn) else type(fn).__call__).get("return", _UNKNOWN)
    except Exception:  # noqa: BLE001  annotations are the user's expressions; Dagster says what is wrong with them
        return _UNKNOWN


def _is_told(annotation: Any) -> bool:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated or origin in _GENERATORS:
        return _is_told(arguments[0])
    if origin in _STREAMS:
        return all(_is_told(argument) for argument in arguments if argument is not Ellipsis)
    if origin is MaterializeResult:
        return arguments in ((None,), (NoneType,))
    return isinstance(annotation, type) and issubclass(annotation, _TOLD)
