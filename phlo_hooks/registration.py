"""One hook: who handles which events, in what order, and what happens when it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import RegistrationError
from phlo_hooks.filters import HookFilter

Handler = Callable[[HookEvent], object] | Callable[[HookEvent], Awaitable[object]]


class FailurePolicy(StrEnum):
    """What a handler's ``Exception`` does."""

    IGNORE = "ignore"
    LOG = "log"
    RAISE = "raise"


class Dispatch(StrEnum):
    """Where a handler is called."""

    SYNC = "sync"
    QUEUED = "queued"


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
        object.__setattr__(self, "failure_policy", FailurePolicy(self.failure_policy))
        object.__setattr__(self, "dispatch", Dispatch(self.dispatch))
        if self.dispatch is Dispatch.QUEUED and self.failure_policy is FailurePolicy.RAISE:
            raise RegistrationError(
                f"hook {self.name}: a queued hook runs after the fact and cannot abort anything; "
                "use failure_policy='log' (retry, then dead letter) or dispatch='sync'"
            )
        if self.dispatch is Dispatch.QUEUED and self.in_step:
            raise RegistrationError(f"hook {self.name}: in_step=True and dispatch='queued' exclude each other")

    @property
    def name(self) -> str:
        """``plugin:hook``, also the name of a queued hook's consumer."""
        return f"{self.plugin_name}:{self.hook_name}"

    @property
    def sort_key(self) -> tuple[int, str, str]:
        """Lower runs first; ties are broken by name, never by import order."""
        return (self.priority, self.plugin_name, self.hook_name)


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
