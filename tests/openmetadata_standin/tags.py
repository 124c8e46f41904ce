"""Tags: which exist, which exclude each other, and the PUT that loses them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tests.openmetadata_standin.errors import Refusal, bad, missing
from tests.openmetadata_standin.naming import split

Json = dict[str, Any]


class Noted(Protocol):
    """Takes note of a change."""

    def set(self, name: str, old: Any, new: Any) -> None: ...


class Tags:
    """
    Tags of one world.

    Args:
        exists: Whether an entity of a kind has a full name.
        exclusive: Whether tags of that classification exclude each other.
    """

    def __init__(self, exists: Callable[[str, str], bool], exclusive: Callable[[str], bool]) -> None:
        self._exists = exists
        self._exclusive = exclusive

    def normal(self, wanted: Sequence[Json]) -> list[Json]:
        """
        Return tag labels with what the server fills in.

        Raises:
            Refusal: A tag does not exist, or two exclude each other.
        """
        labels: dict[str, Json] = {}
        for each in wanted:
            if not each.get("tagFQN"):
                raise bad("[tagFQN must not be null]")
            source = each.get("source", "Classification")
            kind = "glossaryTerm" if source == "Glossary" else "tag"
            if not self._exists(kind, each["tagFQN"]):
                raise missing(kind, each["tagFQN"])
            name = split(each["tagFQN"])[-1]
            filled = {"source": source, "labelType": "Manual", "state": "Confirmed", "name": name}
            labels[each["tagFQN"]] = filled | each
        self._refuse_exclusive(labels)
        return list(labels.values())

    def joined(self, old: Json, new: Json, changes: Noted, path: str) -> list[Json]:
        """
        Return the union of tags.

        Raises:
            Refusal: Two exclude each other. The old ones are gone by then, as on the real server.
        """
        labels = {each["tagFQN"]: each for each in old.get("tags") or []}
        added = [each for each in new.get("tags") or [] if each["tagFQN"] not in labels]
        labels |= {each["tagFQN"]: each for each in added}
        try:
            self._refuse_exclusive(labels)
        except Refusal:
            old["tags"] = []
            raise
        if added:
            changes.set(path, None, added)
        return list(labels.values())

    def _refuse_exclusive(self, labels: dict[str, Json]) -> None:
        first: dict[str, str] = {}
        for fqn, label in labels.items():
            classification = split(fqn)[0]
            if label.get("source") == "Glossary" or not self._exclusive(classification):
                continue
            if classification in first:
                one = first[classification]
                raise bad(f"Tag labels {one} and {fqn} are mutually exclusive and can't be assigned together")
            first[classification] = fqn
