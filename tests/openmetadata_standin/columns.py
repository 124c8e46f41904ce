"""What the server says of columns and schema fields, and how a new list of them joins the one that stands there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.openmetadata_standin import shapes, vocabulary
from tests.openmetadata_standin.errors import bad, must_not_be_null, no_such_value, unrecognised
from tests.openmetadata_standin.naming import LONGEST, under
from tests.openmetadata_standin.tags import Tags

Json = dict[str, Any]


@dataclass
class Changes:
    """What became different; lists are of ``{"name", "oldValue", "newValue"}``."""

    added: list[Json] = field(default_factory=list)
    updated: list[Json] = field(default_factory=list)
    deleted: list[Json] = field(default_factory=list)
    breaking: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.deleted)

    def set(self, name: str, old: Any, new: Any) -> None:
        """Note a field's change."""
        if old in (None, "", []):
            self.added.append({"name": name, "newValue": new})
        elif new in (None, "", []):
            self.deleted.append({"name": name, "oldValue": old})
        else:
            self.updated.append({"name": name, "oldValue": old, "newValue": new})


class Columns:
    """
    The columns of tables and containers, and the fields of an API's schema.

    Args:
        mode: The server's version.
        fields: Whether these are fields of an API's schema.
    """

    def __init__(self, mode: str, tags: Tags, *, fields: bool = False) -> None:
        self._mode = mode
        self._tags = tags
        self._what = "type.Field" if fields else "type.Column"
        self._types = vocabulary.FIELD_TYPES if fields else vocabulary.COLUMN_TYPES
        older = shapes.COLUMN if mode == "2.0" else shapes.COLUMN - shapes.COLUMN_NEWER
        self._known = shapes.FIELD if fields else older
        self._rules = not fields

    def normal(self, wanted: Any, parent: str) -> list[Json]:
        """
        Return columns as the server stores them.

        Raises:
            Refusal: It would not take them.
        """
        if not isinstance(wanted, list):
            raise bad("Cannot deserialize value of type `java.util.ArrayList`")
        seen: set[str] = set()
        found = []
        for each in wanted:
            found.append(self._one(each, parent))
            if found[-1]["name"] in seen:
                raise bad(f"Column name {found[-1]['name']} is repeated")
            seen.add(found[-1]["name"])
        return found

    def _one(self, wanted: Json, parent: str) -> Json:
        for name in wanted:
            if name not in self._known:
                raise unrecognised(name, self._what, len(self._known))
        if absent := [name for name in ("name", "dataType") if wanted.get(name) is None]:
            raise must_not_be_null(*absent)
        if not self._types.take(wanted["dataType"], self._mode):
            raise no_such_value(self._types.what, wanted["dataType"])
        if self._rules:
            self._check(wanted)
        column = {key: value for key, value in wanted.items() if value is not None}
        column["fullyQualifiedName"] = under(parent, wanted["name"])
        column["dataTypeDisplay"] = str(wanted.get("dataTypeDisplay") or wanted["dataType"]).lower()
        column["tags"] = self._tags.normal(wanted.get("tags") or [])
        if wanted.get("children") is not None:
            column["children"] = self.normal(wanted["children"], column["fullyQualifiedName"])
        return column

    def _check(self, wanted: Json) -> None:
        kind = wanted["dataType"]
        if not wanted["name"] or (self._mode == "1.6" and len(wanted["name"]) > LONGEST):
            raise bad(f"[columns[0].name size must be between 1 and {LONGEST}]")
        if kind in vocabulary.LENGTH_NEEDED and wanted.get("dataLength") is None:
            raise bad("For column data types char, varchar, binary, varbinary dataLength must not be null")
        if kind == "ARRAY" and wanted.get("arrayDataType") is None:
            raise bad("For column data type array, arrayDataType must not be null")
        if kind == "STRUCT" and wanted.get("children") is None:
            raise bad("For column data type struct, children must not be null")
        array = wanted.get("arrayDataType")
        if array is not None and not self._types.take(array, self._mode):
            raise no_such_value(self._types.what, array)
        if (constraint := wanted.get("constraint")) and not vocabulary.CONSTRAINTS.take(constraint, self._mode):
            raise no_such_value(vocabulary.CONSTRAINTS.what, constraint)
        precision, scale = wanted.get("precision"), wanted.get("scale")
        if scale is not None and (precision is None or scale > precision):
            raise bad(f"For column {wanted['name']} scale {scale} must not be above precision {precision}")

    def merged(  # one rule for each
        self,
        old: Sequence[Json],
        new: Sequence[Json],
        changes: Changes,
        *,
        name: str = "columns",
        bot: bool,
        breaking: bool = True,
    ) -> list[Json]:
        """Return what is stored when ``new`` is put on ``old``, in the order of ``new``; note the tracked changes."""
        before = {(each["name"], each["dataType"], each.get("arrayDataType")): each for each in old}
        described = {each["name"]: each.get("description") for each in old}
        kept = {(each["name"], each["dataType"], each.get("arrayDataType")) for each in new}
        gone = [column for key, column in before.items() if key not in kept]
        if gone:
            changes.deleted.append({"name": name, "oldValue": gone})
            changes.breaking |= breaking
        result, added = [], []
        for column in new:
            key = (column["name"], column["dataType"], column.get("arrayDataType"))
            if key in before:
                result.append(self._joined(before[key], column, changes, f"{name}.{column['name']}", bot=bot))
                continue
            fresh = dict(column)
            if not fresh.get("description") and described.get(column["name"]):
                fresh["description"] = described[column["name"]]
            result.append(fresh)
            added.append(fresh)
        if added:
            changes.added.append({"name": name, "newValue": added})
        return result

    def _joined(self, old: Json, new: Json, changes: Changes, path: str, *, bot: bool) -> Json:
        result = dict(new)
        for text in ("description", "displayName"):
            keep_text(old, result, text, changes, f"{path}.{text}", bot=bot)
        result["tags"] = self._tags.joined(old, new, changes, f"{path}.tags")
        for plain in ("constraint", "dataLength", "precision", "scale"):
            if old.get(plain) != new.get(plain):
                changes.set(f"{path}.{plain}", old.get(plain), new.get(plain))
        if (new.get("dataLength") or 0) < (old.get("dataLength") or 0):
            changes.breaking = True
        if "children" in old or "children" in new:
            children = self.merged(old.get("children") or [], new.get("children") or [], changes, name=path, bot=bot)
            if children or "children" in new:
                result["children"] = children
        return result


def keep_text(old: Json, result: Json, field_name: str, changes: Changes, path: str, *, bot: bool) -> None:
    """Apply the rule of descriptions and display names: a bot fills, a person replaces and removes."""
    before, wanted = old.get(field_name), result.get(field_name)
    if bot and before:
        wanted = before
    if wanted != before:
        changes.set(path, before, wanted)
    if wanted is None:
        result.pop(field_name, None)
    else:
        result[field_name] = wanted


def names_of(columns: Sequence[Json]) -> set[str]:
    """Return the full names of columns and of what is in them."""
    found = set()
    for column in columns:
        found.add(column["fullyQualifiedName"])
        found |= names_of(column.get("children") or [])
    return found
