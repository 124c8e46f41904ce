"""A hook may do what it likes: the run and the other consumers do not notice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
GOOD = ("queued", "last_on_the_bus", "sometimes_down")
CONSUMERS = ("queued", "bus", "sometimes_down")
BAD = (
    *("raises", "sleeps", "mutates", "forks", "exits", "leaves", "prints"),
    "emits",
)
TROUBLE = ("delivery.", "hook.", "plugin.")
IMPATIENT = """
poll_interval = 0.1
idle_interval = 0.5
lease_seconds = 4.0
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What must not depend on a bad hook: the run's status, and what each good consumer got."""

    status: str
    recorded: Counter[str]
    delivered: dict[str, Counter[str]]


class World:
    """One Dagster instance, one relay, and the files that the hooks write."""

    def __init__(self, root: Path, hooks: tuple[str, ...]) -> None:
        self.root = root
        self.home = root / "home"
        self.out = root / "out"
        self.home.mkdir(parents=True)
        self.out.mkdir()
        (self.home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        names = ", ".join(f'"{HERE / "hooks.py"}:{name}"' for name in hooks)
        (root / "phlo_hooks.toml").write_text(
            f"start = 'all'\nhooks = [{names}]\n[relay]{IMPATIENT}\n[delivery]\n"
            "backoff_base = 0.05\nbackoff_max = 0.2\ntimeout = 3.0\n"
            "breaker_cooldown = 0.5\nbreaker_max_cooldown = 1\n"
        )
        self.environment = {
            **os.environ,
            "DAGSTER_HOME": str(self.home),
            "ACCEPTANCE_OUT": str(self.out),
            "PYTHONPATH": str(HERE.parents[1]),
        }
        self.outbox_url = f"sqlite:///{self.home / 'phlo_hooks.db'}"

    def run(self) -> str:
        """Run the job and return its run's status."""
        subprocess.run(
            [BIN / "dagster", "job", "execute", "-f", HERE / "project.py", "-j", "everything"],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        script = (
            "from dagster import DagsterInstance\n"
            "with DagsterInstance.get() as i: print(i.get_run_records(limit=1)[0].dagster_run.status.value)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], env=self.environment, capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    def relay(self) -> subprocess.Popen[str]:
        """Start a relay."""
        with (self.root / "relay.log").open("a") as log:
            return subprocess.Popen(
                [BIN / "phlo-hooks", "relay", "-f", HERE / "project.py"],
                cwd=self.root,
                env=self.environment,
                stdout=log,
                stderr=log,
                text=True,
            )

    def drain(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Drain, at most two minutes."""
        return subprocess.run(
            [BIN / "phlo-hooks", "drain", "-f", HERE / "project.py", "--timeout", "60", *more],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=200,
        )

    def recorded(self) -> list[tuple[str, str]]:
        """Return ids and types in the outbox, the bus's own troubles left out."""
        outbox = Outbox.open(self.outbox_url)
        try:
            rows = outbox.events(EventQuery())
            return [(row.event_id, row.event_type) for row in rows if not row.event_type.startswith(TROUBLE)]
        finally:
            outbox.close()

    def got(self, who: str) -> list[dict[str, Any]]:
        """Return what a good hook took note of, first deliveries only, the bus's own troubles left out."""
        path = self.out / f"{who}.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        first: dict[str, dict[str, Any]] = {}
        for line in lines:
            if not str(line["type"]).startswith((*TROUBLE, "telemetry.")):
                first.setdefault(line["id"], line)
        return list(first.values())


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> bool:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return condition()


def everything_arrived(world: World) -> bool:
    """Say whether the run has ended and each good consumer has all of it."""
    recorded = world.recorded()
    ids = {event_id for event_id, _ in recorded}
    ended = any(kind == "run.end" for _, kind in recorded)
    return ended and all({line["id"] for line in world.got(who)} >= ids for who in CONSUMERS)


def run_and_relay(world: World) -> Outcome:
    """Run the job beside a relay, wait until all have got all, and return what there is to compare."""
    relay = world.relay()
    try:
        status = world.run()
        assert wait_for(lambda: everything_arrived(world), 240), (world.root / "relay.log").read_text()
    finally:
        relay.send_signal(signal.SIGTERM)
        relay.wait(30)
    return Outcome(
        status=status,
        recorded=Counter(kind for _, kind in world.recorded()),
        delivered={who: Counter(str(line["type"]) for line in world.got(who)) for who in CONSUMERS},
    )


@pytest.mark.timeout(900)
def test_bad_hooks_change_nothing_for_others(tmp_path: Path) -> None:
    """Hooks that raise, sleep, mutate, fork, exit, emit or print leave the run and all other consumers as they were."""
    calm, wild = World(tmp_path / "calm", GOOD), World(tmp_path / "wild", (*GOOD, *BAD))

    without, beside = run_and_relay(calm), run_and_relay(wild)

    assert beside == without
    assert beside.status == "FAILURE"
    for who in CONSUMERS:
        lines = wild.got(who)
        assert [line for line in lines if "changed" in line["tags"]] == []
        assert [line["seq"] for line in lines] == sorted(line["seq"] for line in lines)


def test_a_consumer_that_was_down_gets_everything_in_order(tmp_path: Path) -> None:
    """A consumer that is down for a whole run gets all of it, in order, when it is up again; others do not wait."""
    world = World(tmp_path / "world", GOOD)
    (world.out / "down").touch()
    relay = world.relay()
    try:
        world.run()
        assert wait_for(lambda: len(world.got("queued")) == len(world.recorded()) > 0)
        assert wait_for(lambda: any(kind == "run.end" for _, kind in world.recorded()))
        assert world.got("sometimes_down") == []

        (world.out / "down").unlink()

        assert wait_for(lambda: len(world.got("sometimes_down")) == len(world.recorded()))
    finally:
        relay.send_signal(signal.SIGTERM)
        relay.wait(30)
    lines = world.got("sometimes_down")
    assert [(line["id"], line["type"]) for line in lines] == world.recorded()


def test_drain_survives_a_hook_that_exits(tmp_path: Path) -> None:
    """A drain whose hooks print and end the process delivers to all others, and its JSON stays JSON."""
    world = World(tmp_path / "world", (*GOOD, "exits", "prints"))
    world.run()

    done = world.drain("--json")

    assert json.loads(done.stdout)["complete"] is False
    assert done.returncode == 1
    assert {line["id"] for line in world.got("bus")} == {name for name, _ in world.recorded()}
    assert {line["id"] for line in world.got("queued")} == {name for name, _ in world.recorded()}
