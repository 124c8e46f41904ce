"""A table's columns, as Dagster's table schemas have them."""

from __future__ import annotations

from dagster import TableSchema

from phlo_hooks.datasets import Column


def table_columns(schema: TableSchema) -> tuple[Column, ...]:
    """Return the columns in the schema's order."""
    return tuple(
        Column(
            name=column.name,
            type=column.type,
            nullable=column.constraints.nullable,
            description=column.description,
        )
        for column in schema.columns
    )
