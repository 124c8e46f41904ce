from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from phlo_hooks.lineage.graph import Graph
from phlo_hooks.page import render
from tests.browser import browser

__all__ = ["browser"]

NOT_ASKED = ("blob:", "data:")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A page in a browser, and what one looks for in it."""

    page: Page

    def card(self, name: str) -> Locator:
        return self.page.locator(f'article.card[data-table$="/{name}"]')

    def names(self, marked: str) -> set[str]:
        """Names of the tables whose cards are marked with a class."""
        ids = self.page.locator(f"article.card.{marked}").evaluate_all("all => all.map(each => each.dataset.table)")
        return {each.removeprefix("duckdb://shop/") for each in ids}

    def columns(self, name: str, marked: str = "card-row") -> list[str]:
        """Return the columns that a card shows, those marked with a class."""
        rows = self.card(name).locator(f".card-row.{marked}")
        return [str(each) for each in rows.evaluate_all("all => all.map(each => each.dataset.column)")]

    def edge_colour(self, name: str) -> str:
        """Return the colour of a card's left edge."""
        return str(self.card(name).evaluate("card => getComputedStyle(card).borderLeftColor"))

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("complementary")

    def opens(self, name: str) -> None:
        """Wait until the panel shows a table."""
        expect(self.panel.get_by_role("heading", name=name, exact=True)).to_be_visible()


Show = Callable[..., AbstractContextManager[Seen]]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Show:
    """Open a graph's page from a file; an error, a word in the console or a request to anywhere fails the test."""

    @contextmanager
    def opened(graph: Graph, address: str = "", first: str = "article.card", **options: Any) -> Iterator[Seen]:
        path = tmp_path / "lineage.html"
        path.write_text(render(graph), encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "offline": True, **options})
        page = context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda request: said.append(request.url) if is_foreign(request.url, path) else None)
        try:
            page.goto(path.as_uri() + address)
            page.locator(first).first.wait_for()
            yield Seen(page=page)
        finally:
            context.close()
        assert said == []

    return opened


def is_foreign(url: str, path: Path) -> bool:
    return not url.startswith((path.as_uri(), *NOT_ASKED))
