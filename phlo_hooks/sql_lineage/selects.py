"""What one SELECT makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage import stars
from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.column_patterns import chosen, is_filtered_star, like
from phlo_hooks.sql_lineage.correlation import conjuncts, doubtful_names
from phlo_hooks.sql_lineage.expressions import Reader, is_aggregate
from phlo_hooks.sql_lineage.names import identifier_name, path_of
from phlo_hooks.sql_lineage.output_names import output_name
from phlo_hooks.sql_lineage.relations import (
    NOTHING,
    Columns,
    Field,
    Gathering,
    Item,
    Relation,
    Rest,
    Value,
    union,
    value_at,
)
from phlo_hooks.sql_lineage.scope import Aliases, Scope
from phlo_hooks.sql_lineage.sources import FromReader, Queries
from phlo_hooks.sql_lineage.table_functions import generator_values

FILTER = Transformation.FILTER
GROUP_BY = Transformation.GROUP_BY
SORT = Transformation.SORT


class SelectReader:
    """Reads one SELECT: its FROM, then its items, then what decides on its rows."""

    def __init__(self, node: exp.Select, queries: Queries, scope: Scope) -> None:
        self.node = node
        self.queries = queries
        self.scope = scope
        self.platform = scope.platform
        self.rows = Gathering()
        self.items: list[Item] = []
        self.reader = Reader(scope, queries, Aliases.LATERAL if self.platform.lateral_aliases else Aliases.NEVER)

    def read(self, *, top: bool) -> Relation:
        """Return the relation; ``top`` when its order is the statement's own."""
        node = self.node
        start = FromReader(self.scope, self.queries, self.rows)
        start.read(node)
        for window in node.args.get("windows") or ():
            if isinstance(window.this, exp.Identifier):
                self.scope.windows[identifier_name(window.this, self.platform).key] = window
        for position, item in enumerate(node.expressions, start=1):
            self._add(list(self._item(item, position)))
        if not node.expressions:
            self._add(stars.expand(exp.Star(), self.reader, None))
        for condition in start.later:
            Reader(self.scope, self.queries, Aliases.STRICT).gather(condition, Transformation.JOIN, self.rows)
        self._conditions()
        self._groups()
        self._order(top=top)
        columns = Columns(self._renamed() if self.platform.renames_duplicates else self.items)
        out = self.rows.value()
        return Relation(columns, out.sources, out.gaps)

    def _add(self, items: list[Item]) -> None:
        self.items.extend(items)
        for item in items:
            if isinstance(item, Field):
                self.scope.aliases.setdefault(item.key, item.value)

    def _item(self, node: exp.Expr, position: int) -> Iterator[Item]:
        if isinstance(node, exp.Star):
            yield from self._behind_unknown(stars.expand(node, self.reader, None))
        elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
            parts = [node.args.get(key) for key in ("catalog", "db", "table")]
            names = [identifier_name(part, self.platform) for part in parts if isinstance(part, exp.Identifier)]
            yield from self._behind_unknown(stars.expand(node.this, self.reader, names))
        elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Star):
            yield from self._star_of(node)
        elif is_filtered_star(node):
            yield from self._filtered_star(node)
        elif isinstance(node, exp.Aliases):
            yield from self._several(node)
        elif (columns := node.find(exp.Columns)) is not None:
            yield from self._columns(node, columns)
        else:
            yield from self._one(node, position)

    def _behind_unknown(self, items: list[Item]) -> list[Item]:
        behind = self.platform.renames_duplicates and any(isinstance(item, Rest) for item in self.items)
        return stars.doubtful(items) if behind else items

    def _star_of(self, node: exp.Dot) -> list[Item]:
        base = node.this
        while isinstance(base, exp.Paren):
            base = base.this
        path = path_of(base)
        if path is None:
            return stars.of_value(node.expression, self.reader, base)
        names = [identifier_name(part, self.platform) for part in path]
        return stars.expand(node.expression, self.reader, names)

    def _filtered_star(self, node: exp.Expr) -> list[Item]:
        star = node.find(exp.Star)
        return like(stars.expand(star or exp.Star(), self.reader, None), node)

    def _several(self, node: exp.Aliases) -> Iterator[Item]:
        names = [identifier_name(part, self.platform) for part in node.expressions]
        values = generator_values(node.this, self.reader, len(names))
        for name, value in zip(names, values, strict=True):
            yield Field(name.text, name.key, value)

    def _columns(self, node: exp.Expr, columns: exp.Expr) -> Iterator[Item]:
        items = stars.expand(columns.this if isinstance(columns.this, exp.Star) else exp.Star(), self.reader, None)
        if columns.args.get("unpack"):
            self.reader.columns_stand_for = union(_value_of(item) for item in chosen(items, columns.this))
            yield from self._one(node, 0)
            self.reader.columns_stand_for = None
            return
        for item in chosen(items, columns.this):
            self.reader.columns_stand_for = item.value
            if isinstance(item, Field):
                yield replace(item, value=self.reader.value(node))
            else:
                yield item
        self.reader.columns_stand_for = None

    def _one(self, node: exp.Expr, position: int) -> Iterator[Item]:
        alias = node.args.get("alias") if isinstance(node, exp.Alias | exp.Subquery) else None
        expression = node.this if isinstance(node, exp.Alias) else node
        value = self.reader.value(expression)
        if isinstance(alias, exp.TableAlias):
            alias = alias.this
        if isinstance(alias, exp.Identifier):
            name = identifier_name(alias, self.platform)
        else:
            if isinstance(expression, exp.Explode | exp.Unnest | exp.Inline | exp.Stack):
                if isinstance(expression, exp.Posexplode):
                    yield Field("pos", "pos", NOTHING)
                yield Rest(value=value)
                return
            text = output_name(expression, self.platform, position)
            name = identifier_name(exp.to_identifier(text, quoted=True), self.platform)
        yield Field(name.text, name.key, value)

    def _renamed(self) -> list[Item]:
        """Number the columns of one name, as ``id_1``, where the platform does."""
        seen: dict[str, int] = {}
        renamed: list[Item] = []
        for item in self.items:
            if isinstance(item, Field):
                count = seen.get(item.key, 0)
                seen[item.key] = count + 1
                if count:
                    renamed.append(Field(f"{item.name}_{count}", f"{item.key}_{count}", item.value))
                    continue
            renamed.append(item)
        return renamed

    def _conditions(self) -> None:
        for key in ("prewhere", "where", "having", "qualify"):
            if isinstance(clause := self.node.args.get(key), exp.Expr):
                reader = Reader(self.scope, self.queries, self._aliases_in(key))
                for condition in conjuncts(clause.this):
                    self.scope.doubtful = doubtful_names(condition, self.scope)
                    reader.gather(condition, FILTER, self.rows)
                self.scope.doubtful = frozenset()
        if isinstance(connect := self.node.args.get("connect"), exp.Expr):
            Reader(self.scope, self.queries).gather(connect, FILTER, self.rows)

    def _aliases_in(self, clause: str) -> Aliases:
        if "where" in clause:
            return Aliases.STRICT if self.platform.alias_in_where else Aliases.NEVER
        allowed = {"group": self.platform.alias_in_group, "having": self.platform.alias_in_having}
        if not allowed.get(clause, True):
            return Aliases.NEVER
        return Aliases.FIRST if self.platform.alias_first else Aliases.LAST

    def _groups(self) -> None:
        if isinstance(group := self.node.args.get("group"), exp.Expr):
            if group.args.get("all") is True or _is_word(group.expressions, "all"):
                self._group_by_all()
            else:
                self._positions_or(group.iter_expressions(), self._aliases_in("group"), GROUP_BY)
        distinct = self.node.args.get("distinct")
        if isinstance(distinct, exp.Distinct) and isinstance(on := distinct.args.get("on"), exp.Expr):
            self._positions_or(on.iter_expressions(), Aliases.LAST, GROUP_BY)

    def _group_by_all(self) -> None:
        for node in self.node.expressions:
            if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
                self.rows.add(union(item.value for item in self._item(node, 0)), GROUP_BY)
            elif not _aggregates(node):
                Reader(self.scope, self.queries, self.reader.aliases).gather(node, GROUP_BY, self.rows)

    def _order(self, *, top: bool) -> None:
        limited = any(self.node.args.get(key) is not None for key in ("limit", "offset"))
        rows = self.rows if top or limited else Gathering()
        for key in ("order", "sort", "cluster"):
            if isinstance(order := self.node.args.get(key), exp.Expr):
                if _is_word(_sorted_by(order), "all"):
                    rows.add(union(item.value for item in self.items), SORT)
                else:
                    self._positions_or(_sorted_by(order), Aliases.FIRST, SORT, rows)

    def _positions_or(
        self, nodes: Iterable[exp.Expr], aliases: Aliases, how: Transformation, rows: Gathering | None = None
    ) -> None:
        """Read items of GROUP BY or ORDER BY, where a number means an output column."""
        rows = self.rows if rows is None else rows
        reader = Reader(self.scope, self.queries, aliases)
        for node in nodes:
            if isinstance(node, exp.PositionalColumn) or (isinstance(node, exp.Literal) and not node.is_string):
                rows.add(value_at(self.items, node.name), how)
            elif isinstance(node, exp.Tuple | exp.GroupingSets | exp.Rollup | exp.Cube | exp.Paren):
                self._positions_or(node.iter_expressions(), aliases, how, rows)
            elif how is SORT and not (isinstance(node, exp.Column) or self.platform.order_by_expression_of_aliases):
                Reader(self.scope, self.queries).gather(node, how, rows)
            else:
                reader.gather(node, how, rows)


def _value_of(item: Item) -> Value:
    if isinstance(item, Field):
        return item.value
    return Value(
        item.value.sources, item.value.gaps | item.gaps | {f"not all columns of {item.table or '*'} are known"}
    )


def _sorted_by(order: exp.Expr) -> list[exp.Expr]:
    return [item.this if isinstance(item, exp.Ordered) else item for item in order.expressions]


def _is_word(nodes: Sequence[exp.Expr], word: str) -> bool:
    return len(nodes) == 1 and isinstance(nodes[0], exp.Column | exp.Var) and nodes[0].name.lower() == word


def _aggregates(node: exp.Expr) -> bool:
    return node.find(exp.AggFunc, exp.Window) is not None or any(map(is_aggregate, node.find_all(exp.Anonymous)))
