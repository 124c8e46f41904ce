"""What an expression is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage import structs
from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.names import identifier_name, path_of
from phlo_hooks.sql_lineage.operators import HANDLERS, Pending, Queries
from phlo_hooks.sql_lineage.pseudo import DATE_PARTS
from phlo_hooks.sql_lineage.relations import (
    NOTHING,
    Certainty,
    Field,
    Gathering,
    Value,
    compose,
    field_of,
    gap,
    union,
)
from phlo_hooks.sql_lineage.scope import Aliases, Scope
from phlo_hooks.sql_lineage.struct_choices import shape_handed_on

IDENTITY = Transformation.IDENTITY
TRANSFORMATION = Transformation.TRANSFORMATION
AGGREGATION = Transformation.AGGREGATION

_PICKING = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
"""Window functions that take a value from one row."""
_DATE_FUNCTIONS = ("date", "time", "trunc", "diff", "last_day", "next_day")
_LEAVES = (
    exp.Literal,
    exp.Var,
    exp.Identifier,
    exp.DataType,
    exp.JSONPath,
    exp.Boolean,
    exp.Null,
    exp.Parameter,
    exp.Grouping,
)
_METHODS = ("array_", "date", "json_", "len", "list_", "map_", "regexp_", "str", "struct_", "time", "to_")
"""How DuckDB's functions begin that sqlglot has no class for."""
_TRANSPARENT = (exp.Paren, exp.Alias, exp.IgnoreNulls, exp.RespectNulls)


_AGGREGATES = frozenset(
    [
        "any_value",
        "approx_top_k",
        "approx_count_distinct",
        "arbitrary",
        "bit_and_agg",
        "bit_or_agg",
        "bit_xor_agg",
        "bool_and",
        "bool_or",
        "entropy",
        "every",
        "favg",
        "fsum",
        "geomean",
        "geometric_mean",
        "hll_count.init",
        "histogram",
        "json_agg",
        "json_object_agg",
        "jsonb_agg",
        "jsonb_object_agg",
        "kurtosis",
        "listagg",
        "map_agg",
        "map_from_entries_agg",
        "max_by",
        "min_by",
        "mode",
        "multimap_agg",
        "numeric_histogram",
        "object_agg",
        "percentile",
        "percentile_approx",
        "product",
        "regr_count",
        "sem",
        "skewness",
        "string_agg",
        "sumkahan",
        "xmlagg",
    ]
)


def is_aggregate(node: exp.Expr) -> bool:
    """Whether a function that sqlglot has no class for is known to aggregate."""
    return isinstance(node, exp.Anonymous) and node.name.lower() in _AGGREGATES


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
        made = out.value()
        return Value(made.sources, made.gaps, shape_handed_on(self, node, made))

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
            handler = HANDLERS.get(type(node))
            if handler is not None:
                pending.extend(handler(self, node, how, out))
            elif type(node) in _SHAPED:
                out.add(_SHAPED[type(node)](self, node), how)
            else:
                pending.extend(self.operands(node, how))

    def operands(self, node: exp.Expr, how: Transformation) -> Iterator[Pending]:
        """Yield the parts of a plain operator or function."""
        if isinstance(node, exp.AggFunc) and not isinstance(node, _PICKING):
            step = compose(how, AGGREGATION)
        else:
            step = compose(how, TRANSFORMATION)
        for child in node.iter_expressions():
            yield _unit_column(child) if isinstance(child, exp.Var) else child, step

    def query_value(self, node: exp.Expr, *, ordered: bool = False) -> Value:
        """Return what a subquery is made from, what decides on its rows included."""
        relation = self.queries.subquery(node, self.scope, ordered=ordered)
        whole = relation.columns.whole()
        items = relation.columns.items
        shape = whole.shape
        if len(items) == 1 and isinstance(items[0], Field):
            shape = items[0].value.shape
        return Value(whole.sources | relation.rows, whole.gaps | relation.gaps, shape)


def _column(reader: Reader, node: exp.Expr) -> Value:
    path = path_of(node)
    if path is None:
        return _not_a_name(reader, node)
    names = [identifier_name(part, reader.platform) for part in path]
    return reader.scope.resolve(names, reader.aliases)


def _not_a_name(reader: Reader, node: exp.Expr) -> Value:
    if isinstance(node, exp.Dot):
        if _is_in_namespace(reader, node):
            return _of_schema(reader, node)
        base = _base(reader, node.this)
        if isinstance(node.expression, exp.Identifier):
            return field_of(base, identifier_name(node.expression, reader.platform))
        if isinstance(node.expression, exp.Star):
            return base
        return union([base, reader.value(node.expression)]).through(TRANSFORMATION)
    if isinstance(node.this, exp.Star):
        return _whole_row(reader, node)
    return reader.value(node.this) if isinstance(node.this, exp.Expr) else NOTHING


def _of_schema(reader: Reader, node: exp.Dot) -> Value:
    """Return what a function is made from whose schema is named; whether it is one may be doubtful."""
    value = reader.value(node.expression)
    if isinstance(node.this, exp.Identifier) and reader.platform.methods:
        certainty, _ = reader.scope.lookup(identifier_name(node.this, reader.platform))
        if certainty is not Certainty.ABSENT and node.this.name.lower() != "main":
            doubt = f"{node.this.name} may be a column or the schema of {node.expression.name}"
            return Value(value.sources, value.gaps | {doubt})
    return value


def _is_in_namespace(reader: Reader, node: exp.Dot) -> bool:
    """Whether a function's schema stands before the dot, and not what a method is called on."""
    if isinstance(node.expression, exp.Identifier | exp.Star):
        return False
    path = [node.this] if isinstance(node.this, exp.Identifier) else path_of(node.this)
    if path is None:
        return False
    if not reader.platform.methods:
        return True
    certainty, _ = reader.scope.lookup(identifier_name(path[0], reader.platform))
    own = isinstance(node.expression, exp.Anonymous) and not _is_built_in(node.expression.name)
    return len(path) == 1 and certainty is not Certainty.FOUND and (own or certainty is Certainty.ABSENT)


def _is_built_in(name: str) -> bool:
    return name.upper() in exp.FUNCTION_BY_NAME or name.lower().startswith(_METHODS)


def _base(reader: Reader, node: exp.Expr) -> Value:
    """Return what a method is called on, as in ``name.upper()``."""
    if isinstance(node, exp.Identifier):
        return reader.scope.resolve([identifier_name(node, reader.platform)], reader.aliases)
    return reader.value(node)


def _unit_column(word: exp.Var) -> exp.Expr:
    """Return the column that stands where a function wants a unit, as in ``date_trunc(grain, at)``."""
    stands_for_unit = word.arg_key == "unit" and isinstance(word.parent, exp.Func)
    if not stands_for_unit or word.name.lower() in DATE_PARTS or not word.name.isidentifier():
        return word
    return exp.column(word.name.lower())


def _whole_row(reader: Reader, node: exp.Expr) -> Value:
    qualifier = node.args.get("table")
    sources = [source for source in reader.scope.sources if not source.hidden]
    if isinstance(qualifier, exp.Identifier):
        key = identifier_name(qualifier, reader.platform).key
        sources = [source for scope in reader.scope.levels() for source in scope.sources if source.answers_to([key])]
        if not sources:
            return gap(f"no table {qualifier.name}")
        sources = sources[:1]
    return union(source.columns.whole() for source in sources)


def _function(reader: Reader, node: exp.Expr) -> Value:
    made = structs.function(reader, node)
    if made is not None:
        return made
    out = Gathering()
    step = AGGREGATION if is_aggregate(node) else TRANSFORMATION
    for position, child in enumerate(node.expressions):
        if not _is_date_part(reader, node, child, position):
            reader.gather(child, step, out)
    return out.value()


def _is_date_part(reader: Reader, node: exp.Expr, child: exp.Expr, position: int) -> bool:
    """Whether a bare word names a part of a date, as in ``DATE_PART(month, ts)``."""
    count = len(node.expressions)
    return (
        isinstance(child, exp.Column)
        and count > 1
        and position in (0, count - 1)
        and reader.platform.bare_date_parts
        and not child.table
        and child.name.lower() in DATE_PARTS
        and any(word in node.name.lower() for word in _DATE_FUNCTIONS)
    )


_SHAPED: dict[type[exp.Expr], Callable[[Reader, exp.Expr], Value]] = {
    exp.Column: _column,
    exp.Pseudocolumn: _column,
    exp.Dot: _column,
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
    exp.Anonymous: _function,
    exp.Select: Reader.query_value,
    exp.Subquery: Reader.query_value,
    exp.Union: Reader.query_value,
    exp.Except: Reader.query_value,
    exp.Intersect: Reader.query_value,
}
