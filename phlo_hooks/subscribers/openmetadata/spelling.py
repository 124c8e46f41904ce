"""What OpenMetadata takes as a name, and how names that it refuses are spelled; parts of dotted names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha1
from typing import Final

from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind, join

_ESCAPES: Final = {
    "::": "__reserved__colon__",
    ">": "__reserved__arrow__",
    '"': "__reserved__quote__",
    "\n": "__reserved__newline__",
    "\r": "__reserved__carriage_return__",
    "\t": "__reserved__tab__",
}
"""How OpenMetadata's own connectors spell what the server refuses in names: so their entities and ours are the same."""
_ESCAPED: Final = re.compile("|".join(map(re.escape, _ESCAPES)))
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST: Final = 256
LONGEST_FIELD: Final = 128
"""Characters in the name of a field of an API's answer."""
_DIGEST: Final = 8
_LINK: Final = re.compile(r"[\w'\- .&/:+\"\\()$#%]+")
"""What a 1.6 server takes in a link to a table or column; later ones take more."""
_PART: Final = re.compile(r'(?:"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|([^.]*))(?:\.|\Z)')


@dataclass(frozen=True)
class Part:
    """One part of a dotted name; ``quoted`` when whoever wrote the name quoted it."""

    text: str
    quoted: bool = False


def legal(text: str, *, longest: int = _LONGEST) -> str:
    """
    Return the text as the server takes it for a name: 1 to ``longest`` characters, no ``::``, no newline, no quotes.

    Two texts do not become one: what is refused has a word in its place, and what is cut carries a digest.

    >>> legal("orders::2024")
    'orders__reserved__colon__2024'
    """
    spelled = _ESCAPED.sub(lambda found: _ESCAPES[found.group()], text)
    plain = _CONTROL.sub("_", spelled)
    if plain == spelled and plain and len(plain) <= longest:
        return plain
    digest = sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:_DIGEST]
    return f"{plain[: longest - _DIGEST - 1]}~{digest}"


def parts_of(name: str) -> tuple[Part, ...]:
    """
    Return the parts of a dotted name; a dot within quotes is part of a name, not between two.

    >>> [part.text for part in parts_of('warehouse."odd.schema".orders')]
    ['warehouse', 'odd.schema', 'orders']
    """
    parts = []
    at = 0
    while at < len(name):
        match = _PART.match(name, at)
        if match is None:  # the pattern takes any text; this is for the type checker
            break
        double, tick, bracket, plain = match.groups()
        quoted = double.replace('""', '"') if double is not None else tick if tick is not None else bracket
        parts.append(Part(plain or "") if quoted is None else Part(quoted, quoted=True))
        at = match.end()
    return tuple(part for part in parts if part.text) or (Part(name),)


def carries_tests(table: EntityName, column: str | None = None) -> bool:
    """
    Say whether tests can be told of a table, or of a column of it.

    Not every name can stand in the link from a test to what it tests; only tables have tests at all.
    """
    linked = (table.fqn,) if column is None else (table.fqn, column)
    return table.kind is Kind.TABLE and all(map(_is_linkable, linked))


def entity_link(table: EntityName, column: str | None = None) -> str:
    """
    Return the link with which a test names what it tests.

    >>> entity_link(EntityName(Kind.TABLE, ("duckdb", "shop", "raw", "orders")), "id")
    '<#E::table::duckdb.shop.raw.orders::columns::id>'
    """
    fqn = join(table.parts)
    return f"<#E::table::{fqn}>" if column is None else f"<#E::table::{fqn}::columns::{column}>"


def _is_linkable(text: str) -> bool:
    """Say whether a name can stand between the colons of a link, which are two."""
    return _LINK.fullmatch(text) is not None and "::" not in text and ":" not in (text[0], text[-1])
