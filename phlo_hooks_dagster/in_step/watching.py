"""
Watch a function of Dagster's while it runs, and let everything pass as it is.

LIGHT: every module that defines decorated assets imports this one.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from typing import Any, Final, ParamSpec, TypeVar

from phlo_hooks_dagster.in_step.watch import MakeObserver, StepObserver, StepWatch, Unwatched

WATCHED: Final = "__phlo_watched__"
"""Attribute of a function that tells of its steps by itself."""

P = ParamSpec("P")
R = TypeVar("R")

__all__ = ["WATCHED", "MakeObserver", "StepObserver", "watched"]


def watched(fn: Callable[P, R], *, gates: Iterable[Any] = (), observer: MakeObserver | None = None) -> Callable[P, R]:
    """
    Return a function of the same kind and signature that tells the step's hooks of its starts and ends.

    Outside of a step it only calls the function. Streams keep their objects, order and laziness.

    Args:
        gates: Asked before the function runs, beside those of the settings.
        observer: Makes what is told of each item, whether there is a hook or not.
    """
    kinds: tuple[tuple[Callable[[object], bool], Callable[..., Any]], ...] = (
        (inspect.isasyncgenfunction, _async_stream),
        (inspect.iscoroutinefunction, _coroutine),
        (inspect.isgeneratorfunction, _stream),
    )
    make = next((make for is_kind, make in kinds if is_kind(fn)), _plain)
    wrapper: Any = None

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> StepWatch | None:
        return StepWatch.begin(wrapper, args, kwargs, gates=tuple(gates), observer=observer)

    gates = tuple(gates)
    wrapper = functools.wraps(fn)(make(fn, begin))
    setattr(wrapper, WATCHED, True)
    watching: Callable[P, R] = wrapper
    return watching


_Begin = Callable[[tuple[Any, ...], dict[str, Any]], StepWatch | None]


def _plain(fn: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        watch = begin(args, kwargs)
        if watch is None:
            return fn(*args, **kwargs)
        try:
            result = fn(*args, **kwargs)
            if not inspect.isgenerator(result):
                watch.returned(result)
        except BaseException as error:
            watch.failed(error)
            raise
        return _pass_on(watch, result) if inspect.isgenerator(result) else result

    return call


def _coroutine(fn: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        watch = begin(args, kwargs)
        if watch is None:
            return await fn(*args, **kwargs)
        try:
            result = await fn(*args, **kwargs)
            watch.returned(result)
        except BaseException as error:
            watch.failed(error)
            raise
        return result

    return call


def _stream(fn: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        stream = fn(*args, **kwargs)
        watch = begin(args, kwargs)
        return (yield from stream if watch is None else _pass_on(watch, stream))

    return call


def _async_stream(fn: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        stream = fn(*args, **kwargs)
        watch = begin(args, kwargs) or Unwatched()
        try:
            step = anext(stream)
            while True:
                item = await step
                watch.pulled(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001  # whatever is thrown is the inner stream's to handle
                    step = stream.athrow(error)
                else:
                    watch.taken(item)
                    step = stream.asend(sent)
        except StopAsyncIteration:
            pass
        except BaseException as error:
            try:
                await stream.aclose()
            finally:
                watch.failed(error)
            raise
        watch.finished()

    return call


def _pass_on(watch: StepWatch, stream: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Yield what the stream yields; what is sent, thrown or returned goes its way as without us."""
    try:
        item = next(stream)
        while True:
            watch.pulled(item)
            try:
                sent = yield item
            except GeneratorExit:
                raise
            except BaseException as error:  # noqa: BLE001  # whatever is thrown is the inner stream's to handle
                item = stream.throw(error)
            else:
                watch.taken(item)
                item = stream.send(sent)
    except StopIteration as stop:
        result = stop.value
    except BaseException as error:
        try:
            stream.close()
        finally:
            watch.failed(error)
        raise
    watch.finished()
    return result
