"""Which spellings of a dataset are one table."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from phlo_hooks.datasets import DatasetRef, is_one_case

_PART: Final = re.compile(r'"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|([^.]+)')
_ALIASES: Final = {"postgresql": "postgres", "sqlserver": "mssql", "motherduck": "duckdb"}
_PATHS: Final = frozenset(
    ["file", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "adl", "hdfs", "http", "https", "dagster"]
)
"""Namespaces whose names are paths: every character counts, and no part is a catalog."""

Identity = tuple[str, tuple[str, ...]]


class DatasetNames:
    """
    Finds the one node that every spelling of a table stands for.

    Case is ignored where the platform ignores it, and so are quotes. A name without its catalog is the only table
    that ends like it; when several do, it stays on its own.
    """

    def __init__(self) -> None:
        self._spellings: dict[Identity, dict[DatasetRef, bool]] = defaultdict(dict)
        self._whole: dict[Identity, Identity] | None = None

    def add(self, dataset: DatasetRef, *, own: bool = False) -> None:
        """
        Note a spelling.

        Args:
            own: It is how whoever makes the table spells it, and wins over how its readers do.
        """
        spellings = self._spellings[identity(dataset)]
        spellings[dataset] = own or spellings.get(dataset, False)
        self._whole = None

    def add_all(self, datasets: Iterable[DatasetRef]) -> None:
        """Note several."""
        for dataset in datasets:
            self.add(dataset)

    def find(self, dataset: DatasetRef) -> DatasetRef:
        """Return the spelling that stands for all; the dataset itself when it was never noted."""
        if self._whole is None:
            self._whole = _complete(self._spellings)
        own = identity(dataset)
        whole = self._whole.get(own, own)
        candidates = self._spellings.get(whole)
        if not candidates:
            return dataset
        best = min(candidates, key=lambda each: (not candidates[each], not each.resolved, each.namespace, each.name))
        return best if best.resolved or not any(each.resolved for each in candidates) else dataset


@lru_cache(maxsize=65536)
def identity(dataset: DatasetRef) -> Identity:
    """Return what two spellings of one table have in common, catalogs that are left out apart."""
    scheme, separator, place = dataset.namespace.partition("://")
    platform = scheme.lower()
    platform = _ALIASES.get(platform, platform)
    if platform in _PATHS or not dataset.resolved:
        return dataset.namespace, (dataset.name,)
    parts = name_parts(dataset.name)
    if is_one_case(platform):
        parts = tuple(part.casefold() for part in parts)
        place = place.casefold()
    return f"{platform}{separator}{place}", parts


def name_parts(name: str) -> tuple[str, ...]:
    """
    Return the parts of a dotted name, quotes dropped.

    >>> name_parts('warehouse."odd.schema".`orders`')
    ('warehouse', 'odd.schema', 'orders')
    """
    parts = []
    for found in _PART.finditer(name):
        double, tick, bracket, plain = found.groups()
        parts.append(double.replace('""', '"') if double is not None else tick or bracket or plain or "")
    return tuple(parts) or (name,)


def differ_in_case(one: DatasetRef, other: DatasetRef) -> bool:
    """Say whether two names are the same but for case, quotes and a catalog that one of them leaves out."""
    if one == other or is_path(one) or is_path(other):
        return False
    parts = [tuple(part.casefold() for part in name_parts(each.name)) for each in (one, other)]
    shorter = min(len(part) for part in parts)
    return shorter > 1 and parts[0][-shorter:] == parts[1][-shorter:]


def short_name(dataset: DatasetRef) -> str:
    """Return the name that people use: schema and table, or the end of a path."""
    platform = dataset.namespace.partition("://")[0].lower()
    if platform in _PATHS or not dataset.resolved:
        if platform == "dagster":
            return dataset.name
        place = dataset.namespace.partition("://")[2]
        parts = [part for part in (place, *dataset.name.split("/")) if part]
        return "/".join(parts[-2:]) or dataset.name
    return ".".join(name_parts(dataset.name)[-2:])


def is_path(dataset: DatasetRef) -> bool:
    """Say whether the dataset's name is a path."""
    return dataset.namespace.partition("://")[0].lower() in _PATHS


def _complete(spellings: Iterable[Identity]) -> dict[Identity, Identity]:
    """Return, for each name that lacks its catalog, the only longer one of its platform that ends like it."""
    known = sorted(spellings, key=lambda each: (-len(each[1]), "://" not in each[0], each))
    ends: dict[tuple[str, tuple[str, ...]], list[Identity]] = defaultdict(list)
    whole: dict[Identity, Identity] = {}
    for namespace, parts in known:
        platform, separator, _ = namespace.partition("://")
        longer = {each for each in ends[platform, parts] if each[0] == namespace or not separator}
        if len(longer) == 1 and len(parts) > 1:
            whole[namespace, parts] = longer.pop()
            continue
        for length in range(2, len(parts) + 1):
            ends[platform, parts[-length:]].append((namespace, parts))
    return whole
