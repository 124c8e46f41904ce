"""``@hook``: a function becomes a hook and stays the function it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, overload

from phlo_hooks.exceptions import RegistrationError
from phlo_hooks.filters import HookFilter
from phlo_hooks.registration import Dispatch, FailurePolicy
from phlo_hooks.spec import HookSpec, mark

Function = TypeVar("Function", bound=Callable[..., Any])


@overload
def hook(function: Function, /) -> Function: ...


@overload
def hook(  # each argument is one part of a hook, and all are named
    *,
    events: Collection[str] | None = None,
    assets: Collection[str] | None = None,
    tags: Mapping[str, str] | None = None,
    statuses: Collection[str] | None = None,
    jobs: Collection[str] | None = None,
    partitions: Collection[str] | None = None,
    code_locations: Collection[str] | None = None,
    priority: int = 100,
    failure_policy: FailurePolicy | str = FailurePolicy.LOG,
    dispatch: Dispatch | str = Dispatch.SYNC,
    in_step: bool = False,
    timeout: float | None = None,
    name: str | None = None,
    plugin: str | None = None,
) -> Callable[[Function], Function]: ...


def hook(  # noqa: PLR0913  # each argument is one part of a hook, and all are named
    function: Function | None = None,
    /,
    *,
    events: Collection[str] | None = None,
    assets: Collection[str] | None = None,
    tags: Mapping[str, str] | None = None,
    statuses: Collection[str] | None = None,
    jobs: Collection[str] | None = None,
    partitions: Collection[str] | None = None,
    code_locations: Collection[str] | None = None,
    priority: int = 100,
    failure_policy: FailurePolicy | str = FailurePolicy.LOG,
    dispatch: Dispatch | str = Dispatch.SYNC,
    in_step: bool = False,
    timeout: float | None = None,
    name: str | None = None,
    plugin: str | None = None,
) -> Function | Callable[[Function], Function]:
    """
    Make a function, coroutine function or method a hook; bare, it gets every event.

    ``events``, ``assets``, ``statuses``, ``jobs``, ``partitions`` and ``code_locations`` are collections of exact
    strings or globs; see ``HookFilter``. A function may carry several ``@hook``, each with a ``name`` of its own.

    Args:
        priority: Lower runs first.
        failure_policy: ``ignore``, ``log`` or ``raise``.
        dispatch: ``sync``, or ``queued`` for what talks to a network.
        in_step: Call it in the step's own process.
        timeout: Seconds that a call may take.
        name: The function's own name by default.
        plugin: The bringing plugin's name, else the top package of the function's module, by default.

    Raises:
        RegistrationError: Something that no hook can be made of.
    """
    spec = HookSpec(
        name=name,
        plugin=plugin,
        filter=HookFilter(
            event_types=events,
            asset_keys=assets,
            tags=tags,
            statuses=statuses,
            job_names=jobs,
            partition_keys=partitions,
            code_locations=code_locations,
        ),
        priority=priority,
        failure_policy=FailurePolicy.of(failure_policy),
        dispatch=Dispatch.of(dispatch),
        in_step=in_step,
        timeout=timeout,
    )

    def decorate(function: Function) -> Function:
        if isinstance(function, type) or not callable(getattr(function, "__func__", function)):
            raise RegistrationError(f"@hook belongs on a function or method, not on {function!r}")
        spec.check(function)
        mark(function, spec)
        return function

    return decorate if function is None else decorate(function)
