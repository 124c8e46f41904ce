"""What MATCH_RECOGNIZE makes of the rows before it."""

from __future__ import annotations

import re

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.expressions import Reader
from phlo_hooks.sql_lineage.names import identifier_name
from phlo_hooks.sql_lineage.operators import Queries
from phlo_hooks.sql_lineage.relations import Columns, Field, Gathering, Item
from phlo_hooks.sql_lineage.scope import Scope

_WORD = re.compile(r"[A-Za-z_]\w*")


def matched(match: exp.Expr, scope: Scope, queries: Queries, rows: Gathering) -> Columns:
    """
    Return the columns of a match: those of its partition, or of all rows, and then the measures.

    What defines the pattern decides which rows there are.
    """
    reader = Reader(scope, queries)
    variables = _variables(match, scope)
    partition = match.args.get("partition_by") or []
    for node in partition:
        reader.gather(node, Transformation.GROUP_BY, rows)
    if isinstance(order := match.args.get("order"), exp.Expr):
        reader.gather(order, Transformation.SORT, rows)
    for definition in match.args.get("define") or ():
        reader.gather(_without(variables, definition.this, scope), Transformation.FILTER, rows)
    every = match.args.get("rows")
    if isinstance(every, exp.Var) and every.name.upper().startswith("ALL"):
        items: list[Item] = [item for source in scope.sources for item in source.columns.items]
    else:
        items = [_named(node, node, reader) for node in partition]
    for measure in match.args.get("measures") or ():
        inner = measure.this.this if isinstance(measure.this, exp.Alias) else measure.this
        items.append(_named(measure.this, _without(variables, inner, scope), reader))
    return Columns(items)


def _named(node: exp.Expr, value: exp.Expr, reader: Reader) -> Field:
    alias = node.args.get("alias")
    identifier = alias if isinstance(alias, exp.Identifier) else node.this
    name = identifier_name(identifier, reader.platform)
    return Field(name.text, name.key, reader.value(value))


def _variables(match: exp.Expr, scope: Scope) -> frozenset[str]:
    pattern = match.args.get("pattern")
    words = _WORD.findall(pattern.name) if isinstance(pattern, exp.Expr) else []
    return frozenset(identifier_name(exp.to_identifier(word, quoted=False), scope.platform).key for word in words)


def _without(variables: frozenset[str], node: exp.Expr, scope: Scope) -> exp.Expr:
    """Return an expression whose columns are no more qualified by a variable of the pattern."""
    plain = node.copy()
    for column in plain.find_all(exp.Column):
        table = column.args.get("table")
        if isinstance(table, exp.Identifier) and identifier_name(table, scope.platform).key in variables:
            column.set("table", None)
    return plain
