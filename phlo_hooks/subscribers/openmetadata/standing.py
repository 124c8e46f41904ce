"""How things stand on the server: which datasets it has, with how much column lineage, and what it has twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.subscribers.openmetadata.client import Client, Refused
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind, split
from phlo_hooks.subscribers.openmetadata.naming import Naming

_TABLE_PARTS: Final = 4
_SAME: Final = 2
"""Schema and table: two tables with these alike may be one."""
_FOUND: Final = 50
"""Tables of one name that are looked at."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """
    One asset's dataset on the server.

    Attributes:
        entity: What it is there; ``None`` when its dataset is not known, and nothing is told of it.
        rule: Which rule of naming won, in one line.
        there: Whether the server has it.
        columns: How many columns it has there, nested ones not counted.
        with_lineage: How many of them another dataset's column flows into.
        others: Tables of the same schema and name, however cased, that the server has somewhere else.
    """

    asset_key: str
    dataset: DatasetRef
    entity: EntityName | None
    rule: str
    there: bool = False
    columns: int = 0
    with_lineage: int = 0
    others: tuple[EntityName, ...] = ()


def standing(client: Client, naming: Naming, datasets: Sequence[tuple[str, DatasetRef]]) -> list[Standing]:
    """
    Return how each asset's dataset stands on the server, in their order; up to three requests for each, none writes.

    Args:
        datasets: Asset keys and their datasets.

    Raises:
        TransientDeliveryError: The server cannot be reached, or does not let us read.
        Refused: The server answers what cannot be understood.
    """
    ours = {name for _, ref in datasets if (name := naming.dataset(ref)) is not None}
    return client.parallel([partial(_stands, client, naming, key, ref, ours) for key, ref in datasets])


def rule_for(ref: DatasetRef, ours: EntityName, theirs: EntityName) -> str:
    """
    Return the rule of naming, as TOML, that makes a dataset the entity that the server has already.

    It holds for the dataset's whole namespace: a rule is seldom meant for one table.
    """
    said = {"namespace": ref.namespace, "service": theirs.parts[0]}
    if ours.parts[1].casefold() != theirs.parts[1].casefold():
        said["database"] = theirs.parts[1]
    if ours.parts[2:] != theirs.parts[2:]:
        said["case"] = _case(theirs.parts[2:])
    lines = [f"{name} = {_quoted(value)}" for name, value in said.items()]
    return "\n".join(["[[plugins.config.openmetadata.services]]", *lines])


def _stands(client: Client, naming: Naming, key: str, ref: DatasetRef, ours: Collection[EntityName]) -> Standing:
    entity, rule = naming.dataset(ref), naming.why(ref)
    if entity is None:
        return Standing(asset_key=key, dataset=ref, entity=None, rule=rule)
    found = client.get(entity.path)
    columns = [column for column in (found or {}).get("columns") or () if isinstance(column, Mapping)]
    return Standing(
        asset_key=key,
        dataset=ref,
        entity=entity,
        rule=rule,
        there=found is not None,
        columns=len(columns),
        with_lineage=_with_lineage(client, entity, columns) if columns else 0,
        others=_others(client, entity, ours) if entity.kind is Kind.TABLE else (),
    )


def _with_lineage(client: Client, entity: EntityName, columns: Sequence[Mapping[str, Any]]) -> int:
    """Return how many columns, or columns within them, an edge into the entity ends at."""
    path = f"lineage/{entity.kind.value}/name/{entity.path.rpartition('/')[2]}"
    graph = client.get(path, {"upstreamDepth": 1, "downstreamDepth": 0}) or {}
    ends = {
        split(str(mapping.get("toColumn") or ""))
        for edge in graph.get("upstreamEdges") or ()
        for mapping in (edge.get("lineageDetails") or {}).get("columnsLineage") or ()
        if mapping.get("fromColumns")
    }
    names = {split(str(column.get("fullyQualifiedName") or "")) for column in columns}
    size = len(entity.parts) + 1
    return len(names & {end[:size] for end in ends})


def _others(client: Client, entity: EntityName, ours: Collection[EntityName]) -> tuple[EntityName, ...]:
    """Return tables like this one that no asset is; none where the server's search does not answer."""
    asked = entity.name.replace("\\", " ").replace('"', " ")
    query = {"q": f'name:"{asked}"', "index": "table_search_index", "from": 0, "size": _FOUND}
    try:
        found = client.get("search/query", query) or {}
    except Refused:
        return ()
    same = {_folded(entity.parts[-_SAME:])}
    return tuple(
        sorted(
            name
            for name in set(_tables(found))
            if name != entity and name not in ours and _folded(name.parts[-_SAME:]) in same
        )
    )


def _tables(answer: Mapping[str, Any]) -> Iterator[EntityName]:
    hits = answer.get("hits")
    for hit in (hits.get("hits") if isinstance(hits, Mapping) else None) or ():
        source = hit.get("_source") or {}
        parts = split(str(source.get("fullyQualifiedName") or ""))
        if len(parts) == _TABLE_PARTS and not source.get("deleted"):
            yield EntityName(Kind.TABLE, parts)


def _folded(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.casefold() for part in parts)


def _case(parts: tuple[str, ...]) -> str:
    text = "".join(parts)
    return "upper" if text.isupper() else "lower" if text.islower() else "preserve"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
