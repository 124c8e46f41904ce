from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from phlo_hooks.events import ErrorInfo, HookCorrelation, HookEvent, RunEvent, StepEvent
from phlo_hooks.outbox.store import Outbox
from tests.cli.conftest import Shop, shop
from tests.cli.recorded import BEGIN, bury, events
from tests.lineage.shop import shop_events
from tests.ui.looking import opened_page

__all__ = ["shop"]

NEW_RUN = "0b8d2a4e-0000-4000-8000-00000000000f"
WHERE = "[location.hash, document.querySelector('.react-flow__viewport').style.transform]"
UPDATED = "document.querySelector('.live time').dateTime"
ERROR = ErrorInfo(type="ValueError", message="no column <b>amount</b>")


@dataclass(kw_only=True)
class Server:
    """A server process, which can end and begin again on its port."""

    shop: Shop
    port: int = 0
    process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        self.process = self.shop.start("ui", "--port", str(self.port))
        assert self.process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.process.stdout.readline())
        assert found is not None
        self.port = int(found[1])
        return found[0]

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=30)


@pytest.fixture
def server(shop: Shop) -> Iterator[Server]:
    made = Server(shop=shop)
    yield made
    made.stop()


@contextmanager
def seen(server: Server, browser: Browser, view: str) -> Iterator[tuple[Outbox, Page]]:
    """Open the state database, and the page in a view of it."""
    with server.shop.outbox() as outbox, opened_page(browser, f"{server.start()}/#view={view}") as page:
        expect(page.locator(".live")).to_have_attribute("data-connection", "live", timeout=30_000)
        yield outbox, page


def about(step: str | None = None) -> dict[str, object]:
    correlation = HookCorrelation(run_id=NEW_RUN, job_name="hourly", step_key=step, attempt=1 if step else None)
    return {"timestamp": BEGIN, "correlation": correlation, "source": "dagster"}


def beginning() -> list[HookEvent]:
    return [
        RunEvent(event_id="n1", event_type="run.start", status="started", **about()),  # type: ignore[arg-type]
        StepEvent(event_id="n2", event_type="step.start", status="started", **about("load")),  # type: ignore[arg-type]
    ]


def ending() -> list[HookEvent]:
    return [
        StepEvent(event_id="n3", event_type="step.end", status="failure", error=ERROR, **about("load")),  # type: ignore[arg-type]
        RunEvent(event_id="n4", event_type="run.end", status="failure", error=ERROR, **about()),  # type: ignore[arg-type]
    ]


def test_a_page_shows_what_happens_while_it_is_open(server: Server, browser: Browser) -> None:
    """Before there is a database, while a run begins, and when it fails: without a reload, and where one was stays."""
    with opened_page(browser, f"{server.start()}/#view=runs") as page:
        expect(page.get_by_text("No run was recorded yet")).to_be_visible(timeout=30_000)
        page.evaluate("window.sameDocument = true")

        with server.shop.outbox() as outbox:
            outbox.append(events())
            run = page.get_by_role("option")
            expect(run).to_have_count(2, timeout=30_000)
            run.nth(1).click()
            address = page.url
            outbox.append(beginning())
            expect(run).to_have_count(3, timeout=30_000)
            expect(page.locator("[role=option][aria-selected=true]")).to_have_attribute("data-run", address[-36:])
            page.locator(f'[data-run="{NEW_RUN}"]').click()
            expect(page.locator('.bar[data-status="started"]')).to_be_visible()
            outbox.append(ending())

        expect(page.locator(f'[data-run="{NEW_RUN}"]')).to_have_attribute("data-status", "failure", timeout=30_000)
        expect(page.locator(".run-failures")).to_contain_text("no column <b>amount</b>")
        for name in ("Deliveries", "Graph"):
            page.get_by_role("tab", name=name).click()
            expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        assert page.evaluate("window.sameDocument")


def test_a_click_has_a_dead_letter_delivered_again(server: Server, browser: Browser) -> None:
    """One letter is retried and leaves the list; the others stay until all are retried, or given up on."""
    with server.shop.outbox() as outbox:
        outbox.register_consumers(["bus", "shop:queue", "gone:hook"])
        outbox.append(events())
        for consumer, event in (("shop:queue", "22bb0000"), ("shop:queue", "44dd0000"), ("gone:hook", "44dd0000")):
            bury(outbox, consumer, event, error="it said no")

    with seen(server, browser, "deliveries") as (outbox, page):
        letters = page.locator("tr[data-letter]")
        expect(letters).to_have_count(3)
        page.get_by_role("button", name="Retry asset.materialized for shop:queue").click()
        expect(page.locator(".letters-outcome")).to_contain_text("1 dead letter queued; no relay runs")
        expect(letters).to_have_count(2, timeout=30_000)
        queued = [(row.consumer, row.event_id) for row in outbox.deliveries(status="retry")]

        page.get_by_label("Consumer", exact=True).select_option("gone:hook")
        page.get_by_role("button", name="Give up on these…").click()
        page.get_by_role("button", name="Keep").click()
        kept = len(outbox.deliveries(status="dead"))
        page.get_by_role("button", name="Give up on these…").click()
        page.get_by_role("button", name="Give up", exact=True).click()
        expect(page.locator(".letters-outcome")).to_contain_text("Gave up on 1 dead letter")
        page.get_by_role("button", name="Retry all", exact=True).click()
        expect(page.get_by_text("every consumer took what it was given")).to_be_visible(timeout=30_000)
        statuses = sorted(row.status for row in outbox.deliveries())

    assert queued == [("shop:queue", "22bb0000")]
    assert kept == 2
    assert statuses == ["retry", "retry"]


def test_a_refresh_leaves_one_where_one_is(server: Server, browser: Browser) -> None:
    """What is selected, opened and zoomed in the graph is so after the graph was replaced."""
    with server.shop.outbox() as outbox:
        outbox.append(shop_events())

    with seen(server, browser, "graph") as (outbox, page):
        page.locator("[data-table]").first.click()
        page.keyboard.press("+")
        page.wait_for_timeout(500)  # the zoom is animated
        before, updated = page.evaluate(WHERE), page.evaluate(UPDATED)
        outbox.append(beginning())
        page.wait_for_function(f"(before) => {UPDATED} !== before", arg=updated, timeout=30_000)
        after = page.evaluate(WHERE)

    assert before == after
    assert "table=" in before[0]


def test_a_server_that_went_is_said_and_found_again(server: Server, browser: Browser) -> None:
    """While it is gone the page says so and keeps what it has; another one on the port asks to load it again."""
    with server.shop.outbox() as outbox:
        outbox.append(events())

    with seen(server, browser, "runs") as (_, page):
        server.stop()
        expect(page.locator(".live")).to_have_attribute("data-connection", "lost", timeout=30_000)
        expect(page.locator(".live")).to_contain_text("disconnected, trying again")
        shown = page.get_by_role("option").count()
        server.start()
        page.get_by_role("button", name="load again").click(timeout=30_000)
        expect(page.locator(".live")).to_have_attribute("data-connection", "live", timeout=30_000)

    assert shown == 2
