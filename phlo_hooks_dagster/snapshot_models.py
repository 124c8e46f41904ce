"""What a node of a dbt manifest says of itself: tags, meta, words, raw SQL; plain, redacted, and not too much."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from phlo_hooks.catalog import KnownModel
from phlo_hooks.datasets import Column
from phlo_hooks.redaction import redact, redact_sql, redact_text
from phlo_hooks_dagster.snapshot import AssetSnapshot, ExposureSnapshot, Relation, SourceSnapshot

Node = Mapping[str, Any]
TEXT_LIMIT: Final = 2000
SQL_LIMIT: Final = 32 * 1024
"""Characters of one model's raw SQL."""
SQL_BUDGET: Final = 2 * 1024 * 1024
"""Characters of raw SQL in one snapshot: each change of the code stores a new one."""
META_LIMIT: Final = 16 * 1024
"""Bytes of one node's ``meta``, and as many of its columns'."""
DAGSTER: Final = "dagster"
"""The entry of ``meta`` that configures dagster-dbt; it says nothing of the data."""

log = logging.getLogger(__name__)


def model_of(node: Node) -> KnownModel:
    """Return what a model, seed, snapshot or source says of itself."""
    unique_id = str(node["unique_id"])
    return KnownModel(
        unique_id=unique_id,
        resource_type=str(node.get("resource_type") or "model"),
        materialized=_text((node.get("config") or {}).get("materialized")),
        raw_sql=_raw_sql(node),
        path=_text(node.get("original_file_path")),
        tags=tags_of(node),
        meta=_within_limit(meta_of(node), unique_id),
        column_meta=_within_limit(dict(_column_meta(node)), unique_id),
    )


def source_of(node: Node, relation: Relation) -> SourceSnapshot:
    """Return what a source says of itself."""
    return SourceSnapshot(
        relation=relation,
        model=model_of(node),
        description=_words(node.get("description")),
        columns=tuple(
            Column(
                name=str(column.get("name") or name),
                type=_text(column.get("data_type")),
                description=_words(column.get("description")),
            )
            for name, column in (node.get("columns") or {}).items()
        ),
    )


def exposure_of(node: Node, relations: Iterable[Relation]) -> ExposureSnapshot:
    """Return what an exposure says of itself, over the tables that it reads."""
    unique_id = str(node["unique_id"])
    owner = node.get("owner") or {}
    url = _text(node.get("url"))
    return ExposureSnapshot(
        unique_id=unique_id,
        name=str(node["name"]),
        project=str(node.get("package_name") or ""),
        type=_text(node.get("type")) or "dashboard",
        label=_text(node.get("label")),
        url=redact_text(url) if url else None,
        owner=_first_text(owner.get("email")) or _first_text(owner.get("name")),
        description=_words(node.get("description")),
        tags=tags_of(node),
        meta=_within_limit(meta_of(node), unique_id),
        relations=tuple(relations),
    )


def within_budget(assets: Mapping[str, AssetSnapshot]) -> dict[str, AssetSnapshot]:
    """Return the assets, without any raw SQL when all of it together is too much for a snapshot."""
    total = sum(len(each.model.raw_sql or "") for each in assets.values() if each.model is not None)
    if total <= SQL_BUDGET:
        return dict(assets)
    log.warning(
        "the raw SQL of all dbt models is %s characters, more than %s: none of it is kept, and catalogues show only "
        "compiled SQL",
        f"{total:,}",
        f"{SQL_BUDGET:,}",
    )
    return {
        key: each if each.model is None else replace(each, model=replace(each.model, raw_sql=None))
        for key, each in assets.items()
    }


def tags_of(node: Node) -> tuple[str, ...]:
    """Return dbt's tags, which stand at the node, in its configuration, or in both, as a text or as a list."""
    found: dict[str, None] = {}
    for place in (node, node.get("config") or {}):
        tags = place.get("tags")
        found.update(dict.fromkeys(tag for tag in ([tags] if isinstance(tags, str) else tags or ()) if _text(tag)))
    return tuple(found)


def meta_of(node: Node) -> dict[str, Any]:
    """Return ``meta`` as plain values without secrets."""
    both = {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}
    found: dict[str, Any] = redact({name: value for name, value in _plain(both).items() if name != DAGSTER})
    return found


def _column_meta(node: Node) -> Iterable[tuple[str, dict[str, Any]]]:
    for name, column in (node.get("columns") or {}).items():
        said = {"meta": meta_of(column), "tags": list(tags_of(column))}
        told = {part: value for part, value in said.items() if value}
        if told:
            yield str(column.get("name") or name), told


def _within_limit(meta: dict[str, Any], unique_id: str) -> dict[str, Any]:
    size = len(msgspec.json.encode(meta))
    if size <= META_LIMIT:
        return meta
    log.warning("dbt node %s: its meta has %s bytes, more than %s, and is left out", unique_id, size, META_LIMIT)
    return {}


def _raw_sql(node: Node) -> str | None:
    if node.get("language") not in {None, "sql"} or node.get("resource_type") in {"seed", "source"}:
        return None
    sql = _text(node.get("raw_code")) or _text(node.get("raw_sql"))
    if sql is None:
        return None
    more = len(sql) - SQL_LIMIT
    return redact_sql(sql if more <= 0 else f"{sql[:SQL_LIMIT]}\n-- and {more:,} more characters")


def _plain(value: Any) -> Any:
    """Return what JSON can say; YAML knows dates too."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)[:TEXT_LIMIT]


def _words(value: object) -> str | None:
    found = _text(value)
    return found.strip()[:TEXT_LIMIT] or None if found else None


def _first_text(value: object) -> str | None:
    return next(filter(None, map(_text, value)), None) if isinstance(value, (list, tuple)) else _text(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
