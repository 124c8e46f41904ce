"""
Take the pictures of the documentation anew, from the example: ``make screenshots``.

They show a demo that ran well over one month, and then once more with a flight lost, so that a run failed. Look at
every picture before it is committed.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from tests.browser import CHROMIUM, find_chromium, open_browser

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PROJECT = ROOT / "example_project"
MONTH = ("--one-process", "--first", "2013-02", "--last", "2013-02")
MART = "marts.delay_by_carrier"
WIDTH, HEIGHT, SCALE = 1360, 820, 1.5
COLOURS = 256
"""Of each picture's palette: flat colours and text need no more, and the file is a third."""
EXACT = 176
"""Of these, the most frequent ones: backgrounds must not change their tint."""
SETTLED_MS = 600
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass(frozen=True, kw_only=True)
class Shot:
    """
    One picture, taken light and dark.

    Attributes:
        arrange: Does with the opened page what a person would do before looking.
        failed: Shows the state after the run that failed; else the one before it.
    """

    name: str
    arrange: Callable[[Page], None]
    failed: bool = False
    height: int = HEIGHT


def card(page: Page, name: str) -> Locator:
    """Return a table's card in the graph."""
    return page.locator(f'article.card[aria-label^="{name},"]')


def select_mart(page: Page) -> None:
    """Click a mart, so that its way back to the sources is lit."""
    card(page, MART).click()
    page.locator(".lines-lit path").first.wait_for(state="attached")


def open_columns(page: Page) -> None:
    """Show only what a mart is connected with, with its columns, and one of them lit."""
    select_mart(page)
    page.get_by_role("button", name="Only connected").click()
    page.get_by_role("button", name="Columns of path").click()
    column = card(page, MART).get_by_role("button", name="cancelled")
    column.click()
    page.get_by_role("complementary").get_by_role("button", pressed=True).scroll_into_view_if_needed()


def open_failed_run(page: Page) -> None:
    """Open the newest run, which failed."""
    page.get_by_role("tab", name="Runs").click()


def open_deliveries(page: Page) -> None:
    """Open the deliveries."""
    page.get_by_role("tab", name="Deliveries").click()


SHOTS = (
    Shot(name="lineage", arrange=select_mart),
    Shot(name="columns", arrange=open_columns),
    Shot(name="run", arrange=open_failed_run, failed=True),
    Shot(name="deliveries", arrange=open_deliveries, height=340),
)


@dataclass(frozen=True, kw_only=True)
class State:
    """A demo's state, and the page of it, written by the code as it is now."""

    home: Path

    @property
    def page(self) -> Path:
        """Where the page is."""
        return self.home.with_suffix(".html")

    @property
    def now(self) -> datetime:
        """A time shortly after the page was written."""
        return datetime.fromtimestamp(self.page.stat().st_mtime, UTC) + timedelta(seconds=5)

    def write_page(self) -> None:
        """Write the page."""
        command = [sys.executable, "-m", "phlo_hooks", "lineage", "--html", str(self.page)]
        subprocess.run(command, cwd=PROJECT, env=os.environ | {"DAGSTER_HOME": str(self.home)}, check=True)


def prepare(folder: Path) -> tuple[State, State]:
    """Have a demo in the folder, and return its state before and after a run that failed."""
    demo = [sys.executable, str(PROJECT / "demo.py"), "--folder", str(folder), *MONTH]
    well, failed = State(home=folder / "well"), State(home=folder / "failed")
    if not failed.home.exists():
        shutil.rmtree(folder, ignore_errors=True)
        for state, options in ((well, []), (failed, ["--fail"])):
            subprocess.run([*demo, *options], check=True)
            shutil.copytree(folder / "dagster_home", state.home)
    well.write_page()
    failed.write_page()
    return well, failed


def take(browser: Browser, state: State, shot: Shot, theme: Theme) -> bytes:
    """Open the page as someone new does, arrange it, and return the picture."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": shot.height},
        device_scale_factor=SCALE,
        color_scheme=theme,
        reduced_motion="reduce",
        offline=True,
    )
    page = context.new_page()
    page.clock.set_fixed_time(state.now)
    page.goto(state.page.as_uri())
    card(page, MART).wait_for(state="attached")
    shot.arrange(page)
    page.wait_for_timeout(SETTLED_MS)
    picture = page.screenshot(animations="disabled", caret="hide")
    context.close()
    return picture


def small(picture: bytes) -> bytes:
    """Return the picture with a palette: its most frequent colours as they are, the rest by what comes nearest."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    counted = Counter(zip(*(band.tobytes() for band in image.split()), strict=True))
    frequent = [channel for colour, _ in counted.most_common(EXACT) for channel in colour]
    others = image.quantize(COLOURS - EXACT, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*frequent, *others][: 3 * COLOURS])
    packed = io.BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(packed, format="PNG", optimize=True)
    return packed.getvalue()


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures asked for; all of them unless some are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shots", nargs="*", metavar="picture", help=", ".join(shot.name for shot in SHOTS))
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache" / "screenshots", help="of the demo")
    parser.add_argument("--images", type=Path, default=IMAGES, help="where the pictures go")
    options = parser.parse_args(argv)
    program = find_chromium()
    if program is None:
        parser.error(f"no Chromium here: install it, or name one with {CHROMIUM}")
    well, failed = prepare(options.folder.resolve())
    options.images.mkdir(parents=True, exist_ok=True)
    with open_browser(program) as browser:
        for shot in SHOTS:
            for theme in THEMES if not options.shots or shot.name in options.shots else ():
                path = options.images / f"{shot.name}-{theme}.png"
                path.write_bytes(small(take(browser, failed if shot.failed else well, shot, theme)))
                print(f"{path}: {path.stat().st_size / 1024:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
