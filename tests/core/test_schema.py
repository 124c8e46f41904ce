from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from phlo_hooks.codec import event_fields
from phlo_hooks.events import CLASS_BY_TYPE, EVENT_CLASSES, GenericEvent, HookEvent
from phlo_hooks.exceptions import EventError
from phlo_hooks.schema import (
    current_schemas,
    diff_schemas,
    read_schemas,
    released_schemas,
    schema_of,
    shipped_schemas,
    write_schemas,
)
from tests.core.strategies import events

SCHEMAS = current_schemas()
BASE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "rows": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        "kind": {"enum": ["a", "b"]},
        "part": {"$ref": "#/$defs/Part"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "any": {"type": "object"},
    },
    "required": ["name"],
    "$defs": {"Part": {"type": "object", "properties": {"size": {"type": "integer"}, "up": {"$ref": "#/$defs/Part"}}}},
}


def test_the_shipped_files_are_what_the_code_says() -> None:
    """The files in the wheel are generated from the classes; ``write_schemas`` brings them up to date."""
    assert shipped_schemas() == SCHEMAS
    assert set(SCHEMAS) == {cls.__name__ for cls in (*EVENT_CLASSES, GenericEvent)}


def test_nothing_breaks_those_who_read_the_released_events() -> None:
    """Against the released schemas nothing is removed, newly required, retyped or narrowed."""
    assert [str(change) for change in diff_schemas(released_schemas(), SCHEMAS) if change.breaking] == []


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schemas_are_valid(name: str) -> None:
    """Each file is a JSON Schema of its dialect, and every reference in it leads somewhere."""
    schema = SCHEMAS[name]

    jsonschema.Draft202012Validator.check_schema(schema)

    references = set(part["$ref"] for part in _parts(schema) if "$ref" in part)  # noqa: C401  # reads better
    assert references <= {f"#/$defs/{each}" for each in schema.get("$defs", {})}


def _parts(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, dict):
        return [schema, *(part for value in schema.values() for part in _parts(value))]
    return [part for value in schema for part in _parts(value)] if isinstance(schema, list) else []


@settings(max_examples=60)
@given(events())
def test_every_event_fits_its_schema(event: HookEvent) -> None:
    """Whatever an event holds, what is encoded is valid by its class' schema."""
    cls = CLASS_BY_TYPE.get(event.event_type, GenericEvent)

    jsonschema.validate(event_fields(event), SCHEMAS[cls.__name__], jsonschema.Draft202012Validator)


def test_a_schema_names_its_types() -> None:
    """A reader can tell from the schema alone which types are meant, and which parts are always there."""
    schema = schema_of(CLASS_BY_TYPE["run.start"])

    assert schema["$id"] == "urn:phlo-hooks:schema:1.0:RunEvent"
    assert schema["properties"]["event_type"]["enum"][:2] == ["run.queued", "run.start"]
    assert schema["required"] == ["event_id", "event_type", "timestamp"]


def test_written_schemas_are_read_back(tmp_path: Path) -> None:
    """What is exported to a folder can be compared later."""
    paths = write_schemas(tmp_path / "new")

    assert read_schemas(tmp_path / "new") == SCHEMAS
    assert {path.stem for path in paths} == set(SCHEMAS)


def test_a_folder_without_schemas(tmp_path: Path) -> None:
    """A folder that is missing, empty or broken is told by its path."""
    with pytest.raises(EventError, match=r"missing cannot be read"):
        read_schemas(tmp_path / "missing")
    with pytest.raises(EventError, match=r"no schemas in .*; phlo-hooks schema export writes them"):
        read_schemas(tmp_path)
    (tmp_path / "RunEvent.json").write_text("{")
    with pytest.raises(EventError, match="cannot be read"):
        read_schemas(tmp_path)


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the base schema with one part replaced, or removed when ``value`` is ``None``."""
    schema = copy.deepcopy(BASE)
    *above, last = path.split("/")
    part = schema
    for name in above:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return schema


@pytest.mark.parametrize(
    ("path", "value", "says", "breaking"),
    [
        ("properties/rows", None, "E.rows: removed", True),
        ("required", ["name", "rows"], "E.rows: newly required", True),
        ("properties/name", {"type": "integer"}, "E.name: retyped (string -> integer)", True),
        ("properties/rows", {"type": "integer"}, "E.rows: narrowed (integer | null -> integer)", True),
        ("properties/kind", {"enum": ["a"]}, "E.kind: narrowed (b -> a)", True),
        ("properties/kind", {"const": "a"}, "E.kind: narrowed (b -> a)", True),
        ("properties/name", {"type": "string", "enum": ["x"]}, "E.name: narrowed (any -> x)", True),
        ("properties/name", {"type": "string", "minLength": 1},
         "E.name: narrowed (minLength None -> minLength 1)", True),
        ("properties/name", {"type": "string", "pattern": "x"}, "E.name: narrowed (pattern None -> pattern x)", True),
        ("properties/tags/additionalProperties", {"type": "integer"}, "E.tags{}: retyped (string -> integer)", True),
        ("properties/any/additionalProperties", {"type": "string"},
         'E.any{}: narrowed (anything -> {"type": "string"})', True),
        ("properties/any/additionalProperties", False, "E.any{}: narrowed (anything -> false)", True),
        ("$defs/Part/properties/size", {"type": "string"}, "E.part.size: retyped (integer -> string)", True),
        ("properties/new", {"type": "string"}, "E.new: added", False),
        ("required", [], "E.name: no longer required", False),
        ("properties/kind", {"enum": ["a", "b", "c"]}, "E.kind: widened ( -> c)", False),
        ("properties/kind", {}, "E.kind: widened ( -> any)", False),
        ("properties/rows", {"type": ["integer", "null", "string"]},
         "E.rows: widened (integer | null -> integer | null | string)", False),
        ("properties/rows", {"anyOf": [{"type": "number"}, {"type": "null"}]},
         "E.rows: widened (integer | null -> null | number)", False),
        ("properties/name", {}, "E.name: widened (string -> any)", False),
        ("properties/tags/additionalProperties", None, 'E.tags{}: widened ({"type": "string"} -> anything)', False),
        ("$defs/Part/properties/more", {"type": "string"}, "E.part.more: added", False),
    ],
    ids=range(22),
)  # fmt: skip
def test_each_kind_of_change(path: str, value: Any, says: str, breaking: bool) -> None:  # noqa: FBT001  # expected
    """Each change is told with its path, and whether it breaks anyone."""
    (first, *others) = diff_schemas({"E": BASE}, {"E": changed(path, value)})

    assert (str(first), first.breaking) == (says, breaking)
    assert others == []


def test_limits_that_are_lifted_are_no_break() -> None:
    """A limit that is lifted or loosened widens; one that is tightened narrows."""
    tight = changed("properties/name", {"type": "string", "maxLength": 5, "minLength": 2})
    loose = changed("properties/name", {"type": "string", "maxLength": 9})

    assert [change.kind for change in diff_schemas({"E": tight}, {"E": loose})] == ["widened", "widened"]
    assert [change.kind for change in diff_schemas({"E": loose}, {"E": tight})] == ["narrowed", "narrowed"]


def test_classes_that_come_and_go() -> None:
    """A class that is gone breaks its readers; a new one breaks nobody."""
    gone, new = diff_schemas({"Old": BASE}, {"New": BASE})[::-1]

    assert (str(gone), gone.breaking) == ("Old: removed", True)
    assert (str(new), new.breaking) == ("New: added", False)
    assert diff_schemas({"E": BASE}, {"E": json.loads(json.dumps(BASE))}) == []
