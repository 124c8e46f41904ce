"""Habits that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("phlo_hooks", "phlo_hooks_dagster")
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
PAGE = sorted(path for end in ("ts", "tsx", "css") for path in (ROOT / "page" / "src").rglob(f"*.{end}"))
LONGEST_FILE = 350
LONGEST_FUNCTION = 40


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines after a function's signature and docstring."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    start = (first.end_lineno or 0) + 1 if documented else first.lineno
    return (node.end_lineno or 0) - start + 1


def test_modules_are_a_page() -> None:
    """No module of ours passes the length at which it asks to be two."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in (*MODULES, *PAGE)}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_fit_in_one_view() -> None:
    """No function of ours passes the length at which it asks to be two."""
    lengths = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": body_lines(node)
        for path in MODULES
        for node in functions(path)
    }

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_have_a_noun(path: Path) -> None:
    """No module is named for not having a subject."""
    assert path.stem not in {"utils", "util", "helpers", "common", "misc", "manager"}


def test_every_test_states_its_promise() -> None:
    """Each test has a docstring that says what is promised."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in functions(path)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_nothing_is_left_for_later() -> None:
    """No file carries a note that says it is unfinished."""
    notes = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    left = [
        f"{path.relative_to(ROOT)}: {note}"
        for folder in (*PACKAGES, "example_project", "tests", "docs", "scripts", "benchmarks", "page/src", "page/test")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".md", ".sql", ".yml", ".yaml", ".ts", ".tsx", ".css"}
        and not {"target", ".venv"} & set(path.parts)
        for note in notes
        if note in path.read_text(errors="replace")
    ]

    assert left == []
