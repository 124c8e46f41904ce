"""A wrapper that Dagster and its tools take for the function it wraps."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any


class Likeness:
    """
    Call the wrapper, and look like the user's function.

    ``inspect.getsourcefile`` follows no ``__wrapped__``: it asks a function for its code. Dagster's code references
    would else point at this library. Frames and tracebacks stay true, which a changed code object could not give.
    """

    def __init__(self, wrapper: Callable[..., Any], fn: Any) -> None:
        functools.update_wrapper(self, wrapper)
        self.__dict__.update(_wrapper=wrapper, _fn=fn)

    @property  # type: ignore[misc]  # isinstance only reads it
    def __class__(self) -> type:
        """Pass ``inspect.isfunction``, as mocks and proxies do."""
        return FunctionType

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the wrapper."""
        return self.__dict__["_wrapper"](*args, **kwargs)

    def __copy__(self) -> Likeness:
        """Return it as it is, as functions are copied."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Likeness:
        """Return it as it is, as functions are copied."""
        return self

    def __getattr__(self, name: str) -> Any:
        """Return what else the user's function has: its code, defaults, globals."""
        return getattr(self.__dict__["_fn"], name)


def in_likeness(wrapper: Callable[..., Any], fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return the wrapper, with annotations and source as Dagster finds them at ``fn``."""
    if wrapper is fn:
        return fn
    if not inspect.isfunction(fn):
        wrapper.__annotations__ = _annotations(fn)
    return Likeness(wrapper, fn) if isinstance(getattr(fn, "__code__", None), CodeType) else wrapper


def _annotations(fn: Any) -> dict[str, Any]:
    """Return what Dagster reads of a callable that is no function: nothing, for a bound method."""
    target = fn.func if isinstance(fn, functools.partial) else fn.__call__
    try:
        return typing.get_type_hints(target, include_extras=True)
    except NameError:  # Dagster says which name, and what to do
        return dict(getattr(target, "__annotations__", {}))
