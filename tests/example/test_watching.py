"""The demo never waits for ever, and leaves no process and no open run behind."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import dagster as dg
import pytest

from tests.example.conftest import PROJECT, clean_environment

sys.path.append(str(PROJECT))

import demo_process
from demo_progress import Silence

PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], close_fds=False)
print("ready", flush=True)
time.sleep(600)
"""


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_silence_lasts_from_the_last_change() -> None:
    """What changes is not silent; what stays has been silent since it changed."""
    clock, values = Clock(), [1]
    silence = Silence(lambda: values[-1], clock=clock)

    clock.now = 10.0
    before = silence.seconds()
    values.append(2)
    clock.now = 12.0
    changed = silence.seconds()
    clock.now = 15.0

    assert (before, changed, silence.seconds()) == (10.0, 0.0, 3.0)


@pytest.mark.timeout(60)
def test_nothing_that_was_started_is_left(tmp_path: Path) -> None:
    """When the block ends, the process and what it started are gone, and with them their hold on the folder."""
    log = tmp_path / "log"
    with (
        demo_process.lock(tmp_path) as descriptor,
        demo_process.started(
            [sys.executable, "-c", PARENT], folder=tmp_path, environment={}, log=log, descriptor=descriptor
        ) as process,
    ):
        while "ready" not in log.read_text():
            assert process.poll() is None

    assert process.returncode is not None
    assert wait_until_free(tmp_path)


def wait_until_free(folder: Path) -> bool:
    """Return when nobody holds the folder; the test's time limit ends the wait."""
    while True:
        with suppress(SystemExit), demo_process.lock(folder):
            return True


def test_one_demo_at_a_time(tmp_path: Path) -> None:
    """A second demo in the same folder says so and ends."""
    with (
        demo_process.lock(tmp_path),
        pytest.raises(SystemExit, match="Another demo works in"),
        demo_process.lock(tmp_path),
    ):
        pass


def test_how_a_process_ended_is_said() -> None:
    """A signal is named."""
    assert demo_process.how_it_ended(-9) == "It was ended by SIGKILL."
    assert demo_process.how_it_ended(1) == "It ended with exit code 1."


@pytest.mark.timeout(300)
def test_a_run_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    """The demo says that nothing happened, names the log, fails, and leaves no run that Dagster believes alive."""
    command = [sys.executable, str(PROJECT / "demo.py"), "--one-process", "--patience", "0.1"]

    done = subprocess.run(
        [*command, "--folder", str(tmp_path)],
        env=clean_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "has written nothing for 0 s." in done.stdout
    assert str(tmp_path / "run.log") in done.stdout
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster_home")) as instance:
        assert {run.status for run in instance.get_runs()} <= {
            dg.DagsterRunStatus.CANCELED,
            dg.DagsterRunStatus.FAILURE,
        }
