"""What stands there, what is wanted and what we sent last become one PUT, one JSON patch, or nothing; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.publishing.parts import (
    PARTS,
    TEXTS,
    Ours,
    as_sent,
    merge_parts,
    parts_at,
    resolved,
    walk,
    with_parts,
)
from phlo_hooks.subscribers.openmetadata.publishing.records import is_ours, source_hash, text_digest

SERVICES: Final = frozenset(
    {
        Kind.API_SERVICE,
        Kind.DASHBOARD_SERVICE,
        Kind.DATABASE_SERVICE,
        Kind.PIPELINE_SERVICE,
        Kind.STORAGE_SERVICE,
    }
)
HASHED: Final = frozenset({Kind.API_ENDPOINT, Kind.CONTAINER, Kind.DASHBOARD, Kind.PIPELINE, Kind.TABLE})
"""Kinds whose create request takes a ``sourceHash``; another one makes the server store the whole body."""
_REFERENCES: Final = frozenset({"name", "service", "database", "databaseSchema", "apiCollection", "parent"})
_CARRIED: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.TABLE: (
        *("tableType", "sourceUrl", "schemaDefinition", "tableConstraints", "tablePartition", "fileFormat"),
        *("retentionPeriod", "locationPath", "extension"),
    ),
    Kind.PIPELINE: (*("sourceUrl", "concurrency", "pipelineLocation", "startDate", "scheduleInterval", "extension"),),
    Kind.API_ENDPOINT: ("endpointURL", "requestMethod", "requestSchema", "responseSchema", "sourceUrl", "extension"),
    Kind.CONTAINER: (
        *("dataModel", "prefix", "numberOfObjects", "size", "fileFormats", "fullPath", "sourceUrl", "extension"),
    ),
    Kind.DASHBOARD: ("sourceUrl", "dashboardType", "project", "charts", "dataModels", "extension"),
    Kind.DATABASE: ("sourceUrl", "retentionPeriod", "default", "extension"),
    Kind.DATABASE_SCHEMA: ("sourceUrl", "retentionPeriod", "extension"),
    Kind.API_COLLECTION: ("endpointURL", "sourceUrl", "extension"),
}
"""What a PUT that leaves it out may erase."""
_LISTED: Final = ("dataProducts", "charts", "dataModels")
"""Lists of references there, lists of full names in a request."""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """
    What to do to an entity: the patch first, as it names columns by their places, then the PUT.

    Attributes:
        put: The whole body; ``None`` where a PUT would change nothing.
        patch: JSON patch operations, with a ``test`` before each that stands in a list.
        parts: Paths of columns, fields or tasks that are ours from now on.
        texts: Digests of the texts that are ours from now on, by where they stand.
        ours: Whether the entity is ours.
    """

    put: dict[str, Any] | None = None
    patch: tuple[dict[str, Any], ...] = ()
    parts: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    ours: bool = True


def merge_entity(kind: Kind, there: Mapping[str, Any] | None, wanted: Mapping[str, Any], ours: Ours) -> Merged:
    """
    Compare an entity with what is wanted of it.

    Args:
        there: As the server has it, with all fields that a PUT may erase; ``None`` where it has none.
        wanted: The create request; ``None`` as a value takes away what is ours.
        ours: What we sent before.
    """
    parts = parts_at(wanted, kind) or []
    paths = tuple(path for path, _ in walk(parts))
    new = hashed(kind, _as_new(kind, wanted, parts))
    if there is None:
        return Merged(put=new, parts=paths, texts=_texts_of(new, parts))
    mine = _ours_in(there, new, parts, ours)
    put = _put(kind, there, _body(kind, there, wanted, mine), mine)
    texts = dict(_texts(kind, there, wanted, mine))
    return Merged(
        put=put,
        patch=tuple(_patch(kind, there, texts, put=put)),
        parts=tuple(sorted(_sent_parts(there, kind, paths, mine))),
        texts={path: text_digest(text) for path, (text, is_mine) in texts.items() if is_mine},
        ours=mine.entity,
    )


def hashed(kind: Kind, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body with its ``sourceHash``, without which untracked fields would be echoed and not stored."""
    return {**body, "sourceHash": source_hash(body)} if kind in HASHED else body


def _as_new(kind: Kind, wanted: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    body = {name: value for name, value in wanted.items() if value is not None}
    return with_parts(body, kind, [as_sent(part) for part in parts]) if parts else body


def _ours_in(there: Mapping[str, Any], new: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], ours: Ours) -> Ours:
    """Return what is ours; all of it where the very body stands there that we would send, whoever forgot sending it."""
    mine = replace(ours, entity=_still_ours(there, ours))
    if not new.get("sourceHash") or there.get("sourceHash") != new["sourceHash"]:
        return mine
    paths = {path for path, _ in walk(parts)}
    return replace(mine, parts=ours.parts | paths, texts={**_texts_of(new, parts), **ours.texts})


def _put(kind: Kind, there: Mapping[str, Any], body: dict[str, Any], ours: Ours) -> dict[str, Any] | None:
    """
    Return the body of a PUT; ``None`` where it would change nothing.

    A service that is there is never put: a PUT without its connection is refused, and ours has none to send.
    """
    put = hashed(kind, body) if ours.entity else _with_their_hash(kind, there, body)
    if there.get("deleted"):
        return put
    if kind in SERVICES or not _differs(kind, there, body, ours):
        return None
    return None if ours.entity and put.get("sourceHash", "") == there.get("sourceHash") else put


def _still_ours(there: Mapping[str, Any], ours: Ours) -> bool:
    """Whether an entity that we created was not taken over by another connector, which leaves its own hash."""
    theirs = there.get("sourceHash")
    return is_ours(theirs) or (ours.entity and not theirs)


def _with_their_hash(kind: Kind, there: Mapping[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "sourceHash": there["sourceHash"]} if kind in HASHED and there.get("sourceHash") else body


def _body(kind: Kind, there: Mapping[str, Any], wanted: Mapping[str, Any], ours: Ours) -> dict[str, Any]:
    """Return the whole body: nothing that a PUT would erase is missing."""
    body = {name: value for name, value in wanted.items() if name in _REFERENCES}
    body["name"] = there.get("name", wanted["name"])
    for name in (*_CARRIED.get(kind, ()), *(key for key in wanted if key not in _REFERENCES and key not in TEXTS)):
        value = _value(name, there, wanted, ours)
        if value is not None:
            body[name] = value
    for name in TEXTS:
        text = resolved(there.get(name), wanted.get(name), ours.texts.get(name))
        if text:
            body[name] = text
    products = _as_requested("dataProducts", there.get("dataProducts"))
    if products:
        body["dataProducts"] = products
    if kind in PARTS and (parts_at(wanted, kind) is not None or parts_at(there, kind) is not None):
        merged = merge_parts(parts_at(there, kind) or (), parts_at(wanted, kind) or (), ours)
        body = with_parts(body, kind, merged)
    return body


def _value(name: str, there: Mapping[str, Any], wanted: Mapping[str, Any], ours: Ours) -> Any:
    stands = _as_requested(name, there.get(name))
    if name in wanted and ours.entity:
        if name in _LISTED and stands:
            return [*wanted[name], *(each for each in stands if each not in wanted[name])]
        return wanted[name]
    return stands if stands not in (None, [], {}, "") else wanted.get(name)


def _as_requested(name: str, value: Any) -> Any:
    """Return references as the full names that a request has in their place."""
    if name in _LISTED and isinstance(value, list):
        return [
            each.get("fullyQualifiedName") or each.get("name") if isinstance(each, dict) else each for each in value
        ]
    return value


def _differs(kind: Kind, there: Mapping[str, Any], body: Mapping[str, Any], ours: Ours) -> bool:
    """Whether a PUT would change more than texts."""
    taken = {name for name in _CARRIED.get(kind, ()) if there.get(name) not in (None, [], {}, "")}
    if not ours.entity:
        found = parts_at(there, kind) or []
        return len(list(walk(parts_at(body, kind) or []))) > len(list(walk(found)))
    names = [name for name in body if name not in _REFERENCES and name not in TEXTS and name != "dataProducts"]
    stands = {name: _as_requested(name, there.get(name)) for name in names}
    return bool(taken - body.keys()) or not covers(stands, {name: body[name] for name in names})


def covers(there: Any, wanted: Any) -> bool:
    """Whether everything that is wanted stands there already; texts do not count, the server adds what it likes."""
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(
            name in TEXTS or _same(name, there.get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        found = there or []
        return len(found) == len(wanted) and all(covers(one, other) for one, other in zip(found, wanted, strict=True))
    return bool(there == wanted)


def _same(name: str, there: Any, wanted: Any) -> bool:
    if name == "dataTypeDisplay":
        return str(there or "").lower() == str(wanted or "").lower()
    if wanted in (None, [], {}) and there in (None, [], {}):
        return True
    return covers(there, wanted)


def _texts_of(body: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    places = [("", body), *((f"{path}/", part) for path, part in walk(parts))]
    return {f"{at}{name}": text_digest(each[name]) for at, each in places for name in TEXTS if each.get(name)}


def _texts(
    kind: Kind, there: Mapping[str, Any], wanted: Mapping[str, Any], ours: Ours
) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yield each wanted text's place, the text that holds there, and whether it is ours."""
    stands = dict(walk(parts_at(there, kind) or ()))
    folded = {path.casefold(): path for path in stands} if ours.one_case else {}
    places = [("", there, wanted)]
    for path, part in walk(parts_at(wanted, kind) or ()):
        known = path if path in stands else folded.get(path.casefold(), path)
        places.append((f"{known}/", stands.get(known, {}), part))
    for at, old, new in places:
        for name in TEXTS:
            if new.get(name):
                sent = ours.texts.get(f"{at}{name}")
                text = str(resolved(old.get(name), new[name], sent))
                yield f"{at}{name}", (text, not old.get(name) or sent == text_digest(str(old[name])))


def _patch(
    kind: Kind, there: Mapping[str, Any], texts: Mapping[str, tuple[str, bool]], *, put: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    """Yield what changes our texts: a bot's PUT fills an empty one, and never changes another."""
    if there.get("deleted"):
        return
    places = dict(_places(parts_at(there, kind) or (), "/" + "/".join(PARTS.get(kind, ()))))
    for path, (text, is_ours_now) in texts.items():
        at, _, name = path.rpartition("/")
        if not is_ours_now or (at and at not in places):
            continue
        pointer, part = places[at] if at else ("", there)
        if part.get(name) == text or (put is not None and not part.get(name)):
            continue
        if at:
            yield {"op": "test", "path": f"{pointer}/name", "value": part["name"]}
        yield {"op": "add", "path": f"{pointer}/{name}", "value": text}


def _places(
    parts: Sequence[Mapping[str, Any]], pointer: str, within: str = ""
) -> Iterator[tuple[str, tuple[str, Mapping[str, Any]]]]:
    for index, part in enumerate(parts):
        path = f"{within}{part['name']}"
        yield path, (f"{pointer}/{index}", part)
        yield from _places(part.get("children") or (), f"{pointer}/{index}/children", f"{path}.")


def _sent_parts(there: Mapping[str, Any], kind: Kind, paths: Sequence[str], ours: Ours) -> set[str]:
    """Return the parts that are ours: those that we bring, and those that we brought before and still want."""
    stands = {path for path, _ in walk(parts_at(there, kind) or ())}
    folded = {path.casefold(): path for path in stands} if ours.one_case else {}
    spelled = {path if path in stands else folded.get(path.casefold(), path) for path in paths}
    return {path for path in spelled if path not in stands or path in ours.parts} | (
        set() if ours.whole else {path for path in ours.parts if path in stands}
    )
