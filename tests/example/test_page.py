"""The page that ``make demo`` ends with, as someone sees it who opens it in a browser without a network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from phlo_hooks.events import LineageEvent, QualityResultEvent, RunEvent, StepEvent
from tests.example.conftest import PROJECT, Finished
from tests.example.test_events import columns

# The first test that asks for the demo runs it.
pytestmark = pytest.mark.timeout(900)

MART = "marts.delay_by_carrier"
UPSTREAM = {
    *("staging.stg_flights", "staging.stg_airlines", "raw.flights", "raw.airlines"),
    *("data/flights.csv.zip", "data/airlines.csv"),
}
DOWNSTREAM = {"marts/delay_by_carrier.parquet", "published/postgres"}


@dataclass(kw_only=True)
class Opened:
    """
    The page in a browser.

    Attributes:
        asked: Addresses that it asked the network for.
        said: Errors in its console.
    """

    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def card(self, name: str) -> Locator:
        """Return a table's card in the graph."""
        return self.page.locator(f'article.card[aria-label^="{name},"]')

    def lit(self, side: str) -> set[str]:
        """Return the tables that are lit: ``up``, ``down`` or ``off`` for those that step back."""
        cards = self.page.locator(f"article.card.is-{side}")
        return {str(label).partition(",")[0] for label in cards.evaluate_all("all => all.map(e => e.ariaLabel)")}

    def panel(self) -> Locator:
        """Return the panel of the selected table."""
        return self.page.get_by_role("complementary")


@pytest.fixture
def opened(failed: Finished, browser: Browser) -> Iterator[Opened]:
    """Open the page that the demo wrote, offline; it must ask for nothing, and complain of nothing."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    opened = Opened(page=context.new_page())
    opened.page.on("request", lambda request: opened.asked.append(request.url))
    opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.page.on("console", lambda message: opened.said.append(message.text) if message.type == "error" else None)
    address = (failed.folder / "lineage.html").as_uri()
    opened.page.goto(address)
    opened.card(MART).wait_for()
    yield opened
    context.close()
    assert [each for each in opened.asked if not each.startswith((address, "blob:", "data:"))] == []
    assert opened.said == []


def test_the_demo_ends_with_the_page(first: Finished) -> None:
    """The demo says where the page is and how to see more, and opens no browser that nobody asked for."""
    page = first.folder / "lineage.html"

    assert page.as_uri() in first.output
    assert page.stat().st_size < 5_000_000
    assert {"ui", "trace"} <= set(re.findall(r"phlo-hooks (\w+)", first.output))
    assert first.opened == ()


def test_the_demo_opens_the_page_when_asked(second: Finished) -> None:
    """With ``--open`` it is opened."""
    assert second.opened == ((second.folder / "lineage.html").as_uri(),)


def test_a_click_shows_columns_and_lights_the_way_upstream(
    opened: Opened, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """The panel has the table's columns in their order; what it is made from is lit, and so is what is made from it."""
    opened.card(MART).click()

    expect(opened.panel().get_by_role("heading", name=MART)).to_be_visible()
    shown = opened.panel().locator(".columns .column-name").all_text_contents()
    assert shown == columns(warehouse, f"warehouse.{MART}")
    expect(opened.panel()).to_contain_text("How late each airline is.")
    expect(opened.panel()).not_to_contain_text("ref('stg_flights')")
    assert opened.lit("up") == UPSTREAM
    assert opened.lit("down") == DOWNSTREAM
    assert "marts.fleet_age" in opened.lit("off")
    expect(opened.page.locator(".lines-lit path.is-up").first).to_be_attached()


def test_columns_are_joined_to_where_they_come_from(opened: Opened, failed: Finished) -> None:
    """A column that is clicked lights exactly the columns that its value comes from, table by table, to the source."""
    for name in (MART, "staging.stg_flights", "raw.flights"):
        opened.page.get_by_role("button", name=f"Columns of {name}", exact=True).click()
    opened.page.get_by_role("button", name="Fit the graph into the window").click()
    opened.card(MART).get_by_role("button", name="avg_departure_delay").click()

    expect(opened.card(MART).locator(".card-row.is-self")).to_have_count(1)
    for name, column in (("staging.stg_flights", "dep_delay"), ("raw.flights", "dep_delay")):
        lit = opened.card(name).locator(".card-row.is-up .card-column").all_text_contents()
        assert lit == [column]
    assert ("dep_delay", "avg_departure_delay") in direct_edges(failed, "staging.stg_flights", MART)


def direct_edges(run: Finished, upstream: str, downstream: str) -> set[tuple[str, str | None]]:
    """Return the column edges between two tables along which values flow, as the events have them."""
    return {
        (column.upstream_column, column.downstream_column)
        for event in run.events
        if isinstance(event, LineageEvent)
        for edge in event.edges
        if (edge.upstream.name, edge.downstream.name) == (f"warehouse.{upstream}", f"warehouse.{downstream}")
        for column in edge.columns
        if column.kind == "direct"
    }


def test_search_finds_tables_and_columns(opened: Opened) -> None:
    """By keyboard alone: a slash, part of a name, Enter."""
    opened.page.keyboard.press("/")
    opened.page.keyboard.type("fleet_a")
    opened.page.keyboard.press("Enter")
    expect(opened.panel().get_by_role("heading", name="marts.fleet_age")).to_be_visible()

    opened.page.keyboard.press("/")
    opened.page.keyboard.type("median_arr")
    opened.page.keyboard.press("Enter")

    expect(opened.panel().get_by_role("heading", name="marts.delay_by_route")).to_be_visible()


def test_a_failed_run_says_what_failed(opened: Opened, failed: Finished) -> None:
    """It is the first of the runs; its page names the step, the check that blocked it, and what was skipped for it."""
    run = next(e for e in reversed(failed.events) if isinstance(e, RunEvent) and e.event_type == "run.end")
    assert run.status == "failure"

    opened.page.get_by_role("tab", name="Runs").click()

    newest = opened.page.get_by_role("option").first
    expect(newest).to_have_attribute("data-run", str(run.correlation.run_id))
    expect(newest).to_contain_text("refresh_marts")
    article = opened.page.get_by_role("article", name=f"Run {run.correlation.run_id}")
    for step in steps(failed, str(run.correlation.run_id)):
        expect(article.get_by_text(step, exact=True).first).to_be_visible()
    details = article.get_by_role("region", name="Details of raw_checks")
    expect(details).to_contain_text("complete_months")
    expect(details.locator('[data-outcome="fail"]')).to_contain_text("complete_months")


def steps(run: Finished, run_id: str) -> set[str]:
    """Return the steps of a run that began or were skipped."""
    ours = (e for e in run.events if isinstance(e, StepEvent) and e.correlation.run_id == run_id)
    return {event.correlation.step_key for event in ours if event.correlation.step_key}


def test_badges_say_which_checks_found_something(opened: Opened, failed: Finished) -> None:
    """A table whose last check failed or warned says so in the graph."""
    last = {e.check_name: (e.asset_key, e.data_outcome) for e in failed.events if isinstance(e, QualityResultEvent)}

    assert last["plausible_wind"] == ("raw/weather", "warn")
    assert last["complete_months"] == ("raw/flights", "fail")
    expect(opened.card("raw.weather").locator(".badge.tone-warning")).to_be_visible()
    expect(opened.card("raw.flights").locator(".badge.tone-failure")).to_be_visible()


def test_deliveries_are_shown(opened: Opened, failed: Finished) -> None:
    """Each consumer stands there with what it was given."""
    with failed.outbox() as outbox:
        (bus,) = outbox.consumers()

    opened.page.get_by_role("tab", name="Deliveries").click()

    row = opened.page.get_by_role("row").filter(has_text="bus")
    expect(row).to_contain_text(str(bus.delivered))


def test_a_link_leads_to_the_same_place(opened: Opened) -> None:
    """What is selected stands in the address; opened again, the page shows it."""
    opened.card(MART).click()
    expect(opened.page).to_have_url(re.compile("table="))

    opened.page.reload()

    expect(opened.panel().get_by_role("heading", name=MART)).to_be_visible()
    assert opened.lit("up") == UPSTREAM


def test_the_json_says_the_same(failed: Finished) -> None:
    """The data inside the page are the graph that ``phlo-hooks lineage --json`` prints."""
    text = (failed.folder / "lineage.html").read_text()
    embedded = re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert embedded is not None

    done = subprocess.run(
        [sys.executable, "-m", "phlo_hooks", "lineage", "--json"],
        cwd=PROJECT,
        env=failed.environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    shown, printed = json.loads(embedded[1]), json.loads(done.stdout)

    assert MART in {table["name"] for table in shown["tables"]}
    for part in ("tables", "edges", "runs", "transformations"):
        assert shown[part] == printed[part]
