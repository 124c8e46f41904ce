"""Which column a name means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.dialects import Platform
from phlo_hooks.sql_lineage.names import Name
from phlo_hooks.sql_lineage.pseudo import is_pseudo_column
from phlo_hooks.sql_lineage.relations import (
    ABSENT,
    NOTHING,
    Certainty,
    Columns,
    Field,
    Lookup,
    Relation,
    Value,
    field_of,
    gap,
)

Ctes: TypeAlias = Mapping[str, Callable[[], Relation]]


class Aliases(Enum):
    """Which part the aliases of SELECT play where a name stands."""

    NEVER = "never"
    LATERAL = "lateral"
    """A column that is known is preferred; one that is not, to an alias that only renames a column."""
    STRICT = "strict"
    """A column is preferred, and nothing is assumed about tables whose columns are not known."""
    LAST = "last"
    """A column that is known is preferred."""
    FIRST = "first"


@dataclass(kw_only=True)
class Source:
    """
    One item of FROM.

    Attributes:
        path: The keys by which a column may be qualified, from the outermost: the alias alone, or catalog, schema and
            name of a table.
        hidden: Whether its columns are seen in join conditions only (the right side of SEMI and ANTI joins).
        scalar: Whether its name alone may mean its only column: a function's.
        renamed: Whether it has an alias that is not the table's name, and so is hardly a column's.
        aside: Whether an unqualified name means another source's column, as long as another may have it.
    """

    path: tuple[str, ...]
    columns: Columns
    label: str = ""
    hidden: bool = False
    aside: bool = False
    scalar: bool = False
    renamed: bool = False

    def answers_to(self, qualifier: Sequence[str]) -> bool:
        """Whether a qualifier means this source."""
        size = len(qualifier)
        return bool(self.path) and size <= len(self.path) and self.path[-size:] == tuple(qualifier)


@dataclass(kw_only=True)
class Scope:
    """
    What the names of one SELECT may mean.

    Attributes:
        ctes: The relations that WITH names, by key.
        merged: The columns of USING and NATURAL, by key.
        merged_names: Their names, in the order of ``*``.
        merges_unknown: Whether NATURAL merges columns that are not known.
        aliases: The output columns so far, by key.
        parent: The query around this one, whose columns a subquery may use.
        correlated: Whether columns of ``parent`` may be meant: this is an expression's subquery or LATERAL.
        doubtful: Keys of names that, where the reader stands, may as well be columns of ``parent``.
        windows: The named windows.
        parameters: Names that are bound by an expression: a lambda's parameters.
    """

    platform: Platform
    sources: list[Source] = field(default_factory=list)
    ctes: Ctes = field(default_factory=dict)
    merged: dict[str, Value] = field(default_factory=dict)
    merged_names: list[Name] = field(default_factory=list)
    merges_unknown: bool = False
    aliases: dict[str, Value] = field(default_factory=dict)
    parent: Scope | None = None
    correlated: bool = True
    doubtful: frozenset[str] = frozenset()
    windows: dict[str, exp.Expr] = field(default_factory=dict)
    parameters: list[frozenset[str]] = field(default_factory=list)

    def levels(self) -> Iterator[Scope]:
        """Yield this scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def bound(self, key: str) -> bool:
        """Whether a name is a parameter, not a column."""
        return any(key in names for scope in self.levels() for names in scope.parameters)

    def resolve(self, path: Sequence[Name], aliases: Aliases = Aliases.NEVER) -> Value:
        """Return what a dotted name means; a gap when that is not certain."""
        if self.bound(path[0].key):
            return NOTHING
        if len(path) == 1:
            return self.resolve_one(path[0], aliases)
        qualified = self._qualified(path)
        if qualified is not None:
            return qualified
        if self.platform.dot_fields:
            value = self.resolve_one(path[0], aliases, in_path=True)
            for name in path[1:]:
                value = field_of(value, name)
            return value
        return gap(f"{_dotted(path)}: no table {_dotted(path[:-1])}")

    def _qualified(self, path: Sequence[Name]) -> Value | None:
        """Return the column of a source that the first names mean; ``None`` when they mean no source."""
        for scope in self.levels():
            for size in range(min(len(path) - 1, 3), 0, -1):
                keys = [name.key for name in path[:size]]
                named = [source for source in scope.sources if source.answers_to(keys)]
                if not named:
                    continue
                if len(named) > 1:
                    return gap(f"{_dotted(path)}: several tables are called {_dotted(path[:size])}")
                certainty, value = named[0].columns.find(path[size])
                if certainty is Certainty.ABSENT:
                    return self._not_in_source(path, size)
                for name in path[size + 1 :]:
                    value = field_of(value, name)
                return value
        return None

    def _not_in_source(self, path: Sequence[Name], size: int) -> Value | None:
        """Say what a name means whose qualifier is a source without such a column: a struct's field, or nothing."""
        if self.platform.dot_fields:
            certainty, _ = self.lookup(path[0])
            if certainty is Certainty.FOUND:
                return None
        if is_pseudo_column(path[size].key, self.platform):
            return NOTHING
        return gap(f"{_dotted(path)}: {_dotted(path[:size])} has no such column")

    def resolve_one(self, name: Name, aliases: Aliases, *, in_path: bool = False) -> Value:
        """Return what an unqualified name means; ``in_path`` when fields of it follow."""
        alias = self.aliases.get(name.key) if aliases is not Aliases.NEVER else None
        if alias is not None and aliases is Aliases.FIRST:
            return alias
        certainty, value = self.lookup(name)
        if alias is not None and certainty is not Certainty.FOUND:
            return _or_alias(name, alias, (certainty, value), aliases)
        for scope in self.levels():
            certainty, value = scope.lookup(name)
            if certainty is Certainty.POSSIBLE:
                pseudo = not name.quoted and is_pseudo_column(name.key, self.platform, in_path=in_path)
                return NOTHING if pseudo else scope._unless_otherwise(name, value)  # noqa: SLF001  another of our kind
            if certainty is not Certainty.ABSENT:
                return value
        return self._no_column(name)

    def _unless_otherwise(self, name: Name, value: Value) -> Value:
        """Return a column that an unknown table may have, unless the name may as well mean something else."""
        named = [source for source in self.sources if source.answers_to([name.key])]
        if named and named[0].scalar:
            return _only_column(named[0])
        if named and self.platform.rows_are_values:
            if named[0].renamed:
                return named[0].columns.whole()
            return gap(f"{name.text} may be a column or the whole row of {name.text}")
        if self.correlated and self.parent is not None:
            for scope in self.parent.levels():
                certainty, _ = scope.lookup(name)
                if certainty is Certainty.FOUND or (certainty is not Certainty.ABSENT and name.key in self.doubtful):
                    return gap(f"{name.text} may be a column of the subquery or of the query around it")
        return value

    def _no_column(self, name: Name) -> Value:
        if is_pseudo_column(name.key, self.platform) and not name.quoted:
            return NOTHING
        named = [source for scope in self.levels() for source in scope.sources if source.answers_to([name.key])]
        if named:
            return _only_column(named[0]) if named[0].scalar else named[0].columns.whole()
        return gap(f"no table has a column {name.text}")

    def lookup(self, name: Name) -> Lookup:
        """Return what is known of an unqualified name in this scope alone."""
        merged = self.merged.get(name.key)
        if merged is not None:
            return Certainty.FOUND, merged
        visible = [source for source in self.sources if not source.hidden]
        found = [(source, *source.columns.find(name)) for source in visible]
        if (
            self.merges_unknown
            and len({certainty for _, certainty, _ in found if certainty is not Certainty.ABSENT}) > 1
        ):
            return Certainty.AMBIGUOUS, gap(f"whether NATURAL JOIN merges {name.text} is not known")
        for wanted in (Certainty.FOUND, Certainty.AMBIGUOUS, Certainty.POSSIBLE):
            hits = [(source, value) for source, certainty, value in found if certainty is wanted]
            if wanted is Certainty.POSSIBLE and len(hits) > 1:
                hits = [(source, value) for source, value in hits if not source.aside] or hits
            if len(hits) == 1 or (wanted is Certainty.AMBIGUOUS and hits):
                return wanted, hits[0][1]
            if hits:
                if wanted is Certainty.FOUND and _same([value for _, value in hits]):
                    return wanted, hits[-1][1]
                labels = " or ".join(sorted({source.label for source, _ in hits}))
                return Certainty.AMBIGUOUS, gap(f"{name.text} may be a column of {labels}")
        return ABSENT


def _or_alias(name: Name, alias: Value, lookup: Lookup, aliases: Aliases) -> Value:
    """
    Return what a name means that is an alias and may be a column of a table whose columns are not known.

    An alias that is computed is there to be used; one that renames a column may be part of a swap, as in
    ``a AS b, b AS a``. The alias' own expression may prove that there is a column: ``trim(a || b) AS a, a AS c``.
    """
    certainty, value = lookup
    columns = {column for column, _ in value.sources}
    own = {column for column, _ in alias.sources}
    if certainty is Certainty.ABSENT or aliases is Aliases.LAST or columns == own:
        return alias
    doubt = gap(f"{name.text} may be a column or the alias before it")
    if aliases is Aliases.STRICT:
        return doubt
    if certainty is Certainty.POSSIBLE and columns and columns <= own:
        return value
    renames = bool(alias.sources) and all(how is Transformation.IDENTITY for _, how in alias.sources)
    return doubt if renames or value.gaps & alias.gaps else alias


def _only_column(source: Source) -> Value:
    """Return what the name of a function in FROM means: its column, if it has but one."""
    items = source.columns.items
    only = items[0] if len(items) == 1 else None
    return only.value if isinstance(only, Field) else source.columns.whole()


def _same(values: Sequence[Value]) -> bool:
    """Whether it does not matter which of these is meant."""
    columns = {frozenset(column for column, _ in value.sources) for value in values}
    return len(columns) == 1 and not any(value.gaps for value in values) and bool(values[0].sources)


def _dotted(path: Sequence[Name]) -> str:
    return ".".join(name.text for name in path)
