"""
One watched call: the way of a step's function from its start to its end, as hooks and an observer hear of it.

LIGHT: the story is imported when a hook is there to hear it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol, Self

from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.in_step.bus import step_bus
from phlo_hooks_dagster.in_step.graph_gates import gates_of_graph
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.in_step.telling import asking, may_refuse, starts_told, tell, unaskable, unasked

_log = logging.getLogger(__name__)
_running: set[tuple[str, str, int]] = set()
_lock = threading.Lock()


class StepObserver(Protocol):
    """
    Whoever collects what only one kind of step knows; made for each attempt of a step, before its function runs.

    What it raises is logged and never reaches the step.

    Attributes:
        artifacts: dbt's own word on the step's nodes, as ``DbtArtifacts``; ``None`` where there is none.
    """

    artifacts: Any

    def pulled(self, item: object) -> None:
        """Take note of an item that the function has yielded or returned, before it goes to Dagster."""

    def failed(self, error: BaseException) -> None:
        """Take note that the function raised, or that Dagster closed its stream (``GeneratorExit``); the last word."""

    def ended(self) -> None:
        """Take note that the function has ended well; the last word."""


MakeObserver = Callable[[StepScope], StepObserver]


class StepWatch:
    """What is told of one call; made by ``begin``, and over with ``failed``, ``returned`` or ``finished``."""

    def __init__(self, scope: StepScope, *, hears: bool, observer: MakeObserver | None) -> None:
        self._scope = scope
        self._over = False
        self._observer = self._guarded(observer, scope) if observer is not None else None
        self._story: Any = None
        if hears:
            from phlo_hooks_dagster.in_step.story import StepStory  # noqa: PLC0415  # see LIGHT

            self._story = StepStory(scope, artifacts=getattr(self._observer, "artifacts", None))

    @classmethod
    def begin(
        cls,
        fn: object,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        gates: tuple[Any, ...] = (),
        observer: MakeObserver | None = None,
    ) -> Self | None:
        """
        Tell the start; ``None`` when there is nobody to tell, or when this is no step's own call of its function.

        Raises:
            dagster.Failure: A hook or a gate stops the step.
        """
        scope = _scope_of(fn, args, kwargs)
        if scope is None:
            return None
        gates = (*gates, *gates_of_graph(scope))
        hears = step_bus(gated=bool(gates)) is not None
        if not (hears or observer) or not _claim(scope):
            return None
        try:
            watch = cls(scope, hears=hears, observer=observer)
        except BaseException:
            _release(scope)
            raise
        try:
            with asking(gates):
                watch._tell("starts")
            if gates and not starts_told(scope):
                raise unasked(gates, scope)  # noqa: TRY301  # as a gate that is closed: its ends are told below
        except BaseException as error:
            watch.failed(error)
            raise
        return watch

    def pulled(self, item: object) -> None:
        """Note an item before Dagster has it."""
        if self._observer is not None:
            self._guarded(self._observer.pulled, item)

    def taken(self, item: object) -> None:
        """Tell of an item that Dagster has taken: it asks for the next."""
        self._tell("yielded", item)

    def returned(self, result: object) -> None:
        """Tell of a return value, and of the end."""
        if result is not None:
            self.pulled(result)
        self._observe_end()
        self._tell("returned", result)
        self._finish()

    def finished(self) -> None:
        """Tell of the end of a stream."""
        self._observe_end()
        self._finish()

    def failed(self, error: BaseException) -> None:
        """Tell of the ends of what was started; of a stream that was closed nobody here knows why."""
        if self._over:
            return
        if self._observer is not None:
            self._guarded(self._observer.failed, error)
        try:
            if not isinstance(error, GeneratorExit):
                self._tell("failed", error)
        except Exception as refused:  # noqa: BLE001  # a hook's refusal: the step fails already, of its own error
            _log.warning("step %s failed before a hook could stop it: %s", self._scope.step_key, refused)
        finally:
            self._end()

    def _tell(self, what: str, *args: Any) -> None:
        if self._story is None:
            return
        events = self._guarded(getattr(self._story, what), *args)
        if events is None:
            # What comes after what could not be told would be told wrongly.
            self._story = None
            if what == "starts" and may_refuse():
                raise unaskable(self._scope)
            return
        tell(events, self._scope)

    def _finish(self) -> None:
        try:
            self._tell("finished")
        finally:
            self._end()

    def _observe_end(self) -> None:
        if self._observer is not None:
            self._guarded(self._observer.ended)
            self._observer = None

    def _end(self) -> None:
        self._over = True
        _release(self._scope)

    def _guarded(self, call: Callable[..., Any], *args: Any) -> Any:
        """Return what the call returns; a step never fails because it was watched."""
        try:
            return call(*args)
        except Exception:  # noqa: BLE001  # metadata, specs and a project's translator are foreign to us
            _log.exception("step %s of run %s goes on, not all of it is told", self._scope.step_key, self._scope.run_id)
            return None


class Unwatched:
    """In place of a watch where there is nobody to tell."""

    def pulled(self, item: object) -> None:
        """Do nothing."""

    def taken(self, item: object) -> None:
        """Do nothing."""

    def finished(self) -> None:
        """Do nothing."""

    def failed(self, error: BaseException) -> None:
        """Do nothing."""


def _scope_of(fn: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> StepScope | None:
    """Return the step that runs this function; a context that a test made is of no step."""
    given = next((each for each in (*args[:1], kwargs.get("context")) if compat_step.is_context(each)), None)
    scope = StepScope.current(given)
    return scope if scope is not None and compat_step.runs(scope.step, fn) else None


def _claim(scope: StepScope) -> bool:
    """Say whether this is the outermost watched call of the attempt."""
    with _lock:
        if scope.identity in _running:
            return False
        _running.add(scope.identity)
        return True


def _release(scope: StepScope) -> None:
    with _lock:
        _running.discard(scope.identity)
