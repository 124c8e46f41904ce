from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import RECORDING_HOOKS, Shop

ANSI = re.compile(r"\x1b\[")


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def child_of(pid: int) -> int:
    """Return the worker of a supervisor; wait until it has one."""
    found: list[int] = []

    def look() -> bool:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        found[:] = [int(each) for each in text]
        return bool(found)

    wait_for(look)
    return found[0]


def received(shop: Shop, name: str) -> Counter[str]:
    """Return the events that a hook got, and how often each."""
    return Counter(line.split()[1] for line in shop.received if line.split()[0] == name)


class Relay:
    """A relay under test, whose output is read as it comes."""

    def __init__(self, shop: Shop, *args: str) -> None:
        self.process = shop.start("relay", *args)
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def says(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        self._reader.join(10)
        return code


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


def test_drain_delivers_everything_and_says_so(shop: Shop) -> None:
    """Every hook that the relay serves gets each event once; a second drain has nothing to do; both end in 0."""
    shop.use_hooks()
    shop.materialize("r1", 5)
    shop.append({"run": "r2", "number": 1, "asset": "gold/sales"})

    first, second = shop.run("drain"), shop.run("drain")

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.splitlines()[:2] == [
        "everything arrived",
        "recorded 6 new events, 0 corrected, 0 known before",
    ]
    assert sorted(received(shop, "all").values()) == [1] * 6
    assert sorted(received(shop, "queue").values()) == [1] * 6
    assert len(received(shop, "gold")) == 1
    assert "recorded 0 new events" in second.stdout


def test_what_hooks_print_never_mixes_with_json(shop: Shop) -> None:
    """Neither print nor a write to descriptor 1, of a hook or at a module's import, breaks the document."""
    shop.use_hooks("print('at import')\n" + RECORDING_HOOKS)
    shop.materialize("r1", 2)

    drained = shop.run("drain", "--json")
    explained = shop.run("events", "list", "--json", "--limit", "1")
    event_id = json.loads(explained.stdout)[0]["event_id"]

    assert json.loads(drained.stdout)["complete"] is True
    assert json.loads(shop.run("events", "explain", event_id, "--json").stdout)["event_id"] == event_id
    assert json.loads(shop.run("plugin", "list", "--json").stdout)
    assert "a hook prints asset.materialized" in drained.stderr
    assert "a hook writes to descriptor 1" in drained.stderr


def test_drain_says_what_did_not_arrive(shop: Shop) -> None:
    """A hook that fails and a record that cannot be translated: exit code 1, what it is, and where to look on."""
    shop.use_hooks(
        "from phlo_hooks.authoring import hook\n"
        "from phlo_hooks.exceptions import PermanentDeliveryError, TransientDeliveryError\n"
        "@hook(plugin='p', name='no', dispatch='queued', events=['asset.*'])\n"
        "def no(event): raise PermanentDeliveryError('never')\n"
        "@hook(plugin='p', name='later', dispatch='queued', events=['asset.*'])\n"
        "def later(event): raise TransientDeliveryError('busy', retry_after=3600)\n",
        ("no", "later"),
    )
    shop.materialize("r1", 1)
    shop.append({"run": "r2", "number": 1, "bad": "KeyError: 'x'"})

    done = shop.run("drain")

    assert done.returncode == 1
    assert done.stdout.startswith("not everything arrived\n")
    assert "`phlo-hooks dead list` shows what failed and why" in done.stdout
    assert "`phlo-hooks drain --timeout 300` waits for retries" in done.stdout


def test_a_hook_that_ends_the_process_does_not_stop_a_drain(shop: Shop) -> None:
    """os._exit(0) in a hook looks like success and is none: the others still get everything, exactly what was sent."""
    shop.use_hooks(
        RECORDING_HOOKS
        + "\n@hook(plugin='shop', name='killer', events=['asset.*'], assets=['bad/*'])\ndef killer(event):\n    os._exit(0)\n",
        ("every", "queue", "killer"),
    )
    shop.materialize("r1", 3)
    shop.append({"run": "r2", "number": 1, "asset": "bad/thing"})
    shop.materialize("r3", 3)

    done = shop.run("drain", "--json", timeout=150)

    result = json.loads(done.stdout)
    assert done.returncode == 1
    assert result["restarts"] >= 2
    assert result["dead"] == {"shop:killer": 1}
    assert result["pending"] == {}
    assets = {item["event_id"] for item in shop.json("events", "list", "--type", "asset.*")}
    assert len(assets) == 7
    assert assets <= set(received(shop, "all"))
    assert assets <= set(received(shop, "queue"))
    assert "the worker process exited with code 0 without having finished" in done.stderr


def test_a_plugin_that_ends_the_process_at_import_is_given_up(shop: Shop) -> None:
    """The command ends with its own code and names the command that finds the culprit."""
    shop.write_module("killer", "import os\nos._exit(0)")
    shop.hooks = ["killer:hook"]

    done = shop.run("drain")

    assert done.returncode == 5
    assert "while it loaded plugins and sources; `phlo-hooks plugin check`" in done.stderr
    assert "Traceback" not in done.stderr


def test_drain_ends_in_time(shop: Shop) -> None:
    """--timeout holds for the command as a whole."""
    shop.use_hooks(
        "from phlo_hooks.authoring import hook\n"
        "from phlo_hooks.exceptions import TransientDeliveryError\n"
        "@hook(plugin='p', name='busy', dispatch='queued')\n"
        "def busy(event): raise TransientDeliveryError('busy', retry_after=0.2)\n",
        ("busy",),
    )
    shop.materialize("r1", 1)

    began = time.monotonic()
    done = shop.run("drain", "--timeout", "2", "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["pending"] == {"p:busy": 1}
    assert time.monotonic() - began < 45


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_drain_says_so(shop: Shop, number: int) -> None:
    """Ctrl-C ends it within seconds, in one line, with the code of an interrupt; nothing is counted as a crash."""
    shop.use_hooks(
        RECORDING_HOOKS
        + "\nimport time\n@hook(plugin='shop', name='slow', dispatch='queued')\ndef slow(event):\n    note('slow', event)\n"
        "    time.sleep(0.5)\n",
        ("slow",),
    )
    shop.materialize("r1", 200)

    process = shop.start("drain")
    wait_for(lambda: received(shop, "slow"))
    process.send_signal(number)
    out, err = process.communicate(timeout=40)

    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "phlo-hooks: stopped"
    with shop.outbox() as outbox:
        assert [row for row in outbox.deliveries() if row.error_kind == "crash"] == []


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

    assert running.says("the worker process was ended by SIGKILL; starting it again in 1 s")
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
    wait_for(lambda: running.says("the lines are locked away; trying again in 1 s"))

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


def test_targets_reach_the_source(shop: Shop) -> None:
    """Dagster dev's flags arrive as settings.target, files absolute."""
    (shop.folder / "targets").touch()
    (shop.folder / "defs.py").touch()

    shop.run("drain", "-f", "defs.py", "-d", "src")

    target = json.loads((shop.folder / "targets").read_text())
    assert target["python_file"] == [str(shop.folder / "defs.py")]
    assert target["working_directory"] == str(shop.folder / "src")


@pytest.mark.parametrize(
    ("factory", "code", "problem"),
    [
        (
            "tests.cli.fake_source:open_without_package",
            2,
            "dagster is not installed here; pip install 'phlo-hooks[dagster]'",
        ),
        ("tests.cli.fake_source:open_badly", 4, "gave a object, no EventSource"),
        ("tests.cli.fake_source:open_with_a_bug", 4, "cannot be opened: 'surprise'"),
        ("no_such_module:source", 2, "cannot import no_such_module"),
        ("", 2, "no event source is installed; pip install 'phlo-hooks[dagster]'"),
    ],
)
def test_a_source_that_cannot_be_had_is_one_line(shop: Shop, factory: str, code: int, problem: str) -> None:
    """A missing package and a broken source each end in one line with the way out, never in a traceback."""
    shop.source = factory
    shop.write_entry_points()

    done = shop.run("drain")

    assert done.returncode == code
    assert problem in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_setting_ends_a_relay_at_once(shop: Shop) -> None:
    """What only a person can change is not tried again."""
    shop.variables["PHLO_HOOKS_RELAY__POLL"] = "1"

    done = shop.run("relay")

    assert done.returncode == 2
    assert "unknown setting 'relay.poll'" in done.stderr


def test_output_in_a_pipe_is_plain(shop: Shop) -> None:
    """No colour, no box, no bar: what a script can read."""
    shop.use_hooks()
    shop.materialize("r1", 2)

    everything = [shop.run(*args).stdout for args in (("drain",), ("events", "list"), ("status",), ("plugin", "list"))]

    for text in everything:
        assert not ANSI.search(text)
        assert text.isascii()


def on_terminal(shop: Shop, *args: str) -> tuple[int, str]:
    """Run a command with a terminal of 100 columns for all its streams."""
    shop.variables["COLUMNS"] = "100"
    primary, secondary = pty.openpty()
    process = shop.start(*args, stdin=secondary, stdout=secondary, stderr=secondary, text=False)
    os.close(secondary)
    chunks: list[bytes] = []
    while True:
        ready, _, _ = select.select([primary], [], [], 60)
        try:
            data = os.read(primary, 65536) if ready else b""
        except OSError:
            data = b""
        if not data:
            break
        chunks.append(data)
    os.close(primary)
    return process.wait(30), b"".join(chunks).decode()


def test_a_terminal_gets_colour_and_a_bar(shop: Shop) -> None:
    """The result stands out, and while it works something moves; no line is longer than the terminal."""
    shop.use_hooks(
        "from phlo_hooks.authoring import hook\n@hook(plugin='p', name='quiet')\ndef quiet(event): ...", ("quiet",)
    )
    shop.materialize("r1", 3)

    code, text = on_terminal(shop, "drain")
    _, listed = on_terminal(shop, "events", "list")

    assert code == 0
    assert "\x1b[1;32meverything arrived" in text
    assert "drain: " in text
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", listed)
    assert "─" in plain
    assert max(len(line) for line in plain.splitlines()) <= 100


def test_no_color_leaves_no_colour_on_a_terminal(shop: Shop) -> None:
    """NO_COLOR is honoured."""
    shop.variables["NO_COLOR"] = "1"

    _, text = on_terminal(shop, "status")

    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", text)


def test_a_reader_that_goes_away_is_no_error(shop: Shop) -> None:
    """`phlo-hooks events list --json | head -1` is quiet, and ends as a closed pipe does."""
    shop.materialize("r1", 300)
    shop.run("drain")

    process = shop.start("events", "list", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    err = process.stderr.read()
    code = process.wait(30)
    process.stderr.close()

    assert (code, err) == (141, "")


def test_tail_follows(shop: Shop) -> None:
    """What is recorded from now on appears as it comes, until Ctrl-C, which is no error."""
    shop.materialize("r1", 1)
    shop.run("drain")
    process = shop.start("events", "tail", "-f", "--json")
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())

    shop.append({"run": "r1", "number": 2})
    shop.run("drain")
    second = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert (first["seq"], second["seq"]) == (1, 2)
    assert process.returncode == 0


def test_help_is_quick(shop: Shop) -> None:
    """Asking for help loads neither the database, nor pydantic, nor rich."""
    code = "import sys; from phlo_hooks.cli.app import cli; cli(['--help'], standalone_mode=False)"
    probe = (
        "import sys, atexit\n"
        "atexit.register(lambda: print([m for m in ('sqlalchemy', 'pydantic', 'rich', 'msgspec') if m in sys.modules]))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", probe + code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **shop.environment},
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_the_packages(shop: Shop) -> None:
    """--version says which phlo-hooks this is."""
    done = shop.run("--version")

    assert done.stdout == "phlo-hooks 9.9\n"
