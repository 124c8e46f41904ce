"""Which column a SQL statement makes from which."""

from __future__ import annotations

from phlo_hooks.sql_lineage.api import (
    ColumnName,
    OutputColumn,
    StatementLineage,
    TableName,
    TableSchema,
    Transformation,
)
from phlo_hooks.sql_lineage.statement import statement_lineage
from phlo_hooks.sql_lineage.statement_names import column_name, table_name

__all__ = [
    "ColumnName",
    "OutputColumn",
    "StatementLineage",
    "TableName",
    "TableSchema",
    "Transformation",
    "column_name",
    "statement_lineage",
    "table_name",
]
