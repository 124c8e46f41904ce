from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from phlo_hooks.lineage.graph import Graph
from tests.page.conftest import Seen, Show
from tests.page.graphs import shop

AXE = Path(__file__).parents[2] / "page" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


def background(seen: Seen) -> str:
    return str(seen.page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_follows_the_system_and_can_be_switched(show: Show, scheme: str) -> None:
    """The page begins light or dark as the system is; a button switches it."""
    with show(shop(), color_scheme=scheme) as seen:
        first = background(seen)
        seen.page.get_by_role("button", name=re.compile("Use (light|dark) colours")).click()

        assert (first == "rgb(13, 18, 24)") == (scheme == "dark")
        assert background(seen) != first


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(show: Show, scheme: str) -> None:
    """The checker axe finds nothing to complain of: roles, names, contrast; with a table open and without."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run npm ci in page/")
    graph = shop()
    with show(graph, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce") as seen:
        seen.page.add_script_tag(path=AXE)
        closed = seen.page.evaluate("rules => axe.run(document, rules)", RULES)
        seen.card("marts.revenue").click()
        seen.opens("marts.revenue")
        # What is not lit steps back on purpose, like a control that is disabled.
        seen.page.add_style_tag(content=".card.is-off, .card-row.is-off { visibility: hidden }")
        opened = seen.page.evaluate("rules => axe.run(document, rules)", RULES)

    assert [(each["id"], node["html"]) for each in closed["violations"] for node in each["nodes"]] == []
    assert [(each["id"], node["html"]) for each in opened["violations"] for node in each["nodes"]] == []


def test_colours_tell_how_the_last_run_ended(show: Show) -> None:
    """A table's colour is its last run's status; ``c`` takes the stage instead; without any run there is only that."""
    never = replace(shop(), tables=tuple(replace(table, status="") for table in shop().tables))

    with show(shop()) as seen:
        assert seen.edge_colour("marts.revenue") != seen.edge_colour("marts.customers")
        assert seen.edge_colour("raw.customers") == seen.edge_colour("marts.customers")
        seen.page.keyboard.press("c")
        expect(seen.page.get_by_role("button", name="Stage colours")).to_have_attribute("aria-pressed", "true")
        assert seen.edge_colour("marts.revenue") == seen.edge_colour("marts.customers")
        assert seen.edge_colour("raw.customers") != seen.edge_colour("marts.customers")

    with show(never) as seen:
        assert seen.edge_colour("raw.customers") != seen.edge_colour("marts.customers")
        expect(seen.page.get_by_role("button", name="Stage colours")).to_have_count(0)


def test_narrow_window(show: Show) -> None:
    """On a narrow window the panel lies below the graph, covers nothing of it, and nothing stands beyond the edge."""
    with show(shop(), viewport={"width": 420, "height": 800}) as seen:
        seen.card("marts.revenue").click()
        seen.opens("marts.revenue")

        assert seen.page.evaluate("document.documentElement.scrollWidth") == 420
        # The card comes out from where the panel was: a click that hits another element is tried again.
        seen.card("marts.revenue").click(trial=True)


def test_no_motion_for_those_who_want_none(show: Show) -> None:
    """With reduced motion nothing moves on its way: the graph is there at once."""
    with show(shop(), reduced_motion="reduce") as seen:
        zoom = "document.querySelector('.react-flow__viewport').style.transform"
        seen.page.get_by_role("button", name="Zoom In").click()
        seen.page.keyboard.press("f")
        first = seen.page.evaluate(f"new Promise(done => requestAnimationFrame(() => done({zoom})))")
        seen.page.wait_for_timeout(300)

        assert seen.page.evaluate(zoom) == first


def test_format_that_the_page_does_not_know(show: Show) -> None:
    """A page with data of another format says so, instead of showing half of it."""
    graph = Graph(title="", made_at=shop().made_at, format=99)

    with (
        pytest.raises(AssertionError, match="format 99, and this page reads"),
        show(graph, first="#page:has-text('This page cannot be shown')"),
    ):
        pass
