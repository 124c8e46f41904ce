"""
Owners, tags, domains and data products, out of what the code says.

Owners are told as the code names them. The rest is told only where a setting maps it: ``options.tags``,
``options.domains`` and ``options.data_products`` go from a *mark* to a name in OpenMetadata. Marks are:

- a Dagster tag ``tier: gold``: ``tier=gold`` and ``tier``
- a dbt tag ``pii``: ``pii``
- an entry of dbt's ``meta`` or of an asset's metadata, ``{"domain": "sales"}``: ``domain=sales`` and ``domain``; each
  item of a list for itself; an entry within an entry with a dot: ``openmetadata.domain=sales``

An entry that is false, ``None``, ``"false"`` or empty is no mark by its name alone. A rule that ends in ``*`` takes
every mark that begins so, and a ``*`` in its value stands for the rest: ``"domain=*" = "*"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from phlo_hooks.subscribers.openmetadata.columns import DatasetColumns
from phlo_hooks.subscribers.openmetadata.facts import AssetFact, ExposureFact, TableFact
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import Governance


def governance_of(
    table: TableFact, assets: Sequence[AssetFact], columns: DatasetColumns, options: Options
) -> Governance:
    """Return what the code of a dataset's assets says; owners that only events know hold where the code has none."""
    marks = frozenset(mark for asset in assets for mark in marks_of(asset))
    declared = [owner for asset in assets for owner in asset.owners]
    return Governance(
        owners=_owners(declared or table.owners, options),
        tags=mapped(marks, options.tags),
        column_tags=_column_tags(assets, columns, options),
        domain=next(iter(_in_order(marks, options.domains)), None),
        data_products=mapped(marks, options.data_products),
    )


def governance_of_exposure(exposure: ExposureFact, options: Options) -> Governance:
    """Return what dbt says of an exposure."""
    marks = frozenset((*_of_tags(exposure.tags), *_of_entries(exposure.meta)))
    return Governance(
        owners=_owners([exposure.owner] if exposure.owner else [], options),
        tags=mapped(marks, options.tags),
        domain=next(iter(_in_order(marks, options.domains)), None),
        data_products=mapped(marks, options.data_products),
    )


def marks_of(asset: AssetFact) -> Iterator[str]:
    """Yield what rules can match of an asset."""
    yield from _of_entries(asset.tags, bare_when_empty=True)
    yield from _of_entries(asset.metadata)
    if asset.model is not None:
        yield from _of_tags(asset.model.tags)
        yield from _of_entries(asset.model.meta)


def mapped(marks: Iterable[str], rules: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return what the rules make of the marks, sorted, each once.

    >>> mapped(["pii", "tier=gold"], {"tier=*": "Tier.*", "pii": "PII.Sensitive"})
    ('PII.Sensitive', 'Tier.gold')
    """
    return tuple(sorted(set(_in_order(marks, rules))))


def _in_order(marks: Iterable[str], rules: Mapping[str, str]) -> Iterator[str]:
    """Yield what the rules make of the marks: by rule as they are written, then by mark."""
    ordered = sorted(set(marks))
    for rule, target in rules.items():
        for mark in ordered:
            if rule.endswith("*"):
                rest = mark.removeprefix(rule[:-1])
                if mark.startswith(rule[:-1]) and (rest or "*" not in target):
                    yield target.replace("*", rest)
            elif mark == rule:
                yield target


def _owners(owners: Iterable[str], options: Options) -> tuple[str, ...]:
    if not options.send_owners:
        return ()
    return tuple(sorted({options.owners.get(owner, owner) for owner in owners} - {""}))


def _column_tags(assets: Sequence[AssetFact], columns: DatasetColumns, options: Options) -> dict[str, tuple[str, ...]]:
    """Return the tags of columns, by the name that the column has on the server."""
    if not options.tags:
        return {}
    marks: dict[str, set[str]] = {}
    for asset in assets:
        for name, says in (asset.model.column_meta if asset.model else {}).items():
            of_column = marks.setdefault(columns.spelled(name), set())
            of_column.update(_of_tags(says.get("tags") or ()))
            of_column.update(_of_entries(says.get("meta") or {}))
    tags = {column: mapped(found, options.tags) for column, found in sorted(marks.items())}
    return {column: found for column, found in tags.items() if found}


def _of_tags(tags: Iterable[Any]) -> Iterator[str]:
    yield from (str(tag) for tag in tags)


def _of_entries(entries: Mapping[str, Any], within: str = "", *, bare_when_empty: bool = False) -> Iterator[str]:
    """Yield the marks of names and values; a Dagster tag without a value is one by its name."""
    for name, value in entries.items():
        mark = f"{within}{name}"
        if isinstance(value, Mapping):
            yield from _of_entries(value, f"{mark}.")
            continue
        items = value if isinstance(value, list | tuple | set | frozenset) else [value]
        texts = [_text(item) for item in items if isinstance(item, str | int | float | bool)]
        if any(text.lower() not in {"", "false"} for text in texts) or (bare_when_empty and "" in texts):
            yield mark
        yield from (f"{mark}={text}" for text in texts if text)


def _text(value: str | float) -> str:
    """Return a plain value as it is written in YAML and TOML."""
    return str(value).lower() if isinstance(value, bool) else str(value)
