from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from phlo_hooks import discovery
from phlo_hooks.cli.app import cli
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.source import Batch, StreamState, UntranslatableRecord
from tests.cli.recorded import BEGIN, OTHER_RUN, RUN, bury, events

REPOSITORY = Path(__file__).parents[2]
RECORDING_HOOKS = """
import os
from phlo_hooks.authoring import hook

def note(name, event):
    with open(os.environ["RECEIVED"], "a") as file:
        file.write(f"{name} {event.event_id} {os.getpid()}\\n")

@hook(plugin="shop", name="all")
def every(event):
    print("a hook prints", event.event_type)
    os.write(1, b"a hook writes to descriptor 1\\n")
    note("all", event)

@hook(plugin="shop", name="queue", dispatch="queued", events=["asset.*"])
def queue(event):
    note("queue", event)

@hook(plugin="shop", name="gold", assets=["gold/*"])
def gold(event):
    note("gold", event)

@hook(plugin="shop", name="gate", in_step=True)
def gate(event):
    raise AssertionError("never called by the relay")
"""


@dataclass(kw_only=True)
class Shop:
    """A project in a folder of its own: a log, a state database, hooks, and the command line run on them."""

    folder: Path
    hooks: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    source: str = "tests.cli.fake_source:open_source"

    def __post_init__(self) -> None:
        self.log.write_text("")
        (self.folder / "pyproject.toml").write_text("[project]\nname = 'shop'\n")
        self.write_entry_points()

    @property
    def log(self) -> Path:
        return self.folder / "log.jsonl"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'state.db'}"

    @property
    def received(self) -> list[str]:
        path = self.folder / "received.txt"
        return path.read_text().splitlines() if path.exists() else []

    def write_entry_points(self, **plugins: str) -> None:
        """Stand in for the installed phlo-hooks: the first distribution of a name on the path counts."""
        info = self.folder / "site" / "phlo_hooks-9.9.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: phlo-hooks\nVersion: 9.9\nAuthor: Ada\n")
        lines = ["[phlo_hooks.sources]", *([f"lines = {self.source}"] if self.source else ()), "[phlo_hooks.plugins]"]
        lines += [f"{name} = {value}" for name, value in plugins.items()]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")

    def write_module(self, name: str, code: str) -> None:
        (self.folder / "site" / f"{name}.py").write_text(code)

    def use_hooks(
        self, code: str = RECORDING_HOOKS, names: tuple[str, ...] = ("every", "queue", "gold", "gate")
    ) -> None:
        path = self.folder / "shop_hooks.py"
        path.write_text(code)
        self.hooks = [f"{path}:{name}" for name in names]

    def append(self, *records: dict[str, Any]) -> None:
        with self.log.open("a") as file:
            file.writelines(json.dumps(record) + "\n" for record in records)

    def materialize(self, run: str, count: int, **more: Any) -> None:
        self.append(*({"run": run, "number": number, **more} for number in range(1, count + 1)))

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PHLO_HOOKS_DATABASE": self.url,
            "PHLO_HOOKS_HOOKS": json.dumps(self.hooks),
            "PHLO_HOOKS_DELIVERY__BACKOFF_BASE": "0.05",
            "PHLO_HOOKS_RELAY__POLL_INTERVAL": "0.05",
            "PHLO_HOOKS_RELAY__LEASE_SECONDS": "2",
            "LINES_LOG": str(self.log),
            "RECEIVED": str(self.folder / "received.txt"),
            "PYTHONPATH": os.pathsep.join([str(self.folder / "site"), str(REPOSITORY)]),
            "NO_COLOR": "",
            "TERM": "xterm-256color",
            **self.variables,
        }

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "phlo_hooks", *args]

    def start(self, *args: str, **options: Any) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PHLO_HOOKS_", "DAGSTER_"))}
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen(self.command(*args), cwd=self.folder, env={**kept, **self.environment}, **options)

    def run(self, *args: str, timeout: float = 90, **options: Any) -> subprocess.CompletedProcess[str]:
        process = self.start(*args, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    def json(self, *args: str) -> Any:
        done = self.run(*args, "--json")
        return json.loads(done.stdout)

    def outbox(self) -> Outbox:
        return Outbox.open(self.url)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_works() -> None:
    """A shell that starts the tests in the background lets children ignore SIGINT; ours are to be interrupted."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(folder=tmp_path)


@pytest.fixture
def invoke(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Run a command in this process, on the shop's state database."""
    monkeypatch.chdir(shop.folder)
    monkeypatch.syspath_prepend(str(shop.folder / "site"))
    discovery._scan.cache_clear()

    def run(*args: str, **options: Any) -> Result:
        for name in [name for name in os.environ if name.startswith(("PHLO_HOOKS_", "DAGSTER_"))]:
            monkeypatch.delenv(name)
        for name, value in shop.environment.items():
            if name != "PYTHONPATH":
                monkeypatch.setenv(name, value)
        return CliRunner().invoke(cli, args, **options)

    yield run
    discovery._scan.cache_clear()


@pytest.fixture
def recorded(shop: Shop) -> Shop:
    """A shop whose state database holds a few events, a dead letter of each kind, and no relay."""
    shop.use_hooks()
    with shop.outbox() as outbox:
        outbox.register_consumers(["bus", "shop:queue", "gone:hook"], sync_hooks=["shop:all", "shop:gold"])
        outbox.record(
            "lines",
            Batch(
                events=events(),
                stream=StreamState(stream_id=RUN, cursor=9, checked_at=BEGIN),
                untranslatable=[
                    UntranslatableRecord(stream_id=RUN, record_id=7, record_type="MATERIALIZATION", error="no \x1b[2J"),
                    UntranslatableRecord(stream_id="", record_id=8, record_type="OBSERVATION", error="KeyError: 'x'"),
                ],
            ),
        )
        outbox.record("lines", Batch(stream=StreamState(stream_id=OTHER_RUN, cursor=1)))
        bury(outbox, "shop:queue", "22bb0000", error="it said no")
        bury(outbox, "gone:hook", "44dd0000", error="nobody home")
    return shop
