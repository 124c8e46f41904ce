"""The gate that asks whether columns went away or changed their type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dagster import TableSchemaMetadataValue

from phlo_hooks.filters import glob_matches
from phlo_hooks_dagster.gates.column_types import fits
from phlo_hooks_dagster.gates.comparing import NamedParts, now_and_then
from phlo_hooks_dagster.gates.gate import GateView, Upstream
from phlo_hooks_dagster.gates.history import never_made

_COLUMN_SCHEMA: Final = "dagster/column_schema"


@dataclass(frozen=True, kw_only=True)
class BreakingSchemaChange(NamedParts):
    """
    Closed while an upstream lacks a column that it had when the guarded asset was last made from it, or has it retyped.

    New columns, and types that hold all that the old ones held, break nothing; nor does a column that may be null now.

    Attributes:
        allow: Columns that may change, ``column`` or ``asset/key.column``, globs too.
        on_missing: What to do when the upstream does not tell its columns: ``stop`` or ``pass``.
    """

    def broken(self, view: GateView, upstream: Upstream) -> Iterator[str]:
        """Yield each column of the upstream that broke, and how."""
        now, then = now_and_then(view, upstream)
        if now is None:
            yield never_made(upstream)
            return
        columns = _columns(now)
        if not columns:
            if self.on_missing == "stop":
                yield f"{upstream.name} tells no columns; attach dagster/column_schema, or set on_missing='pass'"
            return
        for name, change in breaking_columns(_columns(then or {}), columns):
            if not self._allowed(upstream, name):
                yield f"column {name} of {upstream.name} {change}"

    def _allowed(self, upstream: Upstream, column: str) -> bool:
        return any(glob_matches(glob, name) for glob in self.allow for name in (column, f"{upstream.name}.{column}"))


def breaking_columns(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the columns that went or were retyped, and what happened to each; names are compared without case."""
    folded = {name.lower(): kind for name, kind in now.items()}
    for name, kind in then.items():
        present = folded.get(name.lower())
        if present is None:
            yield name, "was removed"
        elif not fits(kind, present):
            yield name, f"was {kind}, is {present}"


def _columns(metadata: Mapping[str, Any]) -> dict[str, str]:
    value = metadata.get(_COLUMN_SCHEMA)
    if not isinstance(value, TableSchemaMetadataValue):
        return {}
    return {column.name: column.type for column in value.value.columns}
