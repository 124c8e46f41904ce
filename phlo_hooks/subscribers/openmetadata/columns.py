"""Which columns a dataset has, and how the server has their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from phlo_hooks.datasets import Column
from phlo_hooks.subscribers.openmetadata.facts import AssetFact, TableFact
from phlo_hooks.subscribers.openmetadata.naming import Naming


class DatasetColumns:
    """
    The columns of one dataset, as the server is told them.

    What a run reported holds. Where none did, columns that code declares and those that lineage speaks of are what is
    known, and there may be more; of a dataset that others make there may be more as well.

    Attributes:
        all: In their order, spelled as the server has them, each name once; described as the code describes them.
        whole: Whether there are no others.
    """

    def __init__(self, table: TableFact, assets: Sequence[AssetFact], naming: Naming) -> None:
        self._table = table
        self._naming = naming
        self._folds = naming.one_case(table.dataset)
        declared = [column for asset in assets for column in asset.columns]
        reported = bool(table.columns)
        self.whole = reported and table.made
        seen = () if self.whole else tuple(Column(name=name) for name in table.seen_columns)
        described = {self._key(column.name): column.description for column in reversed(declared) if column.description}
        found: dict[str, Column] = {}
        for column in (*(table.columns or declared), *seen):
            key = self._key(column.name)
            spelled = naming.column(table.dataset, column.name)
            description = described.get(key) or column.description
            found.setdefault(key, replace(column, name=spelled, description=description))
        self._found = found
        self.all = tuple(found.values())

    def spelled(self, name: str) -> str:
        """Return a column's name as the server has it: as the dataset's columns do, where it is one of them."""
        found = self._found.get(self._key(name))
        return found.name if found is not None else self._naming.column(self._table.dataset, name)

    def _key(self, name: str) -> str:
        spelled = self._naming.column(self._table.dataset, name)
        return spelled.casefold() if self._folds else spelled
