from __future__ import annotations

import io
import json
import webbrowser
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from rich.cells import cell_len
from rich.text import Text

from phlo_hooks.cli.lineage_text import print_graph, print_table
from phlo_hooks.cli.output import Output
from phlo_hooks.lineage import Graph, build_graph
from phlo_hooks.settings import load_settings
from tests.cli.conftest import Shop
from tests.lineage.shop import shop_events
from tests.lineage.story import Story, table

Invoke = Callable[..., Result]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def made(shop: Shop) -> Shop:
    with shop.outbox() as outbox:
        outbox.append(shop_events())
    return shop


def test_everything_is_listed_by_stage(made: Shop, invoke: Invoke) -> None:
    """From source to published, with status, rows, checks and what each table is made from."""
    result = invoke("lineage")

    lines = result.stdout.splitlines()
    headings = [line.partition(":")[0] for before, line in zip(["", *lines], lines, strict=False) if not before]
    assert headings[:4] == ["sources", "ingestion", "transform", "publish"]
    revenue = next(line for line in lines if line.startswith("marts.revenue"))
    assert "failure" in revenue
    assert "1 fail, 1 warn" in revenue
    assert lines[-1] == "9 tables, 8 edges between them, 11 edges between columns"


def test_a_table_is_shown_with_what_is_around_it(made: Shop, invoke: Invoke) -> None:
    """Upstream and downstream as trees, and its columns."""
    result = invoke("lineage", "revenue", "--columns")

    text = result.stdout
    assert text.startswith("marts.revenue  failure  fail: not_null_total  warn: fresh\n")
    assert "made from\n  raw.customers  lost\n    api.shop.io/c  source\n  staging.stg_orders  started\n" in text
    assert "  exports/revenue.parquet  skipped\n" in text
    assert "total     BIGINT  staging.stg_orders.amount (aggregation)\n" in text
    assert "which rows there are: raw.customers.id (join), staging.stg_orders.sku (group by)" in text


def test_a_tree_is_cut_where_it_is_asked_to(made: Shop, invoke: Invoke) -> None:
    """Steps are counted from the table; 0 leaves the direction out."""
    result = invoke("lineage", "marts.revenue", "--upstream", "1", "--downstream", "0")

    assert "raw.orders" not in result.stdout
    assert "used by" not in result.stdout


def test_a_column_s_path_says_how_it_changes(made: Shop, invoke: Invoke) -> None:
    """Back to its sources, on to its uses, as text and as JSON."""
    text = invoke("lineage", "revenue", "--column", "TOTAL").stdout
    (path,) = json.loads(invoke("lineage", "revenue", "--column", "total", "--json").stdout)

    assert "  staging.stg_orders.amount  aggregation\n    raw.orders.cents  transformation\n" in text
    assert [(hop["column"], hop["depth"], hop["kind"]) for hop in path["sources"]] == [
        ("amount", 1, "direct"),
        ("cents", 2, "direct"),
    ]


def test_a_column_that_is_none_is_told_with_those_there_are(made: Shop, invoke: Invoke) -> None:
    """One line, and the code for not found."""
    result = invoke("lineage", "revenue", "--column", "totl")

    assert result.exit_code == 3
    assert result.stderr == "phlo-hooks: marts.revenue has no column 'totl'; it has customer, total\n"


def test_an_unknown_table_is_told_with_the_nearest(made: Shop, invoke: Invoke) -> None:
    """A typing error costs one look."""
    result = invoke("lineage", "marts.revenu")

    assert result.exit_code == 3
    assert "did you mean marts.revenue" in result.stderr


def test_json_is_the_graph_that_the_page_shows(made: Shop, invoke: Invoke) -> None:
    """The whole of it, or the part around a table."""
    whole = json.loads(invoke("lineage", "--json").stdout)
    part = json.loads(invoke("lineage", "exports/revenue.parquet", "--upstream", "1", "--json").stdout)

    assert set(whole) == set(Graph.__dataclass_fields__)
    assert len(whole["tables"]) == 9
    assert [table["name"] for table in part["tables"]] == ["marts.revenue", "exports/revenue.parquet"]
    assert [(edge["source"], edge["target"]) for edge in part["edges"]] == [(0, 1)]


def test_names_cannot_reach_the_terminal_raw(made: Shop, invoke: Invoke) -> None:
    """Mermaid has them as entities, text without control characters."""
    mermaid = invoke("lineage", "--mermaid").stdout

    assert mermaid.startswith("flowchart LR\n")
    assert "<script>" not in mermaid


def test_the_page_is_written_whole(made: Shop, invoke: Invoke) -> None:
    """A file in place of the former one, with its size told; nothing is left beside it."""
    page = made.folder / "out" / "lineage.html"
    page.parent.mkdir()
    page.write_text("before")

    result = invoke("lineage", "--html", str(page))

    assert result.exit_code == 0
    assert result.stdout.startswith(f"wrote {page} (")
    assert "marts.revenue" in page.read_text(encoding="utf-8")
    assert [file.name for file in page.parent.iterdir()] == ["lineage.html"]


def test_a_page_that_cannot_be_written_leaves_the_former_one(
    made: Shop, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a page is worse than an old one."""
    page = made.folder / "lineage.html"
    page.write_text("before")

    def full(*_given: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    result = invoke("lineage", "--html", str(page))

    assert result.exit_code == 4
    assert "No space left" in result.stderr
    assert page.read_text() == "before"
    assert not list(made.folder.glob(".lineage.html*"))


def test_open_needs_no_browser(made: Shop, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is printed, and a browser that is not there is no failure."""
    asked: list[str] = []

    def none_here(url: str) -> bool:
        asked.append(url)
        return False

    monkeypatch.setattr(webbrowser, "open", none_here)

    result = invoke("lineage", "--open")

    path = Path(result.stdout.removeprefix("wrote ").rpartition(" (")[0])
    assert result.exit_code == 0
    assert asked == [path.as_uri()]
    assert "no browser could be started" in result.stderr
    assert path.stat().st_size > 1000


def test_an_empty_database_says_what_to_do(shop: Shop, invoke: Invoke) -> None:
    """Nothing is no error; the first steps are named."""
    result = invoke("lineage")

    assert result.exit_code == 0
    assert "phlo-hooks drain -m" in result.stdout


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["--json", "--mermaid"], "choose one of --json, --mermaid"),
        (["--column", "x"], "--column needs the name of a table"),
        (["--upstream", "0"], "--upstream needs the name of a table"),
        (["--sql", "select 1"], "--sql needs --dialect"),
        (["--dialect", "duckdb"], "go with --sql"),
        (["orders", "--sql", "-", "--dialect", "duckdb"], "goes with --dialect, --schema and --json only"),
        (["orders", "--column", "x", "--mermaid"], "--column is shown as text or with --json"),
    ],
)
def test_options_that_do_not_go_together_are_refused(shop: Shop, invoke: Invoke, args: list[str], word: str) -> None:
    """Before anything is read."""
    result = invoke("lineage", *args)

    assert result.exit_code == 2
    assert word in result.stderr


def test_one_statement_is_analysed(shop: Shop, invoke: Invoke) -> None:
    """Given itself, as a file or on standard input; with schemas a star is resolved."""
    sql = "select o.*, c.name as customer from raw.orders o join raw.customers c on o.customer = c.id"
    (shop.folder / "q.sql").write_text(sql)
    (shop.folder / "schema.json").write_text('{"raw.orders": {"id": "BIGINT", "customer": "BIGINT"}}')
    common = ("--dialect", "duckdb", "--schema", "schema.json", "--json")

    found = [
        json.loads(invoke("lineage", "--sql", "q.sql", *common).stdout),
        json.loads(invoke("lineage", "--sql", "-", *common, input=sql).stdout),
        json.loads(invoke("lineage", "--sql", sql, *common).stdout),
    ]

    assert found[0] == found[1] == found[2]
    assert [column["name"] for column in found[0]["columns"]] == ["id", "customer", "customer_1"] or [
        column["name"] for column in found[0]["columns"]
    ] == ["id", "customer", "customer"]
    assert {(each["column"], each["transformation"]) for each in found[0]["rows"]} == {
        ("customer", "join"),
        ("id", "join"),
    }
    assert found[0]["tables"] == ["raw.customers", "raw.orders"]


def test_a_statement_is_shown_for_people(shop: Shop, invoke: Invoke) -> None:
    """One line for each column and source, then what decides the rows."""
    result = invoke(
        "lineage", "--sql", "select sum(cents) as c, 1 as one from t where state = 'x'", "--dialect", "postgres"
    )

    assert result.stdout.splitlines() == [
        "COLUMN  FROM     HOW",
        "c       t.cents  aggregation",
        "one     -        no column",
        "",
        "which rows there are: t.state (filter)",
        "",
        "reads: t",
    ]


def test_a_statement_that_cannot_be_read_says_so(shop: Shop, invoke: Invoke) -> None:
    """A warning and a code; no guess."""
    result = invoke("lineage", "--sql", "selec a frm t wher", "--dialect", "duckdb")

    assert result.exit_code == 1
    assert "warning: " in result.stderr


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["--sql", "nofile.sql", "--dialect", "duckdb"], "no file 'nofile.sql'"),
        (["--sql", "select 1", "--dialect", "cobol"], "cobol"),
        (["--sql", "select 1", "--dialect", "duckdb", "--schema", "bad.json"], 'write {"raw.orders"'),
    ],
)
def test_a_wrong_statement_or_schema_is_a_wrong_argument(
    shop: Shop, invoke: Invoke, args: list[str], word: str
) -> None:
    """What is wrong, and what to write."""
    (shop.folder / "bad.json").write_text('{"raw.orders": 5}')

    result = invoke("lineage", *args)

    assert result.exit_code == 2
    assert word in result.stderr


def test_a_dbt_project_needs_nothing_but_its_target_folder(shop: Shop, invoke: Invoke) -> None:
    """No Dagster and no state database; columns come from the compiled SQL."""
    target = shop.folder / "target"
    target.mkdir()
    (target / "manifest.json").write_text(json.dumps(manifest()))

    result = invoke("lineage", "revenue", "--columns", "--dbt", str(target))

    assert result.exit_code == 0, result.stderr
    assert "made from\n  main.orders" in result.stdout
    assert [line.split() for line in result.stdout.splitlines() if line.startswith("total")] == [
        ["total", "-", "main.orders.cents", "(aggregation)"]
    ]
    assert not (shop.folder / "state.db").exists()


def test_a_folder_without_a_manifest_is_told(shop: Shop, invoke: Invoke) -> None:
    """With the file that is missing, and the command that makes it."""
    result = invoke("lineage", "--dbt", str(shop.folder))

    assert result.exit_code == 2
    assert "there is no manifest.json in it" in result.stderr


def manifest() -> dict[str, object]:
    """Return what dbt would write of two models."""
    schema = "https://schemas.getdbt.com/dbt/manifest/v12.json"
    return {
        "metadata": {"dbt_schema_version": schema, "adapter_type": "duckdb", "project_name": "shop"},
        "nodes": {
            f"model.shop.{name}": {
                "unique_id": f"model.shop.{name}",
                "name": name,
                "alias": name,
                "resource_type": "model",
                "package_name": "shop",
                "database": "shop",
                "schema": "main",
                "relation_name": f'"shop"."main"."{name}"',
                "config": {"materialized": "table"},
                "compiled": True,
                "compiled_code": sql,
                "depends_on": {"nodes": upstream},
            }
            for name, sql, upstream in (
                ("orders", "select 1 as id, 100 as cents", []),
                ("revenue", 'select sum(cents) as total from "shop"."main"."orders"', ["model.shop.orders"]),
            )
        },
    }


def test_a_terminal_gets_the_same_tree(made: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """In colours, each line as wide as the terminal at most, and nothing of a name that a terminal would obey."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    evil = Story(run_id="evil", begin=900).start().loaded("raw/evil", table("shop.raw.a\x1b]0;owned\x07b" + "x" * 60))
    with made.outbox() as outbox:
        outbox.append(evil.events)
        graph = build_graph(outbox, load_settings({}, root=made.folder), catalogs=[])

    print_graph(Output(screen), graph)
    for place in range(len(graph.tables)):
        print_table(Output(screen), graph, place)

    text = screen.getvalue()
    assert "\x1b]0;" not in text
    assert "\x07" not in text
    assert all(cell_len(Text.from_ansi(line).plain) <= 60 for line in text.splitlines())
