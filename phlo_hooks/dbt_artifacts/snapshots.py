"""
The columns that dbt adds to a snapshot, as SQL.

It is what dbt's own macros say, so far as values flow: ``build_snapshot_table`` in
``global_project/macros/materializations/snapshots/helpers.sql`` selects everything from the snapshot's query and adds

- ``dbt_scd_id``: a hash of the unique key and of when the row was updated (``snapshot_hash_arguments``),
- ``dbt_updated_at``, ``dbt_valid_from``: when the row was updated,
- ``dbt_valid_to``: the same time of the row that replaced it; ``coalesce(nullif(t, t), dbt_valid_to_current)``,
- ``dbt_is_deleted`` with ``hard_deletes: new_record``: a constant.

When a row was updated is the column (or expression) ``updated_at``; with ``strategy: check`` and none given it is the
clock (``strategies.sql``), from which nothing flows. Names are those of ``snapshot_meta_column_names``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from phlo_hooks.dbt_artifacts.artifacts import Config

META_COLUMNS: Final = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to", "dbt_is_deleted")
_BUILT_IN: Final = frozenset({"timestamp", "check"})
_CLOCK: Final = "current_timestamp"


def snapshot_sql(sql: str, config: Config) -> str:
    """
    Return the statement that makes a snapshot's table out of its query.

    A strategy of the project's own may compute the columns in any way: then they come from nowhere.
    """
    names = _names(config.snapshot_meta_column_names or {})
    own = config.strategy not in _BUILT_IN
    updated = _CLOCK if own or not _text(config.updated_at) else f"({_text(config.updated_at)})"
    keys = [] if own else [f"({key})" for key in _keys(config.unique_key)]
    hashed = " || '|' || ".join(f"cast({part} as varchar)" for part in (*keys, updated))
    until = _text(config.dbt_valid_to_current)
    columns = [
        f"md5({hashed}) as {names['dbt_scd_id']}",
        f"{updated} as {names['dbt_updated_at']}",
        f"{updated} as {names['dbt_valid_from']}",
        f"{f'coalesce({updated}, {until})' if until else updated} as {names['dbt_valid_to']}",
    ]
    if config.hard_deletes == "new_record":
        columns.append(f"'False' as {names['dbt_is_deleted']}")
    listed = ",\n    ".join(columns)
    return f"select *,\n    {listed}\nfrom (\n{sql.rstrip().rstrip(';')}\n) sbq"


def _names(configured: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(configured.get(name) or name) for name in META_COLUMNS}


def _keys(unique_key: Any) -> list[str]:
    found = unique_key if isinstance(unique_key, list) else [unique_key]
    return [key for each in found if (key := _text(each))]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
