from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

from tests.cli.conftest import Shop
from tests.cli.processes import on_terminal

ANSI = re.compile(r"\x1b\[")


def test_output_in_a_pipe_is_plain(shop: Shop) -> None:
    """No colour, no box, no bar: what a script can read."""
    shop.use_hooks()
    shop.materialize("r1", 2)

    everything = [shop.run(*args).stdout for args in (("drain",), ("events", "list"), ("status",), ("plugin", "list"))]

    for text in everything:
        assert not ANSI.search(text)
        assert text.isascii()


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
        "import sys, atexit\nheavy = ('sqlalchemy', 'pydantic', 'rich', 'msgspec')\n"
        "atexit.register(lambda: print([name for name in heavy if name in sys.modules]))\n"
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
