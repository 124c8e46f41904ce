"""
Call the step's hooks, remember what was told, and turn a hook's refusal into a failure of the step.

LIGHT: see ``bus``.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from dagster import Failure

from phlo_hooks_dagster.in_step.bus import step_bus
from phlo_hooks_dagster.in_step.scope import StepScope

REMEMBERED: Final = 1024
"""Step attempts of which a process remembers what was told, and events that it emitted; the oldest go first."""

_log = logging.getLogger(__name__)
_told: OrderedDict[tuple[str, str, int], Counter[str]] = OrderedDict()
_emitted: OrderedDict[tuple[str, str], None] = OrderedDict()
_lock = threading.Lock()


def tell(events: Iterable[Any], scope: StepScope, *, emitted: bool = False) -> None:
    """
    Hand events to the step's hooks, all of them, and count them by key.

    Args:
        emitted: User code emits them: they are not counted, as what Dagster records under the same key is told beside.

    Raises:
        dagster.Failure: A hook with policy ``raise`` failed on one; it names the first one's hook, event and reason.
    """
    refusals: list[tuple[Any, Exception]] = []
    bus = step_bus()
    if bus is None:
        return
    for event in events:
        if not emitted:
            _count(scope, event.key)
        try:
            bus.emit(event)
        except Exception as error:  # noqa: BLE001  # what policies and strategy let through of foreign code
            refusals.append((event, error))
    for event, refused in refusals[:1]:
        failure, is_gate = refusal(event, refused)
        raise failure from None if is_gate else refused


def told(scope: StepScope) -> Counter[str]:
    """Return how often each key has been told in this attempt of the step, in this process."""
    with _lock:
        return Counter(_told.get(scope.identity, ()))


def first_of_its_id(scope: StepScope, event_id: str) -> bool:
    """Say whether the run has emitted no event under this id here before: one that is emitted twice is one event."""
    with _lock:
        if (scope.run_id, event_id) in _emitted:
            return False
        _emitted[scope.run_id, event_id] = None
        while len(_emitted) > REMEMBERED:
            _emitted.popitem(last=False)
        return True


def starts_told(scope: StepScope) -> bool:
    """Say whether the start of any asset has been told in this attempt of the step."""
    return any(key.endswith(".start") for key in told(scope))


def refusal(event: Any, error: Exception) -> tuple[Failure, bool]:
    """
    Return the failure of a step that a hook has stopped at an event, and whether that was a gate doing its work.

    The step is tried again only if the hook's error says so, with an attribute ``retry`` that is true.
    """
    from phlo_hooks.exceptions import HookFailedError  # noqa: PLC0415  # see LIGHT
    from phlo_hooks.redaction import redact_text  # noqa: PLC0415  # see LIGHT
    from phlo_hooks_dagster.riders import EVENT, HOOK, REASON  # noqa: PLC0415  # see LIGHT

    first = error
    while isinstance(first, ExceptionGroup):
        first = first.exceptions[0]
    hook = f"{first.plugin_name}:{first.hook_name}" if isinstance(first, HookFailedError) else type(first).__name__
    cause = first.__cause__ if isinstance(first, HookFailedError) and first.__cause__ is not None else first
    gate = getattr(cause, "gate", None)
    said = redact_text(str(cause)) or type(cause).__name__
    reason = redact_text(str(getattr(cause, "reason", "") or f"{type(cause).__name__}: {said}"))
    about = event.correlation.asset_key or event.correlation.step_key or ""
    failure = Failure(
        description=said if gate else f"hook {hook} stopped the step at {event.event_type} of {about}: {reason}",
        metadata={HOOK: f"gates:{gate}" if gate else hook, EVENT: event.event_type, REASON: reason},
        allow_retries=bool(getattr(cause, "retry", False)),
    )
    return failure, bool(gate)


def unasked(gates: tuple[Any, ...], scope: StepScope) -> Failure:
    """Return the failure of a step whose gates nobody asked: it makes no asset whose start is told."""
    from phlo_hooks_dagster.riders import HOOK, REASON  # noqa: PLC0415  # see LIGHT

    names = ", ".join(dict.fromkeys(str(getattr(gate, "name", gate)) for gate in gates))
    reason = "the step makes no asset with a stage"
    return Failure(
        description=f"the gates of step {scope.step_key} ({names}) cannot be asked: {reason}. Give the asset a stage, "
        "and the gates to the asset, or of a graph to the op that returns it",
        metadata={HOOK: f"gates:{names}", REASON: reason},
        allow_retries=False,
    )


def may_refuse() -> bool:
    """Say whether a hook of this process can stop a step."""
    bus = step_bus()
    return bus is not None and any(each.failure_policy == "raise" for each in bus.hooks())


def unaskable(scope: StepScope) -> Failure:
    """Return the failure of a step that hooks may stop and that cannot be told to them: nobody passes them by."""
    from phlo_hooks_dagster.riders import REASON  # noqa: PLC0415  # see LIGHT

    reason = "the step's start cannot be told: the error stands in the process' log"
    return Failure(
        description=f"step {scope.step_key} has hooks that may stop it, and they cannot be asked: {reason}",
        metadata={REASON: reason},
        allow_retries=False,
    )


def asking(gates: tuple[Any, ...]) -> AbstractContextManager[Any]:
    """Return the block in which the hook of gates asks those of the step, too."""
    if not gates:
        return nullcontext()
    from phlo_hooks_dagster.gates import gates_of_step  # noqa: PLC0415  # see LIGHT

    block: AbstractContextManager[Any] = gates_of_step(gates)
    return block


def _count(scope: StepScope, key: str) -> None:
    with _lock:
        _told.setdefault(scope.identity, Counter())[key] += 1
        _told.move_to_end(scope.identity)
        while len(_told) > REMEMBERED:
            _told.popitem(last=False)
