"""All that would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from phlo_hooks.keep import Keep, OverlayKeep
from phlo_hooks.subscribers.openmetadata.planning.changes import Change
from phlo_hooks.subscribers.openmetadata.planning.recorder import COUNTED, Recorder
from phlo_hooks.subscribers.openmetadata.publishing import Api, Published

_SIGNS: Final = {"+": "to add", "~": "to change", "-": "to remove"}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    What publishing would change.

    Attributes:
        changes: In the order in which they would be made.
        unchanged: Requests for which nothing would be sent.
        withheld: Requests left out, see ``Published``.
        refused: What the server would surely refuse; one line each.
    """

    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    withheld: int = 0
    refused: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes or self.refused)

    def lines(self) -> list[str]:
        """
        Return it like a diff: a line for each change, one for many results of one test, the rest counted.

        Nothing for a plan that changes nothing.
        """
        if not self:
            return []
        many = Counter((each.sign, each.kind, each.name) for each in self.changes if each.kind in COUNTED)
        said = [str(each) for each in self.changes if each.kind not in COUNTED]
        for (sign, kind, name), number in many.items():
            said.append(f"{sign} {number} {kind if number == 1 else COUNTED[kind]} {name}")
        said += [f"! {reason}" for reason in self.refused]
        if self.withheld:
            said.append(f"= {self.withheld} left out: refused before, or deleted there by people")
        return [*said, f"= {self.unchanged} unchanged"]

    def summary(self) -> str:
        """Return the numbers in one line."""
        signs = Counter(each.sign for each in self.changes)
        return ", ".join([f"{signs[sign]} {words}" for sign, words in _SIGNS.items()] + [f"{self.unchanged} unchanged"])

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "changes": [
                {"sign": each.sign, "kind": each.kind, "name": each.name, "details": list(each.details)}
                for each in self.changes
            ],
            "unchanged": self.unchanged,
            "withheld": self.withheld,
            "refused": list(self.refused),
        }


def planned(client: Api, keep: Keep, publish: Callable[[Api, Keep], Published]) -> Plan:
    """
    Return what a publishing would change.

    Args:
        client: Is asked, and never told anything.
        keep: Is read, and never written.
        publish: Publishes with the client and keep that it is given.
    """
    recorder = Recorder(client)
    published = publish(recorder, OverlayKeep(keep))
    return Plan(
        changes=tuple(_sorted(recorder.changes)),
        unchanged=published.unchanged,
        withheld=published.withheld,
        refused=tuple(str(each) for each in published.refused),
    )


def _sorted(changes: Iterable[Change]) -> Iterator[Change]:
    """Yield changes of one kind by their names: several are made at once, in any order."""
    for _, alike in groupby(changes, key=lambda each: each.kind):
        yield from sorted(alike, key=lambda each: each.name)
