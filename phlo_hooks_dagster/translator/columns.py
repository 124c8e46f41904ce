"""The columns that tables are known to have: from this run, else from what was recorded before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.sql_lineage.api import TableSchema
from phlo_hooks_dagster.identity.tables import fold_column
from phlo_hooks_dagster.translator.context import Learned, RunContext
from phlo_hooks_dagster.translator.state import slot

WIDEST: Final = 2000
"""Columns beyond which a table's are not remembered."""

_NESTED: Final = re.compile(r"(struct|row|record|object|map|json|variant|super|array|list|union|nested|tuple)\b|.*\[")


def spelled(column: Column) -> str:
    """Return what is remembered of a column: its name, and its type only where it has parts of its own."""
    kind = column.type or ""
    return slot(column.name, kind) if _NESTED.match(kind.lower()) else column.name


def remember(context: RunContext, dataset: DatasetRef, columns: Sequence[Column]) -> None:
    """Note the columns of a table that was just made."""
    if columns and len(columns) <= WIDEST:
        context.state.tables[str(dataset)] = [spelled(column) for column in columns]
        context.learned[str(dataset)] = Learned(at=context.state.last, columns=context.state.tables[str(dataset)])


def listed(context: RunContext, dataset: DatasetRef) -> Sequence[str]:
    """Return the names of a table's columns, as the platform spells them; none when they are not known."""
    return [each.partition("\x1f")[0] for each in _kept(context, dataset)]


def schema_of(context: RunContext, dataset: DatasetRef) -> TableSchema | None:
    """Return the columns of a table; those that the project documents when no others are known."""
    kept = _kept(context, dataset)
    if kept:
        pairs = (each.partition("\x1f") for each in kept)
        return TableSchema(columns={name: kind for name, _, kind in pairs})
    key = context.resolver.key_of(dataset)
    asset = context.asset(key) if key is not None else None
    if asset is None or not asset.columns:
        return None
    columns = {column.name: column.type or "" for column in asset.columns}
    return TableSchema(columns=columns, complete=asset.relation is None)


def _kept(context: RunContext, dataset: DatasetRef) -> Sequence[str]:
    own = context.state.tables.get(str(dataset))
    if own is not None:
        return own
    return (context.recorded.columns(dataset) if context.recorded is not None else None) or ()


class Spellings:
    """
    How a table's columns are spelled.

    Args:
        names: All of them; none when they are not known.
    """

    def __init__(self, platform: str, names: Sequence[str]) -> None:
        self._platform = platform
        self._names = frozenset(names)
        folded: dict[str, list[str]] = {}
        for name in names:
            folded.setdefault(fold_column(platform, name).lower(), []).append(name)
        self._folded = folded

    def spell(self, name: str) -> str | None:
        """Return a column as its table spells it; ``None`` when the table has no such column, or several."""
        if not self._names or name in self._names:
            return name
        same = self._folded.get(fold_column(self._platform, name).lower(), [])
        return same[0] if len(same) == 1 else None
