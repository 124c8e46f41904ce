from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from phlo_hooks.lineage import Graph
from phlo_hooks.lineage.columns import ColumnPaths
from phlo_hooks.lineage.mermaid import escaped, to_mermaid
from phlo_hooks.lineage.select import find_tables, nearest_names, select
from phlo_hooks.outbox.store import Outbox
from tests.lineage.conftest import Build, pairs
from tests.lineage.shop import shop_events
from tests.lineage.story import Story, flow, table

ENTITY = {"&": "#38;", "<": "#60;", ">": "#62;", '"': "#34;", "#": "#35;", ";": "#59;", "`": "#96;", "\n": "#10;"}


@pytest.fixture
def shop(outbox: Outbox, build: Build) -> Graph:
    outbox.append(shop_events())
    return build()


@pytest.mark.parametrize(
    "name",
    [
        "marts.revenue",
        "MARTS.Revenue",
        "shop.marts.revenue",
        "duckdb://shop/shop.marts.revenue",
        "marts/revenue",
        "revenue",
        "marts.rev*",
    ],
)
def test_a_table_answers_to_each_of_its_names(shop: Graph, name: str) -> None:
    """Id, full and short name, asset key, last part, glob; in any case."""
    assert [shop.tables[place].name for place in find_tables(shop, name)] == ["marts.revenue"]


def test_a_name_that_is_none_is_near_to_some(shop: Graph) -> None:
    """So that a typing error is told with what was meant."""
    assert find_tables(shop, "marts.revenu") == ()
    assert nearest_names(shop, "marts.revenu")[0] == "marts.revenue"
    assert nearest_names(shop, "ustomer")[0] == "raw.customers"


def test_a_selection_has_what_is_around_it(shop: Graph) -> None:
    """So many steps back, so many on; edges, columns and runs still fit."""
    part = select(shop, "marts.revenue", upstream=1, downstream=0)

    assert pairs(part) == {("raw.customers", "marts.revenue"), ("staging.stg_orders", "marts.revenue")}
    assert {table.name for table in part.tables} == {"raw.customers", "staging.stg_orders", "marts.revenue"}
    names = {part.tables[place].name for run in part.runs for step in run.steps for place in step.tables}
    assert names == {"raw.customers", "staging.stg_orders", "marts.revenue"}


def test_a_selection_without_limits_has_all_of_it(shop: Graph) -> None:
    """Upstream of upstream, downstream of downstream; nothing beside."""
    part = select(shop, "raw.customers")

    assert {table.role for table in part.tables} == {"source", "table", "published"}
    assert "raw.orders" not in {table.name for table in part.tables}


def test_a_column_is_followed_both_ways(shop: Graph) -> None:
    """What flows is followed to its end; what only decides is named."""
    paths = ColumnPaths(graph=shop)
    ((place, column),) = paths.find_columns(find_tables(shop, "stg_orders"), "AMOUNT")

    back = [(shop.tables[hop.table].name, hop.transformation, hop.depth) for hop in paths.sources(place, column)]
    on = [(shop.tables[hop.table].name, hop.depth) for hop in paths.uses(place, column)]

    assert back == [("raw.orders", "transformation", 1)]
    assert [depth for _, depth in on] == [1, 2]
    assert on[0] == ("marts.revenue", 1)


def test_columns_in_a_circle_are_walked_once(build: Build) -> None:
    """An asset may read what it made yesterday."""
    one, other = table("shop.a.one"), table("shop.a.other")
    story = Story(run_id="r1").start()
    story.built("one", one, flow(other, one, "x>x")).built("other", other, flow(one, other, "x>x"))
    graph = build(story)

    hops = ColumnPaths(graph=graph).sources(0, 0)

    assert [(hop.table, hop.depth, hop.repeated) for hop in hops] == [(1, 1, False), (0, 2, True)]


@pytest.mark.parametrize(("char", "entity"), ENTITY.items())
def test_what_mermaid_acts_on_is_an_entity(char: str, entity: str) -> None:
    """A label is text, whatever a table is called."""
    assert escaped(f"a{char}b") == f"a{entity}b"


def test_mermaid_names_nodes_by_number(shop: Graph) -> None:
    """Only labels hold names; one line for each node and each edge."""
    lines = to_mermaid(shop).splitlines()

    assert lines[0] == "flowchart LR"
    assert sum("-->" in line for line in lines) == len(shop.edges)
    assert not any("<" in line or "🦆" in line for line in lines)


@pytest.mark.long
def test_mermaid_itself_reads_it(shop: Graph, tmp_path: Path) -> None:
    """The parser of the real thing, from npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    subprocess.run([npm, "install", "--silent", "mermaid@11", "jsdom@26"], cwd=tmp_path, check=True, timeout=240)
    (tmp_path / "graph.mmd").write_text(to_mermaid(shop), encoding="utf-8")
    (tmp_path / "parse.mjs").write_text(
        "import { JSDOM } from 'jsdom';\n"
        "import fs from 'node:fs';\n"
        "const dom = new JSDOM('');\n"
        "globalThis.window = dom.window; globalThis.document = dom.window.document;\n"
        "const mermaid = (await import('mermaid')).default;\n"
        "const text = fs.readFileSync('graph.mmd', 'utf8');\n"
        "await mermaid.parse(text);\n"
        "const found = await mermaid.mermaidAPI.getDiagramFromText(text);\n"
        "const nodes = [...found.db.getVertices().values()].map(each => each.text);\n"
        "console.log(JSON.stringify({ nodes, edges: found.db.getEdges().length }));\n"
    )
    done = subprocess.run(
        ["node", "parse.mjs"], cwd=tmp_path, check=True, timeout=60, capture_output=True, encoding="utf-8"
    )

    read = json.loads(done.stdout)
    names = [re.sub(r"ﬂ°°(\d+)¶ß", lambda found: chr(int(found[1])), node) for node in read["nodes"]]
    assert [name.rstrip(" !✗") for name in names] == [each.name for each in shop.tables]
    assert read["edges"] == len(shop.edges)
