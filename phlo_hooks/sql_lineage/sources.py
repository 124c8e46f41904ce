"""What stands in FROM: tables, subqueries, functions, and the joins between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage import operators
from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.expressions import Reader
from phlo_hooks.sql_lineage.match_recognize import matched
from phlo_hooks.sql_lineage.names import Name, identifier_name, table_part
from phlo_hooks.sql_lineage.pivots import pivoted
from phlo_hooks.sql_lineage.relations import (
    NOTHING,
    Certainty,
    Columns,
    Field,
    Gathering,
    Item,
    Relation,
    Rest,
    Value,
    gap,
    union,
)
from phlo_hooks.sql_lineage.scope import Ctes, Scope, Source
from phlo_hooks.sql_lineage.table_functions import function_source
from phlo_hooks.sql_lineage.tables import Tables

JOIN = Transformation.JOIN

_DERIVED = (exp.Subquery, exp.Select, exp.SetOperation, exp.Values, exp.Pivot)


class Queries(operators.Queries, Protocol):
    """Who reads the queries and tables that stand in FROM."""

    tables: Tables

    def query(
        self, node: exp.Expr, ctes: Ctes, parent: Scope | None, *, top: bool = False, correlated: bool = True
    ) -> Relation:
        """Return the relation that a query makes."""
        ...

    def with_ctes(self, node: exp.Expr, ctes: Ctes, parent: Scope | None) -> Ctes:
        """Return what WITH adds to the relations that can be named."""
        ...


class FromReader:
    """Fills a scope from FROM and JOIN, one source after the other."""

    def __init__(self, scope: Scope, queries: Queries, rows: Gathering) -> None:
        self.scope = scope
        self.queries = queries
        self.rows = rows
        self.platform = scope.platform
        self.aliases: frozenset[str] = frozenset()
        self.later: list[exp.Expr] = []

    def read(self, select: exp.Select) -> None:
        """
        Read the FROM, the joins and the lateral views of a SELECT, and its conditions of joins into ``rows``.

        What joins by an alias of SELECT, which Snowflake allows, waits in ``later``.
        """
        if self.platform.alias_in_join:
            named = (item.args.get("alias") for item in select.expressions)
            self.aliases = frozenset(
                identifier_name(name, self.platform).key for name in named if isinstance(name, exp.Identifier)
            )
        start = select.args.get("from_")
        if isinstance(start, exp.From):
            self.add(start.this)
        for lateral in select.args.get("laterals") or ():
            self.add(lateral)
        for join in select.args.get("joins") or ():
            self._join(join)
        if isinstance(match := select.args.get("match"), exp.MatchRecognize):
            self._match(match)

    def add(self, node: exp.Expr) -> None:
        """Add one item of FROM with the joins that hang on it."""
        if _is_join_in_parentheses(node):
            self.add(node.this)
        else:
            self.scope.sources.append(self._source(node))
        for join in node.args.get("joins") or ():
            self._join(join)
        for lateral in node.args.get("laterals") or ():
            self.add(lateral)

    def _source(self, node: exp.Expr) -> Source:
        pivots = node.args.get("pivots") or ()
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier | exp.Dot):
            source = self._table(node, renamed=not pivots)
        elif isinstance(node, _DERIVED) and not isinstance(node.this, exp.AtIndex | exp.Alias):
            source = self._derived(node, renamed=not pivots)
        else:
            source, relation = function_source(node, self.scope, self.queries)
            self.rows.add(Value(relation.rows, relation.gaps), Transformation.IDENTITY)
        for pivot in pivots:
            source = self._pivot(pivot, source)
        if pivots and isinstance(alias := node.args.get("alias"), exp.TableAlias):
            source = self._aliased(source, alias)
        return source

    def _table(self, node: exp.Table, *, renamed: bool) -> Source:
        identifiers = [part for part in node.parts if isinstance(part, exp.Identifier) and part.name]
        names = [identifier_name(part, self.platform) for part in identifiers]
        if self._is_array(names):
            return self._array(node, identifiers)
        relation = self._cte(names)
        label = ".".join(name.text for name in names)
        if relation is None:
            if len(names) == 1 and names[0].key.lower() == "dual":
                return Source(path=(), columns=Columns(), label=label)
            parts = [table_part(p.name, self.platform, quoted=bool(p.args.get("quoted"))) for p in identifiers]
            table, columns = self.queries.tables.columns(parts)
            relation, label = Relation(columns), str(table)
        self.rows.add(Value(relation.rows, relation.gaps), Transformation.IDENTITY)
        source = Source(path=tuple(name.key for name in names), columns=relation.columns, label=label)
        alias = node.args.get("alias")
        return self._aliased(source, alias) if renamed and isinstance(alias, exp.TableAlias) else source

    def _is_array(self, names: Sequence[Name]) -> bool:
        """Whether a dotted name is an array of a table around, as in ``(select max(i.at) from o.items as i)``."""
        around = (scope for scope in self.scope.levels() if scope is not self.scope)
        return (
            self.platform.arrays_in_from
            and len(names) > 1
            and any(source.answers_to([names[0].key]) for scope in around for source in scope.sources)
        )

    def _array(self, node: exp.Table, identifiers: Sequence[exp.Identifier]) -> Source:
        column: exp.Expr = exp.column(identifiers[1].copy(), table=identifiers[0].copy())
        for part in identifiers[2:]:
            column = exp.Dot(this=column, expression=part.copy())
        alias = node.args.get("alias")
        name = alias.this if isinstance(alias, exp.TableAlias) else identifiers[-1]
        unnest = exp.Unnest(expressions=[column], alias=exp.TableAlias(columns=[name.copy()]))
        source, relation = function_source(unnest, self.scope, self.queries)
        self.rows.add(Value(relation.rows, relation.gaps), Transformation.IDENTITY)
        return source

    def _cte(self, names: Sequence[Name]) -> Relation | None:
        if len(names) != 1 or names[0].key not in self.scope.ctes:
            return None
        return self.scope.ctes[names[0].key]()

    def _derived(self, node: exp.Expr, *, renamed: bool) -> Source:
        inner = node.this if isinstance(node, exp.Subquery) else node
        if isinstance(inner, exp.Table):
            relation = self._joined(inner)
        else:
            implicit = self.scope.platform.implicit_lateral
            around = self.scope if implicit else self.scope.parent
            relation = self._query_in_from(node, around)
        self.rows.add(Value(relation.rows, relation.gaps), Transformation.IDENTITY)
        source = Source(path=(), columns=relation.columns, label="a subquery")
        alias = node.args.get("alias")
        return self._aliased(source, alias) if renamed and isinstance(alias, exp.TableAlias) else source

    def _query_in_from(self, node: exp.Expr, around: Scope | None) -> Relation:
        ctes = self.queries.with_ctes(node, self.scope.ctes, around)
        inner = node.this if isinstance(node, exp.Subquery) else node
        return self.queries.query(inner, ctes, around, correlated=False)

    def _joined(self, table: exp.Table) -> Relation:
        """Return the relation of ``(a JOIN b …) AS x``."""
        scope = Scope(platform=self.platform, ctes=self.scope.ctes, parent=self.scope.parent)
        FromReader(scope, self.queries, self.rows).add(table)
        items: list[Item] = [item for source in scope.sources if not source.hidden for item in source.columns.items]
        return Relation(Columns(items))

    def _aliased(self, source: Source, alias: exp.TableAlias) -> Source:
        if isinstance(alias.this, exp.Identifier):
            name = identifier_name(alias.this, self.platform)
            other = bool(source.path) and source.path[-1] != name.key
            source = replace(source, path=(name.key,), label=name.text, renamed=other)
        columns = alias.args.get("columns") or ()
        names = [identifier_name(column, self.platform) for column in columns if column.name]
        return replace(source, columns=renamed(source.columns, names)) if names else source

    def _pivot(self, pivot: exp.Expr, source: Source) -> Source:
        relation = pivoted(pivot, source, self.scope, self.queries)
        self.rows.add(Value(relation.rows, relation.gaps), Transformation.IDENTITY)
        result = replace(source, columns=relation.columns)
        alias = pivot.args.get("alias")
        return self._aliased(result, alias) if isinstance(alias, exp.TableAlias) else result

    def _join(self, join: exp.Expr) -> None:
        before = len(self.scope.sources)
        self.add(join.this)
        natural = join.args.get("method") == "NATURAL"
        if natural or join.args.get("using"):
            self._merge(join, before, natural=natural)
        reader = Reader(self.scope, self.queries)
        for key in ("on", "match_condition"):
            if isinstance(condition := join.args.get(key), exp.Expr):
                if self.aliases and self._joins_by_alias(condition):
                    self.later.append(condition)
                else:
                    reader.gather(condition, JOIN, self.rows)
        if join.args.get("kind") in ("SEMI", "ANTI"):
            for position in range(before, len(self.scope.sources)):
                self.scope.sources[position].hidden = True

    def _joins_by_alias(self, condition: exp.Expr) -> bool:
        names = (
            identifier_name(column.this, self.platform)
            for column in condition.find_all(exp.Column)
            if not column.table and isinstance(column.this, exp.Identifier)
        )
        return any(name.key in self.aliases and self.scope.lookup(name)[0] is not Certainty.FOUND for name in names)

    def _merge(self, join: exp.Expr, before: int, *, natural: bool) -> None:
        """Make one column of each pair that USING or NATURAL names."""
        scope = self.scope
        left = replace(scope, sources=scope.sources[:before])
        right = replace(scope, sources=scope.sources[before:], merged={})
        names = self._common(left, right) if natural else list(self._using(join))
        for name in names:
            pair = [_value_in(left, name), _value_in(right, name)]
            for value in pair:
                self.rows.add(value, JOIN)
            if join.args.get("kind") not in ("SEMI", "ANTI"):
                scope.merged[name.key] = _merged(pair[0], pair[1], join.args.get("side"))
        keys = {name.key for name in names}
        if join.args.get("kind") not in ("SEMI", "ANTI"):
            scope.merged_names = [*names, *(name for name in scope.merged_names if name.key not in keys)]

    def _using(self, join: exp.Expr) -> Iterator[Name]:
        for node in join.args["using"]:
            yield identifier_name(node.this if isinstance(node, exp.Column) else node, self.platform)

    def _common(self, left: Scope, right: Scope) -> list[Name]:
        if not all(source.columns.closed for source in (*left.sources, *right.sources)):
            self.rows.gaps.add("which columns a NATURAL JOIN compares is not known")
            self.scope.merges_unknown = True
        names = []
        for source in left.sources:
            for item in source.columns.fields:
                name = Name(text=item.name, key=item.key, folded=item.key)
                if right.lookup(name)[0] is Certainty.FOUND:
                    names.append(name)
        return names

    def _match(self, match: exp.MatchRecognize) -> None:
        """Replace what was read by what MATCH_RECOGNIZE makes of it."""
        columns = matched(match, replace(self.scope), self.queries, self.rows)
        self.scope.sources = [Source(path=(), columns=columns, label="MATCH_RECOGNIZE")]
        if isinstance(alias := match.args.get("alias"), exp.TableAlias):
            self.scope.sources = [self._aliased(self.scope.sources[0], alias)]


def _is_join_in_parentheses(node: exp.Expr) -> bool:
    """Whether parentheses hold tables, whose names are seen outside of them."""
    while isinstance(node, exp.Subquery) and node.args.get("alias") is None and not node.args.get("pivots"):
        node = node.this
        if isinstance(node, exp.Table):
            return True
    return False


def _value_in(scope: Scope, name: Name) -> Value:
    certainty, value = scope.lookup(name)
    return gap(f"no table has a column {name.text}") if certainty is Certainty.ABSENT else value


def _merged(left: Value, right: Value, side: str | None) -> Value:
    if side == "FULL":
        return union([left, right]).through(Transformation.CONDITIONAL)
    return right if side == "RIGHT" else left


def renamed(columns: Columns, names: Sequence[Name]) -> Columns:
    """Give the first columns other names; where their order is not known, only the names are."""
    items: list[Item] = []
    old = list(columns.items)
    for position, name in enumerate(names):
        known = old[: position + 1]
        if len(known) > position and all(isinstance(item, Field) for item in known):
            items.append(Field(name.text, name.key, known[position].value))
        elif len(known) <= position and columns.closed:
            items.append(Field(name.text, name.key, NOTHING))
        else:
            items.append(Field(name.text, name.key, gap(f"which column {name.text} renames is not known")))
    first_unknown = next((place for place, item in enumerate(old) if isinstance(item, Rest)), len(old))
    left = old[min(len(names), first_unknown) :]
    items.extend(left if len(names) <= first_unknown else [item for item in left if isinstance(item, Rest)])
    return Columns(items)
