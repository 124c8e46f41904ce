"""From text to lineage: parsing, the statement's own kind, and what to say when something cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import sqlglot
from sqlglot import Token
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from phlo_hooks.sql_lineage import changes
from phlo_hooks.sql_lineage.api import OutputColumn, StatementLineage
from phlo_hooks.sql_lineage.dialects import platform_of
from phlo_hooks.sql_lineage.mentions import has_template, is_cut_off, mentioned_tables, nesting
from phlo_hooks.sql_lineage.queries import QueryReader
from phlo_hooks.sql_lineage.relations import Field, Relation, Rest
from phlo_hooks.sql_lineage.tables import Schemas, Tables

DEEPEST = 250
"""Parentheses within parentheses; sqlglot's parser is recursive."""
LONGEST = 2_000_000
"""Characters; a statement past that is data, not a model."""
_SHOWN = 3
"""Reasons that a warning gives; it counts the others."""

_PREPARATIONS = (exp.Set, exp.Use, exp.Semicolon, exp.Pragma, exp.Analyze, exp.Drop, exp.Comment)
"""Statements that make no columns and stand around those that do."""


class Engine:
    """Reads statements of one dialect against one set of schemas."""

    def __init__(
        self, dialect: str, schemas: Schemas, *, default_catalog: str | None, default_schema: str | None
    ) -> None:
        self.platform = platform_of(dialect)
        self.tables = Tables(schemas, self.platform, default_catalog=default_catalog, default_schema=default_schema)

    def lineage(self, sql: str) -> StatementLineage:
        """Return the lineage of a text, whatever is in it."""
        if len(sql) > LONGEST:
            return self._unread(f"the statement is longer than {LONGEST} characters", ())
        try:
            tokens = sqlglot.tokenize(sql, read=self.platform.dialect)
        except (SqlglotError, RecursionError) as exc:
            return self._unread(f"the statement cannot be read: {_first_line(exc)}", ())
        if has_template(tokens):
            return self._unread("the statement still has Jinja in it: compile it first", tokens)
        if is_cut_off(tokens):
            return self._unread("the statement is cut off", tokens)
        if nesting(tokens) > DEEPEST:
            return self._unread(f"the statement is nested deeper than {DEEPEST} levels", tokens)
        return self._parsed(sql, tokens)

    def _parsed(self, sql: str, tokens: Sequence[Token]) -> StatementLineage:
        logger = logging.getLogger("sqlglot")
        quiet = logger.level
        logger.setLevel(logging.CRITICAL)
        try:
            dialect = sqlglot.Dialect.get_or_raise(self.platform.dialect)
            statements = [found for found in dialect.parser().parse(list(tokens), sql) if found is not None]
        except SqlglotError as exc:
            return self._unread(f"the statement cannot be parsed: {_first_line(exc)}", tokens)
        except RecursionError:
            return self._unread("the statement is nested too deep to be parsed", tokens)
        except Exception as exc:  # noqa: BLE001  sqlglot's parser raises anything on text that is no SQL
            return self._unread(f"the statement cannot be parsed: {type(exc).__name__}: {_first_line(exc)}", tokens)
        finally:
            logger.setLevel(quiet)
        try:
            return self._read(statements, tokens)
        except RecursionError:
            return self._unread("the statement is nested too deep to be read", tokens)
        except Exception as exc:  # noqa: BLE001  a tree that we did not expect must not stop a run's lineage
            return self._unread(f"the statement cannot be read: {type(exc).__name__}: {_first_line(exc)}", tokens)

    def _read(self, statements: Sequence[exp.Expr], tokens: Sequence[Token]) -> StatementLineage:
        made = [found for found in statements if not isinstance(found, _PREPARATIONS)]
        if not made:
            return self._unread("there is no query in the statement", tokens)
        reader = QueryReader(self.tables, self.platform)
        readings = [changes.read(found, reader) for found in made]
        relation = readings[-1]
        if relation is None:
            return self._unread(f"{_kind(made[-1])} is not read", tokens)
        notes = [f"{len(made)} statements; columns are those of the last"] if len(made) > 1 else []
        return self._answer(relation, notes)

    def _answer(self, relation: Relation, notes: list[str]) -> StatementLineage:
        reasons = notes
        columns: list[OutputColumn] = []
        for item in relation.columns.items:
            if isinstance(item, Field):
                columns.append(OutputColumn(name=item.name, sources=item.value.sources))
                reasons += [f"column {item.name}: {reason}" for reason in sorted(item.value.gaps)]
            else:
                reasons += _about_rest(item)
        reasons += [f"rows: {reason}" for reason in sorted(relation.gaps)]
        return StatementLineage(
            columns=tuple(columns),
            complete=relation.columns.closed,
            rows=relation.rows,
            tables=frozenset(self.tables.read),
            warning=_one_line(reasons),
        )

    def _unread(self, reason: str, tokens: Sequence[Token]) -> StatementLineage:
        for parts in mentioned_tables(tokens, self.platform):
            self.tables.columns(parts)
        return StatementLineage(complete=False, tables=frozenset(self.tables.read), warning=reason)


def _about_rest(item: Rest) -> list[str]:
    if item.table is not None:
        return [f"not all columns of {item.table} are known, and * takes them"]
    return sorted(item.value.gaps | item.gaps) or ["the names of some columns are not in the statement"]


def _one_line(reasons: Iterable[str]) -> str | None:
    found = list(dict.fromkeys(reasons))
    if not found:
        return None
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return " ".join("; ".join(found[:_SHOWN]).split()) + more


def _first_line(exc: BaseException) -> str:
    return next(iter(str(exc).splitlines()), type(exc).__name__).rstrip(".")


def _kind(node: exp.Expr) -> str:
    return (node.name if isinstance(node, exp.Command) else type(node).__name__).upper()
