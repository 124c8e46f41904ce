"""One change in words; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.names import Kind, split
from phlo_hooks.subscribers.openmetadata.publishing.edge_merging import pairs_of
from phlo_hooks.subscribers.openmetadata.publishing.merging import covers
from phlo_hooks.subscribers.openmetadata.publishing.parts import PARTS, parts_at, walk

ADD: Final = "+"
CHANGE: Final = "~"
REMOVE: Final = "-"
_WORDS: Final[Mapping[Kind, str]] = {
    Kind.API_SERVICE: "API service",
    Kind.DASHBOARD_SERVICE: "dashboard service",
    Kind.DATABASE_SERVICE: "database service",
    Kind.PIPELINE_SERVICE: "pipeline service",
    Kind.STORAGE_SERVICE: "storage service",
    Kind.API_COLLECTION: "API collection",
    Kind.DATABASE_SCHEMA: "schema",
    Kind.API_ENDPOINT: "API endpoint",
    Kind.DATA_PRODUCT: "data product",
    Kind.TEST_DEFINITION: "test definition",
    Kind.TEST_SUITE: "test suite",
    Kind.TEST_CASE: "test",
}
_PART: Final[Mapping[Kind, str]] = {Kind.PIPELINE: "task", Kind.API_ENDPOINT: "field"}
_SILENT: Final = frozenset({"name", "sourceHash", "service", "database", "databaseSchema", "apiCollection", "parent"})
_SHORT: Final = 60


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    One thing that would be written.

    Attributes:
        sign: ``+``, ``~`` or ``-``.
        kind: Such as ``table``, ``edge``, ``result``; what many are of is counted together.
        name: What it is about; ``upstream -> downstream`` for an edge.
        details: What about it changes, each in a few words.
    """

    sign: str
    kind: str
    name: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = ", ".join(self.details)
        if not said:
            return f"{self.sign} {self.kind} {self.name}"
        return f"{self.sign} {self.kind} {self.name} {f'({said})' if self.sign == ADD else said}"


def word(kind: Kind) -> str:
    """Return what people call a kind."""
    return _WORDS.get(kind, kind.value)


def of_entity(kind: Kind, fqn: str, before: Mapping[str, Any] | None, body: Mapping[str, Any]) -> Change:
    """Return what a PUT of an entity does."""
    if before is None:
        parts = parts_at(body, kind)
        counted = (_count(len(parts), _PART.get(kind, "column")),) if parts is not None else ()
        return Change(sign=ADD, kind=word(kind), name=fqn, details=counted)
    details = [*_parts(kind, before, body), *_fields(kind, before, body)]
    if before.get("deleted"):
        details.insert(0, "restored")
    return Change(sign=CHANGE, kind=word(kind), name=fqn, details=tuple(details))


def of_patch(kind: Kind, fqn: str, before: Mapping[str, Any] | None, patch: Sequence[Mapping[str, Any]]) -> Change:
    """Return what a JSON patch of an entity does."""
    details = []
    tested: Any = None
    for operation in patch:
        if operation["op"] == "test":
            tested = operation.get("value")
            continue
        _, *steps = str(operation["path"]).split("/")
        value = operation.get("value") if operation["op"] != "remove" else {"tagFQN": tested}
        sign = "-" if operation["op"] == "remove" else "+"
        part = _part_at(before, steps)
        of_part = f" of {_PART.get(kind, 'column')} {part}" if part else ""
        field = next((step for step in reversed(steps) if not step.isdigit() and step != "-"), "")
        said = f"{sign} tag {_tags(value)}" if field == "tags" else field
        details.append(f"{said}{of_part}".replace("  ", " ").strip())
    return Change(sign=CHANGE, kind=word(kind), name=fqn, details=tuple(details))


def of_edge(name: str, before: Mapping[str, Any] | None, details: Mapping[str, Any]) -> Change:
    """Return what a PUT of an edge does."""
    new = pairs_of(details.get("columnsLineage"))
    if before is None:
        columns = len({below for _, below in new})
        return Change(sign=ADD, kind="edge", name=name, details=(_count(columns, "column"),) if columns else ())
    old = pairs_of(before.get("columnsLineage"))
    said = [f"+ {_last(above)} -> {_last(below)}" for above, below in new if (above, below) not in old]
    said += [f"- {_last(above)} -> {_last(below)}" for above, below in old if (above, below) not in new]
    said += [
        field
        for field in ("source", "sqlQuery", "description")
        if (before.get(field) or "") != (details.get(field) or "")
    ]
    if ((before.get("pipeline") or {}).get("id")) != ((details.get("pipeline") or {}).get("id")):
        said.append("pipeline")
    return Change(sign=CHANGE, kind="edge", name=name, details=tuple(said))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _last(column: str) -> str:
    return split(column)[-1]


def _parts(kind: Kind, before: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[str]:
    """Yield what happens to columns, fields or tasks."""
    what = _PART.get(kind, "column")
    old, new = dict(walk(parts_at(before, kind) or ())), dict(walk(parts_at(body, kind) or ()))
    yield from (f"+ {what} {path}" for path in new if path not in old)
    yield from (f"- {what} {path}" for path in old if path not in new)
    for path, part in new.items():
        there = old.get(path, part)
        if there.get("dataType") != part.get("dataType"):
            yield f"type of {path} {there.get('dataType')} -> {part.get('dataType')}"
        elif not covers({**there, "children": None}, {**part, "children": None}):
            yield f"{what} {path}"
    if set(old) == set(new) and list(old) != list(new):
        yield f"order of {what}s"


def _fields(kind: Kind, before: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[str]:
    """Yield other fields that change, short values with what they become."""
    inside = PARTS.get(kind, ("",))[0]
    for field, value in body.items():
        there = before.get(field)
        if field in _SILENT or field == inside or there == value or (there and covers(there, value)):
            continue
        if isinstance(there, list) and there and isinstance(there[0], Mapping) and isinstance(value, list):
            continue
        short = isinstance(value, str) and len(value) + len(str(there or "")) <= _SHORT and "\n" not in value
        yield f"{field} {there or '(none)'} -> {value}" if short else field


def _part_at(before: Mapping[str, Any] | None, steps: Sequence[str]) -> str:
    """Return the name of the column or task that a path is in."""
    found: Any = before or {}
    name = ""
    for step in steps:
        if isinstance(found, list):
            found = found[int(step)] if step.isdigit() and int(step) < len(found) else None
            name = f"{name}.{found['name']}".lstrip(".") if isinstance(found, Mapping) and "name" in found else name
        elif isinstance(found, Mapping):
            found = found.get(step)
        if step in ("tags", "owners", "domains"):
            break
    return name


def _tags(value: Any) -> str:
    labels = value if isinstance(value, list) else [value]
    return ", ".join(str(label["tagFQN"]) for label in labels if isinstance(label, Mapping))
