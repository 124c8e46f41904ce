"""Which hooks there are: installed plugins, settings, and what the caller brings."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final

from phlo_hooks.bus import HookBus
from phlo_hooks.events import ErrorEvent, ErrorInfo
from phlo_hooks.exceptions import HooksError, PluginError
from phlo_hooks.filters import glob_matches
from phlo_hooks.plugin import HookPlugin, PluginInfo
from phlo_hooks.providers import Provided, provide
from phlo_hooks.redaction import redact_text
from phlo_hooks.runner import describe
from phlo_hooks.settings import Settings

PLUGIN_GROUPS: Final = ("phlo_hooks.plugins", "phlo.plugins.hooks")
SOURCE_GROUP: Final = "phlo_hooks.sources"
TARGET_GROUP: Final = "phlo_hooks.targets"
OURS: Final = "phlo_hooks.subscribers."
"""How the values of our own plugins' entry points begin; ``phlo_hooks_dagster.in_step.quick`` knows it too."""
CATALOG_GROUP: Final = "phlo_hooks.catalogs"
EXPOSURE_GROUP: Final = "phlo_hooks.exposures"
JOB_GROUP: Final = "phlo_hooks.jobs"

_log = logging.getLogger(__name__)


def build_bus(settings: Settings, *, hooks: Iterable[object] = (), in_step: bool = False) -> HookBus:
    """
    Return a bus with every hook that holds here; what was found stands in ``bus.plugins``.

    An installed plugin or an import path of the settings that fails is left out, logged once, and stands as a
    ``plugin.failed`` event in ``bus.plugin_errors``; the others are not touched. What the caller gives must work.

    Args:
        hooks: Registrations, functions with ``@hook``, classes, providers, handlers, modules, or import paths.
        in_step: For a step's own process: only hooks with ``in_step=True`` are registered.

    Raises:
        RegistrationError: One of ``hooks`` is no hook, or two have one name.
        PluginError: One of ``hooks`` cannot be imported or raised.
    """
    bus = HookBus(strategy=settings.strategy, in_step=in_step, secret_names=settings.redaction.names)
    building = _Building(bus, settings)
    try:
        for thing in hooks:
            building.given(thing)
        for path in settings.hooks:
            building.path(path)
        for found in installed_plugins():
            if not (in_step and found.is_ours):
                building.installed(found)
    except BaseException:
        bus.close()
        raise
    building.warn_about_unknown_names()
    bus.plugins = tuple(building.infos)
    bus.plugin_errors = tuple(building.errors)
    return bus


@dataclass(frozen=True, kw_only=True)
class InstalledPlugin:
    """One entry point that may bring hooks."""

    name: str
    version: str
    author: str
    point: EntryPoint

    @property
    def is_ours(self) -> bool:
        """Whether it comes with phlo-hooks; those have nothing to do in a step, and are not imported there."""
        return self.point.value.startswith(OURS)


def installed_plugins() -> tuple[InstalledPlugin, ...]:
    """Return the entry points of our groups, sorted by name; the same value in both groups counts once."""
    distinct: dict[str, InstalledPlugin] = {}
    for group in PLUGIN_GROUPS:
        for point in entry_points_of(group):
            distinct.setdefault(point.value.replace(" ", ""), _installed(point))
    return tuple(sorted(distinct.values(), key=lambda each: (each.name, each.point.value)))


def entry_points_of(group: str) -> tuple[EntryPoint, ...]:
    """Return a group's entry points; the installed packages are scanned once in a process."""
    return tuple(_scan().select(group=group))


@lru_cache(maxsize=1)
def _scan() -> Any:
    return entry_points()


def _installed(point: EntryPoint) -> InstalledPlugin:
    package = point.dist.metadata.json if point.dist is not None else {}
    version = point.dist.version if point.dist is not None else ""
    author = str(package.get("author") or package.get("author_email") or "")
    return InstalledPlugin(name=point.name, version=version, author=author, point=point)


def load_object(path: str) -> object:
    """
    Return what an import path names: ``pkg.mod:name``, ``/abs/file.py:name``, or a module without ``:name``.

    Raises:
        PluginError: It cannot be imported, or has nothing of that name.
    """
    where, name = _parts(path)
    try:
        module: Any = _file_module(Path(where)) if where.endswith(".py") else importlib.import_module(where)
    except (Exception, SystemExit) as error:
        raise PluginError(path, "import", describe(error)) from error
    found = module
    for part in name.split(".") if name else ():
        if not hasattr(found, part):
            near = get_close_matches(part, [each for each in vars(found) if not each.startswith("_")], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise PluginError(path, "import", f"{where} has no {name!r}{hint}")
        found = getattr(found, part)
    return found


def _parts(path: str) -> tuple[str, str]:
    where, _, name = path.rpartition(":") if ":" in path and not path.endswith(".py") else (path, "", "")
    return where, name


def _place(path: str) -> tuple[str, str]:
    """Return the file in which an imported object was looked for, and its name there."""
    where, name = _parts(path)
    file = where if where.endswith(".py") else getattr(sys.modules.get(where), "__file__", None)
    return (str(Path(file).resolve()) if file else where), name


def _file_module(path: Path) -> object:
    """Import a file once, under a name made from its path, so that hooks of one file share their state."""
    if not path.is_absolute():
        raise ImportError(f"{path} is relative; write an absolute path, or pkg.mod:name")
    name = f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


class _Building:
    """What has been found so far."""

    def __init__(self, bus: HookBus, settings: Settings) -> None:
        self.infos: list[PluginInfo] = []
        self.errors: list[ErrorEvent] = []
        self._bus = bus
        self._settings = settings
        self._seen: list[object] = []
        self._places: set[tuple[str, str]] = set()

    def given(self, thing: object) -> None:
        """Register what the caller brought; errors are the caller's."""
        origin = thing if isinstance(thing, str) else "code"
        loaded = load_object(thing) if isinstance(thing, str) else thing
        if self._is_new(loaded) and not (isinstance(thing, str) and self._is_known(thing)):
            self._register(loaded, None, PluginInfo(name="", origin=origin))

    def path(self, path: str) -> None:
        """Register what the setting ``hooks`` names."""

        def register() -> None:
            loaded = load_object(path)
            if self._is_new(loaded) and not self._is_known(path):
                self._register(loaded, _file_plugin(path), PluginInfo(name="", origin=path))

        self._reporting(PluginInfo(name=path, origin=path), register)

    def installed(self, found: InstalledPlugin) -> None:
        """Register an installed plugin, unless the settings say no."""
        rules = self._settings.plugins
        if any(glob_matches(glob, found.name) for glob in rules.deny):
            _log.info("Plugin %s is denied by the settings.", found.name)
            return
        if rules.allow is not None and not any(glob_matches(glob, found.name) for glob in rules.allow):
            _log.info("Plugin %s is not among those that the settings allow.", found.name)
            return
        info = PluginInfo(name=found.name, version=found.version, author=found.author, origin=found.point.value)

        def register() -> None:
            try:
                loaded = found.point.load()
            except (Exception, SystemExit) as error:
                raise PluginError(found.name, "import", describe(error)) from error
            if self._is_new(loaded):
                self._register(loaded, found.name, info)

        self._reporting(info, register)

    def warn_about_unknown_names(self) -> None:
        """Say which names in the settings stand for no installed plugin."""
        names = [each.name for each in installed_plugins()]
        rules = self._settings.plugins
        known = {*names, *(info.name for info in self.infos)}
        listed = {"allow": rules.allow or [], "config": list(rules.config)}
        for setting, values in listed.items():
            for value in values:
                if not any(glob_matches(value, name) for name in known):
                    near = get_close_matches(value, sorted(known), n=1)
                    hint = f"; did you mean {near[0]!r}?" if near else ""
                    _log.warning("plugins.%s names %r, and no such plugin was found%s", setting, value, hint)

    def _is_new(self, loaded: object) -> bool:
        if any(loaded is each for each in self._seen):
            return False
        self._seen.append(loaded)
        return True

    def _is_known(self, path: str) -> bool:
        """Say whether a path names what another did, the one by its module and the other by that module's file."""
        place = _place(path)
        if place in self._places:
            return True
        self._places.add(place)
        return False

    def _register(self, loaded: object, plugin: str | None, info: PluginInfo) -> None:
        config = self._config(loaded, plugin)
        provided = provide(loaded, plugin=plugin, config=config, in_step=self._bus.in_step)
        wanted = [each for each in provided.registrations if each.in_step or not self._bus.in_step]
        added = self._bus.add(
            Provided(instance=provided.instance, metadata=provided.metadata, registrations=tuple(wanted))
        )
        self.infos.append(
            PluginInfo(
                name=provided.metadata.name,
                version=provided.metadata.version or info.version,
                author=provided.metadata.author or info.author,
                hooks=tuple(each.name for each in added),
                origin=info.origin,
                note=_note(provided.instance),
            )
        )

    def _config(self, loaded: object, plugin: str | None) -> dict[str, Any]:
        configs = self._settings.plugins.config
        own = getattr(getattr(loaded, "metadata", None), "name", None)
        names = [name for name in (plugin, own) if isinstance(name, str)]
        return next((configs[name] for name in names if name in configs), {})

    def _reporting(self, info: PluginInfo, register: Callable[[], None]) -> None:
        try:
            register()
        except HooksError as error:
            self._report(info, error)
        except Exception as error:  # noqa: BLE001  # its attributes are foreign code too
            failure = PluginError(info.name, "load", describe(error))
            failure.__cause__ = error
            self._report(info, failure)

    def _report(self, info: PluginInfo, error: HooksError) -> None:
        event = plugin_failed(info.name, error)
        _log.error("Plugin %s (%s) is left out: %s", info.name, info.origin, event.message)
        self.infos.append(
            PluginInfo(
                name=info.name, version=info.version, author=info.author, origin=info.origin, error=event.message
            )
        )
        self.errors.append(event)


def plugin_failed(name: str, error: HooksError) -> ErrorEvent:
    """Return the event that says that a plugin is left out, and why."""
    cause = error.__cause__ or error
    return ErrorEvent(
        event_type="plugin.failed",
        source="phlo-hooks",
        where=name,
        message=redact_text(str(error)),
        error=ErrorInfo(type=type(cause).__name__, message=redact_text(str(cause))),
    )


def _note(plugin: object) -> str:
    said = plugin.state_note if isinstance(plugin, HookPlugin) else ""
    return redact_text(said)


def _file_plugin(path: str) -> str | None:
    """Name the plugin of a file after the file; a module's hooks are named after its top package."""
    where = path.rpartition(":")[0] or path
    return Path(where).stem if where.endswith(".py") else None
