"""What the SQL of a model says about columns, with the platform's tables turned into datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from phlo_hooks.datasets import ColumnEdge, DatasetRef
from phlo_hooks.events import LineageEvent
from phlo_hooks.sql_lineage.api import (
    ColumnName,
    OutputColumn,
    StatementLineage,
    TableName,
    TableSchema,
    Transformation,
)
from phlo_hooks_dagster.compiled import whole_table
from phlo_hooks_dagster.snapshot import Relation
from phlo_hooks_dagster.translator import dbt
from phlo_hooks_dagster.translator.columns import Spellings, listed, schema_of
from phlo_hooks_dagster.translator.context import Origin, RunContext

SQL_LIMIT: Final = 32 * 1024
CUT: Final = "\n-- … (cut)"

_STRONGEST: Final = (
    Transformation.AGGREGATION,
    Transformation.TRANSFORMATION,
    Transformation.IDENTITY,
    Transformation.CONDITIONAL,
)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """
    A model's SQL, read.

    Attributes:
        tables: What it reads, the model itself left out.
        columns: Column edges by upstream table, direct and indirect.
        told: The output columns that it says something about.
        whole: Whether nothing is missing: then what it does not say is not so.
        warning: Why something is missing.
        outputs: Every column that it makes; none unless ``whole``.
    """

    sql: str
    dialect: str
    tables: frozenset[DatasetRef] = frozenset()
    columns: Mapping[DatasetRef, Sequence[ColumnEdge]] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    whole: bool = False
    warning: str | None = None
    outputs: tuple[str, ...] = ()


class StatementReader(Protocol):
    """Finds out which column of a statement comes from which."""

    def read(
        self, sql: str, *, relation: Relation, schemas: SchemaLookup, about: str | None
    ) -> StatementLineage | None:
        """
        Return what the statement says, ``None`` when nothing here can read SQL.

        Args:
            about: The asset, for the log line of a warning; ``None`` for no line.
        """


class SchemaLookup(Protocol):
    """Returns the columns of a table, ``None`` when they are not known."""

    def __call__(self, table: TableName) -> TableSchema | None:
        """Return them."""


def statement_of(  # where the SQL may be found
    context: RunContext, origin: Origin, key: str, dataset: DatasetRef, event_id: str, *, final: bool
) -> Statement | None:
    """
    Return the SQL that made the asset's table, read; ``None`` when it has none or it is not known.

    Args:
        final: Nothing more will be known: the results of dbt, which it writes when it ends, are read too, and what is
            not understood is warned of.
    """
    asset = context.asset(key)
    relation = asset.relation if asset is not None else None
    if relation is None or not relation.is_made_of_sql or context.reader is None:
        return None
    sql = dbt.compiled_sql(context, origin, relation.unique_id, ended=final) or _recorded(context, event_id)
    if sql is None:
        return None
    whole = whole_table(relation, sql)
    about = key if final else None
    found = context.reader.read(whole or sql, relation=relation, schemas=_Schemas(context, relation), about=about)
    if found is None:
        return Statement(sql=sql, dialect=relation.adapter)
    statement = _Mapping(context, relation, dataset, found).statement(sql)
    return statement if whole is not None else replace(statement, outputs=())


def _recorded(context: RunContext, event_id: str) -> str | None:
    """Return the SQL that was recorded when the run was first translated: dbt's folder may be gone since."""
    event = context.recorded.event(event_id) if context.recorded is not None else None
    sql = event.sql if isinstance(event, LineageEvent) else None
    return None if sql is None or sql.endswith(CUT) else sql


class _Schemas:
    """The columns of tables as far as this run, or what was recorded before it, tells."""

    def __init__(self, context: RunContext, relation: Relation) -> None:
        self._context = context
        self._relation = relation

    def __call__(self, table: TableName) -> TableSchema | None:
        dataset = table_of(self._context, self._relation, table)
        return None if dataset is None else schema_of(self._context, dataset)


def table_of(context: RunContext, relation: Relation, table: TableName) -> DatasetRef | None:
    """Return the dataset of a table that the model's statement names."""
    return context.resolver.read_table(
        relation.adapter, catalog=table.catalog, schema=table.schema, table=table.name, home=relation.database
    )


class _Mapping:
    """One statement's tables as datasets, and its columns as the platform spells them."""

    def __init__(self, context: RunContext, relation: Relation, own: DatasetRef, lineage: StatementLineage) -> None:
        self._relation = relation
        self._lineage = lineage
        self._own = own
        found = {table: table_of(context, relation, table) for table in lineage.tables}
        self._unknown = sorted(str(table) for table, dataset in found.items() if dataset is None)
        self._tables = {table: dataset for table, dataset in found.items() if dataset is not None and dataset != own}
        self._upstream = {
            dataset: Spellings(relation.adapter, listed(context, dataset)) for dataset in self._tables.values()
        }
        self._downstream = Spellings(relation.adapter, listed(context, own))
        # What an earlier run left behind may lack a column that the model has got since.
        self._reported = str(own) in context.state.tables

    def statement(self, sql: str) -> Statement:
        """Return it with datasets."""
        lineage = self._lineage
        edges: dict[DatasetRef, dict[ColumnEdge, None]] = {}
        for column in lineage.columns:
            name = self._downstream.spell(column.name)
            if name is None and not self._reported:
                name = column.name
            if name is not None:
                self._add(edges, self._of_column(column), name)
        if lineage.columns:
            self._add(edges, lineage.rows, None)
        missing = f"which schema {', '.join(self._unknown)} is in is not known" if self._unknown else None
        whole = lineage.complete and lineage.warning is None and not self._unknown
        return Statement(
            sql=sql,
            dialect=self._relation.adapter,
            tables=frozenset(self._tables.values()),
            columns={dataset: tuple(found) for dataset, found in edges.items()},
            told=frozenset(self._downstream.spell(column.name) or column.name for column in lineage.columns),
            whole=whole,
            warning=lineage.warning or missing,
            outputs=tuple(column.name for column in lineage.columns) if whole else (),
        )

    def _of_column(self, column: OutputColumn) -> Iterable[tuple[ColumnName, Transformation]]:
        """Return each source once for its value, in the strongest way, and once for each way that is indirect."""
        direct: dict[ColumnName, Transformation] = {}
        for how in _STRONGEST:
            for source, way in column.sources:
                if way is how:
                    direct.setdefault(source, how)
        return (*direct.items(), *((source, how) for source, how in column.sources if not how.direct))

    def _add(
        self,
        edges: dict[DatasetRef, dict[ColumnEdge, None]],
        sources: Iterable[tuple[ColumnName, Transformation]],
        downstream: str | None,
    ) -> None:
        for source, how in sorted(sources, key=lambda each: (each[0].name, each[1].value)):
            dataset = self._tables.get(source.table)
            name = self._upstream[dataset].spell(source.name) if dataset is not None else None
            if dataset is None or name is None:
                continue
            edge = ColumnEdge(
                upstream_column=name,
                downstream_column=downstream,
                kind="direct" if how.direct else "indirect",
                transformation=how.value,
            )
            edges.setdefault(dataset, {})[edge] = None
