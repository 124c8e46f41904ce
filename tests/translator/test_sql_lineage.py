"""Columns from the SQL that made a model: dbt's own folder, the manifest, or what was recorded; never a guess."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from dagster import TableColumnLineage, TableColumnLineageMetadataValue
from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks.codec import encode_event
from phlo_hooks.datasets import ColumnEdge, DatasetRef
from phlo_hooks.events import HookEvent
from phlo_hooks.sql_lineage.cache import MemoryLineageCache
from phlo_hooks_dagster.compiled import manifest_digest
from phlo_hooks_dagster.snapshot import AssetSnapshot, DbtProjectSnapshot, Relation
from phlo_hooks_dagster.statements import Statements
from phlo_hooks_dagster.translator import DbtTargetFolders, RunTranslator, TranslationRules
from phlo_hooks_dagster.translator.statement import SQL_LIMIT
from tests.translator.reading import of, one
from tests.translator.recording import Recording, load
from tests.translator.test_dlt_and_dbt import unpacked
from tests.translator.test_laws import law

LINES = DatasetRef(namespace="duckdb://wh", name="wh.shop_raw.orders__lines")
STAGED = DatasetRef(namespace="duckdb://wh", name="wh.main.stg_orders")
COUNTRIES = DatasetRef(namespace="duckdb://wh", name="wh.main.countries")
CACHE = MemoryLineageCache()


@dataclass
class Memory:
    """What earlier translations left behind, as data."""

    tables: dict[str, Sequence[str]] = field(default_factory=dict)
    events: dict[str, HookEvent] = field(default_factory=dict)

    def columns(self, dataset: DatasetRef) -> Sequence[str] | None:
        return self.tables.get(str(dataset))

    def event(self, event_id: str) -> HookEvent | None:
        return self.events.get(event_id)


def reading(
    run: Recording, artifacts: DbtTargetFolders | None, memory: Memory | None = None, state: bytes = b""
) -> RunTranslator:
    """Return a translator that reads SQL."""
    reader = Statements().reader(CACHE, ())
    return RunTranslator(
        run.facts, run.snapshot, TranslationRules(), state=state, artifacts=artifacts, reader=reader, recorded=memory
    )


def told(run: Recording, artifacts: DbtTargetFolders | None, memory: Memory | None = None) -> list[HookEvent]:
    """Return everything the run gives."""
    reader = reading(run, artifacts, memory)
    return [event for record in run.records for event in reader.feed(record)] + reader.finish()


def without(name: str, run: Recording) -> Recording:
    """Return the run as it is logged by a project that does not ask for this metadata."""
    records = []
    for record in run.records:
        event = record.event_log_entry.dagster_event
        data: Any = event.event_specific_data if event is not None else None
        materialization = getattr(data, "materialization", None)
        if event is not None and materialization is not None:
            kept = {key: value for key, value in materialization.metadata.items() if key != name}
            changed = data._replace(materialization=materialization._replace(metadata=kept))
            entry = record.event_log_entry._replace(dagster_event=event._replace(event_specific_data=changed))
            records.append(replace_record(record, entry))
        else:
            records.append(record)
    return replace(run, records=tuple(records))


def replace_record(record: Any, entry: Any) -> Any:
    """Return the record with another entry."""
    return type(record)(storage_id=record.storage_id, event_log_entry=entry)


def bare(run: Recording) -> Recording:
    """Return the run of a project that asks for no column metadata at all."""
    return without("dagster/column_lineage", without("dagster/column_schema", run))


def rewritten(run: Recording, model: str, sql: str) -> Recording:
    """Return the run with another compiled SQL of one model."""
    names = [name for name in run.files if name.endswith(f"/{model}.sql") and "/compiled/" in name]
    return replace(run, files={**run.files, **dict.fromkeys(names, sql)})


def direct(events: Sequence[HookEvent], asset: str) -> dict[str, set[tuple[str, str | None]]]:
    """Return the direct column edges of an asset by upstream table."""
    return {
        edge.upstream.name: {
            (each.upstream_column, each.downstream_column) for each in edge.columns if each.kind == "direct"
        }
        for edge in one(events, "lineage.edges", asset_key=asset).edges
    }


def test_columns_flow_through_ephemeral_models(tmp_path: Path) -> None:
    """The statement sees through the ephemeral model, where dagster-dbt's metadata sees nothing."""
    run = load("dbt")

    before = direct(told(run, None), "by_customer")
    after = one(told(run, unpacked(run, tmp_path)), "lineage.edges", asset_key="by_customer")

    assert before["wh.main.stg_orders"] == set()
    assert direct([after], "by_customer") == {
        "wh.main.countries": {("country", "country")},
        "wh.main.stg_orders": {("customer", "customer"), ("amount", "total")},
        "wh.shop_raw.orders__lines": set(),
    }
    assert (after.columns_from, after.dialect, after.warning) == ("sql", "duckdb", None)
    assert "sum(i.amount)" in after.sql


def test_what_only_decides_about_rows_is_indirect(tmp_path: Path) -> None:
    """Joins and groups touch every column, and are told apart from values."""
    run = load("dbt")

    edges = one(told(run, unpacked(run, tmp_path)), "lineage.edges", asset_key="by_customer").edges

    (countries,) = [edge for edge in edges if edge.upstream == COUNTRIES]
    assert set(countries.columns) == {
        ColumnEdge(upstream_column="country", downstream_column="country", transformation="identity"),
        ColumnEdge(upstream_column="country", downstream_column=None, kind="indirect", transformation="group_by"),
        ColumnEdge(upstream_column="customer", downstream_column=None, kind="indirect", transformation="join"),
    }


def test_sql_alone_is_enough(tmp_path: Path) -> None:
    """A project that asks for no metadata has the same direct edges: columns follow from statement to statement."""
    run = load("dbt")

    with_metadata = told(run, unpacked(run, tmp_path))
    without_any = told(bare(run), unpacked(run, tmp_path))

    for asset in ("stg_orders", "by_customer"):
        assert direct(without_any, asset) == direct(with_metadata, asset)
        assert one(without_any, "lineage.edges", asset_key=asset).columns_from == "sql"


def test_a_star_needs_the_columns_of_what_it_reads(tmp_path: Path) -> None:
    """``select *`` of a table is its columns as an earlier run reported them; without them it is a warning."""
    run = rewritten(bare(load("dbt")), "stg_orders", 'select * from "wh"."shop_raw"."orders"')
    memory = Memory(tables={"duckdb://wh/wh.shop_raw.orders": ["Id", "customer", "payload\x1fSTRUCT(a INTEGER)"]})

    known = one(told(run, unpacked(run, tmp_path), memory), "lineage.edges", asset_key="stg_orders")
    unknown = one(told(run, unpacked(run, tmp_path)), "lineage.edges", asset_key="stg_orders")

    assert direct([known], "stg_orders") == {
        "wh.shop_raw.orders": {(name, name) for name in ("Id", "customer", "payload")}
    }
    assert direct([unknown], "stg_orders") == {"wh.shop_raw.orders": set()}
    assert (known.warning, bool(unknown.warning)) == (None, True)


def test_columns_learned_in_a_run_are_kept(tmp_path: Path) -> None:
    """What a run tells of tables is handed on once, for the runs after it."""
    run = load("dbt")
    reader = reading(run, unpacked(run, tmp_path))
    for record in run.records:
        reader.feed(record)

    learned = reader.learned()

    assert learned[str(STAGED)].columns == ["id", "customer", "amount"]
    assert reader.learned() == {}


def test_spelling_is_the_tables_own(tmp_path: Path) -> None:
    """Columns are spelled as the tables report them, not as the statement types them; unknown ones are no edge."""
    sql = 'select ID, "CUSTOMER" as Customer, no_such, amount as gone from "WH".shop_raw."Orders"'
    run = rewritten(without("dagster/column_lineage", load("dbt")), "stg_orders", sql)
    memory = Memory(tables={"duckdb://wh/wh.shop_raw.orders": ["id", "Customer", "amount"]})

    found = direct(told(run, unpacked(run, tmp_path), memory), "stg_orders")

    assert found == {"wh.shop_raw.orders": {("id", "id"), ("Customer", "customer")}}


def test_snowflake_columns_are_spelled_as_stored(tmp_path: Path) -> None:
    """Upper case from the platform, lower case from dagster-dbt, any case in the statement: one column."""
    run = rewritten(load("dbt"), "stg_orders", 'select Id, "CUSTOMER", amount as "Amount" from Analytics.Raw.Orders')
    staged = run.snapshot.assets["stg_orders"]
    model = Relation(
        database="analytics",
        schema="main",
        identifier="stg_orders",
        adapter="snowflake",
        unique_id="model.shop.stg_orders",
    )
    source = replace(model, schema="raw", identifier="orders", unique_id="source.x.y.orders", resource_type="source")
    assets = {"stg_orders": replace(staged, relation=model, upstream_relations=(source,))}
    there = replace(run, snapshot=replace(run.snapshot, assets=assets))
    told_before = without("dagster/column_schema", with_lineage(there, "stg_orders", {"id": [("raw/orders", "id")]}))
    memory = Memory(tables={"snowflake/analytics.raw.orders": ["ID", "CUSTOMER", "AMOUNT"]})

    event = one(told(told_before, unpacked(run, tmp_path), memory), "lineage.edges", asset_key="stg_orders")

    assert direct([event], "stg_orders") == {
        "analytics.raw.orders": {("ID", "ID"), ("CUSTOMER", "CUSTOMER"), ("AMOUNT", "Amount")}
    }


def test_a_hard_coded_table_is_an_edge_of_the_statement(tmp_path: Path) -> None:
    """What dbt does not declare and the statement reads is an edge with origin ``sql``; itself is none."""
    sql = """select o.id, o.customer, r.rate as amount from "wh"."shop_raw"."orders" o
             join finance.rates r on r.day = o.day where o.id > (select max(id) from "wh"."MAIN"."stg_orders")"""
    run = rewritten(load("dbt"), "stg_orders", sql)

    event = one(told(run, unpacked(run, tmp_path)), "lineage.edges", asset_key="stg_orders")

    assert {(edge.upstream.name, edge.origin, edge.upstream_asset_key) for edge in event.edges} == {
        ("wh.finance.rates", "sql", None),
        ("wh.shop_raw.orders", "dbt", "raw/orders"),
    }


def test_sql_that_cannot_be_parsed_costs_only_columns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Tables stay, metadata's columns stay, and there is one warning for a model and its statement."""
    run = rewritten(load("dbt"), "stg_orders", "select from where (((")
    statements = Statements()

    def once() -> Any:
        reader = RunTranslator(
            run.facts,
            run.snapshot,
            TranslationRules(),
            artifacts=unpacked(run, tmp_path),
            reader=statements.reader(CACHE, ()),
        )
        events = [event for record in run.records for event in reader.feed(record)]
        return one(events, "lineage.edges", asset_key="stg_orders")

    with caplog.at_level(logging.WARNING):
        first, second = once(), once()

    assert first == second
    assert direct([first], "stg_orders")["wh.shop_raw.orders"] >= {("amount", "amount")}
    assert (first.columns_from, bool(first.warning)) == ("metadata", True)
    assert [record.getMessage().startswith("stg_orders: ") for record in caplog.records] == [True]


def test_metadata_fills_what_a_statement_hides(tmp_path: Path) -> None:
    """Where a statement is not understood wholly, what dagster-dbt found stays; where it is, the statement decides."""
    mapped = {"id": [], "customer": [("raw/orders", "customer")], "amount": [("raw/orders", "id")]}
    run = load("dbt")
    wrong = with_lineage(run, "stg_orders", mapped)
    hidden = rewritten(wrong, "stg_orders", 'select *, amount as total from "wh"."shop_raw"."unknown_table"')

    decided = direct(told(wrong, unpacked(run, tmp_path)), "stg_orders")
    filled = direct(told(hidden, unpacked(hidden, tmp_path)), "stg_orders")

    assert decided["wh.shop_raw.orders"] == {(name, name) for name in ("id", "customer", "amount")}
    assert filled["wh.shop_raw.orders"] == {("customer", "customer"), ("id", "amount")}


def with_lineage(run: Recording, asset: str, columns: Mapping[str, Sequence[tuple[str, str]]]) -> Recording:
    """Return the run with other column lineage in an asset's materialization."""
    from dagster import AssetKey, TableColumnDep

    value = TableColumnLineageMetadataValue(
        TableColumnLineage(
            {
                name: [TableColumnDep(AssetKey(key.split("/")), column) for key, column in deps]
                for name, deps in columns.items()
            }
        )
    )
    records = []
    for record in run.records:
        event = record.event_log_entry.dagster_event
        data: Any = event.event_specific_data if event is not None else None
        made = getattr(data, "materialization", None)
        if event is None or made is None or made.asset_key != AssetKey(asset.split("/")):
            records.append(record)
            continue
        changed = made._replace(metadata={**made.metadata, "dagster/column_lineage": value})
        inner = event._replace(event_specific_data=data._replace(materialization=changed))
        records.append(replace_record(record, record.event_log_entry._replace(dagster_event=inner)))
    return replace(run, records=tuple(records))


def test_the_manifest_stands_in_for_the_folder(tmp_path: Path) -> None:
    """Without the step's folder, compiled SQL comes from the project's manifest, if it is the one that holds."""
    run = load("dbt")
    node = {"resource_type": "model", "compiled_code": "select customer as customer from wh.main.stg_orders"}
    manifest = {"nodes": {"model.shop.by_customer": node}, "sources": {}}
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json").write_text(json.dumps(manifest))
    folder = str(tmp_path / "target")

    def project(digest: str) -> DbtTargetFolders:
        return DbtTargetFolders(
            [DbtProjectSnapshot(project_dir=str(tmp_path), target_dir=folder, manifest_digest=digest, adapter="duckdb")]
        )

    same = one(told(run, project(manifest_digest(manifest))), "lineage.edges", asset_key="by_customer")
    other = one(told(run, project("another")), "lineage.edges", asset_key="by_customer")

    assert same.sql == node["compiled_code"]
    assert direct([same], "by_customer")["wh.main.stg_orders"] == {("customer", "customer")}
    assert other.sql is None


def test_python_models_have_no_sql(tmp_path: Path) -> None:
    """What dbt compiles of a Python model is no statement, and nothing is read from it."""
    run = load("dbt")
    staged = run.snapshot.assets["stg_orders"]
    assert staged.relation is not None
    python = replace(staged, relation=replace(staged.relation, language="python"))
    there = replace(run, snapshot=replace(run.snapshot, assets={**run.snapshot.assets, "stg_orders": python}))

    event = one(told(there, unpacked(run, tmp_path)), "lineage.edges", asset_key="stg_orders")

    assert (event.sql, event.columns_from) == (None, "metadata")


def test_a_model_declared_as_source_has_no_edge_to_itself(tmp_path: Path) -> None:
    """Neither under another asset key, nor in another spelling, nor through its own statement."""
    run = load("dbt")
    model = run.snapshot.assets["by_customer"]
    itself = Relation(
        database="WH",
        schema="Main",
        identifier="BY_CUSTOMER",
        adapter="duckdb",
        unique_id="source.shop.self.by_customer",
        resource_type="source",
        asset_key="self/by_customer",
        relation_name='"WH"."Main"."BY_CUSTOMER"',
    )
    parents = (*model.upstream_relations, itself)
    source = AssetSnapshot(key="self/by_customer", external=True, table_name="wh.main.By_Customer", kinds=("duckdb",))
    assets = {
        **run.snapshot.assets,
        "by_customer": replace(model, upstream_relations=parents, deps=(*model.deps, source.key)),
        source.key: source,
    }
    sql = 'select s.customer, c.country, s.amount as total from main.stg_orders s, Countries c, "by_customer" b'
    changed = rewritten(replace(run, snapshot=replace(run.snapshot, assets=assets)), "by_customer", sql)

    event = one(told(changed, unpacked(changed, tmp_path)), "lineage.edges", asset_key="by_customer")

    assert {edge.upstream.name for edge in event.edges} == {
        "wh.main.countries",
        "wh.main.stg_orders",
        "wh.shop_raw.orders__lines",
    }
    assert {edge.upstream_asset_key for edge in event.edges} >= {"stg_orders", "countries"}
    assert event.warning is None


def test_what_was_recorded_stands_in_for_the_folder(tmp_path: Path) -> None:
    """A run that is translated again after dbt's folder has gone says what it said before."""
    run = load("dbt")
    before = told(run, unpacked(run, tmp_path))
    shutil.rmtree(tmp_path / "target")
    memory = Memory(events={event.event_id: event for event in before})

    again = told(run, unpacked(replace(run, files={}), tmp_path), memory)

    assert bodies(of(again, "lineage.edges")) == bodies(of(before, "lineage.edges"))


def test_long_statements_are_cut_and_secrets_left_out(tmp_path: Path) -> None:
    """An event carries at most 32 KiB of SQL, without passwords; the whole is analysed nevertheless."""
    padding = ", ".join(f"{number} as filler_{number:06}" for number in range(3000))
    names = f"'postgres://u:hunter2secret@h/db' as dsn, {padding}, id, customer, amount"
    sql = f'select {names} from "wh"."shop_raw"."orders"'  # noqa: S608  # never run
    run = rewritten(load("dbt"), "stg_orders", sql)

    event = one(told(run, unpacked(run, tmp_path)), "lineage.edges", asset_key="stg_orders")

    assert len(event.sql.encode()) <= SQL_LIMIT
    assert "hunter2secret" not in event.sql
    assert direct([event], "stg_orders")["wh.shop_raw.orders"] == {
        (name, name) for name in ("id", "customer", "amount")
    }


def test_nothing_is_read_where_there_is_no_parser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without sqlglot, metadata's columns are told as before, and one line says what to install."""
    run = load("dbt")
    monkeypatch.setattr("phlo_hooks_dagster.statements.find_spec", lambda _: None)
    said: list[str] = []
    monkeypatch.setattr(
        logging.getLogger("phlo_hooks_dagster.statements"), "warning", lambda *args: said.append(args[1])
    )

    assert Statements().reader(CACHE, ()) is None
    assert "phlo-hooks[lineage]" in said[0]
    assert one(told_without_reader(run), "lineage.edges", asset_key="stg_orders").columns_from == "metadata"


def told_without_reader(run: Recording) -> list[HookEvent]:
    """Return everything the run gives where no SQL can be read."""
    reader = RunTranslator(run.facts, run.snapshot, TranslationRules())
    return [event for record in run.records for event in reader.feed(record)]


@law
@given(data=st.data())
def test_cuts_change_nothing_when_sql_is_read(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Pages of any size, each read by a new translator, and a folder that goes after any of them, change nothing."""
    run = bare(load("dbt"))
    folder = tmp_path_factory.mktemp("target", numbered=True)
    whole = told(run, unpacked(run, folder))
    gone_at = data.draw(st.integers(0, len(run.records)))
    events: list[HookEvent] = []
    memory = Memory(events={event.event_id: event for event in whole})
    state, at = b"", 0
    while at < len(run.records):
        if at >= gone_at:
            shutil.rmtree(folder / "target", ignore_errors=True)
        size = data.draw(st.integers(1, 12))
        reader = reading(run, folders(folder), memory, state)
        events.extend(event for record in run.records[at : at + size] for event in reader.feed(record))
        state, at = reader.state, at + size
    events.extend(reading(run, folders(folder), memory, state).finish())
    shutil.rmtree(folder, ignore_errors=True)

    assert bodies(of(events, "lineage.edges")) == bodies(of(whole, "lineage.edges"))


def folders(root: Path) -> DbtTargetFolders:
    """Return the reader of what is below ``root`` now."""
    project = DbtProjectSnapshot(project_dir=str(root), target_dir="elsewhere", manifest_digest="", adapter="duckdb")
    return DbtTargetFolders([project])


def bodies(events: Sequence[HookEvent]) -> dict[str, bytes]:
    """Return what an outbox would hold."""
    return {event.event_id: encode_event(event) for event in events}
