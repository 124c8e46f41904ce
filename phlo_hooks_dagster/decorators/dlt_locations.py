"""Where the rows of dlt's resources came from, as dlt noted it while it extracted; never credentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, Final
from urllib.parse import urlsplit

from phlo_hooks.redaction import redact_text

LIMIT: Final = 32
"""Locations of one resource that are kept."""
TEXT_LIMIT: Final = 512


def locations(metrics: Iterable[Mapping[str, Any]], resources: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """
    Return where each resource's rows came from, those of the resources that feed it included.

    Args:
        metrics: What dlt's extraction noted, once a schema.
        resources: dlt's resources by name: their own arguments are asked where the extraction noted nothing.
    """
    noted: dict[str, list[str]] = {}
    parents: dict[str, set[str]] = {}
    for each in metrics:
        for location in each.get("inputs") or ():
            noted.setdefault(str(location.get("resource_name")), []).extend(_spelled(location))
        for parent, child in each.get("dag") or ():
            parents.setdefault(child, set()).add(parent)
    for name, resource in resources.items():
        if name not in noted:
            noted[name] = list(_from_arguments(resource))
    found = {}
    for name in sorted(resources or {*noted, *parents}):
        texts = [text for fed in _line(name, parents) for text in noted.get(fed, ())]
        if texts:
            found[name] = tuple(dict.fromkeys(_clean(text) for text in texts))[:LIMIT]
    return found


def _line(name: str, parents: Mapping[str, set[str]]) -> list[str]:
    """Return the resource and all that feed it, nearest first."""
    line, waiting = [name], [name]
    while waiting:
        for parent in sorted(parents.get(waiting.pop(0), ())):
            if parent not in line:
                line.append(parent)
                waiting.append(parent)
    return line


def _spelled(location: Mapping[str, Any]) -> Iterator[str]:
    """Return a location with what was touched in it: endpoints and globs as paths, tables behind a ``#``."""
    base = str(location.get("location") or "")
    database = str(location.get("database") or "")
    if database and not base.endswith(database):
        base = f"{base.rstrip('/')}/{database}"
    schema = location.get("db_schema") or location.get("physical_dataset_name") or location.get("dataset_name")
    below = [str(each) for each in (*(location.get("endpoints") or ()), location.get("glob")) if each]
    tables = [f"{schema}.{table}" if schema else str(table) for table in location.get("tables") or ()]
    if below:
        yield from (f"{base.rstrip('/')}/{path.lstrip('/')}" for path in below)
    elif tables:
        yield from (f"{base}#{table}" for table in tables)
    elif base:
        yield base


def _from_arguments(resource: Any) -> Iterator[str]:
    """Return what the resource was called with that is an address."""
    try:
        given = resource.explicit_args
    except TypeError:  # it takes arguments and has been given none yet
        return
    for value in (given or {}).values():
        if isinstance(value, PathLike):
            yield str(value)
        elif isinstance(value, str) and "://" in value:
            yield value


def _clean(text: str) -> str:
    """Return the address without user, password, query and secrets, cut where it is longer than addresses are."""
    try:
        parts = urlsplit(text)
        if "@" in parts.netloc or parts.query:
            text = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
    except ValueError:  # brackets that are no IPv6 address: redacted as text
        pass
    return redact_text(text)[:TEXT_LIMIT]
