"""Column lineage of a whole project: each statement with the schemas of what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from phlo_hooks.exceptions import UnknownDialectError
from phlo_hooks.sql_lineage.api import ColumnName, StatementLineage, TableName, TableSchema, Transformation
from phlo_hooks.sql_lineage.cache import (
    CachedLineage,
    LineageCache,
    MemoryLineageCache,
    schema_digest,
    statement_digest,
)
from phlo_hooks.sql_lineage.table_index import TableIndex

UNSAVED: Final = 64
"""Results that may wait before they are put into the cache."""
_Key = tuple[str, str, str | None, str | None]


@dataclass(frozen=True, kw_only=True)
class SqlNode:
    """
    One table of a project and the statement that makes it.

    Attributes:
        relation: ``None`` for a statement that makes no table of its own.
        sql: As compiled; ``None`` when no SQL makes it, or none is known.
        upstreams: Ids of the nodes it is known to read, so that what is cached of all of them is fetched at once.
        columns: As the database has them.
        current: Whether ``columns`` were read after the table was made from this SQL; else what the SQL says counts
            too, where the two differ.
        documented: As people wrote them: some are missing as a rule.
    """

    unique_id: str
    relation: TableName | None
    dialect: str
    sql: str | None = None
    default_catalog: str | None = None
    default_schema: str | None = None
    upstreams: tuple[str, ...] = ()
    columns: TableSchema | None = None
    current: bool = True
    documented: TableSchema | None = None


class ProjectLineage:
    """
    Analyses statements when they are asked for, each once; not for several threads at a time.

    The schema of a table is the one recorded in the database, else what its own SQL makes, else what is documented.

    Args:
        schemas: What the caller knows of the database; it comes before what the nodes say.
        cache: Where results are kept; by default as long as this object.
    """

    def __init__(
        self,
        nodes: Iterable[SqlNode],
        *,
        schemas: Callable[[TableName], TableSchema | None] | None = None,
        cache: LineageCache | None = None,
    ) -> None:
        self.nodes: Mapping[str, SqlNode] = {node.unique_id: node for node in nodes}
        self._index = TableIndex(
            ((node.relation, node.unique_id) for node in self.nodes.values() if node.relation),
            dialect=next((node.dialect for node in self.nodes.values()), ""),
        )
        self._known = schemas
        self._cache = MemoryLineageCache() if cache is None else cache
        self._cached: dict[str, list[CachedLineage]] = {}
        self._unsaved: list[CachedLineage] = []
        self._schemas: dict[TableName, TableSchema | None] = {}
        self._lineages: dict[str, StatementLineage] = {}
        self._under_way: list[str] = []
        self._own: dict[str, TableSchema] = {}

    def lineage(self, unique_id: str) -> StatementLineage:
        """
        Return what a node is made from; an incremental model's reading of itself is left out.

        Raises:
            KeyError: No node has that id.
        """
        try:
            return self._lineage(unique_id)
        finally:
            self.save()

    def lineages(self) -> Iterator[tuple[str, StatementLineage]]:
        """Yield what every node that has SQL is made from."""
        chosen = [node.unique_id for node in self.nodes.values() if node.sql]
        try:
            self._fetch(chosen)
            for unique_id in chosen:
                yield unique_id, self._lineage(unique_id)
        finally:
            self.save()

    def statement(
        self, sql: str, *, dialect: str, default_catalog: str | None = None, default_schema: str | None = None
    ) -> StatementLineage:
        """Return what any statement makes of the project's tables."""
        try:
            return self._statement((sql, dialect, default_catalog, default_schema))
        finally:
            self.save()

    def schema(self, table: TableName) -> TableSchema | None:
        """Return the columns of a table, as far as they are known."""
        if table not in self._schemas:
            found = self._known(table) if self._known else None
            if found is None:
                unique_id = self._index.find(table)
                found = self._schema_of(self.nodes[unique_id]) if unique_id else None
                if unique_id in self._under_way:
                    return found
            self._schemas[table] = found
        return self._schemas[table]

    def find(self, table: TableName) -> SqlNode | None:
        """Return the node whose table a statement means by this name."""
        unique_id = self._index.find(table)
        return self.nodes[unique_id] if unique_id else None

    def save(self) -> None:
        """Put what was found out into the cache."""
        unsaved, self._unsaved = self._unsaved, []
        if unsaved:
            self._cache.put(unsaved)

    def _schema_of(self, node: SqlNode) -> TableSchema | None:
        if (node.columns is not None and (node.current or not node.sql)) or node.unique_id in self._under_way:
            return node.columns or self._own.get(node.unique_id) or node.documented
        inferred = _schema_made(self._lineage(node.unique_id)) if node.sql else None
        if node.columns is not None:
            return _agreed(node.columns, inferred)
        if inferred is None or inferred.complete or node.documented is None:
            return inferred or node.documented
        if node.documented.complete:
            return node.documented
        return TableSchema(columns={**node.documented.columns, **inferred.columns}, complete=False)

    def _lineage(self, unique_id: str) -> StatementLineage:
        if unique_id not in self._lineages:
            order = self._order(unique_id)
            self._fetch(order)
            for each in order:
                self._lineages[each] = self._analysed(self.nodes[each])
        return self._lineages[unique_id]

    def _order(self, unique_id: str) -> list[str]:
        """Return the nodes that must be analysed for this one, it itself last: chains may be longer than the stack."""
        order: list[str] = []
        seen = {unique_id}
        path = [(unique_id, iter(self._needed(self.nodes[unique_id])))]
        while path:
            current, rest = path[-1]
            above = next((each for each in rest if each not in seen), None)
            if above is None:
                order.append(current)
                path.pop()
            else:
                seen.add(above)
                path.append((above, iter(self._needed(self.nodes[above]))))
        return order

    def _needed(self, node: SqlNode) -> list[str]:
        """Return the nodes above whose columns follow only from their SQL."""
        above = (self.nodes[each] for each in node.upstreams if each in self.nodes)
        return [
            each.unique_id
            for each in above
            if each.sql
            and each.unique_id not in self._lineages
            and each.unique_id not in self._under_way
            and not (each.columns is not None and each.current)
            and not (self._known and each.relation and self._known(each.relation))
        ]

    def _analysed(self, node: SqlNode) -> StatementLineage:
        if not node.sql:
            return StatementLineage(complete=False)
        key = (node.sql, node.dialect, node.default_catalog, node.default_schema)
        self._under_way.append(node.unique_id)
        try:
            found = self._statement(key)
            made = _schema_made(found)
            if made is not None and any(self._index.find(table) == node.unique_id for table in found.tables):
                # It reads what it made the last time: at least the columns that it makes now.
                self._own[node.unique_id] = replace(made, complete=False)
                found = self._statement(key)
        finally:
            self._under_way.pop()
        return self._without_itself(node, found)

    def _statement(self, key: _Key) -> StatementLineage:
        sql, dialect, default_catalog, default_schema = key
        statement = _digest(key)
        for entry in self._entries(statement):
            if all(schema_digest(self.schema(table)) == found for table, found in entry.schemas.items()):
                return entry.lineage
        # Imported here: when everything is cached, the parser is not needed.
        from phlo_hooks.sql_lineage.statement import statement_lineage  # noqa: PLC0415

        asked: dict[TableName, str] = {}

        def ask(table: TableName) -> TableSchema | None:
            schema = self.schema(table)
            asked[table] = schema_digest(schema)
            return schema

        try:
            lineage = statement_lineage(
                sql, dialect=dialect, schemas=ask, default_catalog=default_catalog, default_schema=default_schema
            )
        except UnknownDialectError as error:
            return StatementLineage(complete=False, warning=str(error))
        entry = CachedLineage(statement=statement, schemas=asked, lineage=lineage)
        self._cached.setdefault(statement, []).append(entry)
        self._unsaved.append(entry)
        if len(self._unsaved) >= UNSAVED:
            self.save()
        return lineage

    def _entries(self, statement: str) -> list[CachedLineage]:
        if statement not in self._cached:
            self._cached[statement] = list(self._cache.get([statement]).get(statement, ()))
        return self._cached[statement]

    def _fetch(self, unique_ids: Iterable[str]) -> None:
        """Read what is cached of these nodes, all at once."""
        nodes = [self.nodes[unique_id] for unique_id in unique_ids]
        wanted = {
            _digest((node.sql, node.dialect, node.default_catalog, node.default_schema)) for node in nodes if node.sql
        }
        wanted -= self._cached.keys()
        if wanted:
            found = self._cache.get(wanted)
            self._cached.update((statement, list(found.get(statement, ()))) for statement in wanted)

    def _without_itself(self, node: SqlNode, lineage: StatementLineage) -> StatementLineage:
        own = {table for table in lineage.tables if self._index.find(table) == node.unique_id}
        if not own:
            return lineage

        def others(
            found: frozenset[tuple[ColumnName, Transformation]],
        ) -> frozenset[tuple[ColumnName, Transformation]]:
            return frozenset((column, how) for column, how in found if column.table not in own)

        columns = tuple(replace(column, sources=others(column.sources)) for column in lineage.columns)
        return replace(lineage, columns=columns, rows=others(lineage.rows), tables=lineage.tables - own)


def _digest(key: _Key) -> str:
    # Imported here: it looks for installed packages, which is slow.
    from phlo_hooks.sql_lineage.engine_version import engine_version  # noqa: PLC0415

    sql, dialect, default_catalog, default_schema = key
    return statement_digest(
        sql, dialect=dialect, default_catalog=default_catalog, default_schema=default_schema, engine=engine_version()
    )


def _schema_made(lineage: StatementLineage) -> TableSchema | None:
    if not lineage.columns:
        return None
    return TableSchema(
        columns=dict.fromkeys((column.name for column in lineage.columns), ""), complete=lineage.complete
    )


def _agreed(recorded: TableSchema, inferred: TableSchema | None) -> TableSchema:
    """Return the recorded columns, which may be those of an older version, with those that the SQL makes now."""
    if inferred is None:
        return recorded
    known = {name.lower() for name in recorded.columns}
    added = {name: "" for name in inferred.columns if name.lower() not in known}
    same = not added and (not inferred.complete or len(inferred.columns) == len(recorded.columns))
    return recorded if same else TableSchema(columns={**recorded.columns, **added}, complete=False)
