from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

from tests.cli.conftest import Shop

Invoke = Callable[..., Result]


def test_help_lists_commands_exit_codes_and_examples(invoke: Invoke) -> None:
    """What there is, how it ends, and how it is written."""
    text = invoke("--help").stdout

    assert all(name in text for name in ("relay", "drain", "events", "dead", "schema"))
    assert "Exit codes:" in text
    assert "phlo-hooks drain -m my_project.definitions" in text


@pytest.mark.parametrize(
    "command",
    ["relay", "drain", "status", "rederive", "replay", "events list", "plugin list", "dead retry", "schema diff"],
)
def test_every_command_has_help(invoke: Invoke, command: str) -> None:
    """Each command says what it does in its first line, and hides what is not for people."""
    result = invoke(*command.split(), "--help")

    assert result.exit_code == 0
    assert "--supervisor-pid" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["stauts"], "no command 'stauts'; did you mean 'status'?"),
        (["zzz"], "no command 'zzz'; there are relay, drain"),
        (["events", "list", "--nope"], "No such option"),
        (["--project", "/nowhere", "status"], "does not exist"),
        (["drain", "-f", "nowhere.py"], "no file 'nowhere.py' here"),
    ],
)
def test_a_wrong_command_line_is_one_line(invoke: Invoke, arguments: list[str], problem: str) -> None:
    """What is wrong, and what would be right, without a page of usage."""
    result = invoke(*arguments)

    assert result.exit_code == 2
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_wrong_setting_is_one_line(shop: Shop, invoke: Invoke) -> None:
    """The setting, where it stands, and the nearest right name; no traceback unless asked for."""
    shop.variables["PHLO_HOOKS_DATABSE"] = "x"

    result, debug = invoke("status"), invoke("--debug", "status")

    assert result.exit_code == 2
    assert "unknown setting 'databse'" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in debug.stderr


def test_the_database_can_be_named_on_the_command_line(recorded: Shop, invoke: Invoke) -> None:
    """--database is stronger than every setting, and --project says where settings are looked for."""
    recorded.variables["PHLO_HOOKS_DATABASE"] = "sqlite:////nowhere/else.db"

    result = invoke("--database", recorded.url, "--project", str(recorded.folder), "events", "list", "--limit", "1")

    assert "run.start" in result.stdout


def test_a_password_is_never_shown(shop: Shop, invoke: Invoke) -> None:
    """Neither in an error nor in what names the database."""
    shop.variables["PHLO_HOOKS_DATABASE"] = "postgresql+psycopg://ada:hunter2@127.0.0.1:1/none"

    result = invoke("status")

    assert result.exit_code in (2, 4)
    assert "hunter2" not in result.stdout + result.stderr
