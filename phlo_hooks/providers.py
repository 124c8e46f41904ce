"""From whatever brings hooks to registrations: a registration, a marked function, a module, a class, a provider."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from phlo_hooks.exceptions import HooksError, PluginError, RegistrationError
from phlo_hooks.plugin import HookPlugin, PluginMetadata
from phlo_hooks.redaction import redact_text
from phlo_hooks.registration import HookHandler, HookProvider, HookRegistration
from phlo_hooks.spec import marked_methods, marked_registrations, specs_of


@dataclass(frozen=True, kw_only=True)
class Provided:
    """
    What a thing brought.

    Attributes:
        instance: The thing itself, or what was made from the class; its ``cleanup`` is called at the end.
    """

    instance: object
    metadata: PluginMetadata
    registrations: tuple[HookRegistration, ...] = ()


def provide(
    thing: object,
    *,
    plugin: str | None = None,
    config: Mapping[str, Any] | None = None,
    in_step: bool = False,
) -> Provided:
    """
    Return the hooks that a thing brings, having constructed and initialized it if it is a plugin.

    Args:
        plugin: The name under which it was found; what has neither a plugin nor metadata of its own gets it.
        config: For its ``initialize``, if it has one.
        in_step: Leave out, and do not construct, plugins that have nothing to do in a step's process.

    Raises:
        PluginError: Its own code raised.
        RegistrationError: Nothing of it is a hook.
    """
    cls = thing if isinstance(thing, type) else type(thing)
    if in_step and issubclass(cls, HookPlugin) and not cls.runs_in_steps():
        return Provided(instance=thing, metadata=_metadata(thing, plugin))
    name = plugin or _name(thing)
    instance = _run(name, "construct", thing) if isinstance(thing, type) else thing
    metadata = _metadata(instance, plugin)
    initialize = getattr(instance, "initialize", None)
    if callable(initialize) and _brings_hooks(instance):
        _run(name, "initialize", initialize, dict(config or {}))
    try:
        registrations = _registrations(instance, name, _own_name(instance) or plugin)
    except BaseException:
        clean_up(name, instance)
        raise
    if isinstance(instance, HookPlugin) and not instance.runs_in_steps() and any(r.in_step for r in registrations):
        clean_up(name, instance)
        raise RegistrationError(f"plugin {name} has hooks with in_step=True; set in_step = True on its class too")
    return Provided(instance=instance, metadata=metadata, registrations=tuple(registrations))


def clean_up(name: str, instance: object) -> PluginError | None:
    """Call the thing's ``cleanup``, if it has one, and return what went wrong."""
    cleanup = getattr(instance, "cleanup", None)
    if not callable(cleanup) or not _brings_hooks(instance):
        return None
    try:
        _run(name, "clean up", cleanup)
    except PluginError as error:
        return error
    return None


def _brings_hooks(instance: object) -> bool:
    return not isinstance(instance, ModuleType) and (
        isinstance(instance, (HookProvider, HookHandler)) or any(True for _ in marked_methods(type(instance)))
    )


def _registrations(thing: object, name: str, plugin: str | None) -> list[HookRegistration]:
    if isinstance(thing, HookRegistration):
        return [thing]
    if isinstance(thing, ModuleType):
        return _of_module(thing, name, plugin)
    if specs_of(thing) and callable(thing):
        return marked_registrations(thing, plugin=plugin)
    if isinstance(thing, (list, tuple)):
        return _flat(thing, name, plugin)
    return _of_instance(thing, name, plugin)


def _of_instance(thing: object, name: str, plugin: str | None) -> list[HookRegistration]:
    methods = list(marked_methods(type(thing)))
    is_plain_plugin = isinstance(thing, HookPlugin) and type(thing).get_hooks is HookPlugin.get_hooks
    if isinstance(thing, HookProvider) and not (is_plain_plugin and (methods or isinstance(thing, HookHandler))):
        return _flat(_run(name, "list its hooks", _listed, thing), name, plugin)
    if isinstance(thing, HookHandler) and not (is_plain_plugin and methods):
        return [HookRegistration(plugin_name=plugin or name, hook_name="handle_event", handler=thing.handle_event)]
    if not methods and inspect.isroutine(thing):
        raise RegistrationError(f"function {getattr(thing, '__qualname__', name)} is no hook; decorate it with @hook")
    if not methods:
        raise RegistrationError(f"{thing!r} brings no hooks: it has no @hook methods, get_hooks() or handle_event()")
    return [each for method in methods for each in marked_registrations(getattr(thing, method), plugin=plugin)]


def _listed(provider: HookProvider) -> object:
    """Ask a provider for its hooks; one that yields them may raise at any of them."""
    hooks: object = provider.get_hooks()
    return list(hooks) if isinstance(hooks, Iterator) else hooks


def _of_module(module: ModuleType, name: str, plugin: str | None) -> list[HookRegistration]:
    found = [member for _, member in sorted(vars(module).items()) if inspect.isfunction(member) and specs_of(member)]
    if not found:
        raise RegistrationError(f"module {module.__name__} has no function decorated with @hook")
    distinct = {id(member): member for member in found}
    return _flat(list(distinct.values()), name, plugin)


def _flat(things: object, name: str, plugin: str | None) -> list[HookRegistration]:
    if isinstance(things, (str, bytes)) or not isinstance(things, Iterable):
        raise RegistrationError(f"get_hooks() of {name} must return a list of HookRegistration, not {things!r}")
    return [each for thing in things for each in _registrations(thing, name, plugin)]


def _run(name: str, stage: str, function: Any, *args: object) -> Any:
    try:
        return function(*args)
    except HooksError:
        raise
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {redact_text(str(error))}"
        raise PluginError(name, stage, reason) from error


def _name(thing: object) -> str:
    if isinstance(thing, HookRegistration):
        return thing.plugin_name
    if (own := _own_name(thing)) is not None:
        return own
    if isinstance(thing, (list, tuple)):
        return "hooks"
    cls = thing if isinstance(thing, type) or inspect.isroutine(thing) or isinstance(thing, ModuleType) else type(thing)
    return str(getattr(cls, "__name__", cls)).rpartition(".")[2]


def _own_name(thing: object) -> str | None:
    own = getattr(getattr(thing, "metadata", None), "name", None)
    return own if isinstance(own, str) and own else None


def _metadata(thing: object, plugin: str | None) -> PluginMetadata:
    """Read the metadata by its parts, since plugins of phlo bring a class of their own."""
    own = getattr(thing, "metadata", None)
    parts = {part: str(getattr(own, part, "") or "") for part in ("name", "version", "author", "description")}
    parts["name"] = parts["name"] or plugin or _name(thing)
    return PluginMetadata(**parts)
