"""Names as a statement spells them, and as the platform compares them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.dialects import Platform

_CREDENTIALS = re.compile(r"://[^/]*@")


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """
    One identifier.

    Attributes:
        text: As the platform would show it as the name of an output column.
        key: Two names are the same when their keys are.
        folded: The one spelling for all that are the same: what a column of an unknown table is called.
    """

    text: str
    key: str
    folded: str
    quoted: bool = False


def name_of(text: str, platform: Platform, *, quoted: bool = False) -> Name:
    """Return a column's name, or a CTE's or an alias', from its spelling."""
    if platform.fold == "keep":
        key = text if quoted and platform.quoted_exact else text.lower()
        return Name(text=text, key=key, folded=key, quoted=quoted)
    if quoted and platform.quoted_exact:
        return Name(text=text, key=text, folded=text, quoted=True)
    folded = text.upper() if platform.fold == "upper" else text.lower()
    return Name(text=folded, key=folded, folded=folded, quoted=quoted)


def table_part(text: str, platform: Platform, *, quoted: bool = False) -> Name:
    """Return one part of a table's name from its spelling; a file's without what may be secret in its address."""
    if "://" in text:
        text = _CREDENTIALS.sub("://", text.partition("?")[0])
    if platform.exact_tables:
        return Name(text=text, key=text, folded=text, quoted=quoted)
    return name_of(text, platform, quoted=quoted)


def identifier_name(node: exp.Expr, platform: Platform) -> Name:
    """Return the name that an identifier, or a literal in its place, spells."""
    quoted = bool(node.args.get("quoted")) or isinstance(node, exp.Literal)
    return name_of(node.name, platform, quoted=quoted)


def second_key(text: str, platform: Platform) -> str:
    """
    Return the other key under which a name of a schema is found.

    Documentation spells names as people type them, ``order_id`` for Snowflake's ``ORDER_ID``.
    """
    return name_of(text, platform).key


def path_of(node: exp.Expr) -> list[exp.Identifier] | None:
    """Return the identifiers of a dotted chain such as ``catalog.schema.table.column.field``, or ``None``."""
    tail: list[exp.Identifier] = []
    while type(node) is exp.Dot and isinstance(node.expression, exp.Identifier):
        tail.append(node.expression)
        node = node.this
    if isinstance(node, exp.Identifier) and tail:
        return [node, *reversed(tail)]
    if not isinstance(node, exp.Column) or not isinstance(node.this, exp.Identifier):
        return None
    parts = (node.args.get(key) for key in ("catalog", "db", "table", "this"))
    return [*(part for part in parts if isinstance(part, exp.Identifier)), *reversed(tail)]
