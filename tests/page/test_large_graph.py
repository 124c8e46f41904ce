from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from phlo_hooks.page import render
from tests.page.graphs import large

TABLES, EDGES = 708, 1725
OPENS = 3.0
"""Seconds, as issue 4 asks for."""
MOVE = 0.05
"""Seconds of the processor; benchmarks/page.py holds it to 0.033 on a machine that has nothing else to do."""
MOVES = 15


def patience() -> float:
    """Return how many times longer things may take where more processes want the processors than there are."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Wait as long as the machine's load asks for."""
    expect.set_options(timeout=5_000 * patience())
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "lineage.html"
    path.write_text(render(large(tables=TABLES, edges=EDGES)), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Browser, path: Path) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    expect(page.locator("article.card")).to_have_count(TABLES)
    yield page
    context.close()


def test_large_graph_opens_soon(page: Page, path: Path) -> None:
    """708 tables and 1,725 edges: all are seen within 3 seconds of opening the page, which has less than 5 MB."""
    seconds = page.evaluate(
        "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
    )

    assert seconds / 1000 < OPENS * patience()
    assert path.stat().st_size < 5_000_000


def test_large_graph_pans_smoothly(page: Page) -> None:
    """A step of the mouse that drags the graph takes little of the page's own thread, far away and near."""
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    for zooms in (0, 7):
        for _ in range(zooms):
            page.keyboard.press("+")
        page.mouse.move(720, 500)
        page.mouse.down()
        before = busy(client)
        for step in range(MOVES):
            page.mouse.move(720 - step * 24, 500 - step * 12)
        after = busy(client)
        page.mouse.up()

        assert (after - before) / MOVES < MOVE


def busy(client: CDPSession) -> float:
    """Return how many seconds of the processor the page's thread has taken."""
    metrics = client.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def test_only_what_is_near_is_drawn(page: Page) -> None:
    """Far away, a table is a block without words; from near, only the cards and lines in view are in the page."""
    assert page.locator(".card-name").count() == 0
    far = page.evaluate("document.querySelector('.lines-table').innerHTML.length")

    page.keyboard.press("/")
    page.keyboard.type("model_400")
    page.keyboard.press("Enter")
    expect(page.locator("article.card.is-selected .card-name")).to_have_text("model_400")

    assert page.locator("article.card").count() < 100
    assert page.evaluate("document.querySelector('.lines-table').innerHTML.length") < far


def test_neighbourhood_of_a_table_in_a_large_graph(page: Page) -> None:
    """Only what is connected with a table is laid out anew, large enough to read."""
    page.keyboard.press("/")
    page.keyboard.type("model_200")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary")).to_be_visible()
    page.keyboard.press("n")

    expect(page.get_by_role("status").filter(has_text=f"of {TABLES} tables")).to_be_visible()
    expect(page.locator("article.card.is-selected")).to_be_in_viewport()
