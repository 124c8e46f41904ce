from __future__ import annotations

import pytest
from playwright.sync_api import expect

from phlo_hooks.lineage.graph import Graph
from tests.page.conftest import Show
from tests.page.graphs import NOW, shop, table


def test_click_shows_the_table_and_lights_its_path(show: Show) -> None:
    """Upstream and downstream light up in their own way, all else steps back, and the panel tells about the table."""
    with show(shop()) as seen:
        seen.card("marts.revenue").click()

        seen.opens("marts.revenue")
        assert seen.names("is-up") == {"staging.orders", "raw.orders"}
        assert seen.names("is-down") == {"published/revenue.parquet"}
        assert {"marts.prices", "alone"} <= seen.names("is-off")
        expect(seen.page.locator(".lines-lit path.is-up")).to_have_count(1)
        expect(seen.panel.locator(".column-name")).to_have_text(["country", "total", "orders"])


def test_panel_tells_what_is_known(show: Show) -> None:
    """Description, owners, tags, checks with what failed, runs with their error, SQL, and a link to Dagster."""
    with show(shop(), "#table=duckdb%3A%2F%2Fshop%2Fmarts.revenue") as seen:
        seen.panel.get_by_text("SQL").click()

        for text in ("What came in.", "team:finance", "tier: 1", "7 rows failed", "Binder Error: no", "sum(amount)"):
            expect(seen.panel.get_by_text(text).last).to_be_visible()
        link = seen.panel.get_by_role("link", name="Open in Dagster")
        expect(link).to_have_attribute("href", "https://dagster.example/assets/marts/revenue")
        expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_column_lights_its_way_through_the_graph(show: Show) -> None:
    """A column of an open card: its path shows in closed cards too; what only decides rows is left out until asked."""
    with show(shop()) as seen:
        seen.page.get_by_role("button", name="Columns of marts.revenue").click()
        assert seen.columns("marts.revenue") == ["country", "total", "orders"]

        seen.card("marts.revenue").get_by_role("button", name="total").click()

        expect(seen.card("raw.orders").locator(".card-row")).to_have_count(1)
        assert seen.columns("marts.revenue", "is-self") == ["total"]
        assert seen.columns("staging.orders", "is-up") == ["amount"]
        assert seen.columns("raw.orders", "is-up") == ["amount"]
        expect(seen.page.locator(".lines-lit path.is-indirect")).to_have_count(0)


def test_indirect_edges_show_when_asked(show: Show) -> None:
    """What filters, joins, groups or orders is followed too, as dashed lines."""
    with show(shop(), "#table=duckdb%3A%2F%2Fshop%2Fmarts.revenue&column=total") as seen:
        expect(seen.card("staging.orders").locator(".card-row")).to_have_count(1)

        seen.page.keyboard.press("i")

        expect(seen.card("staging.orders").locator(".card-row.is-up")).to_have_count(2)
        assert seen.columns("staging.orders", "is-up") == ["amount", "country"]
        expect(seen.page.locator(".lines-lit path.is-up.is-indirect")).to_have_count(1)
        expect(seen.panel.locator(".sources .is-indirect")).to_have_text("staging.orders.countryindirect: filter")


def test_every_column_follows_from_what_decides_rows(show: Show) -> None:
    """Downstream of a filter's column lies every column of the table that it filters."""
    with show(shop(), "#table=duckdb%3A%2F%2Fshop%2Fstaging.orders&column=country") as seen:
        expect(seen.card("marts.revenue").locator(".card-row.is-down")).to_have_count(1)

        seen.page.get_by_role("button", name="Indirect").click()

        expect(seen.card("marts.revenue").locator(".card-row.is-down")).to_have_count(3)


def test_line_opens_what_flows_along_it(show: Show) -> None:
    """A click on a line, or on the edge in a table's panel: the columns that flow, what decides rows, and the SQL."""
    with show(shop()) as seen:
        source, target = seen.card("staging.orders").bounding_box(), seen.card("marts.revenue").bounding_box()
        assert source is not None
        assert target is not None
        middle = (source["y"] + target["y"] + source["height"]) / 2
        seen.page.mouse.click((source["x"] + source["width"] + target["x"]) / 2, middle)

        expect(seen.panel.get_by_role("heading", level=2)).to_have_text("staging.orders → marts.revenue")
        flows = seen.panel.locator(".flows li")
        expect(flows).to_have_text(["country→countryidentity", "amount→totalaggregation", "country→every columnfilter"])
        assert seen.names("is-up") == {"staging.orders"}
        assert seen.names("is-down") == {"marts.revenue"}

        flows.nth(1).get_by_role("button", name="total").click()
        seen.opens("marts.revenue")
        seen.panel.get_by_text("Upstream").click()
        seen.panel.get_by_role("button", name="2 column edges").click()
        expect(flows).to_have_count(3)
        seen.page.keyboard.press("Escape")
        seen.opens("marts.revenue")


def test_open_card_stays_where_it_is(show: Show) -> None:
    """Others make room; the card that was opened does not jump away from the mouse, and no card covers another."""
    with show(shop()) as seen:
        before = seen.card("staging.orders").bounding_box()
        seen.page.get_by_role("button", name="Columns of staging.orders").click()
        expect(seen.card("staging.orders").locator(".card-row")).to_have_count(4)

        after = seen.card("staging.orders").bounding_box()

        assert before is not None
        assert after is not None
        assert (round(after["x"]), round(after["y"])) == (round(before["x"]), round(before["y"]))
        boxes = seen.page.locator("article.card").evaluate_all(
            "all => all.map(each => each.getBoundingClientRect()).map(box => [box.x, box.y, box.right, box.bottom])"
        )
        assert not any(a < b and cover(a, b) for a in boxes for b in boxes)


def cover(a: list[float], b: list[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def test_linked_columns_only(show: Show) -> None:
    """In open cards, columns without an edge can be left out."""
    with show(shop()) as seen:
        seen.page.get_by_role("button", name="Linked columns").click()
        seen.page.get_by_role("button", name="Columns of marts.revenue").click()

        expect(seen.card("marts.revenue").locator(".card-row")).to_have_count(2)
        assert seen.columns("marts.revenue") == ["country", "total"]


def test_filters_hide_and_keep_what_is_connected(show: Show) -> None:
    """A chip leaves only what fits; tables that were connected through hidden ones stay so, and counts follow."""
    with show(shop()) as seen:
        seen.page.get_by_role("button", name="ingestion").click()
        seen.page.get_by_role("button", name="publish").click()

        expect(seen.page.locator("article.card")).to_have_count(5)
        expect(seen.page.locator(".lines .is-through")).to_have_count(1)
        expect(seen.page.get_by_text("5 of 12 tables")).to_be_visible()

        seen.page.get_by_role("button", name="Clear").click()
        seen.page.get_by_role("button", name="checks failed").click()

        expect(seen.page.locator("article.card")).to_have_count(1)
        expect(seen.card("marts.revenue")).to_be_visible()


def test_groups_are_a_filter(show: Show) -> None:
    """Groups stand in a list that opens."""
    with show(shop()) as seen:
        seen.page.get_by_role("button", name="group").click()
        seen.page.get_by_role("checkbox", name="staging").check()

        expect(seen.page.locator("article.card")).to_have_count(3)


def test_selection_and_filters_give_way_to_each_other(show: Show) -> None:
    """A filter that hides what is selected drops the selection; a search for what is hidden drops the filter."""
    with show(shop()) as seen:
        seen.card("alone").click()
        seen.page.get_by_role("button", name="ingestion").click()
        expect(seen.panel).to_have_count(0)

        seen.page.keyboard.press("/")
        seen.page.keyboard.type("prices")
        seen.page.keyboard.press("Enter")

        seen.opens("marts.prices")
        expect(seen.card("marts.prices")).to_be_visible()


def test_only_what_is_connected(show: Show) -> None:
    """With ``n`` the rest is put away, and comes back the same way."""
    with show(shop()) as seen:
        seen.card("marts.prices").click()
        seen.page.keyboard.press("n")
        expect(seen.page.locator("article.card")).to_have_count(3)

        seen.page.keyboard.press("n")

        expect(seen.page.locator("article.card")).to_have_count(12)


@pytest.mark.parametrize(("typed", "found", "columns"), [("revenue", "marts.revenue", 0), ("price", "raw.products", 1)])
def test_search_goes_there(show: Show, typed: str, found: str, columns: int) -> None:
    """Tables come before columns, the shortest first; Enter opens what is chosen, and a column lights up."""
    graph = shop() if typed == "revenue" else without(shop(), "marts.prices")
    with show(graph) as seen:
        seen.page.keyboard.press("/")
        seen.page.keyboard.type(typed)
        expect(seen.page.get_by_role("option").first).to_contain_text(typed)

        seen.page.keyboard.press("Enter")

        seen.opens(found)
        expect(seen.card(found).locator(".card-row.is-self")).to_have_count(columns)


def without(graph: Graph, name: str) -> Graph:
    kept = [at for at, table in enumerate(graph.tables) if table.name != name]
    return Graph(title=graph.title, made_at=NOW, tables=tuple(graph.tables[at] for at in kept))


def test_address_leads_back(show: Show) -> None:
    """What is selected stands in the address; a table that is gone is no error."""
    with show(shop()) as seen:
        seen.card("marts.revenue").click()
        seen.opens("marts.revenue")
        address = seen.page.url.partition("#")[2]

    with show(shop(), f"#{address}") as seen:
        seen.opens("marts.revenue")

    with show(shop(), "#table=gone&column=gone&view=gone") as seen:
        expect(seen.page.locator("article.card")).to_have_count(12)
        expect(seen.panel).to_have_count(0)


def test_look_elsewhere_leaves_the_graph_as_it_was(show: Show) -> None:
    """Who comes back from another view finds the graph zoomed and moved as before."""
    where = "document.querySelector('.react-flow__viewport').style.transform"
    with show(shop(), reduced_motion="reduce") as seen:
        first = seen.page.evaluate(where)
        seen.page.keyboard.press("+")
        seen.page.wait_for_function(f"first => {where} !== first", arg=first)
        seen.page.wait_for_timeout(300)  # the zoom's own animation
        zoomed = seen.page.evaluate(where)

        seen.page.get_by_role("tab", name="Runs").click()
        seen.page.get_by_role("tab", name="Graph").click()
        expect(seen.card("marts.revenue")).to_be_visible()

        assert seen.page.evaluate(where) == zoomed


def test_panel_of_a_wide_table_is_short(show: Show) -> None:
    """Of very many columns the first are listed, so that checks and SQL are near; then all, the selected in view."""
    wide = table("wide", *(f"column_{n}" for n in range(400)))
    with show(Graph(title="", made_at=NOW, tables=(wide,)), "#table=duckdb%3A%2F%2Fshop%2Fwide") as seen:
        expect(seen.panel.locator(".column-name")).to_have_count(60)

        seen.panel.get_by_role("button", name="340 more columns").click()

        expect(seen.panel.locator(".column-name")).to_have_count(400)
        seen.page.keyboard.press("/")
        seen.page.keyboard.type("column_350")
        seen.page.keyboard.press("Enter")
        expect(seen.panel.locator(".columns .is-selected")).to_be_in_viewport()


def test_graph_without_tables_says_so(show: Show) -> None:
    """An empty page says what to do."""
    with show(Graph(title="", made_at=NOW), first=".empty") as seen:
        expect(seen.page.get_by_text("There is no table yet")).to_be_visible()
