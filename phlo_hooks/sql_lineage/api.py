"""What a SQL statement says about columns, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, kw_only=True, order=True)
class TableName:
    """
    A table as a statement names it, in the dialect's own normal form (case folded as the platform folds it).

    Attributes:
        catalog: ``None`` when the statement does not say.
    """

    catalog: str | None = None
    schema: str | None = None
    name: str

    def __str__(self) -> str:
        return ".".join(part for part in (self.catalog, self.schema, self.name) if part)


@dataclass(frozen=True, kw_only=True, order=True)
class ColumnName:
    """A column of a physical table; fields of a struct and paths into JSON belong to their top-level column."""

    table: TableName
    name: str


class Transformation(Enum):
    """How one column reaches another, in OpenLineage's words."""

    IDENTITY = "identity"
    TRANSFORMATION = "transformation"
    AGGREGATION = "aggregation"
    CONDITIONAL = "conditional"
    """It decides which value an expression takes (``CASE WHEN`` it ``THEN``): part of the expression, so direct."""
    FILTER = "filter"
    JOIN = "join"
    GROUP_BY = "group_by"
    SORT = "sort"
    WINDOW = "window"

    @property
    def direct(self) -> bool:
        """Whether the value flows."""
        return self in _DIRECT


_DIRECT = frozenset(
    {
        Transformation.IDENTITY,
        Transformation.TRANSFORMATION,
        Transformation.AGGREGATION,
        Transformation.CONDITIONAL,
    }
)


@dataclass(frozen=True, kw_only=True)
class OutputColumn:
    """
    One column that a statement makes.

    Attributes:
        name: As the platform would name it.
        sources: Every column its value depends on, direct and indirect ones of this column alone (its window, its
            scalar subquery's filter), and how.
    """

    name: str
    sources: frozenset[tuple[ColumnName, Transformation]] = frozenset()

    @property
    def direct(self) -> frozenset[ColumnName]:
        """The columns whose value flows into it."""
        return frozenset(column for column, how in self.sources if how.direct)

    @property
    def indirect(self) -> frozenset[ColumnName]:
        """The columns that touch it otherwise, those of ``StatementLineage.rows`` left out."""
        return frozenset(column for column, how in self.sources if not how.direct)


@dataclass(frozen=True, kw_only=True)
class StatementLineage:
    """
    What one statement makes of which tables.

    Attributes:
        columns: In the order of the statement; a column about which nothing can be said is left out, never guessed.
        complete: Whether ``columns`` are all columns the statement makes.
        rows: Columns that decide which rows there are, or in which order, and so touch every output column: filters,
            join conditions, groups, order.
        tables: Every physical table that is read.
        warning: Why something is missing, in one line; ``None`` when nothing is.
    """

    columns: tuple[OutputColumn, ...] = ()
    complete: bool = True
    rows: frozenset[tuple[ColumnName, Transformation]] = frozenset()
    tables: frozenset[TableName] = frozenset()
    warning: str | None = None


@dataclass(frozen=True, kw_only=True)
class TableSchema:
    """
    The columns of a table, in order.

    Attributes:
        columns: Name to type; the type is ``""`` when it is not known.
        complete: Whether these are all: documentation often names a few only.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
