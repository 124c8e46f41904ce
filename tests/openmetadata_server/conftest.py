from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest

from tests.openmetadata_server.target import Lake, Target
from tests.openmetadata_standin import Mode, StandIn, running

REAL = os.environ.get("OPENMETADATA_URL")
MODES: tuple[Mode, ...] = ("1.6", "2.0")


@pytest.fixture(scope="session")
def standins() -> Iterator[dict[str, StandIn]]:
    """Run one server in each mode."""
    with running("1.6") as older, running("2.0") as newer:
        yield {"1.6": older, "2.0": newer}


@pytest.fixture(params=["real"] if REAL else MODES)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Each server that the contract is tried on: a real one, where the environment names it, or else the stand-ins."""
    if REAL:
        version = httpx.get(f"{REAL}/api/v1/system/version").json()["version"]
        made = Target(REAL.rstrip("/"), os.environ["OPENMETADATA_JWT"], "2.0" if version >= "2" else "1.6")
    else:
        server = request.getfixturevalue("standins")[request.param]
        made = Target(server.url, server.jwt, request.param, server)
    yield made
    made.close()


@pytest.fixture
def older(target: Target) -> Target:
    """A 1.6 server; the test is skipped on another."""
    if target.mode != "1.6":
        pytest.skip("seen on 1.6; nothing is known of 2.0")
    return target


@pytest.fixture
def newer(target: Target) -> Target:
    """A 2.0 server; the test is skipped on another."""
    if target.mode != "2.0":
        pytest.skip("only 2.0 has it")
    return target


@pytest.fixture
def lake(target: Target) -> Lake:
    """A schema of its own."""
    return Lake(target, target.schema())
