"""
Gates in the step of the asset that they guard.

LIGHT: decorators import this module in every step's process.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final

from dagster import AssetCheckKey, AssetKey

from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import RegistrationError
from phlo_hooks.filters import HookFilter
from phlo_hooks.redaction import redact_text
from phlo_hooks.registration import FailurePolicy, HookRegistration
from phlo_hooks_dagster.compat_gates import graph_of_step, is_watched
from phlo_hooks_dagster.compat_step import current_context, step_of
from phlo_hooks_dagster.gates.gate import Gate, GateClosedError, GateView, Upstream
from phlo_hooks_dagster.gates.text import listed
from phlo_hooks_dagster.gates.upstreams import upstreams_of

_log = logging.getLogger(__name__)

PRIORITY: Final = -1000
"""Gates are asked before any other hook of the step."""
OPEN: Final = "phlo/open_gates"
"""Tag of a run for which gates are opened by hand: their names, separated by commas."""
BUILT_IN: Final = ("checks_passed", "freshness", "row_count_drop", "breaking_schema_change", "breaking_metric_change")
_NEAR: Final = 0.7
STARTS: Final = ("ingestion.start", "transform.start", "publish.start")

_declared: Final[ContextVar[tuple[Gate, ...]]] = ContextVar("phlo_hooks_gates", default=())

Answer = tuple[Gate, str]
"""A gate that is closed, and why."""


@contextmanager
def gates_of_step(gates: Sequence[Gate]) -> Iterator[None]:
    """Ask these gates, beside those that rules name, for every start that is told in the block."""
    token = _declared.set(tuple(gates))
    try:
        yield
    finally:
        _declared.reset(token)


def gate_registrations(rules: Sequence[object] = (), *, declared: bool = False) -> list[HookRegistration]:
    """
    Return the in-step hook that asks gates; none when there is nothing to ask.

    Args:
        rules: ``GateRule`` of the settings, and gates that guard every asset with a stage.
        declared: Decorators have gates too.
    """
    if not rules and not declared:
        return []
    keeper = HookRegistration(
        plugin_name="phlo",
        hook_name="gates",
        handler=Keeper(rules),
        filter=HookFilter(event_types=STARTS),
        priority=PRIORITY,
        failure_policy=FailurePolicy.RAISE,
        in_step=True,
    )
    return [keeper]


class Keeper:
    """The hook: it gets the start of an asset and asks all gates of that asset."""

    def __init__(self, rules: Sequence[object]) -> None:
        self._rules = tuple(rules)

    def __call__(self, event: HookEvent) -> None:
        """Raise GateClosedError with the reason of every gate that is closed."""
        key = getattr(event, "asset_key", None)
        step = step_of(current_context())
        if not isinstance(key, str) or step is None:
            return
        definition, asset = step.assets_def, AssetKey.from_user_string(key)
        if definition is None or asset not in definition.keys:
            # What user code emits may speak of the start of anything.
            return
        job, location = graph_of_step(step)
        gates = (*_declared.get(), *self._ruled(asset, job))
        if not gates:
            return
        partition = event.correlation.partition_key or None
        view = GateView(
            instance=step.instance,
            run_id=step.run_id,
            asset_key=asset,
            partition_key=partition,
            upstreams=(),
            now=datetime.now(UTC),
            event=event,
        )
        own: frozenset[AssetKey | AssetCheckKey] = frozenset((*definition.keys, *definition.check_keys))

        def find(gate: Gate) -> tuple[Upstream, ...]:
            return upstreams_of(location, step.instance, asset, partition, globs=gate.upstreams, leave_out=own)

        refuse(closed_gates(gates, view, find, tags=step.run_tags), key)

    def _ruled(self, asset: AssetKey, graph: Any) -> tuple[Gate, ...]:
        if not self._rules:
            return ()
        from phlo_hooks_dagster.gates.rules import gates_for  # noqa: PLC0415  # LIGHT: no rules, no cost

        node = graph.get(asset)
        if not is_watched(node.assets_def):
            # A run hook tells this start after the fact; a blocking check has asked before.
            return ()
        return gates_for(self._rules, asset.to_user_string(), group=node.group_name, tags=node.tags)


def closed_gates(
    gates: Sequence[Gate],
    view: GateView,
    find: Callable[[Gate], tuple[Upstream, ...]],
    *,
    tags: Mapping[str, str],
) -> list[Answer]:
    """
    Ask each gate with the upstreams it looks at, and return those that are closed; one that raises is closed.

    Args:
        tags: The run's; ``OPEN`` among them names gates that somebody has opened for this run.
    """
    closed = []
    opened = {name.strip() for name in tags.get(OPEN, "").split(",")}
    for gate in dict.fromkeys(_hashable(gates)):
        try:
            upstreams = find(gate.gate)
            reason = _nothing_matches(gate.gate, upstreams) or gate.gate.reason_to_stop(
                replace(view, upstreams=upstreams)
            )
        except Exception as error:  # noqa: BLE001  # a gate is foreign code; one that cannot answer is closed
            reason = f"it could not be asked, {type(error).__name__}: {error}"
            _log.error("Gate %s failed.\n%s", gate.gate.name, redact_text(traceback.format_exc().rstrip()))
        if reason is not None and not isinstance(reason, str):
            reason = f"it answered {reason!r}, which is neither a reason nor None"
        if reason is None:
            continue
        reason = redact_text(reason)
        if gate.gate.name in opened:
            asset = view.asset_key.to_user_string()
            _log.warning("Gate %s of %s was opened by the run's tag %s: %s", gate.gate.name, asset, OPEN, reason)
        else:
            closed.append((gate.gate, (reason or "it gave no reason") + _misspelt(gate.gate.name, opened)))
    return closed


def refuse(closed: Sequence[Answer], asset: str) -> None:
    """
    Raise GateClosedError when any gate is closed.

    The step is tried again only when every closed gate asks for it.
    """
    if not closed:
        return
    names = list(dict.fromkeys(gate.name for gate, _ in closed))
    several = len(closed) > 1
    reasons = [f"{gate.name}: {reason}" if several else reason for gate, reason in closed]
    raise GateClosedError(
        gate=", ".join(names),
        asset=asset,
        reason=listed(reasons) or "",
        retry=all(gate.retry for gate, _ in closed),
    )


def checked_gates(gates: object, *, decorator: str, stage: str | None) -> tuple[Gate, ...]:
    """
    Return the gates that a decorator was given.

    Args:
        decorator: As people write it, for messages.
        stage: What is known of the asset's stage; ``None``: nothing, so that it will tell no start.

    Raises:
        RegistrationError: One of them is no gate, or there is no stage.
    """
    if gates is None:
        return ()
    if isinstance(gates, (Gate, str)) or not isinstance(gates, (list, tuple, set, frozenset)):
        raise RegistrationError(f"{decorator}(gates={gates!r}): write a list, such as gates=[ChecksPassed()]")
    for gate in gates:
        if isinstance(gate, type) and issubclass(gate, Gate):
            raise RegistrationError(f"{decorator}: the gate {gate.__name__} is a class; write {gate.__name__}()")
        if not isinstance(gate, Gate):
            raise RegistrationError(f"{decorator}: {gate!r} is no gate; subclass phlo_hooks_dagster.Gate{_near(gate)}")
        if isinstance(gate.upstreams, str):
            name, globs = type(gate).__name__, gate.upstreams
            raise RegistrationError(f"{decorator}: {name}(upstreams={globs!r}): write upstreams=[{globs!r}]")
    if gates and stage is None:
        raise RegistrationError(
            f"{decorator}: a gate is asked when a stage starts, and nothing says which stage this is; "
            "add stage='publish' (or 'ingestion', 'transform'), or the tag phlo/stage"
        )
    return tuple(gates)


class _Once:
    """A gate by its own identity: users' gates may hold lists, which have no hash."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and type(other.gate) is type(self.gate) and other.gate == self.gate

    def __hash__(self) -> int:
        return hash(self.gate.name)


def _hashable(gates: Sequence[Gate]) -> Iterator[_Once]:
    return (_Once(gate) for gate in gates)


def _nothing_matches(gate: Gate, upstreams: tuple[Upstream, ...]) -> str | None:
    if upstreams:
        return None
    if gate.upstreams is not None:
        return f"no upstream asset matches {' or '.join(gate.upstreams)}"
    return "the asset has no upstream that it could look at; give the asset deps=" if gate.needs_upstreams else None


def _misspelt(gate: str, opened: Iterable[str]) -> str:
    """Return what to say of a tag that nearly names a closed gate."""
    plain = {_plain(name): name for name in opened if name not in BUILT_IN}
    near = get_close_matches(_plain(gate), plain, n=1, cutoff=_NEAR)
    return f" (the run's tag {OPEN} says {plain[near[0]]!r}, not {gate!r})" if near else ""


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _near(gate: object) -> str:
    near = get_close_matches(str(gate), BUILT_IN, n=1) if isinstance(gate, str) else []
    return f", or did you mean {''.join(part.title() for part in near[0].split('_'))}()?" if near else ""
