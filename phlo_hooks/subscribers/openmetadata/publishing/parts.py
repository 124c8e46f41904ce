"""Columns, fields and tasks: what stands there and what is wanted become one list; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.names import Kind, join, split
from phlo_hooks.subscribers.openmetadata.publishing.records import text_digest

Part = Mapping[str, Any]

PARTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.TABLE: ("columns",),
    Kind.CONTAINER: ("dataModel", "columns"),
    Kind.API_ENDPOINT: ("responseSchema", "schemaFields"),
    Kind.PIPELINE: ("tasks",),
}
"""Where in an entity its parts are."""
TEXTS: Final = ("description", "displayName")
"""What the server protects from a bot's PUT, once it says something."""
_SENT: Final = frozenset(
    {
        *("name", "displayName", "description", "dataType", "dataTypeDisplay", "dataLength", "precision", "scale"),
        *("arrayDataType", "constraint", "jsonSchema", "children"),
        *("sourceUrl", "taskType", "taskSQL", "downstreamTasks", "startDate", "endDate"),
    }
)
"""Of a part, what a create request may say."""
_UNKNOWN: Final = "UNKNOWN"
_BESIDE: Final = ("responseSchema",)


@dataclass(frozen=True, kw_only=True)
class Ours:
    """
    What is ours in an entity.

    Attributes:
        entity: Whether we created it: only then its parts are changed, or go.
        whole: Whether what is wanted is all there is.
        one_case: Whether names that differ in case only are one.
        parts: Those that we sent, nested ones as ``a.b``.
        texts: Digests of the texts that we set, by where they stand.
    """

    entity: bool = False
    whole: bool = True
    one_case: bool = False
    parts: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)


def parts_at(body: Mapping[str, Any], kind: Kind) -> list[Part] | None:
    """Return an entity's columns, fields or tasks; ``None`` where it says nothing of any."""
    found: Any = body
    for step in PARTS.get(kind, ()):
        found = (found or {}).get(step)
    return found if isinstance(found, list) else None


def with_parts(body: Mapping[str, Any], kind: Kind, parts: Sequence[Part]) -> dict[str, Any]:
    """Return a body with other columns, fields or tasks."""
    outer, *inner = PARTS[kind]
    if not inner:
        return {**body, outer: list(parts)}
    return {**body, outer: {**(body.get(outer) or {}), inner[0]: list(parts)}}


def merge_parts(there: Sequence[Part], wanted: Sequence[Part], ours: Ours, within: str = "") -> list[dict[str, Any]]:
    """
    Return the parts to send.

    Those of others stay, as they are. Where the entity is ours the wanted ones come first, in their order; where it is
    not, what is missing comes last and nothing that is there changes.
    """
    left = {str(part["name"]): part for part in there}
    mine: list[dict[str, Any]] = []
    matched: dict[str, dict[str, Any]] = {}
    for part in wanted:
        found = left.pop(spelled(str(part["name"]), left, one_case=ours.one_case) or "", None)
        merged = as_sent(part) if found is None else _merged(found, part, ours, within)
        if found is not None:
            matched[str(found["name"])] = merged
        mine.append(merged)
    others = [as_sent(part) for name, part in left.items() if not _goes(within + name, ours)]
    if ours.entity:
        return mine + others
    known = {str(part["name"]) for part in there}
    stay = [matched.get(str(part["name"])) or as_sent(part) for part in there]
    return stay + [part for part in mine if part["name"] not in known]


def spelled(name: str, known: Mapping[str, Any], *, one_case: bool) -> str | None:
    """Return how a name is spelled among known ones; ``None`` where it is not among them."""
    if name in known or not one_case:
        return name if name in known else None
    return next((other for other in known if other.casefold() == name.casefold()), None)


def _goes(path: str, ours: Ours) -> bool:
    return ours.entity and ours.whole and path in ours.parts


def _merged(there: Part, wanted: Part, ours: Ours, within: str) -> dict[str, Any]:
    """Return one part that stands there and is wanted."""
    path = f"{within}{there['name']}"
    unknown = wanted.get("dataType") == _UNKNOWN
    base = as_sent(there) if not ours.entity or unknown else {**as_sent(wanted), "name": there["name"]}
    if ours.entity and not unknown and there.get("constraint") and "constraint" not in base:
        base["constraint"] = there["constraint"]
    if ours.entity and not unknown and (there.get("children") or wanted.get("children")):
        children = merge_parts(there.get("children") or (), wanted.get("children") or (), ours, f"{path}.")
        base["children"] = children
    for name in TEXTS:
        text = resolved(there.get(name), wanted.get(name), ours.texts.get(f"{path}/{name}"))
        if text:
            base[name] = text
    return base


def resolved(there: Any, wanted: Any, sent: str | None) -> str | None:
    """Return which text holds: ours fills what is empty and follows itself; a person's stays."""
    if not there:
        return wanted or None
    if wanted and sent == text_digest(str(there)):
        return str(wanted)
    return str(there)


def as_sent(part: Part) -> dict[str, Any]:
    """Return a part as a create request may have it."""
    sent = {name: value for name, value in part.items() if name in _SENT and value is not None}
    if sent.get("children"):
        sent["children"] = [as_sent(child) for child in sent["children"]]
    return sent


def walk(parts: Sequence[Part], within: str = "") -> Iterator[tuple[str, Part]]:
    """Yield every part with its path, nested ones as ``a.b``."""
    for part in parts:
        path = f"{within}{part['name']}"
        yield path, part
        yield from walk(part.get("children") or (), f"{path}.")


def tails(parts: Sequence[Part], fqn: str, kind: Kind) -> list[str]:
    """Return what follows the entity's full name in the full name of each column, as the server spells it."""
    beside = _BESIDE if kind is Kind.API_ENDPOINT else ()
    return [
        str(part.get("fullyQualifiedName") or "").removeprefix(f"{fqn}.") or join((*beside, *path))
        for path, part in _paths(parts)
    ]


def _paths(parts: Sequence[Part], within: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Part]]:
    for part in parts:
        path = (*within, str(part["name"]))
        yield path, part
        yield from _paths(part.get("children") or (), path)


def tail_of(column: str, known: Sequence[str]) -> str | None:
    """
    Return how a column is spelled there, among ``tails``; ``None`` for one that is not there.

    A name that differs in case is taken when only one does.
    """
    plain = {_plain(tail): tail for tail in reversed(known)}
    if column in plain:
        return plain[column]
    close = [tail for name, tail in plain.items() if name.casefold() == column.casefold()]
    return close[0] if len(close) == 1 else None


def _plain(tail: str) -> str:
    parts = split(tail)
    return ".".join(parts[1:] if len(parts) > 1 and parts[0] in _BESIDE else parts)
