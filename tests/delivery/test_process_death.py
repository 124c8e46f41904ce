from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from phlo_hooks.events import ErrorEvent
from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox
from tests.delivery.child import POISON, RUNS
from tests.delivery.fakes import eventually, in_order_by_run, make_events
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[2]


def child(url: str, file: Path, count: int, what: str) -> subprocess.Popen[bytes]:
    """Start a relay process."""
    command = [sys.executable, "-m", "tests.delivery.child", url, str(file), str(count), what]
    log = file.with_suffix(".log").open("ab")
    with log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


def prepare(url: str, names: list[str], sync_hooks: list[str]) -> None:
    """Register the consumers before the first event, so that none is passed over."""
    with Outbox.open(url) as outbox:
        outbox.register_consumers(["bus", *names], sync_hooks=sync_hooks)


def lines(path: Path) -> list[list[str]]:
    """Return what handlers wrote."""
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def has_begun(process: subprocess.Popen[bytes], file: Path, size: int) -> bool:
    """Return whether a relay has delivered something, or is gone."""
    return process.poll() is not None or (file.exists() and file.stat().st_size > size)


def kill_many_times(url: str, file: Path, *, count: int, kills: int, seed: int) -> None:
    """Kill relays at random moments of their work, then let one finish, and check what arrived."""
    moments = random.Random(seed)
    prepare(url, ["p:file"], ["p:sync"])
    killed = 0
    while killed < kills:
        process = child(url, file, count, "kill")
        size = file.stat().st_size if file.exists() else 0
        eventually(partial(has_begun, process, file, size))
        try:
            process.wait(moments.random() * 0.25)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        if process.wait(30) == 0:
            break
        killed += 1
    assert child(url, file, count, "kill").wait(120) == 0, file.with_suffix(".log").read_text()

    expected = [event.event_id for event in make_events(count, runs=RUNS)]
    with Outbox.open(url) as outbox:
        stored = [event.event_id for event in outbox.events()]
        states = outbox.consumers()
    assert killed >= kills // 2, f"it was finished after {killed} kills"
    assert stored == expected
    assert not any(state.pending or state.dead for state in states)
    for path in (file, file.with_suffix(".sync")):
        ids = [line[0] for line in lines(path)]
        assert set(ids) == set(expected)
        assert in_order_by_run(ids)


def test_kill_9_at_any_moment_on_sqlite(tmp_path: Path) -> None:
    """A relay killed many times records every event once and delivers it at least once, in order within a run."""
    kill_many_times(f"sqlite:///{tmp_path}/state.db", tmp_path / "got", count=1200, kills=8, seed=7)


def test_kill_9_at_any_moment_on_postgresql(tmp_path: Path, postgres: PostgresServer) -> None:
    """The same holds on PostgreSQL."""
    kill_many_times(postgres.new_database(), tmp_path / "got", count=600, kills=4, seed=11)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_kill_9_many_times_on_sqlite(tmp_path: Path, seed: int) -> None:
    """The same with many more kills."""
    kill_many_times(f"sqlite:///{tmp_path}/state.db", tmp_path / "got", count=12000, kills=40, seed=seed)


@pytest.mark.parametrize(("what", "hook"), [("exit-queued", "p:bad"), ("exit-sync", "p:bad")])
def test_hook_that_ends_the_process(tmp_path: Path, what: str, hook: str) -> None:
    """An event whose hook ends the process is a dead letter of that hook after two deaths; all else arrives."""
    url, file = f"sqlite:///{tmp_path}/state.db", tmp_path / "got"
    is_sync = what == "exit-sync"
    prepare(url, ["p:file"] if is_sync else ["p:file", "p:bad"], ["p:sync", "p:bad"] if is_sync else ["p:sync"])

    codes = [child(url, file, 40, what).wait(60) for _ in range(3)]

    expected = {event.event_id for event in make_events(40, runs=RUNS)}
    assert codes == [3, 3, 0]
    with Outbox.open(url) as outbox:
        dead = outbox.deliveries(status="dead")
        told = [event.decode() for event in outbox.events(EventQuery(event_types=("delivery.dead",)))]
    assert [(row.consumer, row.event_id, row.error_kind, row.attempts) for row in dead] == [(hook, POISON, "crash", 2)]
    assert [(event.hook, event.about_event_id) for event in told if isinstance(event, ErrorEvent)] == [(hook, POISON)]
    assert {line[0] for line in lines(file)} == {line[0] for line in lines(file.with_suffix(".sync"))} == expected
    begun = Counter(line[0] for line in lines(file.with_suffix(".started")))
    assert (begun[POISON], set(begun)) == (2, expected)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_two_relays_never_deliver_at_once(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> None:
    """Of two relay processes one delivers; when it is killed the other goes on, and no delivery overlaps another."""
    is_sqlite = backend == "sqlite"
    url = f"sqlite:///{tmp_path}/state.db" if is_sqlite else request.getfixturevalue("postgres").new_database()
    file = tmp_path / "got"
    prepare(url, ["p:file"], [])
    relays = [child(url, file, 400, "race") for _ in range(2)]
    eventually(lambda: len(lines(file)) > 50)

    first = int(lines(file)[0][2])
    os.kill(first, signal.SIGKILL)
    codes = [relay.wait(60) for relay in relays]

    pids = [line[2] for line in lines(file)]
    changes = sum(a != b for a, b in pairwise(pids))
    counts = Counter(line[0] for line in lines(file))
    assert sorted(codes) == [-9, 0]
    assert (len(set(pids)), changes) == (2, 1)
    assert set(counts) == {event.event_id for event in make_events(400, runs=RUNS)}
    assert sum(counts.values()) <= 401
