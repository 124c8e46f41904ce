"""How events of earlier versions become events of this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from phlo_hooks.exceptions import EventError

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class UpcasterRegistry:
    """
    Steps from one version of an event type to a later one, chained until no step is left.

    A step is given the event's plain JSON values and returns those of the later version; it may rename the type.
    """

    def __init__(self) -> None:
        self._steps: dict[tuple[str, str], tuple[str, Upcaster]] = {}

    def register(self, event_type: str, from_version: str, to_version: str) -> Callable[[Upcaster], Upcaster]:
        """
        Return a decorator that registers the step.

        Raises:
            EventError: There is a step from this version already, or it does not lead to a later one.
        """
        if _parts(to_version) <= _parts(from_version):
            raise EventError(f"upcaster of {event_type}: {to_version} is not later than {from_version}")
        if (event_type, from_version) in self._steps:
            raise EventError(f"upcaster of {event_type}: there is one from {from_version} already")

        def decorate(upcaster: Upcaster) -> Upcaster:
            self._steps[event_type, from_version] = (to_version, upcaster)
            return upcaster

        return decorate

    def unregister(self, event_type: str, from_version: str) -> None:
        """Remove a step, if there is one."""
        self._steps.pop((event_type, from_version), None)

    def has(self, event_type: str, version: str) -> bool:
        """Say whether a step leads on from this version."""
        return (event_type, version) in self._steps

    def raise_to_current(self, fields: dict[str, Any], event_type: str, version: str) -> dict[str, Any]:
        """
        Return the fields after every step.

        Raises:
            EventError: A step raised, or returned no fields.
        """
        while (step := self._steps.get((event_type, version))) is not None:
            version, upcaster = step
            try:
                fields = {**upcaster(dict(fields)), "version": version}
            except Exception as error:
                raise EventError(f"upcaster of {event_type} to {version} failed: {error!r}") from error
            event_type = str(fields.get("event_type", event_type))
            fields["event_type"] = event_type
        return fields


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


UPCASTERS: Final = UpcasterRegistry()
"""The steps that ``decode_event`` takes; version 1.0 is the first, so there are none yet."""
