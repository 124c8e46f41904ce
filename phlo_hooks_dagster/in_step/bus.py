"""
The bus of a step's process: the hooks with ``in_step=True``, found once a process.

LIGHT: most projects have no such hook, and then nothing of ``phlo_hooks`` is imported to find that out.
"""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from phlo_hooks_dagster.in_step import configuration
from phlo_hooks_dagster.in_step.quick import may_have_hooks, may_say

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _Built:
    """What was found, for the options of the version, and the settings, read for those of theirs."""

    version: int = -1
    bus: Any = None
    settings: Any = None
    read: int = -1
    gated: bool = False
    names: tuple[str, ...] = ()
    names_of: int = -1


_built = _Built()
_lock = threading.RLock()


def step_bus(*, gated: bool = False) -> Any:
    """
    Return this process' ``HookBus``; ``None`` when no hook, plugin, setting or option brings an in-step hook.

    Settings that cannot be read are logged once and leave steps without hooks, unless something may stop steps.

    Args:
        gated: The step at hand has gates of its own, so that there must be the hook that asks them.

    Raises:
        SettingsError: The project's settings cannot be read, and there are gates, or a hook in code may stop steps.
        RegistrationError: What ``with_phlo_hooks(hooks=)`` was given is no hook, or two hooks have one name.
        PluginError: It cannot be imported.
    """
    version = configuration.version()
    if _built.version != version or (gated and not _built.gated):
        with _lock:
            if _built.version != version:
                _close()
                _built.bus = _build(configuration.options())
                _built.version = version
            if gated and not _built.gated:
                _add_gates()
    return _built.bus


def step_settings() -> Any:
    """
    Return the ``Settings`` that hold in this process, read once.

    Raises:
        SettingsError: They cannot be read.
    """
    with _lock:
        if _built.settings is None or _built.read != configuration.version():
            from phlo_hooks.settings import load_settings  # noqa: PLC0415  # see LIGHT: pydantic

            given = configuration.options()
            _built.settings = load_settings(dict(given.overrides), root=given.root)
            _built.read = configuration.version()
        return _built.settings


def secret_names() -> tuple[str, ...]:
    """Return the names that the project's settings add to those of secrets; found once, and mostly without settings."""
    version = configuration.version()
    if _built.names_of != version:
        with _lock:
            says = may_say(configuration.options(), "redaction")
            _built.names = tuple(step_settings().redaction.names) if says else ()
            _built.names_of = version
    return _built.names


def reset() -> None:
    """Forget what was found, so that it is looked for again; for tests."""
    with _lock:
        _close()
        _built.version = _built.names_of = -1


def _close() -> None:
    if _built.bus is not None:
        _built.bus.close()
    _built.bus = _built.settings = None
    _built.gated = False


def _build(given: configuration.StepOptions) -> Any:
    if not may_have_hooks(given):
        return None
    from phlo_hooks.discovery import build_bus  # noqa: PLC0415  # see LIGHT: pydantic
    from phlo_hooks.exceptions import SettingsError  # noqa: PLC0415  # see LIGHT

    try:
        settings = step_settings()
    except SettingsError as error:
        if given.gates or may_say(given, "gates") or _may_stop(given.hooks):
            raise
        _log.error("no hook is called in the steps of this process: %s", error)
        return None
    rules = [*given.gates, *getattr(settings, "gates", ())]
    gates = _gate_hooks(rules, declared=False) if rules else []
    bus = build_bus(settings, hooks=[*given.hooks, *gates], in_step=True)
    if not bus.hooks():
        bus.close()
        return None
    _built.gated = bool(gates)
    return bus


def _may_stop(hooks: tuple[object, ...]) -> bool:
    """Return whether one of the hooks that are given in code may stop a step."""
    from phlo_hooks.discovery import build_bus  # noqa: PLC0415  # see LIGHT
    from phlo_hooks.settings import PluginSettings, Settings  # noqa: PLC0415  # see LIGHT

    with closing(build_bus(Settings(plugins=PluginSettings(allow=[])), hooks=hooks, in_step=True)) as bus:
        return any(each.failure_policy == "raise" for each in bus.hooks())


def _add_gates() -> None:
    """Register the hook that asks the gates of a step, in a process whose settings have none."""
    from phlo_hooks.bus import HookBus  # noqa: PLC0415  # see LIGHT

    if _built.bus is None:
        _built.bus = HookBus(in_step=True, secret_names=step_settings().redaction.names)
    _built.bus.register(*_gate_hooks([], declared=True))
    _built.gated = True


def _gate_hooks(rules: list[Any], *, declared: bool) -> list[Any]:
    from phlo_hooks_dagster.gates import gate_registrations  # noqa: PLC0415  # see LIGHT

    return list(gate_registrations(rules, declared=declared))
