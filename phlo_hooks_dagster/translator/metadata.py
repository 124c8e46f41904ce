"""Dagster's metadata as plain values: bounded, redacted, and read for what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from dagster import (
    DagsterAssetMetadataValue,
    JsonMetadataValue,
    TableColumnLineageMetadataValue,
    TableMetadataValue,
    TableSchemaMetadataValue,
)

from phlo_hooks.datasets import Column
from phlo_hooks.redaction import redact
from phlo_hooks_dagster.columns import table_columns
from phlo_hooks_dagster.identity.metadata import HasValue, Metadata

VALUE_LIMIT: Final = 4 * 1024
TOTAL_LIMIT: Final = 32 * 1024
CUT: Final = "… (cut)"

COLUMN_SCHEMA: Final = "dagster/column_schema"
COLUMN_LINEAGE: Final = "dagster/column_lineage"
ROW_COUNT: Final = "dagster/row_count"
PARTITION_ROW_COUNT: Final = "dagster/partition_row_count"

_READ_ELSEWHERE: Final = frozenset({COLUMN_SCHEMA, COLUMN_LINEAGE, ROW_COUNT})


def plain(metadata: Metadata, *, leave_out: Iterable[str] = (), redact_names: tuple[str, ...] = ()) -> dict[str, Any]:
    """
    Return the metadata as JSON values, redacted, at most 32 KiB together and 4 KiB each.

    Schemas, column lineage and row counts are fields of the events and left out, as is ``leave_out``.
    """
    skip = _READ_ELSEWHERE.union(leave_out)
    chosen = {
        name: _value(value)
        for name, value in metadata.items()
        if name not in skip and not isinstance(value, TableSchemaMetadataValue)
    }
    kept: dict[str, Any] = {}
    room = TOTAL_LIMIT
    for name, value in redact(chosen, extra_names=redact_names).items():
        fitting, size = _fit(value)
        room -= size + len(name)
        kept[name] = fitting if room >= 0 else CUT
    return kept


def number(metadata: Metadata, name: str) -> int | None:
    """Return a metadata value as a whole number, ``None`` when it is none."""
    value = metadata.get(name)
    raw = None if value is None else value.value
    return int(raw) if isinstance(raw, (int, float)) and not isinstance(raw, bool) else None


def seconds(metadata: Metadata, name: str) -> float | None:
    """Return a metadata value as a floating number, ``None`` when it is none."""
    value = metadata.get(name)
    raw = None if value is None else value.value
    return float(raw) if isinstance(raw, (int, float)) and not isinstance(raw, bool) else None


def rows_of(metadata: Metadata) -> int | None:
    """Return how many rows the asset says its table has; those of the partition when it says only that."""
    table = number(metadata, ROW_COUNT)
    return table if table is not None else number(metadata, PARTITION_ROW_COUNT)


def columns_of(metadata: Metadata, name: str = COLUMN_SCHEMA) -> tuple[Column, ...]:
    """Return the columns that a schema in the metadata lists."""
    value = metadata.get(name)
    return table_columns(value.value) if isinstance(value, TableSchemaMetadataValue) else ()


def schemas_of(metadata: Metadata) -> dict[str, tuple[Column, ...]]:
    """Return every schema in the metadata by its name, the asset's own left out."""
    return {
        name: table_columns(value.value)
        for name, value in metadata.items()
        if name != COLUMN_SCHEMA and isinstance(value, TableSchemaMetadataValue)
    }


def column_deps_of(metadata: Metadata) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return, for each column, the upstream asset keys and columns it comes from."""
    value = metadata.get(COLUMN_LINEAGE)
    if not isinstance(value, TableColumnLineageMetadataValue):
        return {}
    return {
        column: tuple(sorted((dep.asset_key.to_user_string(), dep.column_name) for dep in deps))
        for column, deps in value.value.deps_by_column.items()
    }


def _value(value: HasValue) -> Any:
    if isinstance(value, JsonMetadataValue):
        return _json(value.data)
    if isinstance(value, DagsterAssetMetadataValue):
        return value.asset_key.to_user_string()
    if isinstance(value, TableMetadataValue):
        return {"records": [dict(record.data) for record in value.records[:20]], "count": len(value.records)}
    raw = value.value
    return raw if raw is None or isinstance(raw, (str, int, float, bool)) else str(raw)


def _json(data: Any) -> Any:
    """Return the data with text for what JSON has no word for; such values exist in old logs."""
    return msgspec.to_builtins(data, builtin_types=(), str_keys=True, enc_hook=str)


def _fit(value: Any) -> tuple[Any, int]:
    if isinstance(value, str):
        return (value, len(value)) if len(value) <= VALUE_LIMIT else (value[:VALUE_LIMIT] + CUT, VALUE_LIMIT)
    if value is None or isinstance(value, (int, float, bool)):
        return value, 8
    body = msgspec.json.encode(value, enc_hook=str)
    if len(body) <= VALUE_LIMIT:
        return value, len(body)
    return body[:VALUE_LIMIT].decode(errors="ignore") + CUT, VALUE_LIMIT
