"""What a platform calls an output column that has no alias."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.dialects import Platform
from phlo_hooks.sql_lineage.names import identifier_name, path_of


def output_name(node: exp.Expr, platform: Platform, position: int) -> str:
    """
    Return the name of an expression without an alias, ``position`` counted from 1.

    A column and a field keep their last name everywhere. What the platforms make of other expressions is followed as
    far as it is known; elsewhere the name is sqlglot's, and ``_col_N`` where it has none.
    """
    path = path_of(node)
    if path is not None:
        return identifier_name(path[-1], platform).text
    if isinstance(node, exp.Paren):
        return output_name(node.this, platform, position)
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return identifier_name(node.expression, platform).text
    rule = _RULES.get(platform.dialect)
    name = rule(node, position) if rule is not None else node.output_name
    return name or node.output_name or f"_col_{position}"


_CALL = re.compile(r"[A-Za-z_][A-Za-z_0-9]*(?=\(|$)")


def _function(node: exp.Expr, dialect: str) -> str:
    if isinstance(node, exp.Anonymous):
        return node.name
    if not isinstance(node, exp.Func):
        return ""
    found = _CALL.match(node.sql(dialect=dialect))
    return found[0] if found else ""


def _postgres(node: exp.Expr, _: int) -> str:
    while isinstance(node, exp.Cast | exp.Window | exp.Filter | exp.WithinGroup | exp.Bracket | exp.Paren):
        node = node.this
    if (known := path_of(node)) is not None:
        return known[-1].name
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Select) and node.this.expressions:
        return node.this.expressions[0].alias_or_name or _postgres(node.this.expressions[0], 0)
    if isinstance(node, exp.Exists | exp.Array | exp.Case):
        return type(node).__name__.lower()
    return _function(node, "postgres").lower() or "?column?"


def _duckdb(node: exp.Expr, _: int) -> str:
    if isinstance(node, exp.Count) and (isinstance(node.this, exp.Star) or node.this is None):
        return "count_star()"
    if isinstance(node, exp.Literal):
        return f"'{node.name}'" if node.is_string else node.name
    if isinstance(node, exp.Func) and not isinstance(node, exp.Cast | exp.Case | exp.Binary):
        text = node.sql(dialect="duckdb")
        function, bracket, rest = text.partition("(")
        return function.lower() + bracket + rest
    text = node.sql(dialect="duckdb")
    return f"({text})" if isinstance(node, exp.Binary) and not isinstance(node, exp.Dot) else text


def _bigquery(_: exp.Expr, position: int) -> str:
    return f"f{position - 1}_"


def _trino(_: exp.Expr, position: int) -> str:
    return f"_col{position - 1}"


def _snowflake(node: exp.Expr, _: int) -> str:
    return node.sql(dialect="snowflake").upper()


def _spark(node: exp.Expr, _: int) -> str:
    if isinstance(node, exp.JSONExtract) and node.args.get("variant_extract"):
        return node.expression.output_name or node.output_name
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        return "count(1)"
    text = node.sql(dialect="databricks")
    function, bracket, rest = text.partition("(")
    return function.lower() + bracket + rest if isinstance(node, exp.Func) else text


_RULES: dict[str, Callable[[exp.Expr, int], str]] = {
    "postgres": _postgres,
    "redshift": _postgres,
    "duckdb": _duckdb,
    "bigquery": _bigquery,
    "trino": _trino,
    "presto": _trino,
    "athena": _trino,
    "snowflake": _snowflake,
    "databricks": _spark,
    "spark": _spark,
}
