"""Runs to translate: live ones made once a session, and recorded ones."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.translator import emitting, scenarios
from tests.translator.recording import Recording


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Recording]]:
    """Return live runs by name."""
    logging.disable(logging.CRITICAL)
    try:
        live = scenarios.run_all(str(tmp_path_factory.mktemp("instance")))
        yield live | emitting.run_all(str(tmp_path_factory.mktemp("riders")))
    finally:
        logging.disable(logging.NOTSET)
