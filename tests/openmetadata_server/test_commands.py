"""``phlo-hooks openmetadata plan``, ``sync`` and ``check``, as one types them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from phlo_hooks.cli.app import cli
from tests.openmetadata_server.platform import Platform
from tests.openmetadata_server.shop_runs import Check, Run
from tests.openmetadata_standin import StandIn

Command = Callable[..., Result]
RUNS = (Run(), Run(day=1, checks=(Check("staging/stg_orders", "not_null_id", "fail", "id", 2),)))


@pytest.fixture
def command(shop: Platform, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return what runs a command on the state database."""
    (shop.folder / "pyproject.toml").write_text("[project]\nname = 'shop'\n")
    monkeypatch.chdir(shop.folder)
    monkeypatch.setenv("PHLO_HOOKS_DATABASE", shop.url)
    monkeypatch.setenv("OPENMETADATA_URL", shop.server.url)
    monkeypatch.setenv("OPENMETADATA_JWT", shop.server.jwt)

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, ["openmetadata", *words])

    for each in RUNS:
        shop.append(each.events())
    return run


def test_plan_sends_nothing_and_sync_does_what_it_said(command: Command, server: StandIn) -> None:
    """Every entity and edge of the plan is there after the sync, and the next plan is empty."""
    planned = command("plan")
    writes = list(server.journal.writes)

    synced = command("sync")

    assert planned.exit_code == 0, planned.output
    assert writes == []
    assert synced.exit_code == 0, synced.output
    state = server.dump()
    for fqn in state["entities"]["table"]:
        assert fqn in planned.output
    server.journal.clear()
    again = command("plan", "--json")
    assert server.journal.writes == []
    assert not any(line.startswith(("+", "-", "~")) for line in again.output.splitlines()), again.output
    assert not json.loads(again.output).get("changes"), again.output


def test_sync_again_changes_nothing(command: Command, server: StandIn) -> None:
    """Not even a size twice."""
    command("sync")
    server.journal.clear()

    again = command("sync")

    assert again.exit_code == 0, again.output
    assert server.journal.changes == []


def test_sync_and_the_relay_tell_the_same(command: Command, shop: Platform, server: StandIn) -> None:
    """What was told event by event is what a sync tells at once."""
    shop.drain()
    told = server.dump()
    server.journal.clear()

    synced = command("sync")

    assert synced.exit_code == 0, synced.output
    assert server.journal.changes == []
    assert server.dump() == told


def test_check_says_what_is_wrong(command: Command, server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is well; then the token is not; then a right is missing; then nobody is there. The token is never shown."""
    well = command("check")
    monkeypatch.setenv("OPENMETADATA_JWT", "nobodys")
    token = command("check")
    monkeypatch.setenv("OPENMETADATA_JWT", server.jwt)
    server.world.forbidden.add(("table", "Create"))
    right = command("check")
    server.stop()
    away = command("check")

    assert well.exit_code == 0, well.output
    assert server.mode in well.output
    assert [each.exit_code == 0 for each in (token, right, away)] == [False, False, False]
    assert "token" in token.output.lower()
    assert "table" in right.output
    assert "nobodys" not in token.output
    assert server.jwt not in well.output + right.output + away.output
