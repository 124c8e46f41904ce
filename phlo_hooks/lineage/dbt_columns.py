"""Which column flows into which, gathered statement by statement for the edges of a graph."""

from __future__ import annotations

from collections.abc import Mapping

from phlo_hooks.lineage.drafts import TableDraft
from phlo_hooks.sql_lineage.api import ColumnName, StatementLineage, TableName, Transformation

Triple = tuple[int, int, int]
_EVERY = -1


class ColumnFlow:
    """
    Column edges by pair of tables.

    Attributes:
        transformations: The words that edges refer to by index.
    """

    transformations: tuple[str, ...] = tuple(how.value for how in Transformation)

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], set[tuple[str, str | None, Transformation]]] = {}

    def add(self, target: str, lineage: StatementLineage, ends: Mapping[TableName, str]) -> None:
        """
        Take what a statement makes of which columns.

        Args:
            ends: The id of each table it reads.
        """
        for output in lineage.columns:
            for column, how in output.sources:
                self._note(target, ends, column, output.name, how)
        for column, how in lineage.rows:
            self._note(target, ends, column, None, how)

    def edge(
        self, source: str, target: str, up: TableDraft, down: TableDraft
    ) -> tuple[tuple[Triple, ...], tuple[Triple, ...]]:
        """Return the direct and the indirect column edges of a pair; columns nobody reported join their tables."""
        direct: set[Triple] = set()
        indirect: set[Triple] = set()
        for name, output, how in sorted(self._pairs.get((source, target), ()), key=_order):
            below = _EVERY if output is None else down.place_of(output)
            found = direct if how.direct and below != _EVERY else indirect
            found.add((up.place_of(name), below, _PLACES[how]))
        return tuple(sorted(direct)), tuple(sorted(indirect))

    def _note(
        self, target: str, ends: Mapping[TableName, str], column: ColumnName, output: str | None, how: Transformation
    ) -> None:
        source = ends.get(column.table)
        if source is not None and source != target:
            self._pairs.setdefault((source, target), set()).add((column.name, output, how))


def _order(found: tuple[str, str | None, Transformation]) -> tuple[str, str, str]:
    return found[0], found[1] or "", found[2].value


_PLACES = {how: place for place, how in enumerate(Transformation)}
