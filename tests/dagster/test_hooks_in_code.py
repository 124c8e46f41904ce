"""Hooks and settings that stand in the code reach ``phlo-hooks drain`` and ``relay`` too."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from phlo_hooks.bus import HookBus
from phlo_hooks.declaration import Declaration, unite
from phlo_hooks.discovery import build_bus
from phlo_hooks.settings import load_settings
from phlo_hooks_dagster import locations
from phlo_hooks_dagster.clock import Clock
from phlo_hooks_dagster.declared import declarations
from phlo_hooks_dagster.locations import TargetSnapshots
from tests.dagster.projects import ROOT, ended_at_last, wait_for

SHOP = """
import pathlib
import dagster as dg
from phlo_hooks import hook
from phlo_hooks_dagster import with_phlo_hooks

HERE = pathlib.Path(__file__).parent


@dg.asset(group_name="loading")
def orders() -> None: ...


@hook(events=["ingestion.end", "asset.materialized"])
def tell(event):
    with (HERE / "told").open("a") as file:
        file.write(f"{event.event_type} {event.url}\\n")


with (HERE / "loaded").open("a") as file:
    file.write("loaded\\n")
defs = with_phlo_hooks(
    dg.Definitions(assets=[orders], jobs=[dg.define_asset_job("nightly")]),
    hooks=[tell],
    stages=[{"stage": "ingestion", "groups": ["loading"]}],
    ui_url="http://code.test",
)
"""
PACKAGED = """
import dagster as dg
from phlo_hooks_dagster import with_phlo_hooks
from tellers import tell

defs = with_phlo_hooks(dg.Definitions(), hooks=[tell], ui_url="http://{name}.test", deployment="all")
"""
TELLER = """
from phlo_hooks import hook

@hook(plugin="{name}")
def tell(event): ...
"""
LAZY = """
import dagster as dg
from phlo_hooks import hook
from phlo_hooks_dagster import with_phlo_hooks

@hook
def tell(event): ...

unused = with_phlo_hooks(dg.Definitions(), hooks=["nowhere:unused"], start="all")

@dg.definitions
def defs():
    here = with_phlo_hooks(dg.Definitions(), hooks=[tell, "some.plugin:hooks"], mode="tick", stages=[])
    return dg.Definitions.merge(here, dg.Definitions(assets=[dg.asset(name="orders")(lambda: None)]))
"""
NAMELESS = """
import dagster as dg
from phlo_hooks import hook
from phlo_hooks_dagster import with_phlo_hooks

@hook
def tell(event): ...

defs = with_phlo_hooks(dg.Definitions(), hooks=[hook(lambda event: None), tell], mode="tick")
"""


class Shop:
    """A project outside of any package, and a DAGSTER_HOME."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        self.file = folder / "shop.py"
        self.file.write_text(SHOP)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of its commands; its address is not the one that the code names."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PHLO_HOOKS_")}
        ours = {"DAGSTER_HOME": str(self.home), "DAGSTER_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(ROOT)}
        return {**kept, **ours, "PHLO_HOOKS_UI_URL": "http://env.test"}

    def run(self, *command: str, expect: int = 0) -> str:
        """Run a command to its end, and return what it said."""
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == expect, done.stderr
        return done.stdout + done.stderr

    def execute(self) -> None:
        """Run the job, as the README does."""
        self.run("dagster", "job", "execute", "-f", "shop.py", "-j", "nightly")
        (self.folder / "loaded").unlink()

    def told(self) -> list[str]:
        """Return what the hook wrote."""
        path = self.folder / "told"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> Shop:
    """Return a project whose hook and stage rule stand in its code only."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return Shop(folder, home)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project folder, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def declared(project: Path, **target: object) -> list[Declaration]:
    """Return what the target declares, location by location."""
    settings = load_settings({"target": target, "relay": {"snapshot_wait": 120}}, root=project)
    return [each for each in declarations(settings, threading.Event()) if each.name or each.notes]


def bus_of(project: Path, declaration: Declaration) -> HookBus:
    """Build a bus as a relay's worker does."""
    sys.path.extend(declaration.path)
    return build_bus(load_settings({"hooks": list(declaration.hooks)}, root=project))


def test_the_first_drain_reaches_the_hook_and_the_next_only_what_is_new(shop: Shop) -> None:
    """
    The README's way, on a fresh state database: job execute, then drain.

    The hook in the code is called with events that the rules in the code made; a second drain calls nothing twice,
    and after another run it gets that one's.
    """
    shop.execute()

    shop.run("phlo_hooks", "drain", "-f", "shop.py")
    first = shop.told()
    loaded = (shop.folder / "loaded").read_text().split()
    shop.run("phlo_hooks", "drain", "-f", "shop.py")
    second = shop.told()
    shop.execute()
    shop.run("phlo_hooks", "drain", "-f", "shop.py")

    assert first == ["ingestion.end http://code.test/assets/orders"]
    assert len(loaded) == 2, "once for the snapshot and what is declared, once where the hook is called"
    assert second == first
    assert shop.told() == first * 2


def test_commands_that_look_back_know_the_code_too(shop: Shop) -> None:
    """What a drain made by the code's rules, a rederive leaves as it is; explain and replay know the code's hook."""
    shop.execute()
    shop.run("phlo_hooks", "drain", "-f", "shop.py")
    listed = json.loads(shop.run("phlo_hooks", "events", "list", "--json", "--type", "ingestion.end"))

    again = shop.run("phlo_hooks", "rederive", "--run", listed[0]["correlation"]["run_id"], "-f", "shop.py")
    explained = shop.run("phlo_hooks", "events", "explain", listed[0]["event_id"], "-f", "shop.py")
    shop.run("phlo_hooks", "replay", "--hook", "shop:tell", "--yes", "-f", "shop.py")
    shop.run("phlo_hooks", "drain", "-f", "shop.py")

    assert "0 new events, 0 corrected" in again
    assert "shop:tell" in explained
    assert shop.told() == ["ingestion.end http://code.test/assets/orders"] * 2


def test_a_relay_on_the_command_line_reaches_the_hook(shop: Shop) -> None:
    """The same with ``phlo-hooks relay``, told by the project's files where the code is; the hook counts once."""
    (shop.folder / "pyproject.toml").write_text(
        '[tool.dagster]\nmodule_name = "shop"\n\n[tool.phlo_hooks]\n'
        f'hooks = ["{shop.file}:tell"]\nstart = "2020-01-01"\n'
    )
    shop.execute()
    with (shop.folder / "relay.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "phlo_hooks", "relay"],
            cwd=shop.folder,
            env=shop.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    with ended_at_last(process):
        wait_for(shop.told, "a call of the hook")
        process.send_signal(signal.SIGTERM)
        process.wait(60)

    assert process.returncode == 0
    assert shop.told() == ["ingestion.end http://code.test/assets/orders"]
    said = (shop.folder / "relay.log").read_text()
    assert "1 hook" in said
    assert "left out" not in said


def test_code_that_cannot_be_loaded_is_one_line(shop: Shop) -> None:
    """A drain goes on without what it could not load: events are recorded, and one line says which location and why."""
    shop.execute()
    shop.file.write_text("raise RuntimeError('no warehouse')")

    said = shop.run("phlo_hooks", "drain", "-f", "shop.py")

    lines = [line for line in said.splitlines() if "no warehouse" in line]
    assert lines == ["drain: code location shop.py could not be loaded: RuntimeError: no warehouse"]
    assert "everything arrived" in said


def test_several_locations(project: Path) -> None:
    """Modules of one name in two folders give both hooks; the first location's settings hold, and a line names both."""
    workspace = "load_from:\n"
    for name in ("alpha", "beta", "broken"):
        folder = project / name
        folder.mkdir()
        (folder / "definitions.py").write_text(
            PACKAGED.format(name=name) if name != "broken" else "import nothing_such"
        )
        (folder / "tellers.py").write_text(TELLER.format(name=name))
        workspace += (
            f"  - python_file: {{relative_path: {name}/definitions.py, location_name: {name}, "
            f"working_directory: {folder}}}\n"
        )
    (project / "workspace.yaml").write_text(workspace)

    united = unite(declared(project, workspace=[str(project / "workspace.yaml")]))

    assert united.hooks == ("tellers:tell", f"{project / 'beta' / 'tellers.py'}:tell")
    assert united.overrides == {"ui_url": "http://alpha.test", "deployment": "all"}
    broken, conflict = united.notes
    assert broken.startswith("code location broken could not be loaded: ModuleNotFoundError: No module named 'nothing")
    assert conflict == (
        "code location alpha and code location beta set ui_url differently in their code: "
        "what code location alpha says holds"
    )
    with bus_of(project, united) as bus:
        assert sorted(each.name for each in bus.hooks()) == ["alpha:tell", "beta:tell"]


def test_definitions_made_late_count_and_unused_ones_do_not(project: Path) -> None:
    """What the loaded definitions hold was asked for, however late they are made; another call in the file was not."""
    (project / "lazy.py").write_text(LAZY)

    (found,) = declared(project, python_file=[str(project / "lazy.py")], attribute="defs")

    assert found.hooks == ("lazy:tell", "some.plugin:hooks")
    assert found.overrides == {"stages": []}


def test_a_hook_that_only_a_tick_can_call_is_said(project: Path) -> None:
    """A hook without an import path, as mode tick allows it, is a line; the others are called."""
    (project / "shop.py").write_text(NAMELESS)

    (found,) = declared(project, python_file=[str(project / "shop.py")])

    assert found.hooks == ("shop:tell",)
    (note,) = found.notes
    assert note.startswith("code location shop.py: hook ")
    assert "cannot be imported by the relay" in note


def test_one_process_loads_for_both(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source takes its snapshots from what was loaded for the declarations, and starts no process of its own."""
    (project / "shop.py").write_text(SHOP)
    target = {"python_file": [str(project / "shop.py")]}
    settings = load_settings({"target": target, "relay": {"snapshot_wait": 120}}, root=project)

    (said, found) = declarations(settings, threading.Event())
    monkeypatch.setattr(locations, "TargetProcess", None)
    (batch,) = TargetSnapshots(settings, Clock(), patience=120).collect(wait=False)

    assert said.notes == ()
    assert found.hooks == ("shop:tell",)
    assert [stored.code_location for stored in batch.snapshots] == ["shop.py"]
    assert (project / "loaded").read_text() == "loaded\n"


def test_a_relay_of_a_code_server_loads_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child that a sensor started was handed its instance: its code server knows the code."""
    (project / "shop.py").write_text(SHOP)
    monkeypatch.setenv("PHLO_HOOKS_INSTANCE_REF", str(project / "instance.json"))

    assert declared(project, python_file=[str(project / "shop.py")]) == []
    assert not (project / "loaded").exists()


def test_loading_ends_when_the_relay_does(project: Path) -> None:
    """A stop is not kept waiting by code that takes its time."""
    (project / "slow.py").write_text("import time\ntime.sleep(600)")
    stop = threading.Event()
    stop.set()
    settings = load_settings({"target": {"python_file": [str(project / "slow.py")]}}, root=project)

    assert list(declarations(settings, stop)) == []
