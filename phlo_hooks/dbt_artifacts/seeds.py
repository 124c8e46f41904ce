"""The columns of a seed, which stand in the first line of its file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from phlo_hooks.datasets import Column
from phlo_hooks.dbt_artifacts.artifacts import Node

LONGEST: Final = 1024 * 1024
"""Characters of a header; a longer one is no header."""


def seed_columns(node: Node) -> tuple[Column, ...]:
    """
    Return the columns of a seed, as its file names them; none when the project is not on this host.

    dbt loads the columns of the file's header in their order, and types those that ``column_types`` names.
    """
    if node.resource_type != "seed" or not node.root_path:
        return ()
    try:
        with Path(node.root_path, node.original_file_path).open(encoding="utf-8-sig", newline="") as file:
            line = file.readline(LONGEST)
    except (OSError, UnicodeDecodeError):
        return ()
    delimiter = node.config.delimiter if isinstance(node.config.delimiter, str) else ","
    try:
        names = next(csv.reader([line], delimiter=delimiter), [])
    except (csv.Error, TypeError):
        return ()
    types = {str(name).lower(): str(written) for name, written in (node.config.column_types or {}).items()}
    named = [name.strip() for name in names]
    if not all(named) or len(set(named)) < len(named):
        return ()
    return tuple(Column(name=name, type=types.get(name.lower())) for name in named)
