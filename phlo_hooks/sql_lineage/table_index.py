"""Tables by what a statement calls them: spelled another way, quoted or not, with or without the catalog."""

from __future__ import annotations

from collections.abc import Iterable

from phlo_hooks.sql_lineage.api import TableName

_Key = tuple[str | None, str | None, str]


class TableIndex:
    """
    What is stored under tables, found by names of which one side may lack the catalog.

    A name without a catalog is that of a table only when no other one fits. A name without a schema is nobody's, as it
    depends on the session which schema it means.

    Args:
        dialect: Of the platform, which says whether case makes a difference.
    """

    def __init__(self, tables: Iterable[tuple[TableName, str]], *, dialect: str) -> None:
        self._dialect = dialect
        self._exact: dict[_Key, str] = {}
        self._loose: dict[tuple[str | None, str], list[_Key]] = {}
        for table, value in tables:
            key = table_key(table, dialect=dialect)
            if key not in self._exact:
                self._exact[key] = value
                self._loose.setdefault(key[1:], []).append(key)

    def find(self, table: TableName) -> str | None:
        """Return what is stored under the table, ``None`` when it is unknown or could be several."""
        key = table_key(table, dialect=self._dialect)
        found = self._exact.get(key)
        if found is not None or key[1] is None:
            return found
        near = self._loose.get(key[1:], [])
        fitting = [each for each in near if key[0] is None or each[0] is None]
        return self._exact[fitting[0]] if len(fitting) == 1 else None


def table_key(table: TableName, *, dialect: str) -> _Key:
    """Return what two spellings of one table have in common."""
    parts = (table.catalog, table.schema, table.name)
    if _is_exact(dialect):
        return parts
    catalog, schema, name = (part and part.lower() for part in parts)
    return (catalog, schema, name or "")


def _is_exact(dialect: str) -> bool:
    """Whether folded names of tables are compared letter by letter."""
    from phlo_hooks.sql_lineage.dialects import platform_of  # noqa: PLC0415  # imports the parser

    try:
        platform = platform_of(dialect)
    except ValueError:
        return False
    return platform.quoted_exact or platform.exact_tables
