"""``phlo-hooks openmetadata check`` against a server that behaves as the real one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import Result

from tests.cli.conftest import Shop
from tests.openmetadata_standin import StandIn, running

Invoke = Callable[..., Result]


@pytest.fixture
def server(shop: Shop) -> Iterator[StandIn]:
    with running(mode="1.6") as server:
        shop.variables |= {"OPENMETADATA_URL": server.url, "OPENMETADATA_JWT": server.jwt}
        yield server


def test_a_server_that_can_be_told_everything_is_well(invoke: Invoke, server: StandIn) -> None:
    """Every point is ok, the exit code is 0, and nothing was written."""
    result = invoke("openmetadata", "check")

    assert result.exit_code == 0, result.output
    assert {line.split()[0] for line in result.stdout.splitlines()[:-2]} == {"ok"}
    assert result.stdout.splitlines()[-1] == "events can be told"
    assert not server.journal.writes


def test_the_same_as_json(invoke: Invoke, server: StandIn) -> None:
    """--json is one document: healthy, and the points."""
    document = json.loads(invoke("openmetadata", "check", "--json").stdout)

    assert document["healthy"] is True
    assert document["points"][0] == {"topic": "address", "level": "ok", "says": server.url, "way_out": ""}


def test_a_token_that_the_server_refuses_is_something_to_fix(invoke: Invoke, shop: Shop, server: StandIn) -> None:
    """The point says so with its way out, the exit code is 1, and the token is nowhere."""
    shop.variables["OPENMETADATA_JWT"] = "made-up-token-of-this-test"

    result = invoke("openmetadata", "check")

    assert result.exit_code == 1
    assert "1 thing to fix" in result.stdout
    assert "Settings > Bots" in result.stdout
    assert "made-up-token" not in result.output


def test_without_a_server_one_line_says_what_to_write(invoke: Invoke) -> None:
    """A missing URL is a settings error: exit code 2 and the line to write."""
    result = invoke("openmetadata", "check")

    assert result.exit_code == 2
    assert 'write into phlo_hooks.toml: [plugins.config.openmetadata] url = "http' in result.stderr


def test_help_lists_what_there_is(invoke: Invoke) -> None:
    """The group lists its commands, and each describes itself."""
    listed = invoke("openmetadata", "--help").stdout

    for name in ("check", "plan", "sync", "prune"):
        assert f"  {name}" in listed
        assert invoke("openmetadata", name, "--help").exit_code == 0
