"""A table's columns, as Dagster's table schemas have them."""

from __future__ import annotations

from typing import Final

from dagster import TableSchema

from phlo_hooks.datasets import Column

UNTOLD: Final = "?"
"""What dagster-dbt says where a project documents a column without its type."""


def table_columns(schema: TableSchema) -> tuple[Column, ...]:
    """Return the columns in the schema's order."""
    return tuple(
        Column(
            name=column.name,
            type=None if column.type == UNTOLD else column.type,
            nullable=column.constraints.nullable,
            description=column.description or None,
        )
        for column in schema.columns
    )
