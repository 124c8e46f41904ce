"""What ``*`` stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.expressions import Reader
from phlo_hooks.sql_lineage.names import Name, identifier_name
from phlo_hooks.sql_lineage.relations import Field, Item, Rest, gap
from phlo_hooks.sql_lineage.scope import Scope, Source


def expand(star: exp.Expr, reader: Reader, qualifier: list[Name] | None) -> list[Item]:
    """Return the columns that ``*``, ``t.*`` or ``struct.*`` stands for, its EXCEPT, REPLACE and RENAME applied."""
    if qualifier is not None:
        return _changed(star, _of(reader, qualifier), reader)
    return _changed(star, _all(reader.scope, list(_qualified(star, reader))), reader)


def _qualified(star: exp.Expr, reader: Reader) -> Iterator[tuple[str, Name]]:
    """Yield what EXCEPT takes from one table only, and the table's key."""
    listed = star.args.get("except_")
    for node in listed if isinstance(listed, list) else [listed]:
        if isinstance(node, exp.Column) and isinstance(table := node.args.get("table"), exp.Identifier):
            yield identifier_name(table, reader.platform).key, identifier_name(node.this, reader.platform)


def _all(scope: Scope, taken: list[tuple[str, Name]]) -> list[Item]:
    if scope.merges_unknown:
        return [Rest(value=gap("which columns NATURAL JOIN merges is not known"))]
    merged = {name.key: Field(name.text, name.key, scope.merged[name.key]) for name in scope.merged_names}
    items: list[Item] = []
    waiting = dict(merged)
    in_place = scope.platform.using_in_place
    unknown_before = False
    for source in scope.sources:
        if source.hidden:
            continue
        own = list(source.columns.items)
        for table, name in taken:
            own = _without(own, name) if source.answers_to([table]) else own
        if unknown_before and scope.platform.renames_duplicates:
            own = doubtful(own, merged)
        unknown_before = unknown_before or not source.columns.closed
        for item in own:
            if isinstance(item, Rest):
                items.append(replace(item, hidden=item.hidden | merged.keys()))
            elif (key := _key_among(item, merged)) is None:
                items.append(item)
            elif in_place and key in waiting:
                items.append(replace(waiting.pop(key), name=item.name))
    return [*waiting.values(), *items]


def doubtful(items: list[Item], sure: Iterable[str] = ()) -> list[Item]:
    """
    Return columns that stand behind a table of unknown columns, without their sources.

    Where the second ``id`` is renamed, such a column may not have its own name.
    """
    return [
        item
        if isinstance(item, Rest) or _key_among(item, sure) is not None
        else replace(item, value=gap(f"a table before may have a column {item.name} too"))
        for item in items
    ]


def _key_among(item: Field, keys: Iterable[str]) -> str | None:
    return next((key for key in keys if key in (item.key, item.second_key)), None)


def _of(reader: Reader, qualifier: list[Name]) -> list[Item]:
    source = _named(reader.scope, qualifier)
    if source is not None:
        return list(source.columns.items)
    value = reader.scope.resolve(qualifier)
    if value.shape is not None:
        return list(value.shape.items)
    return [Rest(value=value)]


def _named(scope: Scope, qualifier: list[Name]) -> Source | None:
    keys = [name.key for name in qualifier]
    for level in scope.levels():
        for source in level.sources:
            if source.answers_to(keys):
                return source
    return None


def of_value(star: exp.Expr, reader: Reader, base: exp.Expr) -> list[Item]:
    """Return the columns that ``(expression).*`` stands for."""
    value = reader.value(base)
    items: list[Item] = [Rest(value=value)] if value.shape is None else list(value.shape.items)
    return _changed(star, items, reader)


def _changed(star: exp.Expr, items: list[Item], reader: Reader) -> list[Item]:
    for identifier in _listed(star.args.get("except_")):
        items = _without(items, identifier_name(identifier, reader.platform))
    if isinstance(pattern := star.args.get("ilike"), exp.Expr):
        items = _like(items, pattern)
    for change in star.args.get("replace") or ():
        items = _replaced(items, change, reader)
    for change in star.args.get("rename") or ():
        items = _renamed(items, change, reader)
    return items


def _listed(found: object) -> Iterator[exp.Expr]:
    for node in found if isinstance(found, list) else [found]:
        if isinstance(node, exp.Expr):
            if isinstance(node, exp.Column) and node.args.get("table") is not None:
                continue
            last = node.this if isinstance(node, exp.Column) else node
            yield last if isinstance(last, exp.Identifier) else node


def _without(items: list[Item], name: Name) -> list[Item]:
    return [
        replace(item, hidden=item.hidden | {name.key}) if isinstance(item, Rest) else item
        for item in items
        if isinstance(item, Rest) or name.key not in (item.key, item.second_key)
    ]


def _like(items: list[Item], pattern: exp.Expr) -> list[Item]:
    expression = re.escape(pattern.name).replace("%", ".*").replace("_", ".")
    wanted = re.compile(expression, re.IGNORECASE)
    return [item for item in items if isinstance(item, Rest) or wanted.fullmatch(item.name)]


def _replaced(items: list[Item], change: exp.Expr, reader: Reader) -> list[Item]:
    name = identifier_name(change.args["alias"], reader.platform)
    new = Field(name.text, name.key, reader.value(change.this))
    if any(isinstance(item, Field) and name.key in (item.key, item.second_key) for item in items):
        return [
            replace(new, name=item.name)
            if isinstance(item, Field) and name.key in (item.key, item.second_key)
            else item
            for item in items
        ]
    return [*_without(items, name), new]


def _renamed(items: list[Item], change: exp.Expr, reader: Reader) -> list[Item]:
    old = identifier_name(change.this.this if isinstance(change.this, exp.Column) else change.this, reader.platform)
    new = identifier_name(change.args["alias"], reader.platform)
    renamed: list[Item] = []
    found = False
    for item in items:
        if isinstance(item, Field) and old.key in (item.key, item.second_key):
            renamed.append(Field(new.text, new.key, item.value))
            found = True
        else:
            renamed.append(item)
    if found:
        return renamed
    rests = [item for item in items if isinstance(item, Rest) and old.key not in item.hidden]
    value = rests[0].column(old) if len(rests) == 1 else gap(f"{old.text} may be a column of several tables")
    return [*_without(items, old), Field(new.text, new.key, value)]
