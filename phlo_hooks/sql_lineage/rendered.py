"""A table's name from the text that a tool rendered."""

from __future__ import annotations

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from phlo_hooks.sql_lineage.api import TableName
from phlo_hooks.sql_lineage.dialects import Platform
from phlo_hooks.sql_lineage.names import Name, table_part
from phlo_hooks.sql_lineage.tables import table_name_of


def parse_table(rendered: str, platform: Platform) -> TableName:
    """Return the table that a dotted, perhaps quoted name means; text that is no such name is one exact name."""
    try:
        table = sqlglot.exp.to_table(rendered, dialect=platform.dialect)
    except (SqlglotError, RecursionError, ValueError):
        return TableName(name=rendered)
    parts = name_parts(table, platform)
    return table_name_of(parts) if parts else TableName(name=rendered)


def name_parts(table: exp.Table, platform: Platform) -> list[Name]:
    """Return the parts of a table's name, from the outermost."""
    return [
        table_part(part.name, platform, quoted=bool(part.args.get("quoted")))
        for part in table.parts
        if isinstance(part, exp.Identifier) and part.name
    ]
