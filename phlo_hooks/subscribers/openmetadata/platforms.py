"""
How each platform's tables are called where OpenMetadata's own connector ingests them.

| platform | service type | databases, schemas, tables | columns | without a catalog |
|---|---|---|---|---|
| athena | Athena | lower | lower | `default`, as is `awsdatacatalog` |
| bigquery | BigQuery | as they are | as they are | `default` |
| clickhouse | Clickhouse | as they are | as they are | `default` |
| databricks, spark | Databricks | lower | as they are | `default` |
| unitycatalog | UnityCatalog | lower | as they are | `default` |
| duckdb, motherduck | CustomDatabase | lower | as they are | the file's name |
| hive | Hive | lower | lower | `default` |
| mongodb | MongoDB | as they are | as they are | `default` |
| mssql | Mssql | as they are | as they are | `default` |
| mysql, mariadb | Mysql, MariaDB | as they are | as they are | `default` |
| oracle | Oracle | lower | lower | `default` |
| postgres | Postgres | as they are | as they are | `default` |
| redshift | Redshift | lower | lower | `default` |
| snowflake | Snowflake | upper | upper | `default` |
| sqlite | SQLite | lower | as they are | `default` |
| starrocks, doris | StarRocks, Doris | as they are | as they are | `default` |
| trino, presto | Trino, Presto | lower | lower | `default` |
| anything else | CustomDatabase | as they are | as they are | `default` |

Lower or upper is what the platform stores of a name that nobody quoted. The server has no type for DuckDB, and none
for Iceberg since 2.0: theirs is ``CustomDatabase``, and no connector ingests it. Lower case there makes every spelling
of a table one entity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from phlo_hooks.datasets import family

Case = Literal["lower", "upper", "preserve"]
DEFAULT: Final = "default"
"""What OpenMetadata's connectors call the database of a platform that has none, such as MySQL."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """
    What is known of a platform.

    Attributes:
        type: OpenMetadata's word for the service.
        case: Of databases, schemas and tables.
        column_case: Of columns.
        schema: The schema of a name without one.
        port: Left out of the service's name.
        nameless: Catalogs that OpenMetadata's connector does not name.
        folds_columns: Whether columns that differ in case only are one.
    """

    type: str = "CustomDatabase"
    case: Case = "preserve"
    column_case: Case = "preserve"
    schema: str = DEFAULT
    port: int | None = None
    nameless: frozenset[str] = frozenset()
    folds_columns: bool = False


_LOWER: Final[Case] = "lower"
PLATFORMS: Final = {
    "athena": Platform(
        type="Athena", case=_LOWER, column_case=_LOWER, nameless=frozenset({"awsdatacatalog"}), folds_columns=True
    ),
    "bigquery": Platform(type="BigQuery", folds_columns=True),
    "clickhouse": Platform(type="Clickhouse", port=8123),
    "databricks": Platform(type="Databricks", case=_LOWER, port=443, folds_columns=True),
    "doris": Platform(type="Doris", port=9030, folds_columns=True),
    "duckdb": Platform(case=_LOWER, schema="main", folds_columns=True),
    "hive": Platform(type="Hive", case=_LOWER, column_case=_LOWER, port=10000, folds_columns=True),
    "mariadb": Platform(type="MariaDB", port=3306, folds_columns=True),
    "mongodb": Platform(type="MongoDB", port=27017),
    "mssql": Platform(type="Mssql", schema="dbo", port=1433, folds_columns=True),
    "mysql": Platform(type="Mysql", port=3306, folds_columns=True),
    "oracle": Platform(type="Oracle", case=_LOWER, column_case=_LOWER, port=1521, folds_columns=True),
    "postgres": Platform(type="Postgres", schema="public", port=5432),
    "presto": Platform(type="Presto", case=_LOWER, column_case=_LOWER, port=8080, folds_columns=True),
    "redshift": Platform(
        type="Redshift", case=_LOWER, column_case=_LOWER, schema="public", port=5439, folds_columns=True
    ),
    "snowflake": Platform(type="Snowflake", case="upper", column_case="upper", schema="PUBLIC", folds_columns=True),
    "sqlite": Platform(type="SQLite", case=_LOWER, schema="main", folds_columns=True),
    "starrocks": Platform(type="StarRocks", port=9030, folds_columns=True),
    "trino": Platform(type="Trino", case=_LOWER, column_case=_LOWER, port=8080, folds_columns=True),
    "unitycatalog": Platform(type="UnityCatalog", case=_LOWER, folds_columns=True),
}
_OTHER: Final = Platform()
_MORE: Final = {"gcp_bigquery": "bigquery", "pgsql": "postgres", "mongo": "mongodb"}


def word_for(scheme: str) -> str:
    """Return one word for a platform, whoever names it: ``postgresql+psycopg2`` is ``postgres``."""
    word = family(scheme.partition("+")[0]) or "unknown"
    return _MORE.get(word, word)


def platform_of(word: str) -> Platform:
    """Return what is known of a platform; of one that nobody knows, what holds for it."""
    return PLATFORMS.get(word, _OTHER)
