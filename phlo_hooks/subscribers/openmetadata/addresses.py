"""Addresses of sources: which dataset an address names, and what is a path and what a table."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.subscribers.openmetadata.platforms import DEFAULT, platform_of, word_for
from phlo_hooks.subscribers.openmetadata.spelling import parts_of

FILES: Final = {
    "file": "CustomStorage",
    "s3": "S3",
    "s3a": "S3",
    "gs": "GCS",
    "gcs": "GCS",
    "abfs": "CustomStorage",
    "abfss": "CustomStorage",
    "adl": "CustomStorage",
    "az": "CustomStorage",
    "hdfs": "CustomStorage",
    "sftp": "CustomStorage",
}
"""Where files are, and the service type; ``ADLS`` is newer than the oldest server that is spoken to."""
SAME_STORE: Final = {"s3a": "s3", "gcs": "gs", "abfs": "abfss"}
_FORMATS: Final = frozenset(
    ["parquet", "csv", "json", "jsonl", "excel", "xlsx", "avro", "orc", "filesystem", "published"]
)
"""What publishers name as their target system when all they say is that it is files."""
APIS: Final = frozenset(["http", "https"])
IN_FILES: Final = frozenset(["duckdb", "sqlite"])
"""Databases that are files: the address ends in a path, and the file's name is the catalog."""
_WITHOUT_CATALOG: Final = frozenset(["mysql", "mariadb", "clickhouse"])
"""Where what the address calls a database is a schema to OpenMetadata."""
_BASES: Final = frozenset(["api", "apis", "rest", "public"])


def scheme_of(namespace: str) -> str:
    """Return the word before ``://``: a platform's one word, or how files and APIs are reached."""
    scheme = namespace.partition("://")[0].lower()
    return scheme if scheme in FILES or scheme in APIS or scheme == "dagster" else word_for(scheme)


def is_path(namespace: str) -> bool:
    """Say whether the names in a namespace are paths."""
    scheme = namespace.partition("://")[0].lower()
    return scheme in FILES or scheme in APIS or namespace.lower() in _FORMATS


def source_ref(url: str) -> DatasetRef:
    """
    Return the dataset that an address names; unresolved when it names a whole database only.

    Tables stand behind a ``#``, as dlt's extraction notes them.

    >>> str(source_ref("postgresql+psycopg2://db.internal:5432/shop#public.orders"))
    'postgres://db.internal:5432/shop.public.orders'
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError:  # brackets that are no IPv6 address
        return DatasetRef(namespace="file", name=url)
    scheme = parts.scheme.lower()
    if len(scheme) <= 1 or scheme == "file":  # a path; one letter is a drive
        return DatasetRef(namespace="file", name=parts.path if scheme == "file" else url)
    if scheme in APIS or scheme in FILES:
        return DatasetRef(namespace=f"{scheme}://{host}", name=parts.path.strip("/") or "/")
    return _sql_ref(word_for(scheme), host, parts.path, parts.fragment)


def _sql_ref(word: str, host: str, path: str, table: str) -> DatasetRef:
    """Return the table behind ``#`` in the database that the address names; in its usual schema when none is told."""
    database = path.strip("/")
    if word in IN_FILES:
        stem = database.rpartition("/")[2].rpartition(".")[0] or database.rpartition("/")[2]
        database, host = stem, stem
    if word == "bigquery":
        database, host = f"{host}/{database}".strip("/"), ""
    namespace = f"{word}://{host}" if host else word
    if not table:
        return DatasetRef(namespace=namespace, name=database or word, resolved=False)
    inside = [part for part in database.split("/") if part]
    schema = platform_of(word).schema
    if len(parts_of(table)) > 1:
        inside = [] if word in _WITHOUT_CATALOG else inside[:1]
    elif len(inside) == 1 and schema != DEFAULT:
        inside.append(schema)
    return DatasetRef(namespace=namespace, name=".".join((*inside, table)))


def api_path(path: str) -> tuple[str, str]:
    """
    Return collection and endpoint of a path: what comes first, versions and the like taken along, and the rest.

    >>> api_path("api/v2/orders/items")
    ('api/v2/orders', 'items')
    >>> api_path("v1/forecast")
    ('v1', 'forecast')
    >>> api_path("orders")
    ('/', 'orders')
    """
    parts = [part for part in path.split("/") if part]
    base = 0
    while base < len(parts) and (parts[base].lower() in _BASES or _is_version(parts[base])):
        base += 1
    first = min(base + 1 if len(parts) > base + 1 else base, len(parts) - 1)
    return "/".join(parts[: max(first, 0)]) or "/", "/".join(parts[max(first, 0) :]) or "/"


def _is_version(part: str) -> bool:
    return part[:1] in ("v", "V") and part[1:].replace(".", "").isdigit()
