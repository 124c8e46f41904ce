"""What a step's process pays: imports, files, connections."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from phlo_hooks_dagster.in_step.configuration import StepOptions
from phlo_hooks_dagster.in_step.quick import may_have_hooks, may_say

STEP = """
    import dagster as dg

    from phlo_hooks_dagster import HooksResource
    from phlo_hooks_dagster.in_step.watching import watched

    @dg.asset(tags={"phlo/stage": "ingestion"})
    @watched
    def orders(hooks: HooksResource) -> dg.MaterializeResult:
        %s
        return dg.MaterializeResult()

    def run(instance):
        result = dg.materialize([orders], instance=instance, resources={"hooks": HooksResource()})
        assert result.success
"""
EMIT = "from phlo_hooks import GenericEvent; hooks.emit(GenericEvent(event_type='shop.counted'))"
HOOK = """
    from phlo_hooks import hook
    from phlo_hooks_dagster.in_step.configuration import StepOptions, configure

    @hook(in_step=True)
    def listen(event):
        pass

    configure(StepOptions(hooks=(listen,)))
"""


def told_by(code: str, folder: Path) -> Any:
    """Run code in a process of its own, in an empty folder, and return what it prints last, as JSON."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PHLO", "DAGSTER"))}
    script = folder / "script.py"
    script.write_text(dedent(code))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2]), "DAGSTER_DISABLE_TELEMETRY": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_step_without_hooks_imports_next_to_nothing(tmp_path: Path) -> None:
    """Watching a step that nobody listens to loads neither events nor settings nor translator."""
    loaded = told_by(
        dedent(STEP % "")
        + dedent(
            """
            import json, sys
            with dg.DagsterInstance.ephemeral() as instance:
                run(instance)
            print(json.dumps(sorted(name for name in sys.modules if name.startswith("phlo_hooks"))))
            """
        ),
        tmp_path,
    )

    assert {name for name in loaded if not name.startswith("phlo_hooks_dagster")} == set()
    assert {name for name in loaded if ".translator" in name or ".identity" in name} == set()


@pytest.mark.parametrize("listening", [False, True], ids=["no hook", "a hook"])
def test_a_step_opens_no_connection_and_no_file_of_ours(listening: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """With or without a hook, and emitting: no socket, nothing written, and read only what settings may stand in."""
    seen = told_by(
        dedent(STEP % EMIT)
        + (dedent(HOOK) if listening else "")
        + dedent(
            """
            import json, sys
            seen = []

            # Whose code opens something: the nearest frame of Dagster or of ours.
            def opener():
                frame = sys._getframe(2)
                while frame is not None:
                    file = frame.f_code.co_filename
                    owner = next((name for name in ("/phlo_hooks", "/site-packages/dagster") if name in file), None)
                    if owner:
                        return owner
                    frame = frame.f_back
                return "nobody"

            def audit(name, arguments):
                if name in {"socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen", "os.mkdir"}:
                    seen.append([opener(), name, str(arguments[-1])])
                if name == "open" and isinstance(arguments[0], (str, bytes)):
                    mode, flags = arguments[1] or "", arguments[2] or 0
                    if any(each in mode for each in "wax+") or flags & 3:
                        seen.append([opener(), name, str(arguments[0])])

            with dg.DagsterInstance.ephemeral() as instance:
                sys.addaudithook(audit)
                run(instance)
                seen, told = [], seen
            print(json.dumps(told))
            """
        ),
        tmp_path,
    )

    opened = [each for each in seen if "__pycache__" not in each[2]]
    assert [each for each in opened if each[0] == "/phlo_hooks"] == []
    assert [each for each in opened if each[1].startswith("socket")] == []
    assert opened


@pytest.mark.parametrize(
    ("file", "text", "answer"),
    [
        ("phlo_hooks.toml", 'hooks = ["shop.hooks"]', True),
        ("phlo_hooks.toml", "[[gates]]\ngate = 'freshness'", True),
        ("phlo_hooks.toml", 'start = "all"', False),
        ("phlo_hooks.toml", "this is no TOML, and hooks are mentioned", True),
        ("pyproject.toml", '[tool.phlo_hooks]\nhooks = ["shop.hooks"]', True),
        ("pyproject.toml", '[tool.other]\nhooks = ["shop.hooks"]', False),
        ("pyproject.toml", '[project]\nname = "shop"', False),
    ],
)
def test_settings_that_bring_hooks_are_seen(file: str, text: str, answer: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """A file that may bring a hook is a reason to look closer; when in doubt, look."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / file).write_text(text)
    below = tmp_path / "below"
    below.mkdir()

    assert may_say(StepOptions(root=below), "hooks", "gates") is answer
    assert may_have_hooks(StepOptions(root=below)) is answer


@pytest.mark.parametrize(
    ("variable", "answer"),
    [
        ("PHLO_HOOKS_HOOKS", True),
        ("PHLO_HOOKS_GATES", True),
        ("phlo_hooks_hooks", True),
        ("PHLO_HOOKS_OVERRIDES", True),
        ("PHLO_HOOKS_START", False),
    ],
)
def test_an_environment_that_brings_hooks_is_seen(
    variable: str,
    answer: bool,  # noqa: FBT001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Variables of ours that bring hooks are a reason to look closer."""
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.setenv(variable, "[]")

    assert may_have_hooks(StepOptions(root=tmp_path)) is answer


def test_an_installed_plugin_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point in one of our groups is found wherever packages lie on the import path."""
    (tmp_path / "pyproject.toml").write_text("")
    package = tmp_path / "site" / "shop-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(package.parent))
    options = StepOptions(root=tmp_path)

    assert not may_have_hooks(options)
    (package / "entry_points.txt").write_text("[phlo.plugins.hooks]\nshop = shop:plugin\n")
    assert may_have_hooks(options)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[phlo_hooks.plugins]\nopenmetadata = phlo_hooks.subscribers.openmetadata.plugin:OpenMetadataPlugin", False),
        ("[phlo_hooks.plugins]\n# a note\n\nours=phlo_hooks.subscribers.x:X\n[other]\nshop = shop:plugin", False),
        ("[phlo_hooks.plugins]\nours = phlo_hooks.subscribers.x:X\nshop = shop:plugin", True),
        ("[phlo_hooks.plugins]\nours = phlo_hooks.subscribers.x:X\n[phlo.plugins.hooks]\nshop = shop:plugin", True),
        ("[phlo_hooks.plugins]\nshop = phlo_hooks_shop:plugin", True),
        ("[phlo_hooks.plugins]\nwhat is this", True),
    ],
)
def test_our_own_plugins_are_no_reason_to_look_closer(
    text: str,
    answer: bool,  # noqa: FBT001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Plugins that come with phlo-hooks have nothing to do in a step; another one beside them counts."""
    (tmp_path / "pyproject.toml").write_text("")
    package = tmp_path / "site" / "shop-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "entry_points.txt").write_text(text)
    monkeypatch.setattr(sys, "path", [str(package.parent)])

    assert may_have_hooks(StepOptions(root=tmp_path)) is answer


def test_a_step_that_has_hooks_does_not_import_our_own_plugins(tmp_path: Path) -> None:
    """Where a hook in code makes a bus, subscribers and their libraries stay unloaded, switched on or not."""
    code = """
    import json, os, sys
    os.environ["OPENMETADATA_URL"] = "http://127.0.0.1:9"
    from phlo_hooks import hook
    from phlo_hooks.discovery import build_bus, installed_plugins
    from phlo_hooks.settings import load_settings

    @hook(in_step=True)
    def mine(event): ...

    ours = [each.name for each in installed_plugins() if each.is_ours]
    bus = build_bus(load_settings(), hooks=[mine], in_step=True)
    heavy = {"httpx", "sqlalchemy", "phlo_hooks.subscribers"} & set(sys.modules)
    print(json.dumps([ours, [each.hook_name for each in bus.hooks()], sorted(heavy)]))
    """

    ours, hooks, heavy = told_by(code, tmp_path)

    assert "openmetadata" in ours
    assert hooks == ["mine"]
    assert heavy == []
