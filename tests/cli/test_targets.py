"""What the code declares reaches relay and drain."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Shop
from tests.cli.processes import wait_for

TARGET = """
import json, os, pathlib
from phlo_hooks.declaration import Declaration

HERE = pathlib.Path(os.environ["RECEIVED"]).parent

def declarations(settings, stop):
    with (HERE / "asked").open("a") as file:
        file.write(json.dumps(settings.target.python_file) + "\\n")
    {body}
"""
HOOK = """
import os
from phlo_hooks import hook

@hook
def tell(event):
    with open(os.environ["RECEIVED"], "a") as file:
        file.write(f"tell {event.event_id}\\n")
"""


def use_target(shop: Shop, body: str) -> None:
    """Install a target that yields what the body says."""
    shop.write_module("shop_target", TARGET.format(body=body))
    points = shop.folder / "site" / "phlo_hooks-9.9.dist-info" / "entry_points.txt"
    points.write_text(points.read_text() + "[phlo_hooks.targets]\nshop = shop_target:declarations\n")


@pytest.fixture
def elsewhere(shop: Shop) -> Path:
    """Return a folder with a hook's module that is on no path."""
    folder = shop.folder / "elsewhere"
    folder.mkdir()
    (folder / "far_hooks.py").write_text(HOOK)
    return folder


def test_a_drain_calls_the_hooks_that_the_code_names(shop: Shop, elsewhere: Path) -> None:
    """Hooks and settings of the code hold in a drain from its first start on; it is asked once, before all else."""
    use_target(
        shop,
        f"yield Declaration(name='shop', hooks=('far_hooks:tell', 'no_such_module:x'), path=({str(elsewhere)!r},), "
        "overrides={'database': 'sqlite:///declared.db'}, notes=('one thing is odd',))",
    )
    shop.materialize("r1", 2)
    (shop.folder / "defs.py").touch()

    done = shop.run("drain", "-f", "defs.py", "--json")

    result = json.loads(done.stdout)
    assert done.returncode == 1
    assert len([line for line in shop.received if line.startswith("tell")]) == 3  # with the one of the failed plugin
    assert result["failed_plugins"] == ["no_such_module:x"]
    assert "drain: one thing is odd" in done.stderr.splitlines()
    assert len([line for line in done.stderr.splitlines() if "no_such_module:x" in line]) == 1
    assert f"drain: the state database is sqlite:///{shop.folder}/declared.db" in done.stderr
    assert not (shop.folder / "state.db").exists()
    assert (shop.folder / "asked").read_text().splitlines() == [json.dumps([str(shop.folder / "defs.py")])]


def test_options_stay_on_top(shop: Shop) -> None:
    """--database beats what the code says of it."""
    use_target(shop, "yield Declaration(name='shop', overrides={'database': 'sqlite:///declared.db'})")
    shop.materialize("r1", 1)

    done = shop.run("--database", f"sqlite:///{shop.folder}/option.db", "drain")

    assert done.returncode == 0, done.stderr
    assert (shop.folder / "option.db").exists()
    assert not (shop.folder / "declared.db").exists()


def test_who_was_told_by_its_parent_asks_nobody(shop: Shop) -> None:
    """The relay that a code server starts got its overrides from it: the code is not loaded a second time."""
    use_target(shop, "yield Declaration(name='shop')")
    shop.variables["PHLO_HOOKS_OVERRIDES"] = "{}"
    shop.materialize("r1", 1)

    done = shop.run("drain")

    assert done.returncode == 0, done.stderr
    assert not (shop.folder / "asked").exists()


def test_a_target_that_fails_is_one_line(shop: Shop) -> None:
    """A target that raises is told in one line without its secrets, and the drain goes on."""
    use_target(shop, "raise RuntimeError('cannot reach postgres://me:hunter22@db/x')")
    shop.use_hooks()
    shop.materialize("r1", 1)

    done = shop.run("drain")

    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "shop_target" in line]
    assert line.startswith("drain: target shop (shop_target:declarations) did not say what the code declares: Runtime")
    assert "hunter22" not in done.stderr
    assert len([line for line in shop.received if line.startswith("all")]) == 1


def test_a_relay_calls_them_too_and_ends_while_it_asks(shop: Shop, elsewhere: Path) -> None:
    """A relay delivers to the code's hooks; while the code is still loading, SIGTERM ends it at once."""
    use_target(
        shop,
        f"yield Declaration(name='shop', hooks=('far_hooks:tell',), path=({str(elsewhere)!r},), notes=('odd',))\n"
        "    if (HERE / 'wait').exists(): stop.wait(60)",
    )
    shop.materialize("r1", 1)

    process = shop.start("relay")
    wait_for(lambda: len([line for line in shop.received if line.startswith("tell")]) == 1)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=40)
    (shop.folder / "wait").touch()
    (shop.folder / "asked").unlink()
    waiting = shop.start("relay")
    wait_for((shop.folder / "asked").exists)
    began = time.monotonic()
    os.kill(waiting.pid, signal.SIGTERM)
    waiting.communicate(timeout=40)

    assert process.returncode == 0
    assert [line for line in out.splitlines() if line.endswith(" odd")]
    assert waiting.returncode == 0
    assert time.monotonic() - began < 9
