"""What an expression is made from, and what columns a relation has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from phlo_hooks.sql_lineage.api import ColumnName, TableName, Transformation
from phlo_hooks.sql_lineage.names import Name

Source: TypeAlias = tuple[ColumnName, Transformation]

_RANK = {
    Transformation.IDENTITY: 0,
    Transformation.TRANSFORMATION: 1,
    Transformation.CONDITIONAL: 2,
    Transformation.AGGREGATION: 3,
}


def compose(outer: Transformation, inner: Transformation) -> Transformation:
    """Return how a column reaches the end of two steps."""
    if not outer.direct:
        return outer
    if not inner.direct:
        return inner
    return outer if _RANK[outer] >= _RANK[inner] else inner


@dataclass(frozen=True, slots=True)
class Value:
    """
    The columns an expression is made from.

    Attributes:
        gaps: What could not be found out, a phrase each; the value may have more sources than are named.
        shape: The fields, for a struct (or an array of structs) that the statement itself makes.
    """

    sources: frozenset[Source] = frozenset()
    gaps: frozenset[str] = frozenset()
    shape: Columns | None = None

    def through(self, how: Transformation) -> Value:
        """Return the value after one more step; its fields are no more to be told apart."""
        if how is Transformation.IDENTITY:
            return self
        return Value(frozenset((column, compose(how, inner)) for column, inner in self.sources), self.gaps)


NOTHING = Value()


def gap(reason: str) -> Value:
    """Return the value about which only this is known."""
    return Value(gaps=frozenset({reason}))


def union(values: Iterable[Value]) -> Value:
    """Return what is made from all of these."""
    found = list(values)
    if len(found) == 1:
        return found[0]
    return Value(
        frozenset().union(*(value.sources for value in found)), frozenset().union(*(value.gaps for value in found))
    )


class Gathering:
    """A value in the making."""

    __slots__ = ("gaps", "sources")

    def __init__(self) -> None:
        self.sources: set[Source] = set()
        self.gaps: set[str] = set()

    def add(self, value: Value, how: Transformation) -> None:
        """Let a value take part."""
        self.gaps |= value.gaps
        if how is Transformation.IDENTITY:
            self.sources |= value.sources
        else:
            self.sources.update((column, compose(how, inner)) for column, inner in value.sources)

    def value(self) -> Value:
        """Return what was gathered."""
        return Value(frozenset(self.sources), frozenset(self.gaps))


@dataclass(frozen=True, slots=True)
class Field:
    """
    One column that is known to be there.

    Attributes:
        second_key: Another key it answers to, for a name that documentation spells.
    """

    name: str
    key: str
    value: Value
    second_key: str | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """
    Columns whose names are not known.

    Attributes:
        table: The physical table that has them.
        value: What each of them is made from, when they are no table's.
        hidden: Keys of columns that are not among them.
        gaps: What is not known of any of them.
    """

    table: TableName | None = None
    value: Value = NOTHING
    hidden: frozenset[str] = frozenset()
    gaps: frozenset[str] = frozenset()

    def column(self, name: Name) -> Value:
        """Return the column of this name, which the caller knows to be one of them."""
        if self.table is None:
            return Value(self.value.sources, self.value.gaps | self.gaps)
        source = (ColumnName(table=self.table, name=name.folded), Transformation.IDENTITY)
        return Value(frozenset({source}), self.gaps)


Item: TypeAlias = Field | Rest


def value_at(items: Sequence[Item], position: str) -> Value:
    """Return the column at a position, counted from 1; a gap when what stands before it is not wholly known."""
    index = int(position) - 1 if position.isdigit() else -1
    before = items[: index + 1]
    if index < 0 or len(before) <= index:
        return gap(f"the column at position {position} is not known")
    last = before[index]
    if not isinstance(last, Field) or not all(isinstance(item, Field) for item in before):
        return gap(f"the column at position {position} is not known")
    return last.value


class Certainty(Enum):
    """What a lookup says."""

    FOUND = "found"
    POSSIBLE = "possible"
    AMBIGUOUS = "ambiguous"
    ABSENT = "absent"


Lookup: TypeAlias = tuple[Certainty, Value]
ABSENT: Lookup = (Certainty.ABSENT, NOTHING)


class Columns:
    """The columns of a relation, in order."""

    __slots__ = ("_index", "_rests", "_second", "items")

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.items = tuple(items)
        self._index: dict[str, list[Field]] | None = None
        self._second: dict[str, list[Field]] = {}
        self._rests: tuple[Rest, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether these are all."""
        return all(isinstance(item, Field) for item in self.items)

    @property
    def fields(self) -> Iterator[Field]:
        """The columns whose names are known."""
        return (item for item in self.items if isinstance(item, Field))

    def find(self, name: Name) -> Lookup:
        """Return what is known of a column of this name."""
        if self._index is None:
            self._index = self._make_index()
        found = self._index.get(name.key) or self._second.get(name.key)
        if found:
            if len(found) == 1 or all(other.value == found[0].value for other in found):
                return Certainty.FOUND, found[0].value
            return Certainty.AMBIGUOUS, gap(f"{name.text} is the name of several columns")
        possible = [rest for rest in self._rests if name.key not in rest.hidden]
        if len(possible) == 1:
            return Certainty.POSSIBLE, possible[0].column(name)
        if possible:
            tables = " or ".join(sorted({str(rest.table or "?") for rest in possible}))
            return Certainty.AMBIGUOUS, gap(f"{name.text} may be a column of {tables}")
        return ABSENT

    def whole(self) -> Value:
        """Return what a reference to the whole row is made from."""
        value = union(item.value for item in self.fields)
        gaps = set(value.gaps)
        sources = value.sources
        for item in self.items:
            if isinstance(item, Rest):
                sources |= item.value.sources
                gaps |= item.value.gaps
                gaps.add(f"not all columns of {item.table or 'its input'} are known")
        return Value(sources, frozenset(gaps), self)

    def _make_index(self) -> dict[str, list[Field]]:
        index: dict[str, list[Field]] = {}
        for item in self.fields:
            index.setdefault(item.key, []).append(item)
            if item.second_key is not None and item.second_key != item.key:
                self._second.setdefault(item.second_key, []).append(item)
        self._rests = tuple(item for item in self.items if isinstance(item, Rest))
        return index


@dataclass(frozen=True, slots=True)
class Relation:
    """
    What a query, a CTE or a table is.

    Attributes:
        rows: Columns that decide which rows there are.
        gaps: What could not be found out about ``rows``.
    """

    columns: Columns = field(default_factory=Columns)
    rows: frozenset[Source] = frozenset()
    gaps: frozenset[str] = frozenset()

    def whole(self) -> Value:
        """Return what a value made of the whole relation comes from: its columns, and what decides on its rows."""
        value = self.columns.whole()
        return Value(value.sources | self.rows, value.gaps | self.gaps, value.shape)


def field_of(value: Value, name: Name) -> Value:
    """Return one field of a struct: that of the fields if they are known, else the struct as a whole."""
    if value.shape is None or not value.shape.items:
        return value.through(Transformation.TRANSFORMATION)
    certainty, found = value.shape.find(name)
    if certainty is Certainty.ABSENT:
        return Value(gaps=value.gaps | {f"{name.text} is no field that is known"})
    return found
