"""Words that look like columns and are none."""

from __future__ import annotations

from phlo_hooks.sql_lineage.dialects import Platform

_FUNCTIONS = frozenset(
    [
        "current_catalog",
        "current_database",
        "current_date",
        "current_role",
        "current_schema",
        "current_session",
        "current_time",
        "current_timestamp",
        "current_user",
        "current_warehouse",
        "getdate",
        "localtime",
        "localtimestamp",
        "session_user",
        "sysdate",
        "system_user",
        "systimestamp",
        "utc_timestamp",
        "utc_date",
        "utc_time",
    ]
)
_OF_PLATFORM = {
    "bigquery": "_partitiontime _partitiondate _table_suffix _file_name _change_type _change_timestamp",
    "snowflake": "level rownum metadata$filename metadata$file_row_number metadata$file_content_key "
    "metadata$file_last_modified metadata$start_scan_time metadata$action metadata$isupdate metadata$row_id",
    "oracle": "user level rownum rowid connect_by_isleaf connect_by_iscycle",
    "duckdb": "user rowid rownum filename file_row_number",
    "postgres": "user ctid xmin xmax cmin cmax tableoid oid",
    "redshift": "user oid ctid rownum",
    "databricks": "_metadata input_file_name",
    "spark": "_metadata",
    "trino": "$path $file_size $file_modified_time $partition $bucket",
    "athena": "$path",
    "sqlite": "rowid oid _rowid_",
}
_NAMES = {platform: _FUNCTIONS | frozenset(words.split()) for platform, words in _OF_PLATFORM.items()}

DATE_PARTS = frozenset(
    [
        "microsecond",
        "microseconds",
        "us",
        "millisecond",
        "milliseconds",
        "ms",
        "second",
        "seconds",
        "sec",
        "secs",
        "s",
        "minute",
        "minutes",
        "min",
        "mins",
        "mi",
        "hour",
        "hours",
        "hh",
        "hr",
        "hrs",
        "h",
        "day",
        "days",
        "dd",
        "d",
        "dayofweek",
        "dow",
        "dayofyear",
        "doy",
        "weekday",
        "dayofweek_iso",
        "dayofweekiso",
        "isodow",
        "week",
        "weeks",
        "wk",
        "w",
        "weekofyear",
        "week_iso",
        "weekiso",
        "isoweek",
        "month",
        "months",
        "mm",
        "mon",
        "mons",
        "quarter",
        "quarters",
        "qtr",
        "q",
        "year",
        "years",
        "yyyy",
        "yy",
        "y",
        "isoyear",
        "yearofweek",
        "yearofweekiso",
        "day_hour",
        "julian",
        "timezone",
        "month_day",
        "decade",
        "decades",
        "century",
        "centuries",
        "millennium",
        "epoch",
        "epoch_second",
        "epoch_millisecond",
        "epoch_microsecond",
        "epoch_nanosecond",
        "timezone_hour",
        "timezone_minute",
        "nanosecond",
        "nanoseconds",
        "ns",
        "tzh",
        "tzm",
        "date",
        "time",
    ]
)
"""Words that name a part of a date where a function wants one."""


def is_pseudo_column(key: str, platform: Platform, *, in_path: bool = False) -> bool:
    """
    Whether an unquoted name that no table is known to have is the platform's own: a function or a pseudo-column.

    At the beginning of a path such as ``user.name`` no function can stand.
    """
    if in_path and not key.startswith("_"):
        return False
    return key.lower() in _NAMES.get(platform.dialect, _FUNCTIONS)
