"""Where settings are read from: arguments, environment, files; each value remembers its place."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as EnvValueError

from phlo_hooks.exceptions import SettingsError
from phlo_hooks.redaction import redact, redact_text
from phlo_hooks.settings.model import Settings

OVERRIDES_VARIABLE: Final = "PHLO_HOOKS_OVERRIDES"
_NO_SETTINGS: Final = frozenset({OVERRIDES_VARIABLE, "PHLO_HOOKS_INSTANCE_REF"})
"""What a parent tells the relay it starts; variables of ours that are no settings."""
_PREFIX: Final = "PHLO_HOOKS_"

Place = tuple[str, dict[str, Any]]
_Section = TypeVar("_Section", bound=BaseModel)


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    *,
    declared: Mapping[str, Any] | None = None,
    declared_by: str = "",
    root: Path | None = None,
) -> Settings:
    """
    Return the settings that hold here.

    Highest first: ``overrides`` (the arguments of ``with_phlo_hooks``; a child process finds its parent's as JSON in
    ``PHLO_HOOKS_OVERRIDES``), the environment ``PHLO_HOOKS_*`` (``__`` between levels), ``phlo_hooks.toml``, and
    ``[tool.phlo_hooks]`` of the nearest ``pyproject.toml``. Tables are merged key by key, lists are replaced.

    Args:
        declared: What the code that a relay works for says, when it was asked: below ``overrides``, above all else.
        declared_by: Who says it, for messages.
        root: Where to look for the files, and upward from; the working directory by default.

    Raises:
        SettingsError: A key that does not exist, a value that does not fit, or a file that cannot be read.
    """
    start = (root or Path.cwd()).absolute()
    pyproject = next((folder / "pyproject.toml" for folder in (start, *start.parents) if _there(folder)), None)
    project = pyproject.parent if pyproject else start
    asked = [(f"with_phlo_hooks in {declared_by}", {**declared})] if declared else []
    given = [("the overrides given in code", {**overrides})] if overrides else []
    places = [*given, *asked, *_places(start, project)]
    merged: dict[str, Any] = {}
    for place, data in reversed(places):
        _refuse_unknown(Settings, data, place)
        merged = _merge(merged, data)
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        raise SettingsError(_explain(error, places)) from None
    settings._root = project  # noqa: SLF001  # set once, by the only maker of settings
    settings._places = tuple(place for place, data in places if data)  # noqa: SLF001  # as above
    return settings


def read_section(model: type[_Section], data: Mapping[str, Any], *, name: str) -> _Section:
    """
    Return a plugin's own settings, checked as the others are.

    Args:
        name: Of the table, such as ``plugins.config.shop``; messages begin keys with it.

    Raises:
        SettingsError: A key that does not exist, or a value that does not fit.
    """
    place = f"[{name}]"
    _refuse_unknown(model, data, place, f"{name}.")
    try:
        return model(**data)
    except ValidationError as error:
        raise SettingsError(_explain(error, [(place, {**data})], f"{name}.")) from None


def _there(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file()


def _places(start: Path, project: Path) -> Iterator[Place]:
    if given := os.environ.get(OVERRIDES_VARIABLE):
        yield f"the environment variable {OVERRIDES_VARIABLE}", _overrides_json(given)
    yield "the environment", _environment()
    for folder in (start, *start.parents):
        if (path := folder / "phlo_hooks.toml").is_file():
            yield str(path), _toml(path)
            break
        if folder == project:
            break
    if (path := project / "pyproject.toml").is_file():
        yield f"[tool.phlo_hooks] of {path}", _own_table(path)


def _own_table(path: Path) -> dict[str, Any]:
    tools = _toml(path).get("tool", {})
    if not isinstance(tools, dict):
        raise SettingsError(f"{path}: tool is {tools!r}, not a table")
    if "phlo-hooks" in tools:
        raise SettingsError(f"{path}: the table is called [tool.phlo_hooks], not [tool.phlo-hooks]")
    own: object = tools.get("phlo_hooks", {})
    if not isinstance(own, dict):
        raise SettingsError(f"{path}: tool.phlo_hooks is {redact(own)!r}, not a table; write [tool.phlo_hooks]")
    return own


def _overrides_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"the environment variable {OVERRIDES_VARIABLE} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise SettingsError(f"the environment variable {OVERRIDES_VARIABLE} must be a JSON object")
    return found


def _environment() -> dict[str, Any]:
    known = set(Settings.model_fields)
    for variable in sorted(os.environ):
        name = variable.upper().removeprefix(_PREFIX)
        if not variable.upper().startswith(_PREFIX) or variable in _NO_SETTINGS:
            continue
        key = name.lower().partition("__")[0]
        if key not in known:
            raise SettingsError(_unknown(key, known, f"the environment variable {variable}"))
    try:
        return EnvSettingsSource(Settings)()
    except EnvValueError as error:
        detail = redact_text(str(error.__cause__ or error))
        raise SettingsError(f"the environment: {error}; lists and tables are written as JSON ({detail})") from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error


def _refuse_unknown(model: type[BaseModel], data: Mapping[str, Any], place: str, above: str = "") -> None:
    for key, value in data.items():
        field = model.model_fields.get(str(key))
        if field is None:
            raise SettingsError(_unknown(f"{above}{key}", {f"{above}{name}" for name in model.model_fields}, place))
        inner = _section(field.annotation)
        if inner is None:
            continue
        if isinstance(value, Mapping):
            _refuse_unknown(inner, value, place, f"{above}{key}.")
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                if isinstance(item, Mapping):
                    _refuse_unknown(inner, item, place, f"{above}{key}.{index}.")


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field's value, or each item of its list, has."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _unknown(key: str, known: set[str], place: str) -> str:
    near = get_close_matches(key, sorted(known), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
    return f"unknown setting {key!r} in {place}; {hint}"


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _explain(error: ValidationError, places: list[Place], above: str = "") -> str:
    lines = []
    for problem in error.errors(include_url=False, include_context=False):
        path = [str(part) for part in problem["loc"]]
        name = above + ".".join(path)
        message = problem["msg"].removeprefix("Value error, ")
        where, value = _find(path, places)
        shown = redact({name: value})[name] if where else None
        got = f", not {shown!r}" if where and not isinstance(value, Mapping) else ""
        lines.append(f"setting {name or '(all)'}{f' in {where}' if where else ''}: {message}{got}")
    return "; ".join(lines)


def _find(path: list[str], places: list[Place]) -> tuple[str | None, Any]:
    for place, data in places:
        value: Any = data
        for part in path:
            if isinstance(value, Mapping) and part in value:
                value = value[part]
            elif isinstance(value, (list, tuple)) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                break
        else:
            if path:
                return place, value
    return None, None
