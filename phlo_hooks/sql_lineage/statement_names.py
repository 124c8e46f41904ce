"""Rendered names, as tools around a statement have them, in the form that its lineage uses."""

from __future__ import annotations

from phlo_hooks.sql_lineage.api import TableName


def table_name(rendered: str, *, dialect: str) -> TableName:
    """
    Return a rendered name such as dbt's ``"db"."schema"."name"`` as a statement's lineage would name the table.

    Raises:
        UnknownDialectError: When nobody can read the dialect.
    """
    from phlo_hooks.sql_lineage.dialects import platform_of  # noqa: PLC0415  sqlglot takes its time to import
    from phlo_hooks.sql_lineage.rendered import parse_table  # noqa: PLC0415  sqlglot takes its time to import

    return parse_table(rendered, platform_of(dialect))


def column_name(name: str, *, dialect: str, quoted: bool = False) -> str:
    """
    Return a column's name as the platform would show it.

    Raises:
        UnknownDialectError: When nobody can read the dialect.
    """
    from phlo_hooks.sql_lineage.dialects import platform_of  # noqa: PLC0415  sqlglot takes its time to import
    from phlo_hooks.sql_lineage.names import name_of  # noqa: PLC0415  sqlglot takes its time to import

    return name_of(name, platform_of(dialect), quoted=quoted).text
