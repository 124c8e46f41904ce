"""Physical tables, and what is known of their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from phlo_hooks.sql_lineage.api import ColumnName, TableName, TableSchema, Transformation
from phlo_hooks.sql_lineage.dialects import Platform
from phlo_hooks.sql_lineage.names import Name, name_of, second_key, table_part
from phlo_hooks.sql_lineage.relations import Columns, Field, Item, Rest, Value
from phlo_hooks.sql_lineage.structs import shape_of_type

Schemas: TypeAlias = Mapping[TableName, TableSchema] | Callable[[TableName], TableSchema | None]


class Tables:
    """
    The tables that a statement may name.

    Attributes:
        read: Those that it did name.
    """

    def __init__(
        self, schemas: Schemas, platform: Platform, *, default_catalog: str | None, default_schema: str | None
    ) -> None:
        self._schemas = schemas
        self._platform = platform
        self._defaults = (default_catalog, default_schema)
        self._by_name: dict[str, list[TableName]] | None = None
        self._columns: dict[TableName, Columns] = {}
        self.read: set[TableName] = set()

    def columns(self, parts: Sequence[Name]) -> tuple[TableName, Columns]:
        """Return the table that a dotted name means, and its columns; note that it is read."""
        table, schema = self._find(parts)
        self.read.add(table)
        if table not in self._columns:
            self._columns[table] = Columns(self._items(table, schema))
        return table, self._columns[table]

    def _items(self, table: TableName, schema: TableSchema | None) -> list[Item]:
        """Return the columns; where not all are known, none has a position, and what is not known comes first."""
        if schema is None:
            return [Rest(table=table)]
        items: list[Item] = []
        for spelled, kind in schema.columns.items():
            column = ColumnName(table=table, name=spelled)
            shape = shape_of_type(column, kind, self._platform) if kind else None
            value = Value(frozenset({(column, Transformation.IDENTITY)}), shape=shape)
            name = name_of(spelled, self._platform, quoted=True)
            items.append(Field(name.text, name.key, value, second_key(spelled, self._platform)))
        if not schema.complete or not items:
            return [Rest(table=table), *items]
        return items

    def _find(self, parts: Sequence[Name]) -> tuple[TableName, TableSchema | None]:
        spelled = table_name_of(parts)
        if not isinstance(self._schemas, Mapping):
            return self._ask(self._schemas, spelled)
        if (schema := self._schemas.get(spelled)) is not None:
            return spelled, schema
        found = self._candidates(self._schemas, parts)
        return (found, self._schemas[found]) if found is not None else (spelled, None)

    def _ask(
        self, schemas: Callable[[TableName], TableSchema | None], spelled: TableName
    ) -> tuple[TableName, TableSchema | None]:
        schema = schemas(spelled)
        if schema is None and spelled.catalog is None:
            catalog, default = self._defaults
            within = spelled.schema or default
            full = TableName(catalog=catalog if within else None, schema=within, name=spelled.name)
            schema = schemas(full) if full != spelled else None
        return spelled, schema

    def _candidates(self, schemas: Mapping[TableName, TableSchema], parts: Sequence[Name]) -> TableName | None:
        if self._by_name is None:
            self._by_name = {}
            for table in schemas:
                self._by_name.setdefault(table.name.lower(), []).append(table)
        wanted = [*([None] * (3 - len(parts))), *parts[-3:]]
        fitting = [table for table in self._by_name.get(parts[-1].text.lower(), ()) if self._fits(table, wanted)]
        if len(fitting) == 1:
            return fitting[0]
        catalog, schema = self._defaults
        for part, default in (("schema", schema), ("catalog", catalog)):
            if default is not None:
                at_home = [t for t in fitting if (getattr(t, part) or "").lower() == default.lower()]
                fitting = at_home or fitting
        exact = [table for table in fitting if table.name == parts[-1].text] if len(fitting) > 1 else fitting
        return exact[0] if len(exact) == 1 else None

    def _fits(self, table: TableName, wanted: Sequence[Name | None]) -> bool:
        """Whether a table that is known is the one that is spelled; a part that neither names is no difference."""
        if wanted[2] is None or not self._same(table.name, wanted[2]):
            return False
        for have, want, default in zip((table.catalog, table.schema), wanted[:2], self._defaults, strict=True):
            if have is None:
                if want is not None and default is not None and want.text.lower() != default.lower():
                    return False
                continue
            if want is not None and not self._same(have, want):
                return False
            if want is None and default is not None and have.lower() != default.lower():
                return False
        return True

    def _same(self, known: str, spelled: Name) -> bool:
        exact = table_part(known, self._platform, quoted=True).key
        return spelled.key in (exact, table_part(known, self._platform).key)


def table_name_of(parts: Sequence[Name]) -> TableName:
    """Return the table that dotted names mean as they are spelled."""
    words = [part.folded for part in parts]
    if len(words) > 3:  # noqa: PLR2004  catalog, schema, name; the rest belongs to the name
        words = [words[0], words[1], ".".join(words[2:])]
    padded = [None] * (3 - len(words)) + words
    return TableName(catalog=padded[0], schema=padded[1], name=words[-1])
