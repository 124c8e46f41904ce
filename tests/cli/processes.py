"""Real processes, watched."""

from __future__ import annotations

import os
import pty
import select
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Shop


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
