from __future__ import annotations

from playwright.sync_api import expect

from tests.page.conftest import Seen, Show
from tests.page.graphs import large, shop


def press(seen: Seen, *keys: str) -> None:
    for key in keys:
        seen.page.keyboard.press(key)


def cursor(seen: Seen) -> str:
    """Return the id of the table that the keyboard stands on, as a screen reader finds it."""
    at = seen.page.locator("#graph-canvas").get_attribute("aria-activedescendant")
    return str(seen.page.locator(f"#{at}").get_attribute("data-table")).removeprefix("duckdb://shop/")


def test_arrows_walk_along_the_edges(show: Show) -> None:
    """Left is upstream, right downstream, up and down are the tables beside; Enter opens, Escape closes."""
    with show(shop(), "#table=duckdb%3A%2F%2Fshop%2Fstaging.orders") as seen:
        press(seen, "Escape")
        expect(seen.panel).to_have_count(0)
        seen.page.locator("#graph-canvas").focus()

        press(seen, "ArrowLeft")
        assert cursor(seen) == "raw.orders"
        press(seen, "ArrowRight", "ArrowRight", "ArrowRight")
        reached = cursor(seen)
        assert reached in {"published/revenue.parquet", "published/customers.parquet"}
        press(seen, "ArrowUp")
        press(seen, "ArrowDown")
        press(seen, "Enter")

        seen.opens(cursor(seen))
        press(seen, "ArrowLeft")
        seen.opens(cursor(seen))
        press(seen, "Escape")
        expect(seen.panel).to_have_count(0)


def test_everything_is_reached_by_keys_alone(show: Show) -> None:
    """Search, columns of a card, a column's path, only what is connected: no mouse is needed."""
    with show(shop()) as seen:
        press(seen, "/")
        seen.page.keyboard.type("revenue total")
        press(seen, "Enter")
        expect(seen.card("marts.revenue").locator(".card-row.is-self")).to_have_count(1)

        press(seen, "Escape")
        expect(seen.card("marts.revenue").locator(".card-row")).to_have_count(0)
        press(seen, "e")
        expect(seen.card("marts.revenue").locator(".card-row")).to_have_count(3)
        press(seen, "n")

        expect(seen.page.locator("article.card")).to_have_count(4)


def test_tab_goes_through_the_page_in_order(show: Show) -> None:
    """Views, search, buttons, filters, tools, then the graph as one stop, then what lies on it; focus is seen."""
    with show(shop(), "#table=duckdb%3A%2F%2Fshop%2Fmarts.revenue") as seen:
        stops = []
        for _ in range(60):
            press(seen, "Tab")
            stop = seen.page.evaluate(
                "() => [document.activeElement.id || document.activeElement.ariaLabel"
                " || document.activeElement.innerText, getComputedStyle(document.activeElement).outlineStyle,"
                " document.activeElement.tagName]"
            )
            if stop.pop() == "BODY":
                break
            stops.append(stop)

        names = [name.split("\n")[0] for name, _ in stops]
        order = ["tab-graph", "Search tables and columns", "Keyboard shortcuts", "graph-canvas", "Close the panel"]
        assert [name for name in names if name in order] == order
        assert {outline for _, outline in stops} <= {"solid", "auto"}


def test_help_lists_the_keys(show: Show) -> None:
    """``?`` opens the list, Escape closes it and leaves what is selected alone."""
    with show(shop(), "#table=duckdb%3A%2F%2Fshop%2Fmarts.revenue") as seen:
        press(seen, "?")
        expect(seen.page.get_by_role("dialog")).to_contain_text("Search tables and columns")

        press(seen, "Escape")

        expect(seen.page.get_by_role("dialog")).to_have_count(0)
        seen.opens("marts.revenue")


def test_views_are_tabs(show: Show) -> None:
    """The arrows go from view to view; each says which it is."""
    with show(shop()) as seen:
        seen.page.get_by_role("tab", name="Graph").focus()
        press(seen, "ArrowRight")

        expect(seen.page.get_by_role("tab", name="Runs")).to_have_attribute("aria-selected", "true")
        expect(seen.page.get_by_role("tabpanel")).to_have_accessible_name("Runs")


def test_keys_find_a_way_in_a_large_graph(show: Show) -> None:
    """What the keyboard stands on comes close enough to read, however far away it is."""
    with show(large(tables=300, edges=600)) as seen:
        press(seen, "/")
        seen.page.keyboard.type("model_299")
        press(seen, "Enter")

        expect(seen.card("marts.model_299")).to_be_in_viewport()
        expect(seen.card("marts.model_299").locator(".card-name")).to_have_text("model_299")
        press(seen, "ArrowLeft")
        seen.opens(cursor(seen))
        expect(seen.card(cursor(seen)).locator(".card-name")).to_be_in_viewport()
