"""One table while the graph is made: what events and code said of it, in the order in which it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.lineage.graph import GraphCheck, GraphColumn, GraphTable, TableRun
from phlo_hooks.lineage.names import short_name


@dataclass(kw_only=True)
class TableDraft:
    """
    One table, being filled.

    Attributes:
        made: Whether something is known to make it.
        runs: In any order.
    """

    dataset: DatasetRef
    made: bool = False
    published: bool = False
    asset_keys: list[str] = field(default_factory=list)
    code_location: str | None = None
    stage: str = ""
    group: str | None = None
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    columns: list[GraphColumn] = field(default_factory=list)
    checks: dict[tuple[str, str], GraphCheck] = field(default_factory=dict)
    runs: list[TableRun] = field(default_factory=list)
    rows: int | None = None
    rows_at: datetime | None = None
    sql: str | None = None
    dialect: str | None = None
    columns_from: str = ""
    warning: str | None = None
    url: str | None = None
    _places: dict[str, int] = field(default_factory=dict)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Take the columns of the table, unless better ones were given before."""
        if self.columns or not columns:
            return
        for column in columns:
            self._append(
                GraphColumn(
                    name=column.name, type=column.type, nullable=column.nullable, description=column.description
                )
            )

    def place_of(self, column: str) -> int:
        """Return the index of a column, spelled in any case when only one fits; one that nobody reported is added."""
        exact = self._places.get(column)
        if exact is not None:
            return exact
        alike = [place for name, place in self._places.items() if name.casefold() == column.casefold()]
        return alike[0] if len(alike) == 1 else self._append(GraphColumn(name=column))

    def add_asset(self, key: str) -> None:
        """Note that an asset is, or makes, this table."""
        if key not in self.asset_keys:
            self.asset_keys.append(key)

    def add_check(self, asset_key: str, check: GraphCheck) -> None:
        """Note a check; the newest result of it counts."""
        known = self.checks.get((asset_key, check.name))
        if known is None or known.at is None or (check.at is not None and check.at > known.at):
            self.checks[asset_key, check.name] = check

    def count_rows(self, rows: int | None, at: datetime | None) -> None:
        """Note how many rows there are; the newest word counts."""
        if rows is not None and (self.rows_at is None or at is None or at > self.rows_at):
            self.rows, self.rows_at = rows, at

    def finish(self, name: str, runs_shown: int) -> GraphTable:
        """Return the table as the graph shows it."""
        runs = sorted(self.runs, key=lambda run: (run.at, run.run_id), reverse=True)
        last = runs[0] if runs else None
        return GraphTable(
            id=str(self.dataset),
            namespace=self.dataset.namespace,
            full_name=self.dataset.name,
            name=name,
            resolved=self.dataset.resolved,
            role="published" if self.published else "table" if self.made else "source",
            asset_keys=tuple(self.asset_keys),
            code_location=self.code_location,
            stage=self.stage,
            group=self.group,
            kinds=self.kinds,
            owners=self.owners,
            tags=self.tags,
            description=self.description,
            columns=tuple(self.columns),
            checks=tuple(sorted(self.checks.values(), key=lambda check: check.name)),
            status=last.status if last else "",
            rows=self.rows,
            at=last.at if last else None,
            run_id=last.run_id if last else None,
            runs=tuple(runs[:runs_shown]),
            sql=self.sql,
            dialect=self.dialect,
            columns_from=self.columns_from,
            warning=self.warning,
            url=self.url,
        )

    def _append(self, column: GraphColumn) -> int:
        place = self._places.setdefault(column.name, len(self.columns))
        if place == len(self.columns):
            self.columns.append(column)
        return place


def unique_names(datasets: Sequence[DatasetRef]) -> dict[DatasetRef, str]:
    """Return a short name for each dataset, longer where two would share it."""
    shared: dict[str, list[DatasetRef]] = {}
    for dataset in datasets:
        shared.setdefault(short_name(dataset), []).append(dataset)
    names = {}
    for name, same in shared.items():
        if len(same) == 1:
            names[same[0]] = name
            continue
        whole = {each.name for each in same}
        for each in same:
            names[each] = each.name if len(whole) == len(same) else str(each)
    return names
