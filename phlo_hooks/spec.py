"""Marks that turn functions and methods into hooks, without changing how they are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from phlo_hooks.filters import HookFilter
from phlo_hooks.registration import Dispatch, FailurePolicy, HookRegistration, check_hook

_MARK: Final = "__phlo_hooks__"


@dataclass(frozen=True, kw_only=True)
class HookSpec:
    """
    What ``@hook`` was told; with a handler and a plugin's name it becomes a registration.

    Attributes:
        name: ``None``: the function's own name.
        plugin: ``None``: the plugin that brings the function, else the top package of its module.
    """

    name: str | None = None
    plugin: str | None = None
    filter: HookFilter = field(default_factory=HookFilter)
    priority: int = 100
    failure_policy: FailurePolicy = FailurePolicy.LOG
    dispatch: Dispatch = Dispatch.SYNC
    in_step: bool = False
    timeout: float | None = None

    def check(self, function: object) -> None:
        """Raise RegistrationError where the function stands, rather than when its plugin is loaded."""
        check_hook(
            f"@hook on {getattr(function, '__qualname__', function)}",
            priority=self.priority,
            timeout=self.timeout,
            failure_policy=self.failure_policy,
            dispatch=self.dispatch,
            in_step=self.in_step,
            event_types=self.filter.event_types,
        )

    def register(self, handler: Callable[..., Any], *, plugin: str | None = None) -> HookRegistration:
        """Return the registration of this handler."""
        return HookRegistration(
            plugin_name=self.plugin or plugin or _top_package(handler),
            hook_name=self.name or str(getattr(handler, "__name__", type(handler).__name__)),
            handler=handler,
            filter=self.filter,
            priority=self.priority,
            failure_policy=self.failure_policy,
            timeout=self.timeout,
            dispatch=self.dispatch,
            in_step=self.in_step,
        )


def mark(function: Any, spec: HookSpec) -> None:
    """Remember the spec on the function; one function may carry several."""
    setattr(function, _MARK, (*specs_of(function), spec))


def specs_of(thing: object) -> tuple[HookSpec, ...]:
    """Return the specs a function, bound method, static or class method carries."""
    found = getattr(thing, _MARK, None) or getattr(getattr(thing, "__func__", None), _MARK, ())
    return found if isinstance(found, tuple) else ()


def marked_registrations(function: Callable[..., Any], *, plugin: str | None = None) -> list[HookRegistration]:
    """Return a registration for each spec the function carries."""
    return [spec.register(function, plugin=plugin) for spec in specs_of(function)]


def marked_methods(owner: object) -> Iterator[str]:
    """Yield the names of the attributes of a class or instance that carry specs, sorted; no property is evaluated."""
    for name, _ in inspect.getmembers_static(owner, lambda member: bool(specs_of(member))):
        yield name


def _top_package(handler: Callable[..., Any]) -> str:
    module: str = getattr(handler, "__module__", None) or type(handler).__module__
    return module.partition(".")[0]
