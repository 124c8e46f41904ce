"""One SQL statement: which columns it makes from which."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.output import Column, Output
from phlo_hooks.cli.text import listed
from phlo_hooks.sql_lineage.api import ColumnName, StatementLineage, TableName, TableSchema, Transformation

Sources = Iterable[tuple[ColumnName, Transformation]]
_COLUMNS: Final = (
    Column(title="column"),
    Column(title="from"),
    Column(title="how"),
)


def analyse(output: Output, sql: str, dialect: str, schema: Path | None, *, as_json: bool) -> int:
    """Print which columns a statement makes from which; a code that says so when nothing could be read of it."""
    from phlo_hooks.sql_lineage import statement_lineage

    schemas = _schemas(schema, dialect) if schema is not None else {}
    found = statement_lineage(_text(sql), dialect=dialect, schemas=schemas)
    if as_json:
        output.json(_json(found))
    else:
        _print(output, found)
    return ExitCode.UNWELL if found.warning and not found.columns else ExitCode.OK


def _text(given: str) -> str:
    """Return the statement: of standard input, of a file, or as it was given."""
    if given == "-":
        return sys.stdin.read()
    if any(char.isspace() for char in given) and not _is_file(given):
        return given
    path = Path(given)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{given}: no UTF-8 text ({error.reason})") from None
    except OSError as error:
        raise click.UsageError(f"no file {given!r} to read a statement from: {error.strerror}") from None


def _is_file(given: str) -> bool:
    try:
        return Path(given).is_file()
    except (OSError, ValueError):
        return False


def _schemas(path: Path, dialect: str) -> dict[TableName, TableSchema]:
    from phlo_hooks.sql_lineage import table_name

    try:
        given = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, str] | list[str]])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise click.UsageError(
            f'{path}: {error}; write {{"raw.orders": {{"id": "BIGINT"}}}} or {{"raw.orders": ["id"]}}'
        ) from None
    return {
        table_name(name, dialect=dialect): TableSchema(
            columns=columns if isinstance(columns, dict) else dict.fromkeys(columns, "")
        )
        for name, columns in given.items()
    }


def _print(output: Output, found: StatementLineage) -> None:
    rows: list[tuple[object, ...]] = []
    for column in found.columns:
        sources = _sorted(column.sources)
        rows += [(column.name if number == 0 else "", name, word) for number, (name, word) in enumerate(sources)] or [
            (column.name, "", "no column")
        ]
    output.table(_COLUMNS, rows)
    if deciding := _sorted(found.rows):
        output.line()
        output.line("which rows there are: " + ", ".join(f"{name} ({word})" for name, word in deciding))
    output.line()
    output.line(f"reads: {listed(sorted(map(str, found.tables)), limit=50) or 'no table'}")
    if not found.complete:
        output.line("it makes more columns than these")
    if found.warning:
        output.note(f"warning: {found.warning}")


def _sorted(sources: Sources) -> list[tuple[str, str]]:
    return sorted((f"{column.table}.{column.name}", how.value.replace("_", " ")) for column, how in sources)


def _json(found: StatementLineage) -> dict[str, Any]:
    return {
        "columns": [
            {"name": column.name, "sources": [_source(*source) for source in sorted(column.sources, key=_order)]}
            for column in found.columns
        ],
        "rows": [_source(*source) for source in sorted(found.rows, key=_order)],
        "tables": sorted(map(str, found.tables)),
        "complete": found.complete,
        "warning": found.warning,
    }


def _source(column: ColumnName, how: Transformation) -> dict[str, Any]:
    return {
        "table": str(column.table),
        "column": column.name,
        "transformation": how.value,
        "kind": "direct" if how.direct else "indirect",
    }


def _order(source: tuple[ColumnName, Transformation]) -> tuple[str, str, str]:
    column, how = source
    return str(column.table), column.name, how.value
