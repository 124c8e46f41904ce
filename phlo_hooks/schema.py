"""The events' JSON Schemas, and what changed between two sets of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import msgspec

from phlo_hooks.events import EVENT_CLASSES, VERSION, GenericEvent, HookEvent
from phlo_hooks.exceptions import EventError

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Schemas = Mapping[str, Mapping[str, Any]]


def schema_id(cls: type[HookEvent]) -> str:
    """Return the URI that names a class' schema, also in CloudEvents' ``dataschema``."""
    return f"urn:phlo-hooks:schema:{VERSION}:{cls.__name__}"


def schema_of(cls: type[HookEvent]) -> dict[str, Any]:
    """Return the JSON Schema of what ``encode_event`` writes for this class, in plain JSON values."""
    _, components = msgspec.json.schema_components([cls], ref_template="#/$defs/{name}")
    own = dict(components.pop(cls.__name__))
    if cls is GenericEvent:
        own["properties"] = {name: part for name, part in own["properties"].items() if name != "data"}
    event_type: dict[str, Any] = {"type": "string", **({"enum": list(cls.TYPES)} if cls.TYPES else {"minLength": 1})}
    own["properties"] = {
        **own["properties"],
        "event_type": event_type,
        "timestamp": {"type": "string", "format": "date-time"},
        "version": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+$"},
    }
    own["required"] = sorted({*own.get("required", ()), "event_id", "event_type", "timestamp"})
    head = {"$schema": DIALECT, "$id": schema_id(cls)}
    whole = {**head, **own, **({"$defs": dict(sorted(components.items()))} if components else {})}
    plain: dict[str, Any] = json.loads(json.dumps(whole))
    return plain


def current_schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of every event class, by class name, as the code has it."""
    return {cls.__name__: schema_of(cls) for cls in (*EVENT_CLASSES, GenericEvent)}


def write_schemas(folder: Path) -> list[Path]:
    """Write one file for each class, and return the paths; files of classes that are gone stay."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in current_schemas().items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def shipped_schemas(version: str = VERSION) -> dict[str, dict[str, Any]]:
    """Return the generated schemas that the wheel carries for its own version."""
    return _read(files("phlo_hooks") / "schemas" / version)


def released_schemas(version: str = VERSION) -> dict[str, dict[str, Any]]:
    """Return the schemas as they were last released; what CI compares with."""
    return _read(files("phlo_hooks") / "schemas" / "released" / version)


def read_schemas(folder: Path) -> dict[str, dict[str, Any]]:
    """
    Return the schemas of a folder as ``write_schemas`` leaves it.

    Raises:
        EventError: There is no such folder, no schema in it, or one that is no JSON.
    """
    return _read(folder)


@dataclass(frozen=True, kw_only=True, order=True)
class SchemaChange:
    """
    One difference between two sets of schemas.

    Attributes:
        event_class: Name of the class.
        path: Where in it, such as ``dataset.namespace`` or ``columns[].type``; empty for the class itself.
        kind: ``removed``, ``newly required``, ``retyped``, ``narrowed``: a reader or writer of the old one breaks.
            ``added``, ``widened``, ``no longer required``: none does.
        before: What stood there, in short.
        after: What stands there now.
    """

    event_class: str
    path: str
    kind: str
    before: str = ""
    after: str = ""

    @property
    def breaking(self) -> bool:
        """Whether it needs a new major version."""
        return self.kind in {"removed", "newly required", "retyped", "narrowed"}

    def __str__(self) -> str:
        where = f"{self.event_class}.{self.path}" if self.path else self.event_class
        detail = f" ({self.before} -> {self.after})" if self.before or self.after else ""
        return f"{where}: {self.kind}{detail}"


def diff_schemas(before: Schemas, after: Schemas) -> list[SchemaChange]:
    """Return what changed, sorted, breaking or not."""
    changes: list[SchemaChange] = []
    for name in sorted({*before, *after}):
        if name not in after:
            changes.append(SchemaChange(event_class=name, path="", kind="removed"))
        elif name not in before:
            changes.append(SchemaChange(event_class=name, path="", kind="added"))
        else:
            changes.extend(_Comparison(name, before[name], after[name]).changes())
    return sorted(set(changes))


class _Comparison:
    """Two schemas of one class, walked together."""

    def __init__(self, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self._name = name
        self._before = before
        self._after = after
        self._walked: set[tuple[str, str]] = set()

    def changes(self) -> Iterator[SchemaChange]:
        """Yield every difference."""
        yield from self._compare("", self._before, self._after)

    def _compare(self, path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[SchemaChange]:
        references = (str(before.get("$ref")), str(after.get("$ref")))
        if "$ref" in before and "$ref" in after:
            if references in self._walked:
                return
            self._walked.add(references)
        before, after = _resolve(before, self._before), _resolve(after, self._after)
        old, new = _types(before, self._before), _types(after, self._after)
        if old.keys() - new.keys() and not ("any" in new or _only_widens(old.keys(), new.keys())):
            kind = "narrowed" if old.keys() & new.keys() or "any" in old else "retyped"
            yield self._change(path, kind, " | ".join(sorted(old)), " | ".join(sorted(new)))
        elif new.keys() - old.keys():
            yield self._change(path, "widened", " | ".join(sorted(old)), " | ".join(sorted(new)))
        for kind in sorted(old.keys() & new.keys()):
            yield from self._limits(path, old[kind], new[kind])
            yield from self._members(path, old[kind], new[kind])

    def _members(self, path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[SchemaChange]:
        old, new = before.get("properties", {}), after.get("properties", {})
        required = set(after.get("required", ())) - set(before.get("required", ()))
        relaxed = set(before.get("required", ())) - set(after.get("required", ()))
        for name in sorted({*old, *new}):
            where = f"{path}.{name}" if path else name
            if name not in new:
                yield self._change(where, "removed")
                continue
            if name in required:
                yield self._change(where, "newly required")
            if name not in old:
                yield self._change(where, "added")
                continue
            if name in relaxed:
                yield self._change(where, "no longer required")
            yield from self._compare(where, old[name], new[name])
        for keyword, sign in (("items", "[]"), ("additionalProperties", "{}")):
            if isinstance(before.get(keyword), Mapping) and isinstance(after.get(keyword), Mapping):
                yield from self._compare(path + sign, before[keyword], after[keyword])
            elif _open(before.get(keyword)) and not _open(after.get(keyword)):
                yield self._change(path + sign, "narrowed", "anything", _short(after[keyword]))
            elif not _open(before.get(keyword)) and _open(after.get(keyword)):
                yield self._change(path + sign, "widened", _short(before[keyword]), "anything")

    def _limits(self, path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[SchemaChange]:
        old, new = _allowed(before), _allowed(after)
        if new is not None and (old is None or old - new):
            lost = "any" if old is None else ", ".join(sorted(old - new))
            yield self._change(path, "narrowed", lost, ", ".join(sorted(new)))
        elif old is not None and (new is None or new - old):
            yield self._change(path, "widened", "", "any" if new is None else ", ".join(sorted(new - old)))
        for keyword, tighter in _LIMITS.items():
            low, high = before.get(keyword), after.get(keyword)
            if low == high:
                continue
            narrower = high is not None and (low is None or tighter is None or (high > low) == (tighter > 0))
            yield self._change(path, "narrowed" if narrower else "widened", f"{keyword} {low}", f"{keyword} {high}")

    def _change(self, path: str, kind: str, before: str = "", after: str = "") -> SchemaChange:
        return SchemaChange(event_class=self._name, path=path, kind=kind, before=before, after=after)


_LIMITS: Final[Mapping[str, int | None]] = {
    "minimum": 1,
    "exclusiveMinimum": 1,
    "maximum": -1,
    "exclusiveMaximum": -1,
    "minLength": 1,
    "maxLength": -1,
    "minItems": 1,
    "maxItems": -1,
    "pattern": None,
    "format": None,
}
"""Keywords that limit a value; 1 when a higher one is tighter, -1 when a lower one is, None when another one is."""


def _read(folder: Traversable) -> dict[str, dict[str, Any]]:
    try:
        found = {
            each.name.removesuffix(".json"): json.loads(each.read_text(encoding="utf-8"))
            for each in folder.iterdir()
            if each.name.endswith(".json")
        }
    except (OSError, ValueError) as error:
        raise EventError(f"schemas in {folder} cannot be read: {error}") from error
    if not found:
        raise EventError(f"no schemas in {folder}; phlo-hooks schema export writes them")
    return dict(sorted(found.items()))


def _resolve(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _types(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the JSON types that a schema lets pass, each with the part that speaks of it."""
    found: dict[str, Mapping[str, Any]] = {}
    for option in schema.get("anyOf", [schema]):
        part = _resolve(option, root)
        names = part.get("type", "any")
        for name in [names] if isinstance(names, str) else names:
            found[name] = part
    return found


def _only_widens(old: Any, new: Any) -> bool:
    """Say whether what is gone was an integer that may now be any number."""
    return set(old) - set(new) == {"integer"} and "number" in new


def _allowed(schema: Mapping[str, Any]) -> set[str] | None:
    if "const" in schema:
        return {str(schema["const"])}
    return {str(value) for value in schema["enum"]} if "enum" in schema else None


def _open(part: object) -> bool:
    return part is None or part is True or part == {}


def _short(part: object) -> str:
    return json.dumps(part, sort_keys=True)
