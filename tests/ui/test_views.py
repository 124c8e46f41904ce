from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from phlo_hooks.lineage.graph import Graph
from phlo_hooks.page import render
from tests.ui import graphs
from tests.ui.looking import opened_page

Show = Callable[[Graph, str], AbstractContextManager[Page]]
NASTY = '"><img src=x onerror="document.title=1">&amp;\u202e🦆'


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Show:
    """Write a page of a graph to a file, and open it at an address in it."""

    @contextmanager
    def open_at(graph: Graph, address: str) -> Iterator[Page]:
        path = tmp_path / "page.html"
        path.write_text(render(graph), encoding="utf-8")
        with opened_page(browser, f"{path.as_uri()}#{address}") as page:
            yield page

    return open_at


def is_seen(inner: Locator, box: Locator) -> bool:
    """Say whether an element stands within the visible part of a box."""
    small, large = inner.bounding_box(), box.bounding_box()
    assert small is not None
    assert large is not None
    return large["y"] <= small["y"] and small["y"] + small["height"] <= large["y"] + large["height"]


def test_a_failed_run_opens_at_its_failure(show: Show) -> None:
    """What failed is told on top, chosen in the timeline, and its whole message can be read."""
    graph = graphs.shop()

    with show(graph, f"view=runs&run={graph.runs[1].id}") as page:
        failures = page.locator(".run-failures li")
        expect(failures).to_have_count(2)
        expect(page.locator("section.details")).to_contain_text("the process has gone")
        failures.nth(1).get_by_role("button").click()
        expect(page.locator("section.details")).to_contain_text('Candidate bindings: "amount", "amount_usd"')
        line = page.locator('[role=row][data-step="dbt_models"]')
        expect(line).to_have_attribute("aria-selected", "true")
        assert is_seen(line, page.get_by_role("treegrid"))


def test_attempts_models_and_checks_stand_in_time(show: Show) -> None:
    """Each attempt is a bar of its own, models lie in their step's time, checks are marks."""
    graph = graphs.shop()

    with show(graph, f"view=runs&run={graph.runs[1].id}") as page:
        orders = page.locator('[role=row][data-step="load_orders"]')
        bars = orders.locator(".bar")
        statuses = [bar.get_attribute("data-status") for bar in bars.all()]
        lefts = [(bar.bounding_box() or {"x": 0})["x"] for bar in bars.all()]
        models = page.locator('[data-kind="model"]')
        expect(models).to_have_count(4)
        expect(orders.locator(".check-mark")).to_have_count(1)
        page.locator('[role=row][data-step="dbt_models"] .line-toggle').click()
        expect(models).to_have_count(0)

    assert statuses == ["retry", "retry", "success"]
    assert lefts == sorted(lefts)


def test_a_run_of_a_thousand_steps_is_readable(show: Show) -> None:
    """Only lines in sight are drawn; the longest come first when asked, and those with trouble can be left alone."""
    graph = graphs.shop(steps=1000)

    with show(graph, f"view=runs&run={graph.runs[2].id}") as page:
        lines, tree = page.locator("[role=row]"), page.get_by_role("treegrid")
        expect(tree).to_have_attribute("aria-rowcount", "1000")
        drawn = lines.count()
        chosen = page.locator("[role=row][aria-selected=true]")
        expect(chosen).to_have_count(1)
        assert is_seen(chosen, tree)
        tree.focus()
        page.keyboard.press("End")
        expect(page.locator("[role=row][aria-rowindex='1000']")).to_be_visible()
        page.get_by_role("button", name="Longest first").click()
        page.keyboard.press("Escape")
        tree.focus()
        page.keyboard.press("Home")
        longest = page.locator("[role=row][aria-rowindex='1'] .line-seconds").inner_text()
        page.get_by_role("button", name="Only with trouble").click()
        expect(page.get_by_text("of 1,000 steps")).to_be_visible()
        few = int(tree.get_attribute("aria-rowcount") or 0)

    spent: dict[str, float] = {}
    for step in graph.runs[2].steps:
        spent[step.key] = spent.get(step.key, 0) + (step.seconds or 0)
    assert drawn < 60
    assert longest in {f"{max(spent.values()):.0f} s", f"{max(spent.values()):.1f} s"} or "min" in longest
    assert 0 < few < 200


def test_the_views_work_by_keyboard(show: Show) -> None:
    """From run to run by arrows; in the timeline lines are chosen, and models are opened and closed."""
    graph = graphs.shop()

    with show(graph, f"view=runs&run={graph.runs[0].id}") as page:
        page.locator("[role=option][aria-selected=true]").focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("[role=option][aria-selected=true]")).to_have_attribute("data-run", graph.runs[1].id)
        expect(page.locator("[role=option]:focus")).to_have_attribute("data-run", graph.runs[1].id)
        tree = page.get_by_role("treegrid")
        tree.focus()
        page.keyboard.press("ArrowDown")
        line = page.locator('[role=row][data-step="dbt_models"]')
        expect(line).to_have_attribute("aria-selected", "true")
        active = tree.get_attribute("aria-activedescendant")
        assert line.get_attribute("id") == active
        page.keyboard.press("ArrowLeft")
        expect(line).to_have_attribute("aria-expanded", "false")
        page.keyboard.press("ArrowRight")
        expect(line).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("Escape")
        expect(page.locator("section.details")).to_have_count(0)


def test_runs_are_filtered_by_status(show: Show) -> None:
    """A status leaves its runs; the run that is open stays open."""
    graph = graphs.shop()
    lost = sum(run.status == "lost" for run in graph.runs)

    with show(graph, f"view=runs&run={graph.runs[1].id}") as page:
        page.get_by_role("button", name="lost", exact=False).first.click()
        expect(page.get_by_role("option")).to_have_count(lost)
        expect(page.locator(".run-title")).to_contain_text("nightly")
        page.get_by_role("button", name="lost", exact=False).first.click()
        expect(page.get_by_role("option")).to_have_count(len(graph.runs))


def test_a_run_that_waits_is_not_said_to_run(show: Show) -> None:
    """A queued run tells since when it waits, at what time and in which zone."""
    graph = graphs.shop()
    waiting = replace(graph.runs[0], id="waiting0", status="queued", steps=())

    with show(replace(graph, runs=(waiting, *graph.runs)), "view=runs") as page:
        facts = page.locator(".run-facts div")
        expect(facts.nth(0)).to_contain_text("Queued")
        expect(facts.nth(0)).to_contain_text("UTC")
        expect(facts.nth(1)).to_contain_text("Waits for")
        expect(page.locator(".run-facts")).not_to_contain_text("Runs for")


def test_a_table_of_a_step_is_found_in_the_graph(show: Show) -> None:
    """From what a step makes to the graph, with the table selected."""
    graph = graphs.shop()

    with show(graph, f"view=runs&run={graph.runs[1].id}") as page:
        page.get_by_role("button", name="raw.products").click()
        expect(page.get_by_role("tab", name="Graph")).to_have_attribute("aria-selected", "true")
        assert "table=duckdb%3A%2F%2Fshop%2Fraw.products" in page.url


def test_a_file_cannot_retry(show: Show) -> None:
    """Dead letters are listed with their errors; without a server there is no button that needs one."""
    graph = graphs.shop()

    with show(graph, "view=deliveries") as page:
        expect(page.locator("tr[data-letter]")).to_have_count(35)
        expect(page.locator("tr[data-consumer]")).to_have_count(5)
        expect(page.get_by_role("button", name="Retry")).to_have_count(0)
        expect(page.get_by_role("button", name="Give up")).to_have_count(0)
        expect(page.locator(".live")).to_have_count(0)
        page.get_by_role("button", name="f0000000").first.click()
        expect(page.get_by_role("tab", name="Runs")).to_have_attribute("aria-selected", "true")


def test_a_look_elsewhere_forgets_nothing(show: Show) -> None:
    """What was searched, closed and filtered in the runs is so when one comes back from another view."""
    graph = graphs.shop()

    with show(graph, f"view=runs&run={graph.runs[1].id}") as page:
        page.locator('[role=row][data-step="dbt_models"] .line-toggle').click()
        page.get_by_role("button", name="Longest first").click()
        page.get_by_role("tab", name="Deliveries").click()
        expect(page.locator("tr[data-consumer]").first).to_be_visible()
        page.get_by_role("tab", name="Runs").click()
        expect(page.get_by_role("button", name="Longest first")).to_have_attribute("aria-pressed", "true")
        expect(page.locator('[data-kind="model"]')).to_have_count(0)


def test_notes_are_read_and_put_away(show: Show) -> None:
    """What a reader should know stands on top, as text, until it was read."""
    graph = replace(graphs.shop(), notes=("the newest 3 runs are shown", f"left out: {NASTY}"))

    with show(graph, "view=runs") as page:
        notes = page.get_by_role("complementary", name="Notes").get_by_role("listitem")
        expect(notes).to_have_text(["The newest 3 runs are shown.", f"Left out: {NASTY}."])
        page.get_by_role("button", name="Put the notes away").click()
        expect(notes).to_have_count(0)


def test_names_are_text_whatever_is_in_them(show: Show) -> None:
    """Markup, quotes, direction marks and emoji in every name are shown, and never done."""
    graph = graphs.shop()
    failed = graph.runs[1]
    steps = tuple(
        replace(
            step,
            key=step.key + NASTY,
            error=NASTY if step.error else None,
            models=tuple(replace(model, name=NASTY, message=NASTY) for model in step.models),
        )
        for step in failed.steps
    )
    checks = tuple(replace(check, name=NASTY, message=NASTY) for check in failed.checks)
    nasty = replace(
        failed, job=NASTY, partition=NASTY, launcher=NASTY, url=f"javascript:{NASTY}", steps=steps, checks=checks
    )
    letters = tuple(replace(letter, error=NASTY, asset_key=NASTY, consumer=NASTY) for letter in graph.dead)
    consumers = tuple(
        replace(consumer, name=f"{consumer.name}{NASTY}", last_error=NASTY) for consumer in graph.consumers
    )
    spoiled = replace(graph, runs=(nasty,), dead=letters, consumers=consumers)

    with show(spoiled, "view=runs") as page:
        expect(page.locator(".run-title h2")).to_have_text(NASTY)
        title = page.title()
        links = page.locator("a[href^='javascript']").count()
        images = page.locator("img").count()
        page.get_by_role("tab", name="Deliveries").click()
        expect(page.locator("tr[data-letter]").first).to_contain_text(NASTY)
        images += page.locator("img").count()
        assert page.title() == title

    assert (links, images) == (0, 0)
