from __future__ import annotations

import json
import signal
import time

import pytest

from phlo_hooks.outbox.store import Outbox
from tests.cli.conftest import RECORDING_HOOKS, Shop
from tests.cli.processes import received, wait_for


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
        RECORDING_HOOKS + "\n@hook(plugin='shop', name='killer', events=['asset.*'], assets=['bad/*'])\n"
        "def killer(event):\n    os._exit(0)\n",
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
        RECORDING_HOOKS + "\nimport time\n@hook(plugin='shop', name='slow', dispatch='queued')\n"
        "def slow(event):\n    note('slow', event)\n    time.sleep(0.5)\n",
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


def test_a_drain_gives_plugins_their_keep(shop: Shop) -> None:
    """An installed plugin finds in the next process what it kept in the last one; one that cannot is named."""
    shop.write_module(
        "counting",
        """
from phlo_hooks import HookPlugin, PluginMetadata, hook

class Counting(HookPlugin):
    metadata = PluginMetadata(name="counting")

    def attach(self, context):
        self.keep = context.keep

    @hook(dispatch="queued")
    def count(self, event):
        seen = self.keep.get(["seen"]).get("seen", b"")
        self.keep.put({"seen": seen + b"."})

class Broken(Counting):
    metadata = PluginMetadata(name="broken")

    def attach(self, context):
        raise LookupError("no room here")
""",
    )
    shop.write_entry_points(counting="counting:Counting", broken="counting:Broken")

    shop.materialize("r1", 1)
    done = shop.run("drain")
    shop.materialize("r2", 2)
    shop.run("drain")

    assert done.returncode == 1
    assert "plugin broken is left out" in done.stdout
    assert "no room here" in done.stderr
    with Outbox.open(shop.url) as outbox:
        (seen,) = outbox.keep("counting").get(["seen"]).values()
        events = [stored for stored in outbox.events() if stored.event_type != "delivery.dead"]
        assert len(seen) == len(events)
        assert [state.position for state in outbox.consumers() if state.name == "broken:count"] == [0]
