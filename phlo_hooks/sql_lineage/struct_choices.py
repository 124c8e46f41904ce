"""Structs that are handed on: by CASE and COALESCE, by a window or an aggregate that picks, by functions of arrays."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.names import Name
from phlo_hooks.sql_lineage.relations import Certainty, Columns, Field, Gathering, Source, Value
from phlo_hooks.sql_lineage.structs import ValueReader

_DEEPEST = 8
"""How many such expressions may stand in each other before fields are no more told apart."""

_HANDED_ON: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.If: ("true", "false"),
    exp.Coalesce: ("this", "expressions"),
    exp.Nvl2: ("true", "false"),
    exp.Window: ("this",),
    exp.Filter: ("this",),
    exp.HavingMax: ("this",),
    exp.AnyValue: ("this",),
    exp.First: ("this",),
    exp.Last: ("this",),
    exp.FirstValue: ("this",),
    exp.LastValue: ("this",),
    exp.NthValue: ("this",),
    exp.Lag: ("this", "default"),
    exp.Lead: ("this", "default"),
    exp.ArgMax: ("this",),
    exp.ArgMin: ("this",),
    exp.Explode: ("this",),
    exp.Unnest: ("expressions",),
    exp.ArrayConcat: ("this", "expressions"),
    exp.ArrayReverse: ("this",),
    exp.ArraySlice: ("this",),
    exp.ArrayFilter: ("this",),
    exp.ArrayDistinct: ("this",),
}
_DECIDING: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.If: ("this",),
    exp.Nvl2: ("this",),
    exp.Filter: ("expression",),
    exp.ArgMax: ("expression",),
    exp.ArgMin: ("expression",),
}


def shape_handed_on(reader: ValueReader, node: exp.Expr, whole: Value, depth: int = 0) -> Columns | None:
    """
    Return the fields of a struct that an expression picks among others; ``None`` when they are not known.

    What decides which struct it is takes part in every field.
    """
    branches = [branch for branch in _branches(node) if not isinstance(branch, exp.Null)]
    if not branches or depth > _DEEPEST:
        return None
    values = [_branch(reader, branch, depth) for branch in branches]
    shapes = [value.shape for value in values if value.shape is not None and value.shape.items]
    if not shapes or not all(shape.closed for shape in shapes):
        return None
    out = Gathering()
    for condition in _conditions(node):
        reader.gather(condition, Transformation.CONDITIONAL, out)
    aside = {(column, how) for column, how in whole.sources if not how.direct} | out.sources
    names = {field.key: field for shape in reversed(shapes) for field in shape.fields}
    order = [field.key for shape in shapes for field in shape.fields]
    return Columns(_field(names[key], values, aside) for key in dict.fromkeys(order))


def _branch(reader: ValueReader, branch: exp.Expr, depth: int) -> Value:
    while isinstance(branch, exp.Paren | exp.IgnoreNulls | exp.RespectNulls):
        branch = branch.this
    if not any(True for _ in _branches(branch)):
        return reader.value(branch)
    out = Gathering()
    reader.gather(branch, Transformation.IDENTITY, out)
    value = out.value()
    return Value(value.sources, value.gaps, shape_handed_on(reader, branch, value, depth + 1))


def _field(field: Field, values: list[Value], aside: set[Source]) -> Field:
    name = Name(text=field.name, key=field.key, folded=field.key)
    parts = []
    for value in values:
        if value.shape is None or not value.shape.items:
            parts.append(value.through(Transformation.TRANSFORMATION))
        elif (found := value.shape.find(name))[0] is not Certainty.ABSENT:
            parts.append(found[1])
    sources = frozenset(aside).union(*(part.sources for part in parts))
    gaps = frozenset[str]().union(*(part.gaps for part in parts))
    if len(parts) == 1 and not aside:
        return Field(field.name, field.key, parts[0], field.second_key)
    value = Value(sources, gaps).through(Transformation.TRANSFORMATION)
    return Field(field.name, field.key, value, field.second_key)


def _branches(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Case):
        for branch in node.args.get("ifs") or ():
            yield branch.args["true"]
        if isinstance(default := node.args.get("default"), exp.Expr):
            yield default
        return
    for key in _HANDED_ON.get(type(node), ()):
        yield from _parts(node, key)


def _conditions(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Case):
        yield from _parts(node, "this")
        for branch in node.args.get("ifs") or ():
            yield branch.this
    for key in _DECIDING.get(type(node), ()):
        yield from _parts(node, key)


def _parts(node: exp.Expr, key: str) -> Iterator[exp.Expr]:
    found = node.args.get(key)
    for part in found if isinstance(found, list) else [found]:
        if isinstance(part, exp.Expr):
            yield part
