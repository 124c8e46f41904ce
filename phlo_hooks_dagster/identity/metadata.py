"""Dagster's metadata values, read for names of tables; needs no Dagster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

TABLE_NAME: Final = "dagster/table_name"


class HasValue(Protocol):
    """What every metadata value of Dagster has."""

    @property
    def value(self) -> Any:
        """The plain value."""


Metadata = Mapping[str, HasValue]


def text(metadata: Metadata, name: str) -> str | None:
    """Return a metadata value as text, ``None`` when it is missing or empty."""
    value = metadata.get(name)
    return str(value.value) if value is not None and value.value not in (None, "") else None
