"""The tests get a folder of their own, as the project writes where NYC_FLIGHTS_DATA says."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest

folder = tempfile.TemporaryDirectory(prefix="nyc-flights-")
os.environ["NYC_FLIGHTS_DATA"] = folder.name


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """Remove the folder at the end."""
    yield
    folder.cleanup()
