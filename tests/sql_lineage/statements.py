"""
Random SELECTs that DuckDB runs, for comparing an analysis with what data do.

They are made so that every column of an expression can move its value, and so that a gentle change
(see perturbation.py) keeps the rows: joins are on keys, comparisons with small literals, no differences.
Names are few, so that aliases shadow columns, CTEs shadow tables, and one name means different things.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

TABLES: dict[str, dict[str, str]] = {
    "t": {"id": "int", "fk": "int", "a": "int", "b": "int", "s": "text", "d": "timestamp"},
    "u": {"id": "int", "x": "int", "b": "int", "s": "text"},
    "v": {"id": "int", "a": "int", "y": "int", "w": "text", "d": "timestamp"},
}
_NAMES = ("a", "b", "c", "s", "x", "y", "t", "u", "total", "id", "d", "n")
_ALIASES = ("t", "u", "v", "q", "r", "a", "base", "src")
_CTES = ("t", "u", "q", "base", "final", "src", "v")


@dataclass(frozen=True, kw_only=True)
class Field:
    """
    A column that is in reach.

    Attributes:
        kind: ``int``, ``text``, ``time``; ``key`` for what may be joined on.
        plain: Whether it is an input's value, unchanged.
    """

    name: str
    kind: str
    plain: bool = True


@dataclass(frozen=True, kw_only=True)
class Source:
    """Something in FROM."""

    alias: str
    sql: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query's text and what it makes."""

    sql: str
    fields: tuple[Field, ...]


@dataclass(kw_only=True)
class Scope:
    """What a SELECT may name."""

    sources: list[Source]
    merged: set[str] = field(default_factory=set)

    def reach(self) -> list[tuple[str, Field]]:
        """Return every column with the text that names it, unqualified where that is clear."""
        names = [each.name for source in self.sources for each in source.fields]
        found = []
        for source in self.sources:
            for each in source.fields:
                found.append((f"{source.alias}.{each.name}", each))
                if names.count(each.name) == 1 and each.name not in {other.alias for other in self.sources}:
                    found.append((each.name, each))
        return found


class Statements:
    """
    Makes statements from a seed.

    A *lively* one has only expressions whose every column moves their value whatever the data, so that a direct edge
    that no data move is a false one.
    """

    def __init__(self, seed: int, *, lively: bool = False) -> None:
        self._rng = random.Random(seed)
        self._lively = lively
        self._ctes: dict[str, tuple[Field, ...]] = {}
        self._depth = 0
        self._joins = 4

    def statement(self) -> str:
        """Return a whole statement, often with CTEs."""
        parts = []
        for _ in range(self._rng.choice((0, 0, 1, 2, 3))):
            name = self._rng.choice([each for each in _CTES if each not in self._ctes])
            query = self._query()
            self._ctes[name] = query.fields
            parts.append(f"{name} as (\n  {query.sql}\n)")
        body = self._query().sql
        return f"with {', '.join(parts)}\n{body}" if parts else body

    def _query(self) -> Query:
        self._depth += 1
        try:
            if self._rng.random() < 0.15:
                return self._union()
            return self._aggregate() if self._rng.random() < 0.3 else self._select()
        finally:
            self._depth -= 1

    def _union(self) -> Query:
        left = self._select(kinds=(kinds := [self._rng.choice(("int", "text", "key")) for _ in range(3)]))
        right = self._select(kinds=kinds)
        if self._rng.random() < 0.3 and {each.name for each in left.fields} == {each.name for each in right.fields}:
            same = {each.name: each.kind for each in right.fields}
            if all(same[each.name] == each.kind for each in left.fields):
                return Query(sql=f"{left.sql} union all by name {right.sql}", fields=left.fields)
        fields = tuple(
            replace(one, plain=one.plain and two.plain) for one, two in zip(left.fields, right.fields, strict=True)
        )
        return Query(sql=f"{left.sql}\n  union all\n  {right.sql}", fields=fields)

    def _select(self, kinds: Sequence[str] | None = None) -> Query:
        text, scope = self._from()
        items: list[str] = []
        fields: list[Field] = []
        if kinds is None and self._rng.random() < 0.25:
            self._star(scope, items, fields)
        for kind in kinds or [
            self._rng.choice(("int", "int", "text", "time", "key")) for _ in range(self._rng.randint(1, 4))
        ]:
            self._item(scope, kind, items, fields, windows=kinds is None)
        sql = f"select {', '.join(items)} {text}{self._where(scope)}"
        if kinds is None and self._rng.random() < 0.12:
            order = f"{self._plain(scope)}, {self._plain(scope)}"
            sql += f" qualify row_number() over (partition by {self._plain(scope)} order by {order}) = 1"
        return Query(sql=sql, fields=tuple(fields))

    def _aggregate(self) -> Query:
        text, scope = self._from()
        items: list[str] = []
        fields: list[Field] = []
        keys = []
        for _ in range(self._rng.randint(0, 2)):
            name, column = self._pick(scope, None, plain=True)
            alias = self._alias(fields)
            keys.append(name)
            items.append(f"{name} as {alias}")
            fields.append(replace(column, name=alias))
        for _ in range(self._rng.randint(1, 3)):
            alias = self._alias(fields)
            sql, kind = self._aggregation(scope)
            items.append(f"{sql} as {alias}")
            fields.append(Field(name=alias, kind=kind, plain=False))
        group = ""
        if keys:
            ways = [", ".join(keys), ", ".join(str(place + 1) for place in range(len(keys))), "all"]
            group = f" group by {self._rng.choice(ways)}"
        having = (
            f" having {self._aggregation(scope, kinds=('int',))[0]} >= {self._rng.randint(0, 4)}"
            if keys and self._rng.random() < 0.2
            else ""
        )
        return Query(sql=f"select {', '.join(items)} {text}{self._where(scope)}{group}{having}", fields=tuple(fields))

    def _aggregation(self, scope: Scope, kinds: Sequence[str] = ("int", "text", "time")) -> tuple[str, str]:
        kind = self._rng.choice(kinds)
        inner = self._expression(scope, kind)
        counted = ("sum", "sum", "filter") if self._lively else ("max", "min", "sum", "count", "filter")
        way = self._rng.choice(counted if kind == "int" else ("max", "min"))
        if way == "filter":
            return f"sum({inner}) filter (where {self._condition(scope)})", kind
        return f"{way}({inner})", kind

    def _from(self) -> tuple[str, Scope]:
        scope = Scope(sources=[self._source(())])
        text = f"from {scope.sources[0].sql}"
        for _ in range(min(max(self._joins, 0), self._rng.choice((0, 0, 0, 1, 1, 2)))):
            self._joins -= 1
            source = self._source([each.alias for each in scope.sources])
            left = [name for name, each in scope.reach() if each.kind == "key" and each.plain and "." in name]
            right = [each.name for each in source.fields if each.kind == "key" and each.plain]
            if not left or not right:
                self._joins -= 2
                text += f" cross join {source.sql}"
            else:
                way = self._rng.choice(("join", "left join", "full join", "right join"))
                extra = f" and {source.alias}.{self._rng.choice(right)} > 1" if self._rng.random() < 0.15 else ""
                text += (
                    f" {way} {source.sql} on {self._rng.choice(left)} = {source.alias}.{self._rng.choice(right)}{extra}"
                )
            scope.sources.append(source)
        return text, scope

    def _source(self, taken: Sequence[str]) -> Source:
        alias = self._rng.choice([each for each in _ALIASES if each not in taken])
        if self._depth < 3 and self._rng.random() < 0.15:
            query = self._query()
            return Source(alias=alias, sql=f"({query.sql}) as {alias}", fields=query.fields)
        names = [*self._ctes, *self._ctes, *TABLES]
        name = self._rng.choice(names)
        fields = self._ctes.get(name) or tuple(
            Field(name=column, kind="key" if column in {"id", "fk"} else {"timestamp": "time"}.get(kind, kind))
            for column, kind in TABLES[name].items()
        )
        if name not in taken and self._rng.random() < 0.4:
            return Source(alias=name, sql=name, fields=fields)
        return Source(alias=alias, sql=f"{name} as {alias}", fields=fields)

    def _star(self, scope: Scope, items: list[str], fields: list[Field]) -> None:
        source = self._rng.choice(scope.sources)
        left_out = self._rng.choice(source.fields).name if len(source.fields) > 1 and self._rng.random() < 0.4 else ""
        alone = len(scope.sources) == 1 and self._rng.random() < 0.5
        items.append(("*" if alone else f"{source.alias}.*") + (f" exclude ({left_out})" if left_out else ""))
        fields.extend(each for each in source.fields if each.name != left_out)

    def _item(self, scope: Scope, kind: str, items: list[str], fields: list[Field], *, windows: bool) -> None:
        alias = self._alias(fields)
        if windows and kind == "int" and self._rng.random() < 0.35:
            items.append(f"{self._window(scope)} as {alias}")
            fields.append(Field(name=alias, kind="int", plain=False))
            return
        if windows and kind == "int" and self._rng.random() < 0.2:
            items.append(f"{self._scalar(scope)} as {alias}")
            fields.append(Field(name=alias, kind="int", plain=False))
            return
        simple = kind == "key" or self._rng.random() < 0.4
        if simple:
            name, column = self._pick(scope, kind, plain=kind == "key")
            if kind == "key" and column.kind != "key":
                kind = column.kind
            bare = name.split(".")[-1]
            hidden = self._rng.random() < 0.4 and bare not in {each.name for each in fields}
            items.append(name if hidden else f"{name} as {alias}")
            fields.append(replace(column, name=bare if hidden else alias))
        else:
            items.append(f"{self._expression(scope, kind)} as {alias}")
            fields.append(Field(name=alias, kind=kind, plain=False))

    def _window(self, scope: Scope) -> str:
        over = f"(partition by {self._plain(scope)} order by {self._plain(scope)}, {self._plain(scope)})"
        way = self._rng.choice(("row_number()", "sum", "lag", "max", "count(*)"))
        if way == "lag":
            return f"lag({self._expression(scope, 'int')}) over {over}"
        return f"{way} over {over}" if "(" in way else f"{way}({self._expression(scope, 'int')}) over {over}"

    def _scalar(self, scope: Scope) -> str:
        table = self._rng.choice(sorted(set(TABLES) - set(self._ctes)) or ["t"])
        if table in self._ctes:
            return self._expression(scope, "int")
        column = next(name for name, kind in TABLES[table].items() if kind == "int" and name not in {"id", "fk"})
        keys = [name for name, each in scope.reach() if each.kind == "key" and each.plain and "." in name]
        alias = "zz"
        where = f" where {alias}.id = {self._rng.choice(keys)}" if keys and self._rng.random() < 0.7 else ""
        inner = self._rng.choice((column, f"{alias}.{column}"))
        return f"(select max({inner}) from {table} as {alias}{where})"  # noqa: S608  tables of our own

    def _expression(self, scope: Scope, kind: str, depth: int = 0) -> str:
        name, column = self._pick(scope, kind)
        if column.kind != kind and not (kind == "int" and column.kind == "key"):
            if kind == "int" and column.kind == "time":
                return f"cast(epoch({name}) as bigint)"
            return {"int": f"length(cast({name} as text))", "text": f"cast({name} as text)"}.get(
                kind, "timestamp '2024-01-01'"
            )
        if depth > 1:
            return name
        other = self._expression(scope, kind, depth + 1)
        ways = {
            "int": (name, f"{name} + {other}", f"coalesce({name}, {other})", f"greatest({name}, {other})",
                    f"case when {self._condition(scope)} then {name} else {other} end"),
            "text": (name, f"upper({name})", f"coalesce({name}, {other})", f"{name} || {other}",
                     f"case when {self._condition(scope)} then {name} else {other} end"),
            "time": (name, f"coalesce({name}, {other})", f"{name} + interval 1 day"),
        }  # fmt: skip
        if self._lively:
            ways = {"int": ways["int"][:2], "text": (name, f"upper({name})", f"{name} || {other}"), "time": (name,)}
        return self._rng.choice(ways[kind])

    def _where(self, scope: Scope) -> str:
        chance = self._rng.random()
        if chance < 0.25:
            return f" where {self._condition(scope)}"
        if chance < 0.35:
            table = self._rng.choice(sorted(set(TABLES) - set(self._ctes)) or [""])
            keys = [name for name, each in scope.reach() if each.kind == "key" and each.plain and "." in name]
            if table and keys:
                key = self._rng.choice(keys)
                if self._rng.random() < 0.5:
                    return f" where {key} in (from {table} select id)"
                return f" where exists (from {table} as zz where zz.id = {key})"
        return ""

    def _condition(self, scope: Scope) -> str:
        name, column = self._pick(scope, self._rng.choice(("int", "text")), plain=True)
        if column.kind == "text":
            return f"{name} <> '{self._rng.choice('xyz')}'"
        if column.kind == "time":
            return f"{name} is not null"
        return f"{name} {self._rng.choice(('>', '>=', '<='))} {self._rng.randint(2, 5)}"

    def _plain(self, scope: Scope) -> str:
        return self._pick(scope, None, plain=True)[0]

    def _pick(self, scope: Scope, kind: str | None, *, plain: bool = False) -> tuple[str, Field]:
        reach = [(name, each) for name, each in scope.reach() if each.plain or not plain]
        fitting = [(name, each) for name, each in reach if kind is None or each.kind == kind]
        fitting = fitting or [(name, each) for name, each in reach if kind == "int" and each.kind == "key"]
        return self._rng.choice(fitting or reach or scope.reach())

    def _alias(self, fields: Sequence[Field]) -> str:
        taken = {each.name for each in fields}
        return self._rng.choice([each for each in _NAMES if each not in taken] or [f"n{len(taken)}"])
