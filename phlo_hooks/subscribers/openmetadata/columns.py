"""Which columns a dataset has, and how the server has their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from inspect import cleandoc

from phlo_hooks.datasets import Column
from phlo_hooks.subscribers.openmetadata.facts import AssetFact, Facts, TableFact
from phlo_hooks.subscribers.openmetadata.naming import Naming


def assets_of(table: TableFact, known: Facts) -> tuple[AssetFact, ...]:
    """Return what code declares of a dataset: who makes it first, then who only reads it as a source of dbt; by key."""
    return tuple(sorted(known.assets_of(table.name), key=lambda asset: (_only_reads(asset), asset.key)))


def columns_of(table: TableFact, known: Facts, naming: Naming) -> DatasetColumns:
    """Return a dataset's columns, with what code says of them."""
    return DatasetColumns(table, assets_of(table, known), naming)


def _only_reads(asset: AssetFact) -> bool:
    return asset.external or (asset.model is not None and asset.model.resource_type == "source")


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
        self._dataset = table.dataset
        self._naming = naming
        self._folds = naming.one_case(table.dataset)
        declared = [column for asset in assets for column in asset.columns]
        reported = bool(table.columns)
        self.whole = reported and table.made
        seen = () if self.whole else tuple(Column(name=name) for name in table.seen_columns)
        described = {
            self._named(column.name)[1]: column.description for column in reversed(declared) if column.description
        }
        self._spelled: dict[str, str] = {}
        found: list[Column] = []
        for column in (*(table.columns or declared), *seen):
            spelled, key = self._named(column.name)
            if key not in self._spelled:
                self._spelled[key] = spelled
                description = described.get(key) or column.description
                found.append(replace(column, name=spelled, description=cleandoc(description) if description else None))
        self.all = tuple(found)

    def spelled(self, name: str) -> str:
        """Return a column's name as the server has it: as the dataset's columns do, where it is one of them."""
        spelled, key = self._named(name)
        return self._spelled.get(key, spelled)

    def _named(self, name: str) -> tuple[str, str]:
        """Return a column's name by the platform's rules, and the key that all its spellings have."""
        spelled = self._naming.column(self._dataset, name)
        return spelled, spelled.casefold() if self._folds else spelled
