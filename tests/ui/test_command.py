from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.cli.conftest import Shop, shop
from tests.cli.recorded import events

__all__ = ["shop"]


@contextmanager
def running(shop: Shop, *args: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `phlo-hooks ui` on a free port, and wait until it says where it is."""
    process = shop.start("ui", "--port", "0", *args)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None, (line, process.stderr.read() if process.stderr and process.poll() else "")
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(shop: Shop, number: signal.Signals) -> None:
    """The address is told, the page and the graph are there; a stop ends it at once with 0, open streams or not."""
    with shop.outbox() as outbox:
        outbox.append(events())

    with running(shop) as (process, address), httpx.Client(base_url=address, timeout=60) as client:
        page, graph = client.get("/"), client.get("/api/graph").json()
        with client.stream("GET", "/api/changes") as stream:
            lines = stream.iter_lines()
            told = next(line for line in lines if line.startswith("data:"))
            process.send_signal(number)
            code = process.wait(10)
        assert process.stderr is not None
        errors = process.stderr.read()

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert [run["status"] for run in graph["runs"]] == ["started", "failure"]
    assert '"trouble": null' in told
    assert (code, errors) == (0, "")


def test_it_waits_for_a_database(shop: Shop) -> None:
    """Without a state database it says so, starts, and makes none."""
    with running(shop) as (process, address):
        graph = httpx.get(f"{address}/api/graph", timeout=60).json()
        process.send_signal(signal.SIGINT)
        code = process.wait(10)
        assert process.stderr is not None
        note = process.stderr.read()

    assert "no state database" in note
    assert graph["runs"] == []
    assert code == 0
    assert not (shop.folder / "state.db").exists()


def test_a_port_that_is_taken_is_told(shop: Shop) -> None:
    """The port is named, and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = shop.run("ui", "--port", str(port))

    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr
    assert "--port 0" in done.stderr


def test_it_is_for_this_machine_only(shop: Shop) -> None:
    """No option opens it to others, and it does not listen for them."""
    refused = shop.run("ui", "--host", "0.0.0.0")  # noqa: S104  # it is what must not work

    with running(shop) as (process, _):
        inodes = [line.split()[1] for line in listening(process.pid)]

    assert refused.returncode == 2
    assert {address.partition(":")[0] for address in inodes} == {"0100007F"}


def test_a_missing_extra_is_one_line(shop: Shop) -> None:
    """Without Starlette it says what to install."""
    shop.write_module("starlette", "raise ModuleNotFoundError('No module named starlette', name='starlette')")

    done = shop.run("ui", "--port", "0")

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == ("phlo-hooks: starlette is not installed here; pip install 'phlo-hooks[ui]'")
    assert "Traceback" not in done.stderr


def listening(pid: int) -> list[str]:
    """Return the lines of /proc/net/tcp* for the sockets on which a process listens."""
    from pathlib import Path

    sockets = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(each.readlink())
        except OSError:
            continue
        if found := re.fullmatch(r"socket:\[(\d+)\]", target):
            sockets.add(found[1])
    found_lines = []
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
            parts = line.split()
            if parts[3] == "0A" and parts[9] in sockets:
                found_lines.append(line)
    return found_lines
