"""What a table on a platform is called as a dataset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from phlo_hooks.datasets import DatasetRef

_PART: Final = re.compile(r"""\s*(?:"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|'([^']*)'|([^."`\[\]']+))\s*(?:\.|$)""")


@dataclass(frozen=True)
class Part:
    """One part of a table's name; ``quoted`` means that it is spelled as the platform stores it."""

    text: str
    quoted: bool = False


def table_name(catalog: str | None, schema: str | None, table: str) -> str:
    """Return ``catalog.schema.table`` with the parts that are known, spelled as the platform spells them."""
    return ".".join(part for part in (catalog, schema, table) if part)


def split_parts(name: str) -> tuple[Part | None, Part | None, Part]:
    """Return catalog, schema and table of a dotted name; a dot within quotes is part of a name, not between two."""
    name = name.strip()
    if name.startswith("`") and name.endswith("`") and name.count("`") == 2:  # noqa: PLR2004  # BigQuery quotes it whole
        parts = [Part(each, quoted=True) for each in name.strip("`").split(".")]
    else:
        parts = _parts(name)
    table = parts[-1]
    schema = parts[-2] if len(parts) > 1 else None
    catalog = Part(".".join(part.text for part in parts[:-2]), parts[0].quoted) if len(parts) > 2 else None  # noqa: PLR2004
    return (
        catalog if catalog and catalog.text else None,
        schema if schema and schema.text else None,
        table,
    )


def split_table_name(name: str) -> tuple[str | None, str | None, str]:
    """Return catalog, schema and table of a dotted name; quotes around the parts are dropped."""
    catalog, schema, table = split_parts(name)
    return catalog.text if catalog else None, schema.text if schema else None, table.text


def parse_dataset(text: str) -> DatasetRef | None:
    """
    Return the dataset that somebody wrote as ``namespace/name`` or as a URI.

    ``duckdb://shop/shop.main.orders`` is ``shop.main.orders`` in ``duckdb://shop``, ``s3://bucket/a/b`` is ``a/b`` in
    ``s3://bucket``, ``file:///data/x`` is ``/data/x`` in ``file``. Credentials, query and fragment are dropped.
    """
    text = text.strip()
    if "://" not in text:
        namespace, slash, name = text.partition("/")
        return DatasetRef(namespace=namespace, name=name) if slash and namespace and name else None
    parts = urlsplit(text)
    if parts.scheme == "file":
        return DatasetRef(namespace="file", name=parts.path) if parts.path.strip("/") else None
    host = parts.netloc.rpartition("@")[2]
    name = parts.path.lstrip("/")
    return DatasetRef(namespace=f"{parts.scheme}://{host}", name=name) if host and name else None


def _parts(name: str) -> list[Part]:
    found: list[Part] = []
    at = 0
    while at < len(name):
        match = _PART.match(name, at)
        if match is None or match.end() == at:
            return [Part(piece.strip("\"`[]' ")) for piece in name.split(".")]
        double, back, square, single, bare = match.groups()
        quoted = next((each for each in (double, back, square, single) if each is not None), None)
        found.append(Part(bare.strip()) if quoted is None else Part(quoted.replace('""', '"'), quoted=True))
        at = match.end()
    return found or [Part(name)]
