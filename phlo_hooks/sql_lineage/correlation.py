"""Which names of a subquery's conditions may as well be columns of the query around it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.names import identifier_name, path_of
from phlo_hooks.sql_lineage.scope import Scope


def conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the conditions that AND joins."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.And):
            waiting += (node.expression, node.this)
        else:
            yield node


def doubtful_names(condition: exp.Expr, scope: Scope) -> frozenset[str]:
    """
    Return the keys of unqualified names of which one may be a column of the query around a subquery.

    A condition that names one column only is about the subquery's own, or it would say nothing of it. In ``u.a = b``
    and ``a = b`` either reading makes sense.
    """
    if scope.parent is None or not scope.correlated:
        return frozenset()
    bare: set[str] = set()
    own = False
    for node in condition.walk(prune=lambda part: isinstance(part, exp.Query | exp.Column)):
        path = path_of(node) if isinstance(node, exp.Column) else None
        if path is None:
            continue
        keys = [identifier_name(part, scope.platform).key for part in path]
        named = [level for level in scope.levels() for source in level.sources if source.answers_to(keys[:1])]
        if len(keys) == 1 or not (named or any(_is_qualified(keys, level) for level in scope.levels())):
            bare.add(keys[0])
        else:
            own = own or scope in named or _is_qualified(keys, scope)
    return frozenset(bare) if own or len(bare) > 1 else frozenset()


def _is_qualified(keys: list[str], scope: Scope) -> bool:
    return any(source.answers_to(keys[:size]) for size in range(1, len(keys)) for source in scope.sources)
