"""The columns that DuckDB's ``COLUMNS(…)`` and a star with LIKE choose."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.relations import Item, Rest, gap

_Test = Callable[[str], bool]

_LIKES = (exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.RegexpFullMatch, exp.Glob)


def is_filtered_star(node: exp.Expr) -> bool:
    """Whether a node is ``* LIKE 'a%'`` or the like, perhaps negated."""
    inner = node.this if isinstance(node, exp.Not) else node
    return isinstance(inner, _LIKES) and isinstance(inner.this, exp.Star | exp.Columns)


def like(items: Iterable[Item], node: exp.Expr) -> list[Item]:
    """Return the columns that ``* LIKE 'a%'`` chooses."""
    return _chosen(items, _test(node), node)


def chosen(items: Iterable[Item], argument: exp.Expr) -> list[Item]:
    """Return the columns that the argument of ``COLUMNS(…)`` chooses: a pattern, a list of names or a lambda."""
    if isinstance(argument, exp.Star):
        return list(items)
    if isinstance(argument, exp.Literal):
        return _chosen(items, _pattern(argument.name, str), argument)
    if isinstance(argument, exp.Array):
        names = [element.name.lower() for element in argument.expressions if isinstance(element, exp.Literal)]
        test = (lambda name: name.lower() in names) if len(names) == len(argument.expressions) else None
        return _chosen(items, test, argument)
    return _chosen(items, _test(argument.this) if isinstance(argument, exp.Lambda) else None, argument)


def _chosen(items: Iterable[Item], test: _Test | None, node: exp.Expr) -> list[Item]:
    if test is None:
        return [Rest(value=gap(f"which columns {node.sql(dialect='duckdb')} chooses cannot be read"))]
    return [item for item in items if isinstance(item, Rest) or test(item.name)]


def _test(node: exp.Expr) -> _Test | None:
    """Return whether a name is chosen, for the conditions that can be read: those that compare a name with words."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Not):
        inner = _test(node.this)
        return None if inner is None else lambda name: not inner(name)
    if isinstance(node, exp.And | exp.Or):
        return _both(_test(node.left), _test(node.right), all if isinstance(node, exp.And) else any)
    if isinstance(node, exp.In):
        words = [word.name for word in node.expressions if isinstance(word, exp.Literal)]
        return (lambda name: name in words) if words and len(words) == len(node.expressions) else None
    literal = node.args.get("expression")
    return _comparison(node, literal.name) if isinstance(literal, exp.Literal) else None


def _both(left: _Test | None, right: _Test | None, rule: Callable[[Iterable[bool]], bool]) -> _Test | None:
    if left is None or right is None:
        return None
    return lambda name: rule((left(name), right(name)))


def _comparison(node: exp.Expr, word: str) -> _Test | None:
    if isinstance(node, exp.EQ | exp.NEQ):
        return lambda name: (name == word) is isinstance(node, exp.EQ)
    if isinstance(node, exp.StartsWith | exp.EndsWith):
        return lambda name: name.startswith(word) if isinstance(node, exp.StartsWith) else name.endswith(word)
    if isinstance(node, exp.Like | exp.ILike):
        body = re.escape(word).replace("%", ".*").replace("_", ".")
        return _pattern(f"^{body}$", str.lower if isinstance(node, exp.ILike) else str)
    if isinstance(node, exp.SimilarTo | exp.RegexpFullMatch):
        return _pattern(f"^(?:{word})$", str)
    return _pattern(word, str) if isinstance(node, exp.RegexpLike) else None


def _pattern(text: str, fold: Callable[[str], str]) -> _Test | None:
    try:
        wanted = re.compile(fold(text))
    except re.error:
        return None
    return lambda name: wanted.search(fold(name)) is not None
