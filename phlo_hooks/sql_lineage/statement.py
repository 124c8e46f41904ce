"""The front door: SQL text in, lineage out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from phlo_hooks.sql_lineage.api import StatementLineage, TableName, TableSchema

_NO_SCHEMAS: Mapping[TableName, TableSchema] = {}


def statement_lineage(
    sql: str,
    *,
    dialect: str,
    schemas: Mapping[TableName, TableSchema] | Callable[[TableName], TableSchema | None] = _NO_SCHEMAS,
    default_catalog: str | None = None,
    default_schema: str | None = None,
) -> StatementLineage:
    """
    Return which columns a statement makes, and from which.

    No edge is guessed: what a name means and cannot be known for certain is left out, and ``warning`` says so.

    Args:
        sql: A query, or a statement with one in it, such as ``CREATE TABLE … AS``.
        dialect: The name of dbt's adapter (``duckdb``, ``postgres``, ``snowflake``, ``bigquery``, ``databricks``,
            ``redshift``, ``trino`` …) or sqlglot's of the dialect.
        schemas: What is known of the tables. A name in the statement with fewer or more parts than the one here means
            the same table when it fits only one. A function is asked with the name as the statement has it.
        default_catalog: The catalog of a name that has none.
        default_schema: The schema of a name that has none.

    Raises:
        UnknownDialectError: When nobody can read the dialect. SQL that cannot be parsed raises nothing.
    """
    from phlo_hooks.sql_lineage.engine import Engine  # noqa: PLC0415  sqlglot takes its time to import

    engine = Engine(dialect, schemas, default_catalog=default_catalog, default_schema=default_schema)
    return engine.lineage(sql)
