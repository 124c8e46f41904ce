"""Statements that write: what they make of what they read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.expressions import Reader
from phlo_hooks.sql_lineage.names import Name, identifier_name
from phlo_hooks.sql_lineage.queries import QueryReader
from phlo_hooks.sql_lineage.relations import Columns, Field, Gathering, Item, Relation, Rest, Value, gap, union
from phlo_hooks.sql_lineage.scope import Scope
from phlo_hooks.sql_lineage.sources import FromReader, renamed

_QUERIES = (exp.Query, exp.Pivot, exp.Values, exp.Table)


def read(node: exp.Expr, reader: QueryReader) -> Relation | None:
    """Return the relation that a statement makes; ``None`` when it makes none that can be told."""
    if isinstance(node, _QUERIES):
        return reader.query(node, {}, None, top=True)
    if isinstance(node, exp.Create | exp.Insert):
        return _written(node, reader)
    if isinstance(node, exp.Merge):
        return _Change(node, reader).merge()
    if isinstance(node, exp.Update):
        return _Change(node, reader).update()
    return _Change(node, reader).delete() if isinstance(node, exp.Delete) else None


def _written(node: exp.Create | exp.Insert, reader: QueryReader) -> Relation | None:
    query = node.args.get("expression")
    if not isinstance(query, _QUERIES):
        return None
    ctes = reader.with_ctes(node, {}, None)
    relation = reader.query(query, ctes, None, top=True)
    return relation if node.args.get("by_name") else _into(node.this, relation, reader)


def _into(target: object, relation: Relation, reader: QueryReader) -> Relation:
    """Name the columns as the list beside the target does."""
    if not isinstance(target, exp.Schema):
        return relation
    names: list[Name] = []
    for column in target.expressions:
        part = column.this if isinstance(column, exp.ColumnDef) else column
        if isinstance(part, exp.Identifier):
            names.append(identifier_name(part, reader.platform))
    return Relation(renamed(relation.columns, names), relation.rows, relation.gaps) if names else relation


class _Change:
    """Reads a statement that changes rows of a table: the columns it sets, and what decides which rows."""

    def __init__(self, node: exp.Expr, queries: QueryReader) -> None:
        self.node = node
        self.queries = queries
        self.rows = Gathering()
        self.values: dict[str, list[Value]] = {}
        self.names: dict[str, str] = {}
        self.rests: list[Item] = []
        ctes = queries.with_ctes(node, {}, None)
        self.scope = Scope(platform=queries.platform, ctes=ctes)
        self.reader = Reader(self.scope, queries)

    def merge(self) -> Relation:
        self._sources([self.node.this, self.node.args.get("using")])
        self._rows(self.node.args.get("on"), Transformation.JOIN)
        whens = self.node.args.get("whens")
        for when in whens.expressions if isinstance(whens, exp.Expr) else ():
            self._rows(when.args.get("condition"), Transformation.FILTER)
            self._when(when.args.get("then"))
        return self._relation()

    def update(self) -> Relation:
        start = self.node.args.get("from_")
        self._sources([self.node.this, start.this if isinstance(start, exp.From) else None])
        self._set(self.node.expressions)
        self._rows(self.node.args.get("where"), Transformation.FILTER)
        return self._relation()

    def delete(self) -> Relation:
        using = self.node.args.get("using")
        self._sources([self.node.this, *(using if isinstance(using, list) else [using])])
        self._rows(self.node.args.get("where"), Transformation.FILTER)
        return self._relation()

    def _sources(self, nodes: Sequence[object]) -> None:
        for node in nodes:
            if isinstance(node, exp.Expr):
                FromReader(self.scope, self.queries, self.rows).add(node)

    def _rows(self, node: object, how: Transformation) -> None:
        if isinstance(node, exp.Expr):
            self.reader.gather(node.this if isinstance(node, exp.Where) else node, how, self.rows)

    def _when(self, then: object) -> None:
        if isinstance(then, exp.Update):
            if any(isinstance(part, exp.Star) for part in then.expressions):
                self._all_columns()
            self._set([part for part in then.expressions if not isinstance(part, exp.Star)])
        elif isinstance(then, exp.Insert):
            columns, values = then.this, then.args.get("expression")
            if isinstance(columns, exp.Tuple) and isinstance(values, exp.Tuple):
                self._pairs(columns.expressions, values.expressions)
            elif isinstance(columns, exp.Star):
                self._all_columns()
            else:
                self.rests.append(Rest(value=gap("an INSERT does not name its columns")))

    def _set(self, parts: Sequence[exp.Expr]) -> None:
        for part in parts:
            if not isinstance(part, exp.EQ):
                continue
            if isinstance(part.this, exp.Tuple) and isinstance(part.expression, exp.Tuple):
                self._pairs(part.this.expressions, part.expression.expressions)
            elif isinstance(part.this, exp.Tuple):
                self._pairs(part.this.expressions, [part.expression] * len(part.this.expressions))
            else:
                self._pairs([part.this], [part.expression])

    def _pairs(self, columns: Sequence[exp.Expr], values: Sequence[exp.Expr]) -> None:
        for column, value in zip(columns, values, strict=False):
            identifier = column.this if isinstance(column, exp.Column) else column
            if isinstance(identifier, exp.Identifier):
                name = identifier_name(identifier, self.queries.platform)
                self._put(name.key, name.text, self.reader.value(value))

    def _put(self, key: str, text: str, value: Value) -> None:
        self.names.setdefault(key, text)
        self.values.setdefault(key, []).append(value)

    def _all_columns(self) -> None:
        """Take ``UPDATE SET *`` and ``INSERT *``: each column of the source goes to the one of its name."""
        for item in self.scope.sources[-1].columns.items:
            if isinstance(item, Field):
                self._put(item.key, item.name, item.value)
            elif item not in self.rests:
                self.rests.append(item)

    def _relation(self) -> Relation:
        columns = Columns([*self._fields(), *self.rests])
        rows = self.rows.value()
        return Relation(columns, rows.sources, rows.gaps)

    def _fields(self) -> Iterator[Item]:
        for key, values in self.values.items():
            yield Field(self.names[key], key, union(values))
