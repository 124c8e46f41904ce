from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.openmetadata_server.desk import Desk
from tests.openmetadata_server.platform import Platform
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


@pytest.fixture(params=MODES)
def server(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """A server of its own, in each mode."""
    with running(request.param) as started:
        yield started


@pytest.fixture
def newest() -> Iterator[StandIn]:
    """A 2.0 server of its own, where the mode makes no difference."""
    with running("2.0") as started:
        yield started


@pytest.fixture
def shop(server: StandIn, tmp_path: Path) -> Platform:
    """A state database and the subscriber, against a server in each mode."""
    return Platform(tmp_path, server)


@pytest.fixture
def new_shop(newest: StandIn, tmp_path: Path) -> Platform:
    """The same, against a 2.0 server."""
    return Platform(tmp_path, newest)


@pytest.fixture
def desks(target: Target) -> Iterator[Callable[..., Desk]]:
    """Return what makes publishers on the server."""
    with ExitStack() as stack:

        def made(**options: Any) -> Desk:
            desk = Desk(target, **options)
            stack.callback(desk.close)
            return desk

        yield made


@pytest.fixture
def desk(desks: Callable[..., Desk]) -> Desk:
    """A publisher, with a schema to put tables into."""
    made = desks()
    made.publish(*made.above())
    return made


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for another state database."""
    return tmp_path_factory.mktemp("elsewhere")
