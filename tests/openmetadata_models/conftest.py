from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.openmetadata_models.judging import ENVIRONMENT, Judge


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """OpenMetadata's own models."""
    if not (ENVIRONMENT / ".installed").exists():
        pytest.skip(f"{ENVIRONMENT.name} is not there: scripts/install-openmetadata makes it")
    with Judge() as judge:
        yield judge
