"""Owners, tags, domains: filled where they are empty, one at a time where the server refuses one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind, join, split
from phlo_hooks.subscribers.openmetadata.publishing.parts import PARTS, parts_at, spelled
from phlo_hooks.subscribers.openmetadata.publishing.records import EntityRecord
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending
from phlo_hooks.subscribers.openmetadata.requests import Governance, PutEntity

_GLOSSARY: Final = "glossary:"
_TEAM: Final = "team:"


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One thing to set or to take away.

    Attributes:
        what: What it is about, for people; each step's is another.
        tag: The tag, where it is one to set.
        operations: Of a JSON patch.
        remember: Notes it, when it went well.
    """

    what: str
    operations: tuple[Mapping[str, Any], ...]
    remember: Callable[[EntityRecord], None]
    tag: str = ""


def govern(sending: Sending, request: PutEntity, there: Mapping[str, Any], record: EntityRecord) -> bool:
    """
    Bring owners, tags, domain and data products to an entity; nothing of a person's is replaced.

    Args:
        there: The entity as it stands there now.
        record: Takes down what we set.

    Returns:
        Whether anything was sent.
    """
    if request.governance == Governance() and not record.tags:
        return False
    steps = list(_steps(sending, request, there, record))
    path = f"{PATHS[request.name.kind]}/{there['id']}"
    if steps:
        try:
            sending.client.patch(path, [operation for step in steps for operation in step.operations])
        except Refused:
            _one_by_one(sending, request, path, record)
        else:
            for step in steps:
                step.remember(record)
    return _products(sending, request, there, record) or bool(steps)


def give_back(sending: Sending, request: PutEntity, there: Mapping[str, Any], put: Mapping[str, Any]) -> None:
    """
    Set tags of columns again that the server drops with another type.

    Args:
        there: The entity before the PUT.
    """
    kind = request.name.kind
    types = {str(part["name"]): part.get("dataType") for part in parts_at(put, kind) or ()}
    lost = {
        str(part["name"]): part["tags"]
        for part in parts_at(there, kind) or ()
        if part.get("tags") and types.get(str(part["name"])) not in (None, part.get("dataType"))
    }
    now = sending.entity(request.name) if lost else None
    pointer = "/" + "/".join(PARTS.get(kind, ()))
    for index, part in enumerate(parts_at(now or {}, kind) or ()):
        if part["name"] in lost and not part.get("tags"):
            place = f"{pointer}/{index}"
            patch = [
                {"op": "test", "path": f"{place}/name", "value": part["name"]},
                {"op": "add", "path": f"{place}/tags", "value": lost[part["name"]]},
            ]
            try:
                sending.client.patch(f"{PATHS[kind]}/{there['id']}", patch)
            except Refused as refusal:
                sending.warn(f"column {part['name']} of {request.name} lost its tags with its type: {refusal.message}")


def _steps(sending: Sending, request: PutEntity, there: Mapping[str, Any], record: EntityRecord) -> Iterator[Step]:
    yield from _owners(sending, request.governance, there, record)
    yield from _domain(sending, request.governance, there, record)
    yield from _tags(request.governance.tags, there, "", "", record)
    yield from _column_tags(request, there, record)


def _one_by_one(sending: Sending, request: PutEntity, path: str, record: EntityRecord) -> None:
    """Patch each alone, so that one that is refused costs only itself; read anew, as each moves what follows."""
    tried: set[str] = set()
    while True:
        there = sending.entity(request.name) or {}
        step = next((each for each in _steps(sending, request, there, record) if each.what not in tried), None)
        if step is None:
            return
        tried.add(step.what)
        _patch_one(sending, request.name, path, step, record)


def _patch_one(sending: Sending, name: EntityName, path: str, step: Step, record: EntityRecord) -> None:
    for again in (True, False):
        try:
            sending.client.patch(path, step.operations)
        except Refused as refusal:
            if again and refusal.status == HTTPStatus.NOT_FOUND and step.tag and _make_tag(sending, step.tag):
                continue
            sending.warn(f"{step.what} cannot be set on {name}: {refusal.message}")
        else:
            step.remember(record)
        return


def _owners(sending: Sending, wanted: Governance, there: Mapping[str, Any], record: EntityRecord) -> Iterator[Step]:
    """Yield the owners to set: none where someone else set any, or took ours away."""
    stand = sorted(str(each.get("id")) for each in there.get("owners") or ())
    if not wanted.owners or stand != sorted(record.owners):
        return
    found = [reference for owner in wanted.owners if (reference := _owner(sending, owner)) is not None]
    ids = sorted(each["id"] for each in found)
    if found and ids != stand:
        yield Step(
            what="the owners",
            operations=({"op": "add", "path": "/owners", "value": found},),
            remember=lambda record: setattr(record, "owners", ids),
        )


def _owner(sending: Sending, owner: str) -> dict[str, str] | None:
    """Return a reference to a team or user; a user is also found by the part of the address before the ``@``."""
    if owner.startswith(_TEAM):
        kind, name = "team", owner.removeprefix(_TEAM)
    else:
        kind, name = "user", owner.partition("@")[0]
    found = sending.looked_up(f"{kind}s/name/{quote(join((name,)), safe='')}")
    known = str((found or {}).get("email") or "").casefold()
    if found is None or ("@" in owner and known != owner.casefold()):
        sending.warn(f"there is no {kind} {owner!r} who could own anything; say in owners = {{…}} who it is there")
        return None
    return {"id": str(found["id"]), "type": kind}


def _domain(sending: Sending, wanted: Governance, there: Mapping[str, Any], record: EntityRecord) -> Iterator[Step]:
    """Yield the domain to set: none where there is another one than ours, or ours was taken away."""
    listed = sending.client.server().features.domains
    stands = (there.get("domains") or []) if listed else [each for each in [there.get("domain")] if each]
    if not wanted.domain or [str(each.get("id")) for each in stands] != ([record.domain] if record.domain else []):
        return
    found = sending.looked_up(EntityName(Kind.DOMAIN, split(wanted.domain)).path)
    if found is None:
        sending.warn(f"there is no domain {wanted.domain!r}; domains are made by people")
        return
    reference = {"id": str(found["id"]), "type": "domain"}
    if reference["id"] != record.domain:
        value: Any = [reference] if listed else reference
        yield Step(
            what=f"the domain {wanted.domain}",
            operations=({"op": "add", "path": "/domains" if listed else "/domain", "value": value},),
            remember=lambda record: setattr(record, "domain", reference["id"]),
        )


def _tags(
    wanted: Sequence[str], there: Mapping[str, Any], pointer: str, within: str, record: EntityRecord
) -> Iterator[Step]:
    """Yield tags that are missing, but for those that a person took away; then ours that the code has no longer."""
    stand = [str(each.get("tagFQN")) for each in there.get("tags") or ()]
    empty = not stand
    for index in reversed(range(len(stand))):
        key = within + stand[index]
        if key in record.tags and stand[index] not in [tag.removeprefix(_GLOSSARY) for tag in wanted]:
            place = f"{pointer}/tags/{index}"
            yield Step(
                what=f"the end of tag {_shown(key)}",
                operations=(
                    {"op": "test", "path": f"{place}/tagFQN", "value": stand[index]},
                    {"op": "remove", "path": place},
                ),
                remember=_forgetting(key),
            )
    for tag in wanted:
        fqn = tag.removeprefix(_GLOSSARY)
        if fqn in stand or within + fqn in record.tags:
            continue
        label = {
            "tagFQN": fqn,
            "source": "Glossary" if fqn != tag else "Classification",
            "labelType": "Automated",
            "state": "Confirmed",
        }
        path = f"{pointer}/tags" if empty else f"{pointer}/tags/-"
        yield Step(
            what=f"the tag {_shown(within + fqn)}",
            operations=({"op": "add", "path": path, "value": [label] if empty else label},),
            remember=_taking(within + fqn),
            tag=tag,
        )
        empty = False


def _shown(key: str) -> str:
    """Return a tag, and which column's it is."""
    column, _, tag = key.rpartition("\n")
    return f"{tag} of column {column}" if column else tag


def _taking(key: str) -> Callable[[EntityRecord], None]:
    return lambda record: record.tags.append(key)


def _forgetting(key: str) -> Callable[[EntityRecord], None]:
    return lambda record: record.tags.remove(key)


def _column_tags(request: PutEntity, there: Mapping[str, Any], record: EntityRecord) -> Iterator[Step]:
    parts = {str(part["name"]): (index, part) for index, part in enumerate(parts_at(there, request.name.kind) or ())}
    wanted = {
        name: tags
        for column, tags in request.governance.column_tags.items()
        if (name := spelled(column, parts, one_case=request.one_case)) is not None
    }
    tagged = {key.partition("\n")[0] for key in record.tags if "\n" in key}
    pointer = "/" + "/".join(PARTS.get(request.name.kind, ()))
    for name in sorted({*wanted, *(tagged & parts.keys())}):
        index, part = parts[name]
        place = f"{pointer}/{index}"
        for step in _tags(wanted.get(name, ()), part, place, f"{name}\n", record):
            test = {"op": "test", "path": f"{place}/name", "value": name}
            yield replace(step, operations=(test, *step.operations))


def _make_tag(sending: Sending, tag: str) -> bool:
    """Make a tag that the settings name and the server lacks, with its classification; never a glossary's."""
    if tag.startswith(_GLOSSARY):
        return False
    classification, *parts = split(tag)
    if not parts:
        return False
    client = sending.client
    try:
        if client.get(EntityName(Kind.CLASSIFICATION, (classification,)).path) is None:
            body = {"name": classification, "description": "Tags that come from code, by phlo-hooks."}
            client.put(PATHS[Kind.CLASSIFICATION], body)
        for depth in range(1, len(parts) + 1):
            name = EntityName(Kind.TAG, (classification, *parts[:depth]))
            if client.get(name.path) is None:
                above = {"parent": name.parent_fqn} if depth > 1 else {}
                body = {"name": name.name, "classification": join((classification,)), **above}
                client.put(PATHS[Kind.TAG], {**body, "description": f"{name.name}, as the code says it."})
    except Refused as refusal:
        sending.warn(f"tag {tag} cannot be made: {refusal.message}")
        return False
    return True


def _products(sending: Sending, request: PutEntity, there: Mapping[str, Any], record: EntityRecord) -> bool:
    """Join data products, but for those that a person took it out of."""
    stand = {str(each.get("fullyQualifiedName")) for each in there.get("dataProducts") or ()}
    sent = False
    for product in request.governance.data_products:
        if product in stand or product in record.products:
            continue
        path = f"{PATHS[Kind.DATA_PRODUCT]}/{quote(product, safe='')}/assets/add"
        try:
            sending.client.put(path, {"assets": [{"id": there["id"], "type": request.name.kind.value}]})
        except Refused as refusal:
            sending.warn(f"{request.name} cannot join the data product {product!r}: {refusal.message}")
            continue
        record.products.append(product)
        sent = True
    return sent
