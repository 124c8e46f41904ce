"""
The code blocks of a Markdown page, and what it means to try one.

``python`` runs, one namespace per page; with a ``title`` it is a file, and is written and imported. ``sh`` runs, one
shell per block, its variables kept for the next. ``toml`` and ``yaml`` are read, and settings of ours validated;
``sql`` with a title is a file. In ``console`` each call of phlo-hooks is parsed by the command it names, and not run.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import click
import yaml
from sybil import Document, Example, Region

from phlo_hooks.cli.app import cli
from phlo_hooks.settings import load_settings

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$", re.MULTILINE | re.DOTALL
)
TITLE = re.compile(r'title="([^"]+)"')
SHELL_TIMEOUT = 240


def run_python(example: Example) -> None:
    """Run a block, or write and import the file that it is."""
    title, body = example.parsed
    if title:
        import_file(write(example, title, body))
        return
    code = compile("\n" * example.line + body, example.path, "exec", dont_inherit=True)
    # dlt asks for the module of what it decorates.
    sys.modules.setdefault(example.namespace.setdefault("__name__", "docs_page"), ModuleType("docs_page"))
    exec(code, example.namespace)  # noqa: S102  running the documentation is the point


def write(example: Example, title: str, body: str) -> Path:
    path = Path(example.namespace["folder"]) / title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)
    return path


def import_file(path: Path) -> None:
    """Import a module the way Dagster does, and forget it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]


def run_shell(example: Example) -> None:
    """Run a block in the page's folder; it must end with 0."""
    folder = Path(example.namespace["folder"])
    kept = folder / ".environment"
    script = f". {kept} 2>/dev/null || true\n{example.parsed[1]}\nexport -p > {kept}\n"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DAGSTER_", "PHLO_HOOKS_"))}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=SHELL_TIMEOUT,
    )
    example.namespace["output"] = done.stdout
    if done.returncode:
        raise AssertionError(f"{example.parsed[1]}ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def read_toml(example: Example) -> None:
    """Read a block; what it says under our name must be settings."""
    title, body = example.parsed
    content = tomllib.loads(body)
    if title:
        write(example, title, body)
    ours = content.get("tool", {}).get("phlo_hooks", {}) if title != "phlo_hooks.toml" else content
    load_settings(ours, root=Path(example.namespace["folder"]))


def read_yaml(example: Example) -> None:
    """Read a block."""
    title, body = example.parsed
    list(yaml.safe_load_all(body))
    if title:
        write(example, title, body)


def keep_sql(example: Example) -> None:
    """Write the file that a block is."""
    title, body = example.parsed
    if title:
        write(example, title, body)


def parse_commands(example: Example) -> None:
    """Give each call of phlo-hooks to its command's own parser."""
    for line in example.parsed[1].splitlines():
        words = shlex.split(line.partition(" #")[0]) if line.startswith("$ phlo-hooks") else []
        if words:
            parse_command(words[2:])


def parse_command(arguments: list[str]) -> None:
    """Parse the arguments of phlo-hooks without running anything; raises when a command or an option does not exist."""
    command: click.Command = cli
    context = click.Context(command, info_name="phlo-hooks")
    while isinstance(command, click.Group):
        _, rest, _ = command.make_parser(context).parse_args(list(arguments))
        name, found, arguments = command.resolve_command(context, rest)
        assert found is not None, f"no command {name}"
        command, context = found, click.Context(found, info_name=name, parent=context)
    command.make_context(context.info_name, list(arguments), parent=context.parent)


EVALUATORS: dict[str, Callable[[Example], None]] = {
    "console": parse_commands,
    "python": run_python,
    "sh": run_shell,
    "sql": keep_sql,
    "toml": read_toml,
    "yaml": read_yaml,
}


def parse_blocks(document: Document) -> Iterator[Region]:
    """Yield each block that can be tried; ``text`` and the like cannot."""
    for found in FENCE.finditer(document.text):
        evaluator = EVALUATORS.get(found["language"])
        if evaluator is None:
            continue
        title = TITLE.search(found["info"])
        indent = len(found["indent"])
        body = "".join(line[indent:] if line.strip() else "\n" for line in found["body"].splitlines(keepends=True))
        yield Region(found.start(), found.end(), (title[1] if title else None, body), evaluator)
