"""One hook: who handles which events, in what order, and what happens when it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Final, Protocol, TypeVar, runtime_checkable

from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import RegistrationError
from phlo_hooks.filters import HookFilter

Handler = Callable[[HookEvent], object] | Callable[[HookEvent], Awaitable[object]]

RELAY_ONLY: Final = ("run.", "step.")
"""How types of events begin that no step's process tells."""


class FailurePolicy(StrEnum):
    """What a handler's ``Exception`` does."""

    IGNORE = "ignore"
    LOG = "log"
    RAISE = "raise"

    @classmethod
    def of(cls, value: str) -> FailurePolicy:
        """Return the policy of this name, or say which there are."""
        return _choice(cls, "failure_policy", value)


class Dispatch(StrEnum):
    """Where a handler is called."""

    SYNC = "sync"
    QUEUED = "queued"

    @classmethod
    def of(cls, value: str) -> Dispatch:
        """Return the way of this name, or say which there are."""
        return _choice(cls, "dispatch", value)


@dataclass(frozen=True, kw_only=True)
class HookRegistration:
    """
    One hook, however it was written.

    Attributes:
        filter: Which events it gets; all by default.
        priority: Lower runs first.
        timeout: Seconds a call may take; ``None`` for no limit.
        dispatch: ``sync``: called by whoever emits, or by the relay. ``queued``: delivered by the dispatcher.
        in_step: Called in the step's own process only.

    Raises:
        RegistrationError: No callable, an empty name, or ``queued`` with policy ``raise``.
    """

    plugin_name: str
    hook_name: str
    handler: Handler
    filter: HookFilter = field(default_factory=HookFilter)
    priority: int = 100
    failure_policy: FailurePolicy = FailurePolicy.LOG
    timeout: float | None = None
    dispatch: Dispatch = Dispatch.SYNC
    in_step: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never work, by name."""
        for label in ("plugin_name", "hook_name"):
            value = getattr(self, label)
            if not isinstance(value, str) or not value or ":" in value:
                raise RegistrationError(f"{label} must be a non-empty string without ':', not {value!r}")
        if not callable(self.handler):
            raise RegistrationError(f"hook {self.name}: handler {self.handler!r} is not callable")
        if not isinstance(self.filter, HookFilter):
            raise RegistrationError(f"hook {self.name}: filter must be a HookFilter, not {self.filter!r}")
        object.__setattr__(self, "failure_policy", FailurePolicy.of(self.failure_policy))
        object.__setattr__(self, "dispatch", Dispatch.of(self.dispatch))
        check_hook(
            f"hook {self.name}",
            priority=self.priority,
            timeout=self.timeout,
            failure_policy=self.failure_policy,
            dispatch=self.dispatch,
            in_step=self.in_step,
            event_types=self.filter.event_types,
        )

    @property
    def name(self) -> str:
        """``plugin:hook``, also the name of a queued hook's consumer."""
        return f"{self.plugin_name}:{self.hook_name}"

    @property
    def sort_key(self) -> tuple[int, str, str]:
        """Lower runs first; ties are broken by name, never by import order."""
        return (self.priority, self.plugin_name, self.hook_name)


def check_hook(
    hook: str,
    *,
    priority: int,
    timeout: float | None,
    failure_policy: FailurePolicy,
    dispatch: Dispatch,
    in_step: bool,
    event_types: Collection[str] | None,
) -> None:
    """Raise RegistrationError when the parts of a hook can never work together; ``hook`` says whose they are."""
    if isinstance(priority, bool) or not isinstance(priority, int):
        raise RegistrationError(f"{hook}: priority must be a whole number, not {priority!r}")
    if timeout is not None and not _is_duration(timeout):
        raise RegistrationError(f"{hook}: timeout must be a positive number of seconds or None, not {timeout!r}")
    if dispatch is Dispatch.QUEUED and failure_policy is FailurePolicy.RAISE:
        raise RegistrationError(
            f"{hook}: a queued hook runs after the fact and cannot abort anything; "
            "use failure_policy='log' (retry, then dead letter) or dispatch='sync'"
        )
    if dispatch is Dispatch.QUEUED and in_step:
        raise RegistrationError(f"{hook}: in_step=True and dispatch='queued' exclude each other")
    if in_step and event_types and all(each.startswith(RELAY_ONLY) for each in event_types):
        raise RegistrationError(
            f"{hook}: in_step=True and events={sorted(event_types)} exclude each other: the relay alone tells of runs "
            "and steps"
        )


def _is_duration(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < inf


_Choice = TypeVar("_Choice", bound=StrEnum)


def _choice(kind: type[_Choice], label: str, value: str) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(repr(each.value) for each in kind)
        raise RegistrationError(f"{label} is one of {known}, not {value!r}") from None


@runtime_checkable
class HookProvider(Protocol):
    """Whatever lists hooks."""

    def get_hooks(self) -> list[HookRegistration]:
        """Return the hooks to register."""


@runtime_checkable
class HookHandler(Protocol):
    """Whatever handles every event it is given."""

    def handle_event(self, event: HookEvent) -> object:
        """Handle one event."""
