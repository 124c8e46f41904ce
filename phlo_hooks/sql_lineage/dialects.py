"""How each platform spells names and which name it means, as far as lineage needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlglot.dialects.dialect import Dialect

from phlo_hooks.exceptions import UnknownDialectError


@dataclass(frozen=True, kw_only=True)
class Platform:
    """
    The rules of one platform.

    Attributes:
        dialect: sqlglot's name of it.
        fold: What becomes of the letters of an unquoted name; ``keep`` where names are compared without their case
            and shown as written.
        quoted_exact: Whether a quoted name is compared letter by letter.
        exact_tables: Whether the names of tables are compared letter by letter, quoted or not.
        lateral_aliases: Whether an item of SELECT may use the alias of an earlier one.
        alias_in_where: Whether WHERE may use an alias; ``alias_in_group`` and ``alias_in_having`` likewise.
        bare_date_parts: Whether ``month`` may stand without quotes where a function wants a part of a date.
        alias_first: Whether GROUP BY and HAVING prefer an alias over a column.
        order_by_expression_of_aliases: Whether an expression in ORDER BY may use an alias, not only a bare name.
        using_in_place: Whether ``*`` leaves the columns of USING where the left table has them.
        dot_fields: Whether ``a.b`` may be field ``b`` of column ``a``.
        implicit_lateral: Whether a subquery in FROM sees the tables before it.
        implicit_recursion: Whether a CTE may be recursive without saying so.
        arrays_in_from: Whether FROM may name an array of a table around a subquery.
        methods: Whether ``a.upper()`` is a function of column ``a``; elsewhere ``a`` is the function's schema.
        rows_are_values: Whether the name of a table may stand for its row where a value stands.
        unpivot_values_first: Whether UNPIVOT puts the values before their names.
        alias_in_join: Whether ON may use an alias of SELECT.
        renames_duplicates: Whether the second ``id`` of a subquery is called ``id_1``.
    """

    dialect: str
    fold: Literal["lower", "upper", "keep"] = "lower"
    quoted_exact: bool = False
    exact_tables: bool = False
    lateral_aliases: bool = True
    alias_first: bool = False
    alias_in_where: bool = False
    alias_in_group: bool = True
    alias_in_having: bool = True
    bare_date_parts: bool = False
    order_by_expression_of_aliases: bool = True
    using_in_place: bool = False
    dot_fields: bool = True
    implicit_lateral: bool = False
    implicit_recursion: bool = False
    arrays_in_from: bool = False
    methods: bool = False
    rows_are_values: bool = False
    unpivot_values_first: bool = False
    alias_in_join: bool = False
    renames_duplicates: bool = False


_PLATFORMS = {
    platform.dialect: platform
    for platform in (
        Platform(
            dialect="duckdb",
            fold="keep",
            alias_in_where=True,
            using_in_place=True,
            implicit_lateral=True,
            methods=True,
            rows_are_values=True,
            renames_duplicates=True,
        ),
        Platform(
            dialect="postgres",
            quoted_exact=True,
            lateral_aliases=False,
            alias_in_having=False,
            order_by_expression_of_aliases=False,
            dot_fields=False,
            rows_are_values=True,
        ),
        Platform(
            dialect="snowflake",
            fold="upper",
            quoted_exact=True,
            alias_in_where=True,
            alias_in_join=True,
            bare_date_parts=True,
            dot_fields=False,
            implicit_recursion=True,
        ),
        Platform(
            dialect="bigquery",
            fold="keep",
            exact_tables=True,
            lateral_aliases=False,
            alias_first=True,
            bare_date_parts=True,
            arrays_in_from=True,
            rows_are_values=True,
            unpivot_values_first=True,
        ),
        Platform(dialect="databricks", fold="keep", bare_date_parts=True),
        Platform(dialect="spark", fold="keep", bare_date_parts=True),
        Platform(dialect="hive", fold="keep", lateral_aliases=False),
        Platform(
            dialect="redshift",
            alias_in_having=False,
            order_by_expression_of_aliases=False,
            bare_date_parts=True,
            arrays_in_from=True,
            rows_are_values=True,
        ),
        *(
            Platform(dialect=name, lateral_aliases=False, alias_in_group=False, alias_in_having=False)
            for name in ("trino", "presto", "athena")
        ),
        Platform(dialect="mysql", fold="keep", lateral_aliases=False, dot_fields=False),
        Platform(dialect="sqlite", fold="keep", lateral_aliases=False, alias_in_where=True, dot_fields=False),
        Platform(
            dialect="tsql",
            fold="keep",
            lateral_aliases=False,
            alias_in_group=False,
            alias_in_having=False,
            bare_date_parts=True,
            dot_fields=False,
            implicit_recursion=True,
        ),
        Platform(
            dialect="oracle",
            fold="upper",
            quoted_exact=True,
            lateral_aliases=False,
            alias_in_group=False,
            alias_in_having=False,
            implicit_recursion=True,
        ),
        Platform(dialect="clickhouse", fold="keep", alias_first=True, alias_in_where=True),
    )
}
_ALIASES = {
    "postgresql": "postgres",
    "motherduck": "duckdb",
    "alloydb": "postgres",
    "databricks_sql": "databricks",
    "sqlserver": "tsql",
    "synapse": "tsql",
    "fabric": "tsql",
    "starburst": "trino",
    "glue": "spark",
    "sparksql": "spark",
    "pyspark": "spark",
}


def platform_of(dialect: str) -> Platform:
    """
    Return the rules of a dialect, by dbt's name of the adapter or sqlglot's of the dialect.

    Raises:
        UnknownDialectError: When neither knows it.
    """
    name = _ALIASES.get(dialect.strip().lower(), dialect.strip().lower())
    if name in _PLATFORMS:
        return _PLATFORMS[name]
    if not name or Dialect.get(name) is None:
        raise UnknownDialectError(dialect, tuple(sorted({*_PLATFORMS, *_ALIASES})))
    return Platform(dialect=name, fold="keep", lateral_aliases=False)
