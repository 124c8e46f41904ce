"""What a query makes: WITH, set operations, and the way down to each SELECT."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.dialects import Platform
from phlo_hooks.sql_lineage.expressions import Reader
from phlo_hooks.sql_lineage.names import Name, identifier_name
from phlo_hooks.sql_lineage.pivots import pivoted
from phlo_hooks.sql_lineage.relations import (
    Columns,
    Field,
    Gathering,
    Item,
    Relation,
    Rest,
    gap,
    union,
    value_at,
)
from phlo_hooks.sql_lineage.scope import Ctes, Scope, Source
from phlo_hooks.sql_lineage.selects import SelectReader
from phlo_hooks.sql_lineage.set_operations import combined
from phlo_hooks.sql_lineage.sources import FromReader, renamed
from phlo_hooks.sql_lineage.tables import Tables

_ROUNDS = 8
"""How often a recursive CTE is read again until it says nothing new; each round is one more step of a chain."""

Thunk: TypeAlias = Callable[[], Relation]


class QueryReader:
    """Reads queries of one statement."""

    def __init__(self, tables: Tables, platform: Platform) -> None:
        self.tables = tables
        self.platform = platform

    def subquery(self, node: exp.Expr, scope: Scope, *, ordered: bool = False) -> Relation:
        """Return the relation that a query inside an expression makes; ``ordered`` when its order is seen."""
        return self.query(node, scope.ctes, scope, top=ordered)

    def query(
        self, node: exp.Expr, ctes: Ctes, parent: Scope | None, *, top: bool = False, correlated: bool = True
    ) -> Relation:
        """Return the relation that a query makes."""
        ctes = self.with_ctes(node, ctes, parent)
        if isinstance(node, exp.Select):
            scope = Scope(platform=self.platform, ctes=ctes, parent=parent, correlated=correlated)
            return _value_table(node, SelectReader(node, self, scope).read(top=top))
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, ctes, parent, top=top)
        if isinstance(node, exp.Subquery | exp.Paren):
            return self._parenthesized(node, ctes, parent, top=top, correlated=correlated)
        others: dict[type[exp.Expr], Callable[[exp.Expr, Ctes, Scope | None], Relation]] = {
            exp.Values: self._values,
            exp.Pivot: self._pivot,
            exp.Table: self._from,
        }
        return others.get(type(node), self._unread)(node, ctes, parent)

    def _unread(self, node: exp.Expr, ctes: Ctes, parent: Scope | None) -> Relation:
        """Return what is known of a statement that is no query, such as a DELETE … RETURNING in WITH."""
        returning = node.args.get("returning")
        if isinstance(node, exp.Delete) and isinstance(returning, exp.Returning) and not node.args.get("using"):
            clauses = {"expressions": returning.expressions, "where": node.args.get("where")}
            select = exp.Select(from_=exp.From(this=node.this), **clauses)
            return self.query(select, ctes, parent)
        rows = Gathering()
        scope = Scope(platform=self.platform, ctes=ctes, parent=parent)
        for table in node.find_all(exp.Table):
            FromReader(scope, self, rows).add(table)
        return Relation(Columns([Rest(value=gap(f"{type(node).__name__.upper()} is not read here"))]))

    def _from(self, node: exp.Expr, ctes: Ctes, parent: Scope | None) -> Relation:
        select = exp.Select(expressions=[exp.Star()], from_=exp.From(this=node))
        return SelectReader(select, self, Scope(platform=self.platform, ctes=ctes, parent=parent)).read(top=False)

    def _parenthesized(
        self, node: exp.Expr, ctes: Ctes, parent: Scope | None, *, top: bool, correlated: bool
    ) -> Relation:
        if node.args.get("pivots") or node.args.get("joins"):
            return self._from(node, ctes, parent)
        relation = self.query(node.this, ctes, parent, top=top, correlated=correlated)
        return self._ordered(node, relation, ctes, parent, top=top)

    def _ordered(self, node: exp.Expr, relation: Relation, ctes: Ctes, parent: Scope | None, *, top: bool) -> Relation:
        """Add the ORDER BY of a set operation or of parentheses, which sees the output columns only."""
        order = node.args.get("order")
        if not isinstance(order, exp.Expr):
            return relation
        source = Source(path=(), columns=relation.columns, label="the output")
        scope = Scope(platform=self.platform, ctes=ctes, parent=parent, sources=[source])
        rows = Gathering()
        for item in order.expressions:
            key = item.this if isinstance(item, exp.Ordered) else item
            if isinstance(key, exp.Literal) and not key.is_string:
                value = value_at(relation.columns.items, key.name)
            else:
                value = Reader(scope, self).value(key)
            rows.add(value, Transformation.SORT)
        if not (top or node.args.get("limit") is not None):
            return relation
        return Relation(relation.columns, relation.rows | rows.sources, relation.gaps | rows.gaps)

    def _set_operation(self, node: exp.SetOperation, ctes: Ctes, parent: Scope | None, *, top: bool) -> Relation:
        operations: list[tuple[exp.SetOperation, Ctes]] = []
        left: exp.Expr = node
        while isinstance(left, exp.SetOperation):
            if operations:
                ctes = self.with_ctes(left, ctes, parent)
            operations.append((left, ctes))
            left = left.this
        relation = self.query(left, ctes, parent)
        for operation, known in reversed(operations):
            relation = combined(operation, relation, self.query(operation.expression, known, parent))
            relation = self._ordered(operation, relation, known, parent, top=top and operation is node)
        return relation

    def _values(self, node: exp.Expr, ctes: Ctes, parent: Scope | None) -> Relation:
        reader = Reader(Scope(platform=self.platform, ctes=ctes, parent=parent), self)
        rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
        width = max((len(row) for row in rows), default=0)
        items: list[Item] = []
        for position in range(width):
            value = union(reader.value(row[position]) for row in rows if len(row) > position)
            name = _values_name(position, self.platform)
            items.append(Field(name, name.lower(), value, name))
        return Relation(Columns(items))

    def _pivot(self, node: exp.Expr, ctes: Ctes, parent: Scope | None) -> Relation:
        scope = Scope(platform=self.platform, ctes=ctes, parent=parent)
        rows = Gathering()
        FromReader(scope, self, rows).read(exp.Select(from_=exp.From(this=node.this)))
        source = Source(path=(), columns=Columns(i for s in scope.sources for i in s.columns.items), label="a pivot")
        relation = pivoted(node, source, scope, self)
        return Relation(relation.columns, relation.rows | rows.sources, relation.gaps | rows.gaps)

    def with_ctes(self, node: exp.Expr, ctes: Ctes, parent: Scope | None) -> Ctes:
        """Return what WITH adds to the relations that can be named."""
        clause = node.args.get("with_")
        if not isinstance(clause, exp.With):
            return ctes
        known = dict(ctes)
        recursive = bool(clause.args.get("recursive"))
        if recursive:
            for cte in clause.expressions:
                name = identifier_name(cte.args["alias"].this, self.platform)
                known[name.key] = _Once(partial(self._cte, cte, known, parent, recursive=True))
            for cte in clause.expressions:
                known[identifier_name(cte.args["alias"].this, self.platform).key]()
            return known
        for cte in clause.expressions:
            relation = self._cte(cte, known, parent, recursive=self.platform.implicit_recursion)
            known[identifier_name(cte.args["alias"].this, self.platform).key] = _known(relation)
        return known

    def _cte(self, cte: exp.Expr, ctes: Ctes, parent: Scope | None, *, recursive: bool) -> Relation:
        alias = cte.args["alias"]
        key = identifier_name(alias.this, self.platform).key
        names = [identifier_name(column, self.platform) for column in alias.args.get("columns") or ()]
        body = cte.this
        while isinstance(body, exp.Subquery) and isinstance(body.this, exp.Query) and not body.args.get("alias"):
            body = body.this
        outside = {other: thunk for other, thunk in ctes.items() if other != key} if recursive else ctes
        if recursive and isinstance(body, exp.SetOperation) and self._names(body, key):
            return self._recursive(body, key, names, outside, parent)
        if recursive and self.platform.implicit_recursion:
            outside = ctes
        return _named(self.query(cte.this, outside, parent, correlated=False), names)

    def _recursive(
        self, body: exp.SetOperation, key: str, names: Sequence[Name], ctes: Ctes, parent: Scope | None
    ) -> Relation:
        first: exp.Expr = body
        while isinstance(first, exp.SetOperation):
            ctes = self.with_ctes(first, ctes, parent)
            first = first.this
        current = _named(self.query(first, ctes, parent), names)
        for _ in range(_ROUNDS):
            inside = {**ctes, key: _known(current)}
            following = _named(self.query(body, inside, parent), names)
            if _said(following) == _said(current):
                break
            current = following
        return current

    def _names(self, body: exp.Expr, key: str) -> bool:
        return any(
            not table.args.get("db")
            and isinstance(table.this, exp.Identifier)
            and identifier_name(table.this, self.platform).key == key
            for table in body.find_all(exp.Table)
        )


def _known(relation: Relation) -> Thunk:
    return lambda: relation


class _Once:
    """A relation that is read when it is first asked for."""

    def __init__(self, read: Thunk) -> None:
        self._read = read
        self._busy = False
        self._relation: Relation | None = None

    def __call__(self) -> Relation:
        if self._relation is None:
            if self._busy:
                return Relation(Columns([Rest(value=gap("CTEs that name each other are not read"))]))
            self._busy = True
            self._relation = self._read()
        return self._relation


def _named(relation: Relation, names: Sequence[Name]) -> Relation:
    return Relation(renamed(relation.columns, names), relation.rows, relation.gaps) if names else relation


def _said(relation: Relation) -> tuple[object, ...]:
    items: Iterator[object] = (
        (item.name, item.value.sources, item.value.gaps) if isinstance(item, Field) else item
        for item in relation.columns.items
    )
    return (tuple(items), relation.rows, relation.gaps)


def _value_table(node: exp.Select, relation: Relation) -> Relation:
    """Return the rows of SELECT AS VALUE as the fields of that value."""
    items = relation.columns.items
    if node.args.get("kind") != "VALUE" or len(items) != 1 or not isinstance(items[0], Field):
        return relation
    shape = items[0].value.shape
    return relation if shape is None else Relation(shape, relation.rows, relation.gaps)


def _values_name(position: int, platform: Platform) -> str:
    if platform.dialect in ("postgres", "redshift", "snowflake"):
        name = f"column{position + 1}"
        return name.upper() if platform.fold == "upper" else name
    if platform.dialect in ("databricks", "spark"):
        return f"col{position + 1}"
    return f"col{position}" if platform.dialect == "duckdb" else f"_col{position}"
