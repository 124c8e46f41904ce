from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.cli.conftest import Shop
from tests.cli.processes import Relay, child_of, is_alive, received, wait_for


@pytest.fixture
def relay(shop: Shop) -> Iterator[Callable[..., Relay]]:
    """Start relays; whatever is left of them is killed in the end."""
    started: list[Relay] = []

    def start(*args: str) -> Relay:
        started.append(Relay(shop, *args))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


def test_a_relay_works_until_it_is_stopped(shop: Shop, relay: Callable[..., Relay]) -> None:
    """It says what it works with, delivers what comes, and ends in 0 at SIGTERM with no process left."""
    shop.use_hooks()
    running = relay()
    wait_for(lambda: running.says("lease acquired; this relay is at work"))
    worker = child_of(running.process.pid)
    shop.materialize("r1", 3)
    wait_for(lambda: len(received(shop, "queue")) == 3 and len(received(shop, "all")) == 3)

    code = running.stop()

    assert code == 0
    assert not is_alive(worker)
    assert running.says("state database sqlite:///")
    assert running.says("source lines; 4 hooks")
    assert running.lines[-1].endswith("relay stopped: it was asked to")
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in running.lines)


def test_a_relay_stands_by_and_takes_over(shop: Shop, relay: Callable[..., Relay]) -> None:
    """One lease for a state database: the second waits, and goes on when the first is killed."""
    shop.use_hooks()
    first = relay()
    wait_for(lambda: first.says("lease acquired"))
    second = relay()
    wait_for(lambda: second.says("standby: "))

    first.process.kill()
    wait_for(lambda: second.says("lease acquired"))
    shop.materialize("r1", 2)
    wait_for(lambda: len(received(shop, "queue")) == 2)

    assert second.stop() == 0


def test_a_killed_worker_is_replaced(shop: Shop, relay: Callable[..., Relay]) -> None:
    """Kill -9 of the worker costs a line and a second; no event is lost."""
    shop.use_hooks()
    running = relay()
    wait_for(lambda: running.says("lease acquired"))

    os.kill(child_of(running.process.pid), signal.SIGKILL)
    shop.materialize("r1", 4)
    wait_for(lambda: len(received(shop, "queue")) == 4 and len(received(shop, "all")) == 4)

    assert running.says("the worker process was ended by SIGKILL; starting it again in 0.25 s")
    assert running.stop() == 0


def test_the_worker_ends_when_its_supervisor_is_killed(shop: Shop, relay: Callable[..., Relay]) -> None:
    """Kill -9 of the supervisor leaves no relay behind."""
    running = relay()
    wait_for(lambda: running.says("lease acquired"))
    worker = child_of(running.process.pid)

    running.process.kill()

    wait_for(lambda: not is_alive(worker), seconds=15)


def test_a_relay_ends_with_its_parent(shop: Shop, relay: Callable[..., Relay]) -> None:
    """--parent-pid: when that process is gone, so is the relay, its worker, and its lease."""
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    running = relay("--parent-pid", str(parent.pid))
    wait_for(lambda: running.says("lease acquired"))
    worker = child_of(running.process.pid)

    parent.communicate(b"\n")

    assert running.process.wait(20) == 0
    wait_for(lambda: not is_alive(worker), seconds=15)
    wait_for(lambda: running.says(f"relay stopped: its parent (pid {parent.pid}) has ended"))


def test_ctrl_c_ends_a_relay_well(shop: Shop, relay: Callable[..., Relay]) -> None:
    """A relay in a terminal is stopped by Ctrl-C, and that is no error."""
    running = relay()
    wait_for(lambda: running.says("lease acquired"))

    assert running.stop(signal.SIGINT) == 0


def test_a_relay_waits_for_a_source_that_cannot_be_opened(shop: Shop, relay: Callable[..., Relay]) -> None:
    """A sidecar may start before what it reads; it says so, and goes on when it is there."""
    (shop.folder / "refuse").touch()
    running = relay()
    wait_for(lambda: running.says("the lines are locked away; trying again in 1 s and on"))

    (shop.folder / "refuse").unlink()

    wait_for(lambda: running.says("lease acquired"))


def test_a_relay_can_be_stopped_while_it_waits(shop: Shop, relay: Callable[..., Relay]) -> None:
    """Waiting for a source is no reason not to stop."""
    (shop.folder / "refuse").touch()
    running = relay()
    wait_for(lambda: running.says("the lines are locked away"))

    assert running.stop() == 0


def test_a_source_that_fails_and_recovers_is_told(shop: Shop, relay: Callable[..., Relay]) -> None:
    """While the log cannot be read a line says why; when it can, another; what was written meanwhile is delivered."""
    shop.use_hooks()
    running = relay()
    wait_for(lambda: running.says("lease acquired"))
    shop.log.rename(shop.folder / "away")
    wait_for(lambda: running.says("source lines cannot be reached: "))

    (shop.folder / "away").rename(shop.log)
    shop.materialize("r1", 1)

    wait_for(lambda: running.says("source lines is reached again"))
    wait_for(lambda: len(received(shop, "queue")) == 1)


def test_a_wrong_setting_ends_a_relay_at_once(shop: Shop) -> None:
    """What only a person can change is not tried again."""
    shop.variables["PHLO_HOOKS_RELAY__POLL"] = "1"

    done = shop.run("relay")

    assert done.returncode == 2
    assert "unknown setting 'relay.poll'" in done.stderr
