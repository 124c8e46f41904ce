"""
The one line that a project adds.

LIGHT: every step's process imports this module, so it imports nothing of ``phlo_hooks`` before something is wrong or to
be checked, and a process that executes a run or a step checks nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from dagster import Definitions

from phlo_hooks_dagster import compat_definitions as compat
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.in_step.configuration import StepOptions, configure
from phlo_hooks_dagster.in_step.quick import may_say
from phlo_hooks_dagster.live import with_run_hooks
from phlo_hooks_dagster.options import RelayMode, RelayOptions, in_worker, joined
from phlo_hooks_dagster.sensor import SENSOR_NAME, options_of, relay_sensor


def with_phlo_hooks(
    defs: Definitions,
    *,
    hooks: Iterable[object] = (),
    mode: Literal["child", "tick", "external"] = "child",
    live: bool = False,
    translator: DagsterHooksTranslator | None = None,
    ui_url: str | None = None,
    settings: Mapping[str, Any] | None = None,
    root: Path | None = None,
    **overrides: Any,
) -> Definitions:
    """
    Return the definitions with the relay's sensor added; without ``live`` no asset, job or resource is touched.

    On definitions that have the sensor already, because a component or another call added it, what is given here is
    added to what was given there; calling it again with nothing new returns them as they are.

    Args:
        hooks: Functions with ``@hook``, classes, providers or import paths, beside those in the project's settings
            and those of installed plugins. ``phlo-hooks relay`` and ``drain`` call them too, and follow the settings
            below, when they know where the code is. Those with ``in_step=True`` are called in the project's steps.
        mode: Where the relay runs: ``child`` of the code server, in the sensor's ``tick`` where child processes are
            forbidden, or ``external``, started by you as ``phlo-hooks relay``.
        live: Attach ``phlo_run_hooks()`` to every asset, asset check and job, so that hooks with ``in_step=True`` are
            called in steps that no decorator of ours knows too. Costs each step one row in Dagster's event log.
        translator: Says what the project's assets are to events, in the relay and in steps.
        ui_url: Base address of Dagster's web server, for links; else ``DAGSTER_WEBSERVER_URL``.
        settings: Any settings, as ``phlo_hooks.toml`` would have them.
        root: Where the project's settings are looked for, and upward from; the working directory by default.
        **overrides: The same, by name: ``start="all"``.

    Raises:
        SettingsError: A setting that does not exist or does not fit, or a gate that could not stop what it guards.
        RegistrationError: A hook that the relay's process could not import.
        TranslatorError: The translator fails on an asset.
    """
    if not isinstance(defs, Definitions):
        raise TypeError(
            f"with_phlo_hooks needs a dagster.Definitions, not {type(defs).__name__}; call it on the result"
        )
    if translator is not None and not isinstance(translator, DagsterHooksTranslator):
        raise TypeError(
            f"with_phlo_hooks(translator=) needs an instance of a DagsterHooksTranslator, not {translator!r}"
        )
    options = _options(tuple(hooks), mode, {**(settings or {}), **overrides}, ui_url, root or Path.cwd())
    before = defs
    defs, options = _with_sensor(defs, replace(options, translator=translator))
    _tell_steps(options)
    if defs is not before:
        defs = _with_gates(defs, options)
    if translator is not None and not in_worker():
        from phlo_hooks_dagster.spec_snapshot import check_translator  # noqa: PLC0415  # see LIGHT

        check_translator(defs, translator)
    return with_run_hooks(defs) if live else defs


def _options(
    hooks: tuple[object, ...], mode: str, given: dict[str, Any], ui_url: str | None, root: Path
) -> RelayOptions:
    if ui_url is not None:
        given["ui_url"] = ui_url
    options = RelayOptions(
        mode=RelayMode(mode) if mode in set(RelayMode) else RelayMode.CHILD,
        hooks=hooks,
        overrides=given,
        loaded_at=datetime.now(UTC),
        root=root,
        path=tuple(str(Path(folder or ".").absolute()) for folder in sys.path),
    )
    return options if in_worker() else _checked(options, mode)


def _checked(options: RelayOptions, mode: str) -> RelayOptions:
    """Refuse what could not work, where somebody sees it: at load in the code server or on a command line."""
    from phlo_hooks.exceptions import SettingsError  # noqa: PLC0415  # see LIGHT
    from phlo_hooks.settings import load_settings  # noqa: PLC0415  # see LIGHT
    from phlo_hooks_dagster.hook_paths import hook_paths, refuse_unmarked  # noqa: PLC0415  # see LIGHT

    if mode not in set(RelayMode):
        raise SettingsError(
            f"with_phlo_hooks(mode={mode!r}): it is one of {', '.join(repr(str(m)) for m in RelayMode)}"
        )
    load_settings(options.overrides, root=options.root)
    refuse_unmarked(options.hooks)
    if options.mode is RelayMode.TICK:
        return options
    return replace(options, hook_paths=hook_paths(options.hooks))


def _with_sensor(defs: Definitions, options: RelayOptions) -> tuple[Definitions, RelayOptions]:
    """Return the definitions with one sensor that knows all that was ever given, and that."""
    sensors = list(defs.sensors or ())
    taken = [sensor for sensor in sensors if getattr(sensor, "name", None) == SENSOR_NAME]
    if not taken:
        return Definitions.merge(defs, Definitions(sensors=[relay_sensor(options)])), options
    before = options_of(taken[0])
    if before is None:
        from phlo_hooks.exceptions import RegistrationError  # noqa: PLC0415  # see LIGHT

        raise RegistrationError(
            f"the project has a sensor named {SENSOR_NAME!r} of its own; rename it, the relay's sensor needs that name"
        )
    both = joined(before, options)
    if replace(both, path=before.path) == before:
        return defs, before
    others = [sensor for sensor in sensors if sensor not in taken]
    return compat.rebuilt(defs, sensors=[*others, relay_sensor(both)]), both


def _with_gates(defs: Definitions, options: RelayOptions) -> Definitions:
    """Return the definitions with blocking checks for the assets that rules guard and no decorator of ours makes."""
    if not may_say(StepOptions(overrides=options.overrides, root=options.root), "gates"):
        return defs
    from phlo_hooks_dagster.gates.blocking import with_gate_checks  # noqa: PLC0415  # see LIGHT

    return with_gate_checks(
        defs, options.overrides, options.root, translator=options.translator, verify=not in_worker()
    )


def _tell_steps(options: RelayOptions) -> None:
    """Leave what was given where steps of this process find it."""
    configure(
        StepOptions(hooks=options.hooks, overrides=options.overrides, root=options.root, translator=options.translator)
    )
