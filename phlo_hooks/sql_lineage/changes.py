"""Statements that write: what they make of what they read."""

from __future__ import annotations


from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.names import Name, identifier_name
from phlo_hooks.sql_lineage.queries import QueryReader
from phlo_hooks.sql_lineage.relations import Relation
from phlo_hooks.sql_lineage.sources import renamed



def read(node: exp.Expr, reader: QueryReader) -> Relation | None:
    """Return the relation that a statement makes; ``None`` when it makes none that can be told."""
    if isinstance(node, exp.Query | exp.Pivot | exp.Values | exp.Table):
        return reader.query(node, {}, None, top=True)
    if isinstance(node, exp.Create):
        return _create(node, reader)
    if isinstance(node, exp.Insert):
        return _insert(node, reader)
    return None


def _create(node: exp.Create, reader: QueryReader) -> Relation | None:
    query = node.expression
    if not isinstance(query, exp.Query | exp.Values | exp.Pivot | exp.Table):
        return None
    ctes = reader.with_ctes(node, {}, None)
    return _into(node.this, reader.query(query, ctes, None, top=True), reader)


def _insert(node: exp.Insert, reader: QueryReader) -> Relation | None:
    query = node.expression
    if not isinstance(query, exp.Query | exp.Values | exp.Pivot | exp.Table):
        return None
    ctes = reader.with_ctes(node, {}, None)
    relation = reader.query(query, ctes, None, top=True)
    return relation if node.args.get("by_name") else _into(node.this, relation, reader)


def _into(target: object, relation: Relation, reader: QueryReader) -> Relation:
    """Name the columns as the list beside the target does."""
    if not isinstance(target, exp.Schema):
        return relation
    names: list[Name] = []
    for column in target.expressions:
        part = column.this if isinstance(column, exp.ColumnDef) else column
        if isinstance(part, exp.Identifier):
            names.append(identifier_name(part, reader.platform))
    return Relation(renamed(relation.columns, names), relation.rows, relation.gaps) if names else relation
