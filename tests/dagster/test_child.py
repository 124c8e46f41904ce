"""The relay as a child of the code server: started, watched, started again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import pytest

from phlo_hooks.settings import StageRule, load_settings
from phlo_hooks_dagster.child import RelayChild, RelayCommand
from tests.dagster.harness import StillClock


class FakeProcess:
    """A child that ends when it is told to."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.code = -15


class Starter:
    """Starts fake children and remembers how."""

    def __init__(self) -> None:
        self.started: list[FakeProcess] = []
        self.environment: Mapping[str, str] = {}
        self.arguments: Sequence[str] = ()

    def __call__(
        self, arguments: Sequence[str], environment: Mapping[str, str], cwd: Path, log_file: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        log_file.write(b"cannot open postgresql://me:hunter22@db/state\n")
        self.arguments, self.environment = arguments, environment
        self.started.append(FakeProcess(1000 + len(self.started)))
        return self.started[-1]  # type: ignore[return-value]


@pytest.fixture
def command(tmp_path: Path) -> RelayCommand:
    """Return what a code server would start."""
    return RelayCommand(
        overrides={"start": "all"}, instance_ref='{"a": 1}', folder=tmp_path / "phlo_hooks", cwd=tmp_path
    )


def test_a_child_gets_the_overrides_the_instance_and_the_path(command: RelayCommand) -> None:
    """The child finds the same settings, the same instance and the same modules, and a file only its owner reads."""
    starter = Starter()

    RelayChild(command, clock=StillClock().clock(), start=starter).ensure()

    reference = Path(starter.environment["PHLO_HOOKS_INSTANCE_REF"])
    assert json.loads(starter.environment["PHLO_HOOKS_OVERRIDES"]) == {"start": "all"}
    assert reference.read_text() == '{"a": 1}'
    assert reference.stat().st_mode & 0o077 == 0
    assert str(Path(sys.path[-1]).absolute()) in starter.environment["PYTHONPATH"]
    assert "--parent-pid" in starter.arguments


def test_a_child_finds_what_the_code_was_loaded_with(tmp_path: Path) -> None:
    """Folders that Dagster took off the path after the load are on the child's, last; settings may be objects."""
    starter = Starter()
    rule = StageRule(stage="ingestion", groups=["loading"])
    command = RelayCommand(
        overrides={"stages": [rule]}, instance_ref="{}", folder=tmp_path, cwd=tmp_path, path=("/src/shop",)
    )

    RelayChild(command, clock=StillClock().clock(), start=starter).ensure()

    assert starter.environment["PYTHONPATH"].split(os.pathsep)[-1] == "/src/shop"
    assert load_settings(json.loads(starter.environment["PHLO_HOOKS_OVERRIDES"]), root=tmp_path).stages == [rule]


def test_a_living_child_is_left_alone(command: RelayCommand) -> None:
    """Ticks start nothing while the child lives."""
    starter = Starter()
    child = RelayChild(command, clock=StillClock().clock(), start=starter)

    assert [child.ensure() for _ in range(3)] == [None, None, None]
    assert len(starter.started) == 1
    assert child.pid == 1000


def test_a_dead_child_is_started_again_later_each_time(command: RelayCommand) -> None:
    """After a death the reason is told without its secrets, and the pause doubles while children die young."""
    time, starter = StillClock(), Starter()
    child = RelayChild(command, clock=time.clock(), start=starter)
    child.ensure()
    starter.started[-1].code = 3

    said = child.ensure()
    time.advance(6)
    child.ensure()
    starter.started[-1].code = -9
    again = child.ensure()

    assert said is not None
    assert "ended with code 3: cannot open postgresql://" in said
    assert "hunter22" not in said
    assert "trying again in 5 s" in said
    assert again is not None
    assert "was ended by signal 9" in again
    assert "trying again in 10 s" in again
    assert len(starter.started) == 2


def test_a_child_that_lived_long_is_started_soon(command: RelayCommand) -> None:
    """A relay that worked for a minute and died is no relay that cannot start: the pause begins anew."""
    time, starter = StillClock(), Starter()
    child = RelayChild(command, clock=time.clock(), start=starter)
    for lived in (1, 120):
        child.ensure()
        time.advance(lived)
        starter.started[-1].code = 1
        said = child.ensure()
        time.advance(30)

    assert said is not None
    assert "trying again in 5 s" in said


def test_stopping_ends_the_child_and_removes_the_reference(command: RelayCommand) -> None:
    """Nothing that may hold a password is left behind."""
    starter = Starter()
    child = RelayChild(command, clock=StillClock().clock(), start=starter)
    child.ensure()

    child.stop()

    assert starter.started[-1].code == -15
    assert not Path(starter.environment["PHLO_HOOKS_INSTANCE_REF"]).exists()
