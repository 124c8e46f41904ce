"""The bus: who emits meets who handles."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from typing import Any, Final, Literal, Self

from phlo_hooks.events import ErrorEvent, HookEvent
from phlo_hooks.exceptions import DuplicateHookError, EmitDepthError, RegistrationError
from phlo_hooks.plugin import PluginInfo
from phlo_hooks.providers import Provided, clean_up, provide
from phlo_hooks.redaction import redact_event
from phlo_hooks.registration import Dispatch, HookRegistration
from phlo_hooks.round import Round, Strategy
from phlo_hooks.routing import FilterIndex
from phlo_hooks.runner import HookRunner, HookStats

_log = logging.getLogger(__name__)
_chain: Final[ContextVar[tuple[str, ...]]] = ContextVar("phlo_hooks_emit_chain", default=())
_calling: Final[ContextVar[HookBus | None]] = ContextVar("phlo_hooks_calling_bus", default=None)


def current_bus() -> HookBus | None:
    """Return the bus that is calling the handler this is asked in, so that a hook can emit; else ``None``."""
    return _calling.get()


class HookBus:
    """
    Hand each event to the hooks that match it, in the order ``(priority, plugin_name, hook_name)``.

    ``emit`` calls the hooks with ``dispatch="sync"``; those with ``dispatch="queued"`` get recorded events from the
    relay's dispatcher. Every method may be called from any thread, also while another emits.

    Args:
        strategy: What hooks with policy ``raise`` do to an emit. ``stop_on_error``: the first failure raises
            HookFailedError and later hooks do not run. ``collect``: all run, then one ExceptionGroup is raised.
        max_depth: How deep hooks that emit may nest.
        in_step: Whether this is a step's own process: then ``emit`` calls the hooks with ``in_step=True``, and only
            those; elsewhere only the others.
        secret_names: More names whose values are redacted from what is emitted.
    """

    def __init__(
        self,
        *,
        strategy: Strategy | Literal["stop_on_error", "collect"] = Strategy.STOP_ON_ERROR,
        max_depth: int = 8,
        in_step: bool = False,
        secret_names: Iterable[str] = (),
    ) -> None:
        self.strategy = Strategy(strategy)
        self.max_depth = max_depth
        self.in_step = in_step
        self.plugins: tuple[PluginInfo, ...] = ()
        self.plugin_errors: tuple[ErrorEvent, ...] = ()
        self.left_out: tuple[HookRegistration, ...] = ()
        self._secret_names = tuple(secret_names)
        self._lock = threading.RLock()
        self._table = _Table(())
        self._provided: list[Provided] = []

    def emit(self, event: HookEvent) -> None:
        """
        Call the matching hooks one after the other; async handlers run in a loop of their own.

        Raises:
            HookFailedError: A hook with policy ``raise`` failed, under ``stop_on_error``.
            ExceptionGroup: Of HookFailedErrors, under ``collect``.
            EmitDepthError: Hooks emit events whose hooks emit events, too deep.
        """
        with self._nested(event):
            event = redact_event(event, extra_names=self._secret_names)
            this = Round(event, self.strategy)
            for runner in self._table.route(event, in_step=self.in_step):
                try:
                    runner.call(event)
                except Exception as error:  # noqa: BLE001  # a handler is foreign code; its policy decides
                    if this.failed(runner.registration, error):
                        break
            this.end()

    async def emit_async(self, event: HookEvent) -> None:
        """Do as ``emit`` without blocking the running loop: async handlers run in it, others in a thread."""
        with self._nested(event):
            event = redact_event(event, extra_names=self._secret_names)
            this = Round(event, self.strategy)
            for runner in self._table.route(event, in_step=self.in_step):
                try:
                    await runner.call_async(event)
                except Exception as error:  # noqa: BLE001  # a handler is foreign code; its policy decides
                    if this.failed(runner.registration, error):
                        break
            this.end()

    def call(self, registration: HookRegistration, event: HookEvent, *, timeout: float | None = None) -> None:
        """
        Call one hook, whatever its policy, filter and dispatch say; for dispatchers.

        Args:
            timeout: Seconds, for a hook that has no limit of its own.

        Raises:
            HookTimeoutError: It did not return in time, or still has not returned from an earlier call.
            BaseException: Whatever the handler raises.
        """
        runner = self._table.runners.get(registration.name)
        with self._nested(event):
            if runner is not None and runner.registration == registration:
                runner.call(event, timeout)
            else:
                with closing(HookRunner(registration)) as unregistered:
                    unregistered.call(event, timeout)

    def register(self, *things: object, plugin: str | None = None) -> tuple[HookRegistration, ...]:
        """
        Register hooks, all or none, and return them.

        Args:
            things: Registrations, functions with ``@hook``, or whatever ``register_provider`` takes.
            plugin: The plugin's name for what brings none.

        Raises:
            DuplicateHookError: The name is taken.
            RegistrationError: A thing that brings no hook.
            PluginError: A plugin's own code raised.
        """
        return self._add([provide(thing, plugin=plugin) for thing in things])

    def register_provider(
        self, provider: object, *, plugin: str | None = None, config: Mapping[str, Any] | None = None
    ) -> tuple[HookRegistration, ...]:
        """
        Register what a provider, plugin, handler, class or module brings; it is asked once, not at each emit.

        Args:
            config: For its ``initialize``, if it has one; its ``cleanup`` is called by ``close``.
        """
        return self._add([provide(provider, plugin=plugin, config=config)])

    def add(self, provided: Provided) -> tuple[HookRegistration, ...]:
        """Register what has been provided already; for discovery."""
        return self._add([provided])

    def provided(self) -> tuple[Provided, ...]:
        """Return what was registered, plugins among it, in its order."""
        with self._lock:
            return tuple(self._provided)

    def leave_out(self, provided: Provided, error: ErrorEvent) -> None:
        """
        Take back the hooks of a plugin that turned out not to work here, and remember why.

        They stay known as ``left_out``, so that recorded events wait for the queued ones.
        """
        gone = [each for each in provided.registrations if each.name in self._table.runners]
        for each in gone:
            self.unregister(each)
        self.left_out += tuple(gone)
        self.plugin_errors += (error,)

    def unregister(self, name: str | HookRegistration) -> tuple[HookRegistration, ...]:
        """
        Remove one hook by ``plugin:hook``, or all hooks of a plugin by its name, and return them.

        Raises:
            RegistrationError: No hook has this name.
        """
        wanted = name.name if isinstance(name, HookRegistration) else name
        with self._lock:
            known = self._table.registrations
            gone = tuple(each for each in known if wanted in {each.name, each.plugin_name})
            if not gone:
                near = get_close_matches(wanted, [each.name for each in known], n=1)
                raise RegistrationError(f"no hook {wanted!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
            closed = [self._table.runners[each.name] for each in gone]
            self._table = self._table.without(gone)
        for runner in closed:
            runner.close()
        _log.info("Unregistered %s.", ", ".join(each.name for each in gone))
        return gone

    def clear(self) -> None:
        """Remove every hook."""
        with self._lock:
            runners, self._table = list(self._table.runners.values()), _Table(())
        for runner in runners:
            runner.close()

    def close(self) -> None:
        """Remove every hook and clean up every plugin, the last first."""
        self.clear()
        with self._lock:
            provided, self._provided = self._provided, []
        for one in reversed(provided):
            if (error := clean_up(one.metadata.name, one.instance)) is not None:
                _log.error("%s.", error)

    def __enter__(self) -> Self:
        """Return the bus; leaving closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def hooks(self) -> tuple[HookRegistration, ...]:
        """Return all hooks in their order."""
        return self._table.registrations

    def matching(self, event: HookEvent) -> tuple[HookRegistration, ...]:
        """Return the hooks whose filter the event passes, in their order, whatever their dispatch."""
        return tuple(runner.registration for runner in self._table.matching(event))

    def explain(self, registration: HookRegistration, event: HookEvent) -> list[str]:
        """Return why the hook does not get the event; empty when it does."""
        return registration.filter.explain(event)

    def stats(self) -> Mapping[str, HookStats]:
        """Return the counters of every registered hook, by ``plugin:hook``, in their order."""
        return {name: runner.stats() for name, runner in self._table.runners.items()}

    def _add(self, provided: list[Provided]) -> tuple[HookRegistration, ...]:
        new = tuple(each for one in provided for each in one.registrations)
        try:
            with self._lock:
                self._table = self._table.with_(new)
                self._provided += provided
        except RegistrationError:
            for one in provided:
                clean_up(one.metadata.name, one.instance)
            raise
        for each in new:
            _log.info("Registered hook %s (priority %d, %s).", each.name, each.priority, self._calls_it(each))
        return tuple(sorted(new, key=lambda each: each.sort_key))

    def _calls_it(self, registration: HookRegistration) -> str:
        if registration.dispatch is Dispatch.QUEUED:
            return "queued: delivered by the relay"
        if registration.in_step and not self.in_step:
            return "in_step: called in steps, not here"
        return f"on failure: {registration.failure_policy.value}"

    @contextmanager
    def _nested(self, event: HookEvent) -> Iterator[None]:
        if not isinstance(event, HookEvent):
            raise TypeError(f"only a HookEvent can be emitted, not {event!r}")
        chain = (*_chain.get(), event.event_type)
        if len(chain) > self.max_depth:
            raise EmitDepthError(chain, self.max_depth)
        chained, called = _chain.set(chain), _calling.set(self)
        try:
            yield
        finally:
            _calling.reset(called)
            _chain.reset(chained)


class _Table:
    """An immutable state of the bus; registering makes another, so that an emit under way is not disturbed."""

    def __init__(self, runners: Iterable[HookRunner]) -> None:
        ordered = sorted(runners, key=lambda runner: runner.registration.sort_key)
        self.runners = {runner.registration.name: runner for runner in ordered}
        self.registrations = tuple(runner.registration for runner in ordered)
        self._ordered = ordered
        self._index = FilterIndex([each.filter for each in self.registrations])

    def with_(self, new: Iterable[HookRegistration]) -> _Table:
        """Return the state with more hooks; runners, and so counters, are kept."""
        runners = dict(self.runners)
        for each in new:
            if each.name in runners:
                raise DuplicateHookError(each.plugin_name, each.hook_name)
            runners[each.name] = HookRunner(each)
        return _Table(runners.values())

    def without(self, gone: Iterable[HookRegistration]) -> _Table:
        """Return the state without some hooks."""
        names = {each.name for each in gone}
        return _Table(runner for runner in self._ordered if runner.registration.name not in names)

    def matching(self, event: HookEvent) -> Iterator[HookRunner]:
        """Yield the runners whose filter matches, in order."""
        for position in self._index.matching(event):
            yield self._ordered[position]

    def route(self, event: HookEvent, *, in_step: bool) -> Iterator[HookRunner]:
        """Yield the runners that a plain emit calls."""
        for runner in self.matching(event):
            hook = runner.registration
            if hook.dispatch is Dispatch.SYNC and hook.in_step == in_step:
                yield runner
