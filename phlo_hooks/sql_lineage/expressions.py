"""What an expression is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage import structs
from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.names import identifier_name, path_of
from phlo_hooks.sql_lineage.pseudo import DATE_PARTS
from phlo_hooks.sql_lineage.relations import (
    NOTHING,
    Field,
    Gathering,
    Relation,
    Value,
    compose,
    field_of,
    gap,
    union,
)
from phlo_hooks.sql_lineage.scope import Aliases, Scope

IDENTITY = Transformation.IDENTITY
TRANSFORMATION = Transformation.TRANSFORMATION
CONDITIONAL = Transformation.CONDITIONAL
AGGREGATION = Transformation.AGGREGATION

_PICKING = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
"""Window functions that take a value from one row."""
_ORDERED_SETS = (exp.PercentileCont, exp.PercentileDisc, exp.Mode, exp.Quantile, exp.ApproxQuantile)
_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
_DATE_FUNCTIONS = ("date", "time", "trunc", "diff", "last_day", "next_day")
_LEAVES = (
    exp.Literal, exp.Var, exp.Identifier, exp.DataType, exp.JSONPath, exp.Boolean, exp.Null, exp.Parameter, exp.Grouping,
)  # fmt: skip
_TRANSPARENT = (exp.Paren, exp.Alias)


class Queries(Protocol):
    """Who reads the subqueries of an expression."""

    def subquery(self, node: exp.Expr, scope: Scope, *, ordered: bool = False) -> Relation:
        """Return the relation that a query inside an expression makes; ``ordered`` when its order is seen."""
        ...


_AGGREGATES = frozenset(
    ["any_value", "approx_top_k", "approx_count_distinct", "arbitrary", "bit_and_agg", "bit_or_agg", "bit_xor_agg", "bool_and", "bool_or", "entropy", "every", "favg", "fsum", "geomean", "geometric_mean", "hll_count.init", "histogram", "json_agg", "json_object_agg", "jsonb_agg", "jsonb_object_agg", "kurtosis", "listagg", "map_agg", "map_from_entries_agg", "max_by", "min_by", "mode", "multimap_agg", "numeric_histogram", "object_agg", "percentile", "percentile_approx", "product", "regr_count", "sem", "skewness", "string_agg", "sumkahan", "xmlagg"]
)


def is_aggregate(node: exp.Expr) -> bool:
    """Whether a function that sqlglot has no class for is known to aggregate."""
    return isinstance(node, exp.Anonymous) and node.name.lower() in _AGGREGATES


Pending: TypeAlias = tuple[exp.Expr, Transformation]


class Reader:
    """Reads the expressions of one scope."""

    def __init__(self, scope: Scope, queries: Queries, aliases: Aliases = Aliases.NEVER) -> None:
        self.scope = scope
        self.queries = queries
        self.aliases = aliases
        self.platform = scope.platform
        self.columns_stand_for: Value | None = None

    def value(self, node: exp.Expr) -> Value:
        """Return what an expression is made from, its fields told apart where the statement itself makes them."""
        while isinstance(node, _TRANSPARENT):
            node = node.this
        shaped = _SHAPED.get(type(node))
        if shaped is not None:
            return shaped(self, node)
        out = Gathering()
        self.gather(node, IDENTITY, out)
        return out.value()

    def gather(self, node: exp.Expr, how: Transformation, out: Gathering) -> None:
        """Add what an expression is made from; a long chain of operators does not nest."""
        pending: list[Pending] = [(node, how)]
        while pending:
            node, how = pending.pop()
            if isinstance(node, _LEAVES):
                continue
            if isinstance(node, _TRANSPARENT):
                pending.append((node.this, how))
                continue
            handler = _HANDLERS.get(type(node))
            if handler is not None:
                pending.extend(handler(self, node, how, out))
            elif type(node) in _SHAPED:
                out.add(_SHAPED[type(node)](self, node), how)
            else:
                pending.extend(self._operands(node, how))

    def _operands(self, node: exp.Expr, how: Transformation) -> Iterator[Pending]:
        if isinstance(node, exp.AggFunc) and not isinstance(node, _PICKING):
            step = compose(how, AGGREGATION)
        else:
            step = compose(how, TRANSFORMATION)
        for child in node.iter_expressions():
            yield child, step

    def _column(self, node: exp.Expr) -> Value:
        path = path_of(node)
        if path is None:
            return self._not_a_name(node)
        names = [identifier_name(part, self.platform) for part in path]
        return self.scope.resolve(names, self.aliases)

    def _not_a_name(self, node: exp.Expr) -> Value:
        if isinstance(node, exp.Dot):
            base = self.value(node.this)
            if isinstance(node.expression, exp.Identifier):
                return field_of(base, identifier_name(node.expression, self.platform))
            if isinstance(node.expression, exp.Star):
                return base
            return union([base, self.value(node.expression)]).through(TRANSFORMATION)
        if isinstance(node.this, exp.Star):
            return self._whole_row(node)
        return self.value(node.this) if isinstance(node.this, exp.Expr) else NOTHING

    def _whole_row(self, node: exp.Expr) -> Value:
        qualifier = node.args.get("table")
        sources = [source for source in self.scope.sources if not source.hidden]
        if isinstance(qualifier, exp.Identifier):
            key = identifier_name(qualifier, self.platform).key
            sources = [source for scope in self.scope.levels() for source in scope.sources if source.answers_to([key])]
            if not sources:
                return gap(f"no table {qualifier.name}")
            sources = sources[:1]
        return union(source.columns.whole() for source in sources)

    def query_value(self, node: exp.Expr, *, ordered: bool = False) -> Value:
        """Return what a subquery is made from, what decides on its rows included."""
        relation = self.queries.subquery(node, self.scope, ordered=ordered)
        whole = relation.columns.whole()
        items = relation.columns.items
        shape = whole.shape
        if len(items) == 1 and isinstance(items[0], Field):
            shape = items[0].value.shape
        return Value(whole.sources | relation.rows, whole.gaps | relation.gaps, shape)

    def _case(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        condition, result = compose(how, CONDITIONAL), compose(how, TRANSFORMATION)
        if isinstance(node.this, exp.Expr):
            yield node.this, condition
        for branch in node.args.get("ifs") or ():
            yield branch.this, condition
            yield branch.args["true"], result
        if (default := node.args.get("default")) is not None:
            yield default, result

    def _if(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        yield node.this, compose(how, CONDITIONAL)
        for key in ("true", "false"):
            if (branch := node.args.get(key)) is not None:
                yield branch, compose(how, TRANSFORMATION)

    def _coalesce(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        for child in node.iter_expressions():
            yield child, compose(how, CONDITIONAL)

    def _decode(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        parts = node.expressions
        for position, part in enumerate(parts):
            tested = position == 0 or (position % 2 == 1 and position < len(parts) - 1)
            yield part, compose(how, CONDITIONAL if tested else TRANSFORMATION)

    def _window(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        yield node.this, compose(how, TRANSFORMATION)
        yield from self._window_parts(node, how, set())

    def _window_parts(self, node: exp.Expr, how: Transformation, seen: set[str]) -> Iterator[Pending]:
        step = compose(how, Transformation.WINDOW)
        for part in (*(node.args.get("partition_by") or ()), node.args.get("order"), node.args.get("spec")):
            if isinstance(part, exp.Expr):
                yield part, step
        base = node.args.get("alias")
        if isinstance(base, exp.Identifier):
            key = identifier_name(base, self.platform).key
            named = self.scope.windows.get(key)
            if named is not None and key not in seen:
                yield from self._window_parts(named, how, seen | {key})

    def _filter(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        yield node.this, how
        yield node.expression, compose(how, Transformation.FILTER)

    def _within_group(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        yield node.this, how
        if isinstance(node.this, _ORDERED_SETS):
            yield node.expression, compose(how, AGGREGATION)
        yield node.expression, compose(how, Transformation.SORT)

    def _order(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        if isinstance(node.this, exp.Expr):
            yield node.this, how
        for item in node.expressions:
            yield item, compose(how, Transformation.SORT) if node.this is not None else how

    def _ordered(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        yield node.this, how

    def _having_max(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        yield node.this, how
        yield node.expression, compose(how, Transformation.FILTER)

    def _count(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        for child in node.iter_expressions():
            if not isinstance(child, exp.Star):
                yield child, compose(how, AGGREGATION)

    def _star(self, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
        del node
        out.add(union(source.columns.whole() for source in self.scope.sources if not source.hidden), how)
        return iter(())

    def _kwarg(self, node: exp.Expr, how: Transformation, _: Gathering) -> Iterator[Pending]:
        yield node.expression, how

    def _exists(self, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
        if not isinstance(node.this, _QUERIES):
            yield from self._operands(node, how)
            return
        relation = self.queries.subquery(node.this, self.scope)
        out.add(Value(relation.rows, relation.gaps), how)

    def _lambda(self, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
        names = frozenset(identifier_name(part, self.platform).key for part in node.expressions)
        self._bound(node.this, names, how, out)
        return iter(())

    def _comprehension(self, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
        bound = [node.args.get("expression"), node.args.get("position")]
        names = frozenset(identifier_name(part, self.platform).key for part in bound if isinstance(part, exp.Expr))
        self._bound(node.this, names, compose(how, TRANSFORMATION), out)
        if isinstance(condition := node.args.get("condition"), exp.Expr):
            self._bound(condition, names, compose(how, CONDITIONAL), out)
        yield node.args["iterator"], compose(how, TRANSFORMATION)

    def _bound(self, node: exp.Expr, names: frozenset[str], how: Transformation, out: Gathering) -> None:
        self.scope.parameters.append(names)
        try:
            self.gather(node, how, out)
        finally:
            self.scope.parameters.pop()

    def _function(self, node: exp.Expr) -> Value:
        made = structs.function(self, node)
        if made is not None:
            return made
        out = Gathering()
        step = AGGREGATION if is_aggregate(node) else TRANSFORMATION
        for position, child in enumerate(node.expressions):
            if not self._is_date_part(node, child, position):
                self.gather(child, step, out)
        return out.value()

    def _is_date_part(self, node: exp.Expr, child: exp.Expr, position: int) -> bool:
        """Whether a bare word names a part of a date, as in ``DATE_PART(month, ts)``."""
        count = len(node.expressions)
        return (
            isinstance(child, exp.Column)
            and count > 1
            and position in (0, count - 1)
            and self.platform.bare_date_parts
            and not child.table
            and child.name.lower() in DATE_PARTS
            and any(word in node.name.lower() for word in _DATE_FUNCTIONS)
        )

    def _columns(self, node: exp.Expr, how: Transformation, out: Gathering) -> Iterator[Pending]:
        del node
        out.add(self.columns_stand_for or gap("COLUMNS(…) is not read here"), how)
        return iter(())


Handler: TypeAlias = Callable[[Reader, exp.Expr, Transformation, Gathering], Iterator[Pending]]
_HANDLERS: dict[type[exp.Expr], Handler] = {
    exp.Case: Reader._case,
    exp.If: Reader._if,
    exp.Nvl2: Reader._if,
    exp.Coalesce: Reader._coalesce,
    exp.DecodeCase: Reader._decode,
    exp.Window: Reader._window,
    exp.Filter: Reader._filter,
    exp.WithinGroup: Reader._within_group,
    exp.Order: Reader._order,
    exp.Ordered: Reader._ordered,
    exp.HavingMax: Reader._having_max,
    exp.Count: Reader._count,
    exp.CountIf: Reader._count,
    exp.Star: Reader._star,
    exp.Kwarg: Reader._kwarg,
    exp.PropertyEQ: Reader._kwarg,
    exp.Exists: Reader._exists,
    exp.Lambda: Reader._lambda,
    exp.Comprehension: Reader._comprehension,
    exp.Columns: Reader._columns,
}
_SHAPED: dict[type[exp.Expr], Callable[[Reader, exp.Expr], Value]] = {
    exp.Column: Reader._column,
    exp.Pseudocolumn: Reader._column,
    exp.Dot: Reader._column,
    exp.Bracket: structs.bracket,
    exp.Struct: structs.struct,
    exp.Array: structs.array,
    exp.ArrayAgg: structs.array_agg,
    exp.Cast: structs.cast,
    exp.TryCast: structs.cast,
    exp.JSONExtract: structs.json_extract,
    exp.JSONExtractScalar: structs.json_extract,
    exp.JSONBExtract: structs.json_extract,
    exp.JSONBExtractScalar: structs.json_extract,
    exp.Anonymous: Reader._function,
    exp.Select: Reader.query_value,
    exp.Subquery: Reader.query_value,
    exp.Union: Reader.query_value,
    exp.Except: Reader.query_value,
    exp.Intersect: Reader.query_value,
}
