"""The events of one run that a test made, and how to pick among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, overload

from dagster import AssetKey, AssetsDefinition, AssetSpec, ExecuteInProcessResult

from phlo_hooks.events import HookEvent, QualityResultEvent
from phlo_hooks.filters import HookFilter, glob_matches
from phlo_hooks.relay import DrainReport

PARTS: Final = ("asset", "partition", "check", "step", "status")

EventT = TypeVar("EventT", bound=HookEvent)
Asset = str | AssetKey | AssetsDefinition | AssetSpec


@dataclass(frozen=True, kw_only=True)
class RecordedEvents:
    """
    One run and the events it gave.

    Attributes:
        result: As ``execute_in_process`` returned it.
        events: As the relay records them, in order.
        in_step: As hooks with ``in_step=True`` got them while the steps ran.
        report: What delivering them to ``hooks=`` came to.
    """

    result: ExecuteInProcessResult
    events: Sequence[HookEvent]
    in_step: Sequence[HookEvent]
    report: DrainReport

    @property
    def success(self) -> bool:
        """Whether the run succeeded."""
        return self.result.success

    @property
    def types(self) -> list[str]:
        """The events' types, in order."""
        return [event.event_type for event in self.events]

    @overload
    def of(self, what: type[EventT], **parts: Any) -> list[EventT]: ...
    @overload
    def of(self, what: str = "*", **parts: Any) -> list[HookEvent]: ...
    def of(self, what: type[HookEvent] | str = "*", **parts: Any) -> list[Any]:
        """
        Return the events that fit, in order.

        Args:
            what: A type such as ``ingestion.end``, a glob, or an event class.
            parts: ``asset``, ``partition``, ``check``, ``step``, ``status``: each a text or glob; ``asset`` also a key
                or an assets definition. Statuses of checks are ``pass``, ``warn``, ``fail``, ``error``, ``skipped``.
        """
        wanted = _texts(parts)
        return [event for event in self.events if _fits(event, what, wanted)]

    @overload
    def one(self, what: type[EventT], **parts: Any) -> EventT: ...
    @overload
    def one(self, what: str = "*", **parts: Any) -> HookEvent: ...
    def one(self, what: type[HookEvent] | str = "*", **parts: Any) -> Any:
        """
        Return the only event that fits; arguments as for ``of``.

        Raises:
            AssertionError: There is none, or more than one; the message lists what there was.
        """
        found = self.of(what, **parts)
        if len(found) != 1:
            raise AssertionError(self._said(len(found), what, parts))
        return found[0]

    def none(self, what: type[HookEvent] | str = "*", **parts: Any) -> None:
        """
        Make sure that no event fits; arguments as for ``of``.

        Raises:
            AssertionError: There is one; the message lists what there was.
        """
        if found := self.of(what, **parts):
            raise AssertionError(self._said(len(found), what, parts))

    def __str__(self) -> str:
        """Return a line for each event."""
        return "\n".join(_line(event) for event in self.events)

    def _said(self, count: int, what: type[HookEvent] | str, parts: dict[str, Any]) -> str:
        name = what if isinstance(what, str) else what.__name__
        asked = " ".join([name, *(f"{part}={value!r}" for part, value in _texts(parts).items())])
        there = "\n".join(f"  {_line(event)}" for event in self.events) or "  none"
        return f"{count or 'no'} event{'' if count == 1 else 's'} of {asked}; there were:\n{there}"


def _texts(parts: dict[str, Any]) -> dict[str, str]:
    if unknown := parts.keys() - set(PARTS):
        raise TypeError(f"events are not picked by {', '.join(sorted(unknown))}, but by {', '.join(PARTS)}")
    given = {part: value for part, value in parts.items() if value is not None}
    if "asset" in given:
        given["asset"] = _key(given["asset"])
    return given


def _key(asset: Asset) -> str:
    if isinstance(asset, str):
        return asset
    key = asset if isinstance(asset, AssetKey) else asset.key
    return key.to_user_string()


def _fits(event: HookEvent, what: type[HookEvent] | str, wanted: dict[str, str]) -> bool:
    if isinstance(what, str):
        if not glob_matches(what, event.event_type):
            return False
    elif not isinstance(event, what):
        return False
    where = event.correlation
    had = {"partition": where.partition_key, "check": where.check_name, "step": where.step_key}
    return all(
        glob_matches(glob, had[part] or "") if part in had else _filter(part, glob).matches(event)
        for part, glob in wanted.items()
    )


def _filter(part: str, glob: str) -> HookFilter:
    return HookFilter(asset_keys=[glob]) if part == "asset" else HookFilter(statuses=[glob])


def _line(event: HookEvent) -> str:
    where = event.correlation
    named = [where.asset_key or where.step_key, where.partition_key and f"[{where.partition_key}]", where.check_name]
    if isinstance(event, QualityResultEvent):
        status: Any = event.data_outcome or event.outcome
    else:
        status = getattr(event, "status", None)
    error = getattr(event, "error", None)
    said = f"{error.type}: {error.message}".strip().splitlines()[0] if error is not None else None
    return "  ".join([f"{event.event_type:<18}", *(str(each) for each in (*named, status, said) if each)]).rstrip()
