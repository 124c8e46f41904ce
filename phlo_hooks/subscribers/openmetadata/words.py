"""Platforms' words for types, and OpenMetadata's; all of the latter are known to servers since 1.6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _spelled(groups: Mapping[str, str]) -> dict[str, str]:
    """Return each of the platforms' words to the server's; several stand between bars."""
    return {word: own for own, words in groups.items() for word in words.split("|")}


WORDS: Final = _spelled(
    {
        "ARRAY": "ARRAY",
        "BIGINT": "BIGINT|INT8|INT64|BIGSERIAL|SERIAL8|UINT32|UINTEGER|BIGINTEGER|UNSIGNED BIG INT",
        "BINARY": "BINARY",
        "BIT": "BIT|BIT VARYING|VARBIT|BITSTRING",
        "BLOB": "BLOB|TINYBLOB|BFILE|LONG RAW",
        "BOOLEAN": "BOOLEAN|BOOL|LOGICAL",
        "BYTEA": "BYTEA",
        "BYTEINT": "BYTEINT",
        "BYTES": "BYTES",
        "CHAR": "CHAR|CHARACTER|NCHAR|BPCHAR|NATIONAL CHARACTER|FIXEDSTRING",
        "CIDR": "CIDR",
        "DATE": "DATE|DATE32",
        "DATETIME": "DATETIME|DATETIME2|DATETIME64|SMALLDATETIME|DATETIMEOFFSET",
        "DECIMAL": "DECIMAL|NUMERIC|DEC|FIXED|BIGNUMERIC|BIGDECIMAL|WEI|DECIMAL32|DECIMAL64|DECIMAL128|DECIMAL256",
        "DOUBLE": "DOUBLE|DOUBLE PRECISION|FLOAT8|FLOAT64|BINARY_DOUBLE|DECFLOAT",
        "ENUM": "ENUM|ENUM8|ENUM16",
        "FLOAT": "FLOAT|FLOAT4|FLOAT32|REAL|BINARY_FLOAT",
        "GEOGRAPHY": "GEOGRAPHY",
        "GEOMETRY": "GEOMETRY|BOX|CIRCLE|LINE|LSEG|PATH|LINESTRING|MULTIPOLYGON",
        "HLLSKETCH": "HLLSKETCH|HYPERLOGLOG",
        "IMAGE": "IMAGE",
        "INET": "INET",
        "INT": "INT|INTEGER|INT4|INT32|SERIAL|SERIAL4|MEDIUMINT|UINT16|USMALLINT",
        "INTERVAL": "INTERVAL|DURATION",
        "IPV4": "IPV4",
        "IPV6": "IPV6",
        "JSON": "JSON|JSONB|COMPLEX|OBJECT|HSTORE|DYNAMIC",
        "LARGEINT": "LARGEINT|HUGEINT|UHUGEINT|UBIGINT|UINT64|INT128|INT256|UINT128|UINT256|BIGNUM|VARINT",
        "LONGBLOB": "LONGBLOB",
        "MACADDR": "MACADDR|MACADDR8",
        "MAP": "MAP",
        "MEDIUMBLOB": "MEDIUMBLOB",
        "MEDIUMTEXT": "MEDIUMTEXT",
        "MONEY": "MONEY|SMALLMONEY",
        "NTEXT": "NTEXT",
        "NULL": "NULL|VOID|NOTHING",
        "NUMBER": "NUMBER",
        "POINT": "POINT",
        "POLYGON": "POLYGON",
        "SET": "SET",
        "SMALLINT": "SMALLINT|INT2|INT16|SMALLSERIAL|SERIAL2|SHORT|UINT8|UTINYINT",
        "STRING": "STRING|TEXT|TINYTEXT|LONGTEXT|CITEXT|CLOB|NCLOB|LONG VARCHAR|SYSNAME|NAME",
        "SUPER": "SUPER",
        "TIME": "TIME|TIMETZ|TIME WITH TIME ZONE|TIME WITHOUT TIME ZONE",
        "TIMESTAMP": "TIMESTAMP|TIMESTAMPTZ|TIMESTAMP_TZ|TIMESTAMP_NTZ|TIMESTAMP_LTZ|TIMESTAMP_S|TIMESTAMP_MS|"
        "TIMESTAMP_US|TIMESTAMP_NS|TIMESTAMPNTZ|TIMESTAMPLTZ",
        "TINYINT": "TINYINT|INT1",
        "TSQUERY": "TSQUERY",
        "TSVECTOR": "TSVECTOR",
        "UNION": "UNION|UNIONTYPE",
        "UUID": "UUID|UNIQUEIDENTIFIER|GUID",
        "VARBINARY": "VARBINARY|BINARY VARYING|RAW",
        "VARCHAR": "VARCHAR|VARCHAR2|NVARCHAR|NVARCHAR2|CHARACTER VARYING|CHAR VARYING|NATIONAL CHARACTER VARYING",
        "VARIANT": "VARIANT|SQL_VARIANT",
        "XML": "XML|XMLTYPE",
        "YEAR": "YEAR",
        "ROWID": "ROWID|UROWID",
        "PG_LSN": "PG_LSN",
        "PG_SNAPSHOT": "PG_SNAPSHOT",
        "TXID_SNAPSHOT": "TXID_SNAPSHOT",
        "DATETIMERANGE": "TSRANGE|TSTZRANGE|DATERANGE",
        "AGGREGATEFUNCTION": "AGGREGATEFUNCTION|SIMPLEAGGREGATEFUNCTION",
        "BITMAP": "BITMAP",
        "HLL": "HLL",
    }
)
"""What most platforms mean by a word, dlt's own words among them."""

PLATFORM_WORDS: Final = {
    "bigquery": _spelled({"DOUBLE": "FLOAT", "BIGINT": "INT|INTEGER|SMALLINT|TINYINT|BYTEINT", "JSON": "RECORD"}),
    "clickhouse": _spelled(
        {"SMALLINT": "INT16|UINT8", "TINYINT": "INT8", "BIGINT": "INT64|UINT32", "INT": "INT32|UINT16"}
    ),
    "databricks": _spelled({"BIGINT": "LONG", "TINYINT": "BYTE"}),
    "mssql": _spelled({"DOUBLE": "FLOAT", "BOOLEAN": "BIT", "BINARY": "TIMESTAMP|ROWVERSION"}),
    "mysql": _spelled({"BOOLEAN": "TINYINT(1)|BIT(1)"}),
    "mariadb": _spelled({"BOOLEAN": "TINYINT(1)|BIT(1)"}),
    "oracle": _spelled({"DOUBLE": "FLOAT", "TIMESTAMP": "DATE"}),
    "redshift": _spelled({"DOUBLE": "FLOAT", "VARBINARY": "VARBYTE"}),
    "snowflake": _spelled({"DOUBLE": "FLOAT|FLOAT4|FLOAT8|REAL|DOUBLE PRECISION", "TIMESTAMP": "DATETIME"}),
    "sqlite": _spelled({"BIGINT": "INT|INTEGER", "DOUBLE": "REAL"}),
}
"""Where a platform means something else."""

LENGTHS: Final = frozenset(["CHAR", "VARCHAR", "BINARY", "VARBINARY"])
"""Words that the server takes with a length only."""
BINARIES: Final = frozenset(["BINARY", "VARBINARY"])
BYTES: Final = {"duckdb": "BLOB", "sqlite": "BLOB", "oracle": "BLOB", "postgres": "BYTEA"}
"""What the platform makes of binary data without a length; elsewhere it is ``BYTES``."""

API_WORDS: Final = _spelled(
    {
        "ARRAY": "ARRAY",
        "BOOLEAN": "BOOLEAN",
        "BYTES": "BYTES|BLOB|BYTEA|BINARY|VARBINARY|LONGBLOB|MEDIUMBLOB|IMAGE",
        "DATE": "DATE",
        "DOUBLE": "DOUBLE|DECIMAL|NUMBER|MONEY",
        "ENUM": "ENUM",
        "FLOAT": "FLOAT",
        "INT": "INT|SMALLINT|TINYINT|BYTEINT|YEAR",
        "LONG": "BIGINT|LARGEINT",
        "MAP": "MAP",
        "NULL": "NULL",
        "RECORD": "STRUCT|JSON|VARIANT|SUPER",
        "TIME": "TIME",
        "TIMESTAMP": "TIMESTAMP|DATETIME",
        "UNION": "UNION",
        "UNKNOWN": "UNKNOWN",
    }
)
"""The server's words for columns to its words for fields of messages and APIs; the rest are ``STRING`` there."""
