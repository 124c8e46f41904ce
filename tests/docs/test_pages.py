"""What the documentation shows is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sybil import Sybil

from tests.docs.blocks import parse_blocks, parse_command

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block of a page does what the page says, one after another."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    document = Sybil(parsers=[parse_blocks], path=str(page.parent), pattern=page.name).parse(page)
    document.namespace["folder"] = str(tmp_path)

    for example in document.examples():
        example.evaluate()


@pytest.mark.parametrize(
    "text", ["relay --no-such-option", "no-such-command", "events lst", "replay --yes", "status now"]
)
def test_wrong_command_is_noticed(text: str) -> None:
    """A command or an option that does not exist fails the page that shows it."""
    with pytest.raises(
        Exception, match=r"[Nn]o (such )?(option|command)|Missing (option|parameter)|unexpected extra argument"
    ):
        parse_command(text.split())


def test_site_builds(tmp_path: Path) -> None:
    """The site builds without a warning, with every page reached, every link good, and nothing fetched."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    html = (tmp_path / "index.html").read_text() if done.returncode == 0 else ""

    assert done.returncode == 0, done.stderr
    assert re.findall(r'(?:src|href)="(https?://[^"]+\.(?:js|css|woff2?)[^"]*)"', html) == []
    assert "fonts.g" not in html
