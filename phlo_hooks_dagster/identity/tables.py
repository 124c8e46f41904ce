"""One table, one name: which spellings mean the same table, by the folding rules of its platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from phlo_hooks.datasets import DatasetRef, family, is_one_case, namespace_of, platform_name
from phlo_hooks_dagster.identity.naming import Part, table_name

_UPPER: Final = frozenset({"snowflake"})
_LOWER: Final = frozenset({"postgres"})

NORMAL: Final = 0
SPELLED: Final = 1
FOLDED: Final = 2


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """A table as somebody names it; parts that are not told are ``None``."""

    platform: str | None
    catalog: Part | None = None
    schema: Part | None = None
    table: Part

    @property
    def parts(self) -> tuple[Part | None, Part | None, Part]:
        """Catalog, schema, table."""
        return self.catalog, self.schema, self.table


def stored(platform: str | None, part: Part) -> str:
    """Return the part as the platform stores it, as far as its spelling tells."""
    word = family(platform)
    if is_one_case(platform):
        return part.text.lower()
    if not part.quoted and word in _UPPER:
        return part.text.upper()
    return part.text


def fold_column(platform: str | None, name: str) -> str:
    """Return a column's name so that two spellings of one column are equal; case decides on Snowflake and Postgres."""
    return name if family(platform) in _UPPER | _LOWER else name.lower()


class KnownTables:
    """
    Every table that a location's assets name; whoever is asked for another spelling of one gets that one.

    Add in the order of who is believed first: what is added first says how the dataset is spelled.
    """

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = namespaces
        self._tables: dict[str, list[tuple[Spelling, DatasetRef]]] = {}
        self._places: dict[tuple[str | None, ...], tuple[str | None, str | None]] = {}

    def add(self, spelling: Spelling) -> DatasetRef:
        """Return the dataset of a table, which is known from here on."""
        found = self.find(spelling)
        if found is not None:
            return found
        texts = [part.text if part else None for part in spelling.parts]
        dataset = self._dataset(spelling, texts)
        self._note_place(spelling, texts[0], texts[1])
        self._tables.setdefault(spelling.table.text.lower(), []).append((spelling, dataset))
        return dataset

    def add_dataset(self, dataset: DatasetRef, spelling: Spelling) -> None:
        """Note a dataset that somebody wrote out, unless it is another spelling of a known one."""
        if self.same(dataset, spelling) is dataset:
            self._tables.setdefault(spelling.table.text.lower(), []).append((spelling, dataset))

    def find(self, spelling: Spelling) -> DatasetRef | None:
        """
        Return the known table that this is; ``None`` when there is none, or more than one that it could be.

        A part that one of them does not tell fits any; a name alone, of which not even the platform is known, none.
        """
        if spelling.platform is None and spelling.schema is None:
            return None
        best: tuple[int, int] | None = None
        found: list[DatasetRef] = []
        for known, dataset in self._tables.get(spelling.table.text.lower(), ()):
            rank = _rank(spelling, known)
            if rank is None or (best is not None and rank > best):
                continue
            if best is None or rank < best:
                best, found = rank, []
            found.append(dataset)
        different = set(found)
        return found[0] if len(different) == 1 else None

    def dataset(self, spelling: Spelling) -> DatasetRef:
        """Return the known table that this is, else a dataset named as the platform would store it."""
        found = self.find(spelling)
        if found is not None:
            return found
        return self._dataset(spelling, [stored(spelling.platform, part) if part else None for part in spelling.parts])

    def same(self, dataset: DatasetRef, spelling: Spelling) -> DatasetRef:
        """Return the known table that a dataset written out by somebody is; the dataset itself when it is none."""
        for known, each in self._tables.get(spelling.table.text.lower(), ()):
            if each.namespace.lower() == dataset.namespace.lower() and _rank(spelling, known) is not None:
                return each
        return dataset

    def _note_place(self, spelling: Spelling, catalog: str | None, schema: str | None) -> None:
        """Note how a catalog and a schema are spelled, the first time they are named."""
        if is_one_case(spelling.platform) and catalog:
            place = (family(spelling.platform), catalog.lower())
            catalog, _ = self._places.setdefault(place, (catalog, None))
            if schema:
                self._places.setdefault((*place, schema.lower()), (catalog, schema))

    def _as_noted(self, spelling: Spelling, catalog: str | None, schema: str | None) -> tuple[str | None, str | None]:
        """Return a catalog and a schema as they were spelled first, where case decides nothing."""
        if not is_one_case(spelling.platform) or not catalog:
            return catalog, schema
        place = (family(spelling.platform), catalog.lower())
        noted = self._places.get((*place, schema.lower())) if schema else None
        return noted or (self._places.get(place, (catalog, None))[0], schema)

    def _dataset(self, spelling: Spelling, parts: Iterable[str | None]) -> DatasetRef:
        catalog, schema, table = parts
        catalog, schema = self._as_noted(spelling, catalog, schema)
        namespace = namespace_of(platform_name(spelling.platform), catalog, self._namespaces)
        return DatasetRef(namespace=namespace, name=table_name(catalog, schema, table or ""))


def _rank(asked: Spelling, known: Spelling) -> tuple[int, int] | None:
    """Return how well two spellings agree, the best being lowest: how their parts compare, then how many are told."""
    platform = known.platform or asked.platform
    if asked.platform is not None and known.platform is not None and family(asked.platform) != family(known.platform):
        return None
    worst = missing = 0
    for mine, theirs in zip(asked.parts, known.parts, strict=True):
        if mine is None or theirs is None:
            missing += (mine is None) != (theirs is None)
            continue
        how = _compare(platform, mine, theirs)
        if how is None:
            return None
        worst = max(worst, how)
    return worst, missing


def _compare(platform: str | None, asked: Part, known: Part) -> int | None:
    there = stored(platform, known)
    if stored(platform, asked) == there:
        return NORMAL
    if asked.quoted:
        return None
    if asked.text == known.text:
        return SPELLED
    if family(platform) in _LOWER and asked.text.lower() == there:
        return FOLDED
    return None
