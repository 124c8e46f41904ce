"""What UNION, INTERSECT and EXCEPT make of two relations."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.relations import Columns, Field, Item, Relation, Rest, Value, union

FILTER = Transformation.FILTER
_UNALIGNED = "which columns of a set operation meet is not known"


def combined(node: exp.SetOperation, left: Relation, right: Relation) -> Relation:
    """Return the relation of a set operation: columns meet by position, or by name where that is said."""
    rows, gaps = left.rows | right.rows, left.gaps | right.gaps
    if isinstance(node, exp.Except):
        excluded = right.columns.whole().through(FILTER)
        return Relation(left.columns, rows | excluded.sources, gaps | excluded.gaps)
    if node.args.get("by_name"):
        return Relation(_by_name(left.columns, right.columns), rows, gaps)
    return Relation(_by_position(left.columns, right.columns), rows, gaps)


def _by_position(left: Columns, right: Columns) -> Columns:
    items: list[Item] = []
    aligned = True
    others = list(right.items)
    for position, item in enumerate(left.items):
        other = others[position] if position < len(others) else None
        if aligned and isinstance(item, Field) and isinstance(other, Field):
            items.append(replace(item, value=_met(item.value, other.value)))
        elif aligned and isinstance(item, Rest) and item == other:
            items.append(item)
        else:
            aligned = False
            items.append(_alone(item))
    return Columns(items)


def _met(left: Value, right: Value) -> Value:
    if left == right:
        return left
    met = union([left, right])
    return Value(met.sources, met.gaps, left.shape) if left.shape is right.shape else met


def _alone(item: Item) -> Item:
    if isinstance(item, Rest):
        return replace(item, gaps=item.gaps | {_UNALIGNED})
    return replace(item, value=Value(item.value.sources, item.value.gaps | {_UNALIGNED}))


def _by_name(left: Columns, right: Columns) -> Columns:
    others = {item.key: item for item in right.fields}
    items: list[Item] = []
    for item in left.items:
        if isinstance(item, Field):
            other = others.pop(item.key, None)
            found = item if other is None else replace(item, value=_met(item.value, other.value))
            items.append(found if right.closed or other is not None else _alone(found))
        else:
            items.append(item)
    kept = [item if left.closed else _alone(item) for item in right.fields if item.key in others]
    return Columns([*items, *kept, *(item for item in right.items if isinstance(item, Rest) and item not in items)])
