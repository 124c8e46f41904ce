"""Whatever goes wrong on the way, the end is the same as if nothing had."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks.subscribers.openmetadata.plugin import CONSUMER
from tests.openmetadata_server.platform import Platform
from tests.openmetadata_server.shop_runs import CHECKS, MODELS, Check, Run
from tests.openmetadata_standin import Fault, StandIn, running
from tests.openmetadata_standin.faults import How

SMALL = Run(models=MODELS[:1], checks=(*CHECKS[:1], Check("staging/stg_orders", "sums", "fail")), publish=False)
ROOT = Path(__file__).parents[2]


def told(folder: Path, run: Run = SMALL) -> tuple[Any, int]:
    """Return what a server holds after a run to which nothing happened, and how many calls that took."""
    with running("2.0") as server:
        platform = Platform(folder, server)
        platform.append(run.events())
        assert platform.drain().complete
        return without_rows(server.dump()), len(server.journal)


def without_rows(dump: Any) -> Any:
    """Return a dump in which a size that was sent twice, which the server keeps as two rows, is one."""
    return dump | {"profiles": {table: {str(row) for row in rows} for table, rows in dump["profiles"].items()}}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, int]:
    """A run to which nothing happened."""
    return told(tmp_path_factory.mktemp("expected"))


def ways(number: int) -> tuple[How, int, bool]:
    """Return what happens to the call of that number: each way in turn."""
    all_ways: tuple[tuple[How, int, bool], ...] = (
        ("status", 500, False),
        ("reset", 0, True),
        ("status", 503, True),
        ("half", 0, True),
        ("reset", 0, False),
    )
    return all_ways[number % len(all_ways)]


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 4))])
def test_one_call_fails(expected: tuple[Any, int], tmp_path: Path, part: int) -> None:
    """
    Each call of the run in turn, before or after it was done: nothing is lost and nothing is there twice.

    Every fourth call in `make test`, all of them in `make test-long`.
    """
    state, calls = expected
    recorded = tmp_path / "state.db"
    with running("2.0") as unused:
        Platform(tmp_path, unused).append(SMALL.events())

    for number in range(part + 1, calls + 1, 4):
        how, status, applied = ways(number)
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(recorded, folder)
        with running("2.0") as server:
            platform = Platform(folder, server)
            fault = server.faults.fail_call(number, status=status, how=how, applied=applied)

            report = platform.drain()

            assert fault.hit == 1
            assert report.complete, (number, how, report.note)
            assert without_rows(server.dump()) == state, (number, how, applied)


def test_server_is_down_and_comes_back(expected: tuple[Any, int], new_shop: Platform, newest: StandIn) -> None:
    """The run is recorded, nothing is lost, and it is told when the server is there again."""
    newest.stop()
    new_shop.append(SMALL.events())
    report = new_shop.drain(timeout=None)
    waiting = report.pending[CONSUMER]

    newest.start()
    later = new_shop.drain()

    assert (report.complete, waiting) == (False, len(SMALL.events()))
    assert report.dead == {}
    assert later.complete, later.note
    assert without_rows(newest.dump()) == expected[0]


def test_storm_of_429(expected: tuple[Any, int], new_shop: Platform, newest: StandIn) -> None:
    """Thirty calls are told to come again."""
    storm = newest.faults.storm(30)
    new_shop.append(SMALL.events())

    report = new_shop.drain()

    assert storm.hit == 30
    assert report.complete, report.note
    assert without_rows(newest.dump()) == expected[0]


def test_retry_after_is_kept(new_shop: Platform, newest: StandIn) -> None:
    """No call comes before the second is over that the server asked for."""
    newest.faults.storm(1, retry_after="1")
    new_shop.append(SMALL.events()[:1])
    began = time.monotonic()

    new_shop.drain()

    assert time.monotonic() - began >= 1.0


def test_slow_answers_are_waited_for_once(new_shop: Platform, newest: StandIn) -> None:
    """A call that takes longer than the timeout is tried again."""
    new_shop.options["timeout"] = 0.3
    newest.faults.add(Fault(how="slow", seconds=1.0, at=8))
    new_shop.append(SMALL.events())

    assert new_shop.drain().complete


def test_expired_token(
    expected: tuple[Any, int], new_shop: Platform, newest: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """One clear line, the breaker opens, nothing is lost; the file with the new token is read without a restart."""
    new_shop.delivery.update(breaker_cooldown=0.2)
    token = newest.renew_token()
    new_shop.append(SMALL.events())
    with caplog.at_level(logging.WARNING):
        report = new_shop.drain(timeout=None)
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    calls = len(newest.journal)

    new_shop.token_file.write_text(token)
    later = new_shop.drain()

    assert report.pending[CONSUMER] == len(SMALL.events())
    assert report.dead == {}
    assert len([line for line in lines if f"{new_shop.token_file} (the server says" in line]) == 1, lines
    assert not any(newest.jwt in line or "stand-in-bot" in line for line in lines)
    assert calls < 20, newest.journal.lines
    assert later.complete, later.note
    assert without_rows(newest.dump()) == expected[0]


def test_right_that_is_missing(new_shop: Platform, newest: StandIn) -> None:
    """403 waits as 401 does: rights are given, and then it goes on."""
    newest.world.forbidden.add(("table", "Create"))
    new_shop.append(SMALL.events())
    report = new_shop.drain(timeout=None)
    newest.world.forbidden.clear()

    later = new_shop.drain()

    assert report.pending
    assert report.dead == {}
    assert later.complete, later.note


DRAIN = """
import sys
from pathlib import Path
from tests.openmetadata_server.platform import Platform
from tests.openmetadata_standin import StandIn

class There:
    url, jwt = sys.argv[2], sys.argv[3]

Platform(Path(sys.argv[1]), There(), delivery={}).drain()
"""


@pytest.mark.parametrize("calls", [4, 18, 31])
def test_relay_is_killed_in_the_middle(
    expected: tuple[Any, int], new_shop: Platform, newest: StandIn, calls: int
) -> None:
    """SIGKILL after so many calls; the next relay goes on, and the end is the same."""
    newest.faults.latency = 0.02
    new_shop.append(SMALL.events())
    process = started(new_shop)
    try:
        deadline = time.monotonic() + 60
        while len(newest.journal) < calls:
            assert process.poll() is None, "it ended too early"
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    newest.faults.latency = 0.0

    report = new_shop.drain(timeout=60)

    assert report.complete, report.note
    assert without_rows(newest.dump()) == expected[0]


def started(platform: Platform) -> subprocess.Popen[bytes]:
    """Start a drain in a process of its own."""
    command = [sys.executable, "-c", DRAIN, str(platform.folder), platform.server.url, platform.server.jwt]
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
