"""How soon the page of a large graph opens, and how smoothly it is dragged, in the system's headless Chromium."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import CDPSession, Page

from benchmarks.measure import Measurement
from phlo_hooks.page import render
from tests.browser import find_chromium, open_browser
from tests.page.graphs import large

OPENS, FRAME, SIZE = 3, 33, 5
MOVES = 40
ROUNDS = 3


def page() -> Iterator[Measurement]:
    """Measure a page of 708 tables and 1,725 edges; the processor's time is the page's own thread's."""
    program = find_chromium()
    if program is None:
        return
    with tempfile.TemporaryDirectory() as name, open_browser(program) as browser:
        path = Path(name) / "lineage.html"
        path.write_text(render(large()), encoding="utf-8")
        yield Measurement(name="page: size", value=path.stat().st_size / 1e6, unit="MB", limit=SIZE)
        opened: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            tab = context.new_page()
            client = context.new_cdp_session(tab)
            client.send("Performance.enable", {"timeDomain": "threadTicks"})
            tab.goto(path.as_uri())
            tab.locator("article.card").first.wait_for()
            opened.append((tab.evaluate("performance.now()") / 1000, _busy(client)))
            far = _drag(tab, client)
            for _zoom in range(7):
                tab.keyboard.press("+")
            near = _drag(tab, client)
            context.close()
        seconds, busy = min(opened)
        yield Measurement(name="page: opens", value=seconds, unit="s", limit=OPENS, note=f"{busy:.2f} s of processor")
        yield Measurement(name="page: one move, far", value=far, unit="ms", limit=FRAME, note="processor's time")
        yield Measurement(name="page: one move, near", value=near, unit="ms", limit=FRAME, note="processor's time")


def _busy(client: CDPSession) -> float:
    metrics = client.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def _drag(tab: Page, client: CDPSession) -> float:
    """Drag the graph and return the processor's milliseconds for one move."""
    tab.wait_for_timeout(500)
    tab.mouse.move(720, 500)
    tab.mouse.down()
    before = _busy(client)
    for step in range(MOVES):
        tab.mouse.move(720 - step * 6, 500 - step * 3)
    after = _busy(client)
    tab.mouse.up()
    return (after - before) * 1000 / MOVES
