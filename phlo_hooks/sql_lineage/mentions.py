"""What the words of a statement tell when it cannot be parsed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlglot import Token, TokenType

from phlo_hooks.sql_lineage.dialects import Platform
from phlo_hooks.sql_lineage.names import Name, name_of, table_part

_BEFORE_A_TABLE = frozenset({TokenType.FROM, TokenType.JOIN})
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})
_UNFINISHED = frozenset(
    {
        TokenType.ON, TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.WHERE, TokenType.JOIN, TokenType.FROM,
        TokenType.USING, TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.HAVING, TokenType.QUALIFY,
        TokenType.PARTITION_BY, TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.SELECT,
        TokenType.WITH, TokenType.CASE, TokenType.WHEN, TokenType.THEN, TokenType.ELSE, TokenType.LIKE, TokenType.IN,
    }
)  # fmt: skip
_ENDS_A_CHAIN = frozenset({TokenType.COMMA, TokenType.FROM, TokenType.SELECT, TokenType.WHERE, TokenType.R_PAREN})
_NEAR = 500
"""How many words back the bracket of a function is looked for."""
_FUNCTIONS_WITH_FROM = frozenset({"extract", "trim", "substring", "overlay", "position"})


def has_template(tokens: Sequence[Token]) -> bool:
    """Whether Jinja stands in the text, outside comments and strings."""
    blocks = {TokenType.BLOCK_START, TokenType.BLOCK_END}
    if any(token.token_type in blocks for token in tokens):
        return True
    return any(
        first.token_type is second.token_type is TokenType.L_BRACE and first.end + 1 == second.start
        for first, second in pairwise(tokens)
    )


def is_cut_off(tokens: Sequence[Token]) -> bool:
    """Whether the text ends with a word that something must follow."""
    return bool(tokens) and tokens[-1].token_type in _UNFINISHED


def nesting(tokens: Sequence[Token]) -> int:
    """Return how deep parentheses, brackets and CASE stand in each other, or subscripts behind each other."""
    depth = deepest = chain = 0
    for before, token in pairwise(tokens):
        if token.token_type in _OPENING:
            depth += 1
        elif token.token_type in _CLOSING:
            depth = max(0, depth - 1)
        if token.token_type is TokenType.L_BRACKET:
            chain += 1
        elif token.token_type in _ENDS_A_CHAIN and before.token_type is not TokenType.L_BRACKET:
            chain = 0
        deepest = max(deepest, depth, chain)
    return deepest


def mentioned_tables(tokens: Sequence[Token], platform: Platform) -> Iterator[list[Name]]:
    """Yield the names that stand after FROM and JOIN, those of WITH and of functions left out."""
    named = {name_of(token.text, platform).key for token in _ctes(tokens)}
    for position, token in enumerate(tokens):
        if token.token_type not in _BEFORE_A_TABLE:
            continue
        if _in_function(tokens, position):
            continue
        parts, after = _chain(tokens, position + 1)
        called = after < len(tokens) and tokens[after].token_type is TokenType.L_PAREN
        if not parts or called or (len(parts) == 1 and name_of(parts[0].text, platform).key in named):
            continue
        yield [table_part(word, platform, quoted=quoted) for part in parts for word, quoted in _words(part, platform)]


def _words(token: Token, platform: Platform) -> Iterator[tuple[str, bool]]:
    quoted = token.token_type is TokenType.IDENTIFIER
    split = quoted and platform.dialect == "bigquery"
    for word in token.text.split(".") if split else [token.text]:
        yield word, quoted


def _chain(tokens: Sequence[Token], position: int) -> tuple[list[Token], int]:
    parts: list[Token] = []
    while position < len(tokens) and tokens[position].token_type in (TokenType.VAR, TokenType.IDENTIFIER):
        parts.append(tokens[position])
        position += 1
        if position >= len(tokens) or tokens[position].token_type is not TokenType.DOT:
            break
        position += 1
    return parts, position


def _ctes(tokens: Sequence[Token]) -> Iterator[Token]:
    for first, second, third in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if second.token_type is TokenType.ALIAS and third.token_type is TokenType.L_PAREN:
            yield first


def _in_function(tokens: Sequence[Token], position: int) -> bool:
    """Whether a FROM belongs to ``extract(… FROM …)`` or the like, or to IS DISTINCT FROM."""
    if position and tokens[position - 1].token_type is TokenType.DISTINCT:
        return True
    depth = 0
    for index in range(position - 1, max(0, position - _NEAR), -1):
        kind = tokens[index].token_type
        if kind is TokenType.R_PAREN:
            depth += 1
        elif kind is TokenType.L_PAREN:
            if depth == 0:
                return tokens[index - 1].text.lower() in _FUNCTIONS_WITH_FROM
            depth -= 1
    return False
