"""What PIVOT and UNPIVOT make of a relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.column_patterns import chosen
from phlo_hooks.sql_lineage.expressions import Reader
from phlo_hooks.sql_lineage.names import Name, identifier_name, name_of
from phlo_hooks.sql_lineage.operators import Queries
from phlo_hooks.sql_lineage.relations import NOTHING, Columns, Field, Gathering, Item, Relation, Rest, Value, union
from phlo_hooks.sql_lineage.scope import Scope, Source
from phlo_hooks.sql_lineage.stars import expand

FILTER = Transformation.FILTER
GROUP_BY = Transformation.GROUP_BY


def pivoted(pivot: exp.Expr, source: Source, scope: Scope, queries: Queries) -> Relation:
    """
    Return what a pivot makes of a source.

    A cell's value comes from the aggregate's argument; the column that is spread decides which rows a cell counts, as
    a filter would. What is left are groups.
    """
    inside = Scope(platform=scope.platform, sources=[source], ctes=scope.ctes, parent=scope.parent)
    reader = Reader(inside, queries)
    if pivot.args.get("unpivot"):
        return _unpivoted(pivot, source, reader)
    return _Pivot(pivot, source, reader).relation()


class _Pivot:
    def __init__(self, pivot: exp.Expr, source: Source, reader: Reader) -> None:
        self.pivot = pivot
        self.source = source
        self.reader = reader
        self.statement = not pivot.args.get("fields")
        self.aggregates = list(pivot.args.get("using") or ()) if self.statement else list(pivot.expressions)
        self.spread = list(self._spread())

    def relation(self) -> Relation:
        rows = Gathering()
        groups = self._groups()
        for item in groups:
            if isinstance(item, Field):
                rows.add(item.value, GROUP_BY)
            else:
                rows.gaps.add(f"not all columns that PIVOT groups by are known ({item.table or 'its input'})")
        value = rows.value()
        return Relation(Columns([*groups, *self._cells()]), value.sources, value.gaps)

    def _spread(self) -> Iterator[tuple[exp.Expr, list[exp.Expr] | None]]:
        """Yield each column that is spread, and its values when they are listed."""
        for node in self.pivot.args.get("fields") or (self.pivot.expressions if self.statement else ()):
            if isinstance(node, exp.In):
                listed = node.expressions
                known = bool(listed) and not any(isinstance(v, exp.PivotAny | exp.Query) for v in listed)
                yield node.this, listed if known and node.args.get("query") is None else None
            else:
                yield node, None

    def _groups(self) -> list[Item]:
        group = self.pivot.args.get("group")
        if isinstance(group, exp.Expr):
            return list(self._named(group.expressions))
        used = {name.key for name in self._used()}
        items: list[Item] = []
        for item in self.source.columns.items:
            if isinstance(item, Rest):
                items.append(replace(item, hidden=item.hidden | used))
            elif not used & {item.key, item.second_key}:
                items.append(item)
        return items

    def _named(self, nodes: Sequence[exp.Expr]) -> Iterator[Item]:
        for node in nodes:
            name = name_of(node.alias_or_name or node.output_name, self.reader.platform)
            yield Field(name.text, name.key, self.reader.value(node))

    def _used(self) -> Iterator[Name]:
        for node in (*self.aggregates, *(column for column, _ in self.spread)):
            for column in node.find_all(exp.Column):
                if isinstance(column.this, exp.Identifier):
                    yield identifier_name(column.this, self.reader.platform)

    def _cells(self) -> list[Item]:
        where = union(self.reader.value(column) for column, _ in self.spread).through(FILTER)
        values = [union([self.reader.value(aggregate), where]) for aggregate in self.aggregates] or [where]
        names = self._cell_names()
        if names is None:
            together = union(values)
            reason = frozenset({"which value a pivoted column holds is not known"}) if len(values) > 1 else frozenset()
            return [Rest(value=Value(where.sources, together.gaps) if reason else together, gaps=reason)]
        in_groups = self.pivot.args.get("value_columns_first") is True
        return [
            Field(name.text, name.key, self._cell_value(position, len(names), values, in_groups=in_groups))
            for position, name in enumerate(names)
        ]

    def _cell_value(self, position: int, count: int, values: list[Value], *, in_groups: bool) -> Value:
        if in_groups:
            return values[position // max(1, count // len(values))]
        return values[position % len(values)]

    def _cell_names(self) -> list[Name] | None:
        if any(listed is None for _, listed in self.spread):
            return None
        platform = self.reader.platform
        if columns := self.pivot.args.get("columns"):
            return [identifier_name(column, platform) for column in columns]
        names = [""]
        for _, listed in self.spread:
            words = [value.alias_or_name or value.sql() for value in listed or ()]
            names = [f"{before}_{word}" if before else word for before in names for word in words]
        if len(self.aggregates) > 1 or any(aggregate.alias for aggregate in self.aggregates):
            words = [
                aggregate.alias or aggregate.sql(dialect=platform.dialect).lower() for aggregate in self.aggregates
            ]
            names = [f"{name}_{word}" for name in names for word in words]
        return [name_of(name, platform, quoted=True) for name in names]


def _unpivoted(pivot: exp.Expr, source: Source, reader: Reader) -> Relation:
    platform = reader.platform
    values, labels, columns = _unpivot_parts(pivot)
    if any(isinstance(column, exp.Star | exp.Columns) for column in columns):
        return _unpivoted_star(columns, values, labels, source, reader)
    used = {
        identifier_name(part.this, platform).key
        for column in columns
        for part in column.find_all(exp.Column)
        if isinstance(part.this, exp.Identifier)
    }
    kept: list[Item] = []
    for item in source.columns.items:
        if isinstance(item, Rest):
            kept.append(replace(item, hidden=item.hidden | used))
        elif not used & {item.key, item.second_key}:
            kept.append(item)
    called: list[Item] = [Field(name.text, name.key, NOTHING) for name in _names(labels, platform_reader=reader)]
    made: list[Item] = []
    names = _names(values, platform_reader=reader)
    for position, name in enumerate(names):
        parts = [_member(column, position, len(names)) for column in columns]
        value = union(reader.value(part) for part in parts)
        made.append(Field(name.text, name.key, value.through(Transformation.TRANSFORMATION)))
    ordered = [*made, *called] if platform.unpivot_values_first else [*called, *made]
    return Relation(Columns([*kept, *ordered]))


def _unpivoted_star(
    columns: Sequence[exp.Expr], values: Sequence[exp.Expr], labels: Sequence[exp.Expr], source: Source, reader: Reader
) -> Relation:
    """Return UNPIVOT of ``*`` or ``COLUMNS(…)``: what these choose becomes the value, the others are kept."""
    taken: list[Item] = []
    for column in columns:
        argument = column.this if isinstance(column, exp.Columns) else column
        star = argument if isinstance(argument, exp.Star) else exp.Star()
        items = expand(star, reader, None) if isinstance(column, exp.Star | exp.Columns) else []
        taken += chosen(items, argument) if items else [Field(column.name, column.name, reader.value(column))]
    keys = {item.key for item in taken if isinstance(item, Field)}
    kept: list[Item] = [item for item in source.columns.items if isinstance(item, Field) and item.key not in keys]
    whole = union(item.value for item in taken)
    value = whole.through(Transformation.TRANSFORMATION)
    if not source.columns.closed:
        value = Value(value.sources, value.gaps | {"not all columns that UNPIVOT takes are known"})
    made = [Field(name.text, name.key, NOTHING) for name in _names(labels, platform_reader=reader)]
    made += [Field(name.text, name.key, value) for name in _names(values, platform_reader=reader)]
    return Relation(Columns([*kept, *made]))


def _member(column: exp.Expr, position: int, count: int) -> exp.Expr:
    while isinstance(column, exp.PivotAlias | exp.Alias | exp.Paren):
        column = column.this
    if isinstance(column, exp.Tuple) and len(column.expressions) == count:
        member: exp.Expr = column.expressions[position]
        return member
    return column


def _names(nodes: Sequence[exp.Expr], *, platform_reader: Reader) -> list[Name]:
    flat = [part for node in nodes for part in (node.expressions if isinstance(node, exp.Tuple) else [node])]
    return [
        identifier_name(node.this if isinstance(node, exp.Column) else node, platform_reader.platform) for node in flat
    ]


def _unpivot_parts(pivot: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr], list[exp.Expr]]:
    """Return the value columns, the name column and what is unpivoted, of either form of UNPIVOT."""
    fields = pivot.args.get("fields") or ()
    if fields:
        field = fields[0]
        return list(pivot.expressions), [field.this], list(field.expressions)
    into = pivot.args.get("into")
    if isinstance(into, exp.Expr):
        return list(into.expressions), [into.this], list(pivot.expressions)
    return [exp.to_identifier("value")], [exp.to_identifier("name")], list(pivot.expressions)
