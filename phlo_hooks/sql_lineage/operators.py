"""Expressions whose parts take part in different ways: conditions, windows, filters, lambdas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.dialects import Platform
from phlo_hooks.sql_lineage.names import identifier_name
from phlo_hooks.sql_lineage.relations import Gathering, Relation, Value, compose, gap, union
from phlo_hooks.sql_lineage.scope import Scope

TRANSFORMATION = Transformation.TRANSFORMATION
CONDITIONAL = Transformation.CONDITIONAL
AGGREGATION = Transformation.AGGREGATION

_ORDERED_SETS = (exp.PercentileCont, exp.PercentileDisc, exp.Mode, exp.Quantile, exp.ApproxQuantile)
_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)

Pending: TypeAlias = tuple[exp.Expr, Transformation]


class Queries(Protocol):
    """Who reads the subqueries of an expression."""

    def subquery(self, node: exp.Expr, scope: Scope, *, ordered: bool = False) -> Relation:
        """Return the relation that a query inside an expression makes; ``ordered`` when its order is seen."""
        ...


class OperandReader(Protocol):
    """Who reads the parts of an expression."""

    scope: Scope
    queries: Queries
    platform: Platform
    columns_stand_for: Value | None

    def gather(self, node: exp.Expr, how: Transformation, out: Gathering) -> None:
        """Add what an expression is made from."""
        ...

    def operands(self, node: exp.Expr, how: Transformation) -> Iterator[Pending]:
        """Yield the parts of a plain operator or function."""
        ...


def _case(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    condition, result = compose(how, CONDITIONAL), compose(how, TRANSFORMATION)
    if isinstance(node.this, exp.Expr):
        yield node.this, condition
    for branch in node.args.get("ifs") or ():
        yield branch.this, condition
        yield branch.args["true"], result
    if (default := node.args.get("default")) is not None:
        yield default, result


def _if(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    yield node.this, compose(how, CONDITIONAL)
    for key in ("true", "false"):
        if (branch := node.args.get(key)) is not None:
            yield branch, compose(how, TRANSFORMATION)


def _coalesce(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    for child in node.iter_expressions():
        yield child, compose(how, CONDITIONAL)


def _decode(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    parts = node.expressions
    for position, part in enumerate(parts):
        tested = position == 0 or (position % 2 == 1 and position < len(parts) - 1)
        yield part, compose(how, CONDITIONAL if tested else TRANSFORMATION)


def _window(reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    yield node.this, compose(how, TRANSFORMATION)
    yield from _window_parts(reader, node, how, set())


def _window_parts(reader: OperandReader, node: exp.Expr, how: Transformation, seen: set[str]) -> Iterator[Pending]:
    step = compose(how, Transformation.WINDOW)
    for part in (*(node.args.get("partition_by") or ()), node.args.get("order"), node.args.get("spec")):
        if isinstance(part, exp.Expr):
            yield part, step
    base = node.args.get("alias")
    if isinstance(base, exp.Identifier):
        key = identifier_name(base, reader.platform).key
        named = reader.scope.windows.get(key)
        if named is not None and key not in seen:
            yield from _window_parts(reader, named, how, seen | {key})


def _filter(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    """Read ``SUM(a) FILTER (WHERE c)``, which says the same as ``SUM(CASE WHEN c THEN a END)``."""
    yield node.this, how
    yield node.expression, compose(how, CONDITIONAL)


def _within_group(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    yield node.this, how
    if isinstance(node.this, _ORDERED_SETS):
        yield node.expression, compose(how, AGGREGATION)
    yield node.expression, compose(how, Transformation.SORT)


def _order(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    if isinstance(node.this, exp.Expr):
        yield node.this, how
    for item in node.expressions:
        yield item, compose(how, Transformation.SORT) if node.this is not None else how


def _ordered(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    yield node.this, how


def _having_max(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    yield node.this, how
    yield node.expression, compose(how, Transformation.FILTER)


def _count(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    for child in node.iter_expressions():
        if not isinstance(child, exp.Star):
            yield child, compose(how, AGGREGATION)


def _star(reader: OperandReader, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
    del node
    out.add(union(source.columns.whole() for source in reader.scope.sources if not source.hidden), how)
    return iter(())


def _kwarg(_reader: OperandReader, node: exp.Expr, how: Transformation, _out: Gathering) -> Iterator[Pending]:
    yield node.expression, how


def _exists(reader: OperandReader, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
    if not isinstance(node.this, _QUERIES):
        yield from reader.operands(node, how)
        return
    relation = reader.queries.subquery(node.this, reader.scope)
    out.add(Value(relation.rows, relation.gaps), how)


def _lambda(reader: OperandReader, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
    names = frozenset(identifier_name(part, reader.platform).key for part in node.expressions)
    _bound(reader, node.this, names, how, out)
    return iter(())


def _comprehension(reader: OperandReader, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
    bound = [node.args.get("expression"), node.args.get("position")]
    names = frozenset(identifier_name(part, reader.platform).key for part in bound if isinstance(part, exp.Expr))
    _bound(reader, node.this, names, compose(how, TRANSFORMATION), out)
    if isinstance(condition := node.args.get("condition"), exp.Expr):
        _bound(reader, condition, names, compose(how, CONDITIONAL), out)
    yield node.args["iterator"], compose(how, TRANSFORMATION)


def _bound(reader: OperandReader, node: exp.Expr, names: frozenset[str], how: Transformation, out: Gathering) -> None:
    reader.scope.parameters.append(names)
    try:
        reader.gather(node, how, out)
    finally:
        reader.scope.parameters.pop()


def _columns(reader: OperandReader, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
    del node
    out.add(reader.columns_stand_for or gap("COLUMNS(…) is not read here"), how)
    return iter(())


Handler: TypeAlias = Callable[[OperandReader, exp.Expr, Transformation, Gathering], Iterator[Pending]]
HANDLERS: dict[type[exp.Expr], Handler] = {
    exp.Case: _case,
    exp.If: _if,
    exp.Nvl2: _if,
    exp.Coalesce: _coalesce,
    exp.DecodeCase: _decode,
    exp.Window: _window,
    exp.Filter: _filter,
    exp.WithinGroup: _within_group,
    exp.Order: _order,
    exp.Ordered: _ordered,
    exp.HavingMax: _having_max,
    exp.Count: _count,
    exp.CountIf: _count,
    exp.Star: _star,
    exp.Kwarg: _kwarg,
    exp.PropertyEQ: _kwarg,
    exp.Exists: _exists,
    exp.Lambda: _lambda,
    exp.Comprehension: _comprehension,
    exp.Columns: _columns,
}
"""How the parts of an expression take part in it, by its class; a class that is not here is a plain operator."""
