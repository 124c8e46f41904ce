"""Turn hooks given as objects into import paths, by which the relay's own process finds them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from phlo_hooks.exceptions import RegistrationError
from phlo_hooks.spec import specs_of


def hook_path(hook: object) -> str:
    """
    Return ``module:name`` or ``/abs/file.py:name`` of a hook.

    Raises:
        RegistrationError: Another process could not import it, with its name and the way out.
    """
    if isinstance(hook, str):
        return hook
    if isinstance(hook, ModuleType):
        return _module_path(hook.__name__, hook)
    name = getattr(hook, "__qualname__", None)
    module = sys.modules.get(getattr(hook, "__module__", None) or "")
    if not isinstance(name, str) or "." in name or name == "<lambda>" or getattr(module, name, None) is not hook:
        name, module = _global_name(hook)
    if name is None or module is None:
        raise RegistrationError(
            f"hook {_describe(hook)} cannot be imported by the relay, which is a process of its own: "
            "assign it to a name at the top level of a module, give its import path as a string, or use mode='tick'"
        )
    return f"{_module_path(module.__name__, module)}:{name}"


def hook_paths(hooks: Iterable[object]) -> tuple[str, ...]:
    """Return the import paths of several hooks, each once."""
    return tuple(dict.fromkeys(map(hook_path, hooks)))


def refuse_unmarked(hooks: Iterable[object]) -> None:
    """
    Refuse functions without ``@hook``: the relay would leave them out, and steps would fail.

    Raises:
        RegistrationError: There is one.
    """
    for each in hooks:
        if inspect.isroutine(each) and not specs_of(each):
            raise RegistrationError(
                f"with_phlo_hooks(hooks=...): function {_describe(each)} is no hook; decorate it with @hook"
            )


def top_file(module: str, path: Sequence[str]) -> str:
    """Return the file or folder in which the top package of a module is found on a path; empty if it is not."""
    spec = PathFinder.find_spec(module.partition(".")[0], path)
    if spec is None:
        return ""
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    return str(Path(places[0]).resolve()) if places else ""


def _global_name(hook: object) -> tuple[str | None, ModuleType | None]:
    """Find the module variable that holds an object: a registration, or an instance with ``get_hooks()``."""
    owner = getattr(hook, "handler", hook)
    homes = (getattr(hook, "__module__", None), getattr(owner, "__module__", None), "__main__")
    first = [sys.modules[home] for home in dict.fromkeys(homes) if home in sys.modules]
    for module in (*first, *list(sys.modules.values())):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is hook and name.isidentifier() and not name.startswith("__"):
                return name, module
    return None, None


def _module_path(name: str, module: ModuleType) -> str:
    """Return the module's name if an import finds this very file by it, else the file."""
    file = getattr(module, "__file__", None)
    if file is None:
        return name
    top, _, rest = name.partition(".")
    spec = PathFinder.find_spec(top) if name != "__main__" else None
    if spec is not None and (rest or (spec.origin and Path(spec.origin).resolve() == Path(file).resolve())):
        return name
    return str(Path(file).absolute())


def _describe(hook: object) -> str:
    code = getattr(hook, "__code__", None)
    name = getattr(hook, "__qualname__", None) or f"{type(hook).__qualname__} instance"
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code else str(name)
