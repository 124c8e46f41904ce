"""What dbt says of models, sources and exposures, and Dagster of jobs: in snapshots, and in catalogs made of them."""

import itertools
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import dagster as dg
import msgspec
import pytest
from dagster_dbt import DbtProject, dbt_assets

from phlo_hooks.catalog import KnownAsset, KnownExposure
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.lineage.declared import declared_assets, declared_exposures, declared_jobs
from phlo_hooks.settings import Settings, load_settings
from phlo_hooks.source import StoredSnapshot
from phlo_hooks_dagster import snapshot_models
from phlo_hooks_dagster.snapshot import LocationSnapshot
from phlo_hooks_dagster.snapshot_builder import build_snapshot, merge_snapshots, stored_snapshot

SOURCES = """
    version: 2
    sources:
      - name: raw
        schema: raw
        tables:
          - name: orders
            description: Orders as the shop has them.
            meta: {dagster: {asset_key: [raw, orders]}, domain: sales}
            columns:
              - {name: ID, description: Number of the order.}
          - name: orders__lines
            description: One row per line.
"""
MODELS = """
    version: 2
    models:
      - name: stg_orders
        description: Orders, cleaned.
        config:
          tags: [nightly]
          meta: {owner_team: core, since: 2024-01-31, db_password: hunter22, price_list: hidden}
        columns:
          - name: id
            description: Number of the order.
          - name: customer
            meta: {pii: true}
            tags: [personal]
      - name: totals
    exposures:
      - name: order_board
        label: Orders at a glance
        type: dashboard
        url: https://boards.test/orders
        description: What the warehouse looks at.
        owner: {name: Ada, email: ada@shop.test}
        tags: [weekly]
        meta: {tier: gold}
        depends_on: [ref('only_inline'), ref('totals')]
"""
FILES = {
    "dbt_project.yml": """
        name: shop
        version: "1.0"
        config-version: 2
        profile: shop
        flags: {send_anonymous_usage_stats: false}
    """,
    "profiles.yml": """
        shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}
    """,
    "models/sources.yml": SOURCES,
    "models/models.yml": MODELS,
    "models/stg_orders.sql": "select id, customer from {{ source('raw', 'orders') }}  -- password = 'hunter22'",
    "models/only_inline.sql": """
        {{ config(materialized='ephemeral') }}
        select * from {{ source('raw', 'orders__lines') }}
    """,
    "models/totals.sql": "{{ config(materialized='table') }} select count(*) as n from {{ ref('stg_orders') }}",
}


@dg.asset(key=["raw", "orders"], kinds={"duckdb"}, metadata={"dagster/table_name": "shop.raw.orders", "sla_hours": 6})
def orders() -> None: ...


def parse(root: Path, files: Mapping[str, str]) -> Path:
    """Write a project and have dbt parse it; return its folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "dbt.cli.main", "parse", "--quiet", "--profiles-dir", str(root)],
        cwd=root,
        env=os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        check=True,
    )
    return root


def definitions(root: Path) -> dg.Definitions:
    """Return the project's assets, with two jobs and a schedule."""
    project = DbtProject(project_dir=root)

    @dbt_assets(manifest=root / "target" / "manifest.json", project=project)
    def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from ()

    @dg.op
    def greet() -> None: ...

    @dg.job
    def hello() -> None:
        greet()

    daily = dg.define_asset_job("daily", selection="*", description="Everything.")
    schedule = dg.ScheduleDefinition(job=daily, cron_schedule=["0 6 * * *", "0 18 * * *"])
    unnamed = dg.ScheduleDefinition(name="unnamed", target=[orders], cron_schedule="* * * * *")
    return dg.Definitions(assets=[orders, models], jobs=[daily, hello], schedules=[schedule, unnamed])


def snapshot_in(root: Path) -> LocationSnapshot:
    """Return the snapshot of the project in this folder."""
    return build_snapshot(definitions(root).get_repository_def(), "shop")


def snapshot_without_places(root: Path) -> LocationSnapshot:
    """Return the same without what names the folder."""
    return replace(snapshot_in(root), dbt_projects=())


def stored(snapshot: LocationSnapshot) -> StoredSnapshot:
    """Return the snapshot as the state database has it."""
    return stored_snapshot(snapshot, valid_from=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a parsed project."""
    return parse(tmp_path_factory.mktemp("shop"), FILES)


@pytest.fixture(scope="module")
def snapshot(root: Path) -> LocationSnapshot:
    """Return its snapshot."""
    return snapshot_in(root)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with one more name of a secret."""
    return load_settings({"redaction": {"names": ["price_*"]}}, root=tmp_path)


@pytest.fixture
def assets(snapshot: LocationSnapshot, settings: Settings) -> dict[str, KnownAsset]:
    """Return what the installed catalog says of the project, by key."""
    found, notes = declared_assets([stored(snapshot)], settings)
    assert notes == []
    return {each.key: each for each in found}


def table(name: str) -> DatasetRef:
    """Return a table of the project's database."""
    return DatasetRef(namespace="duckdb://shop", name=f"shop.{name}")


def test_a_model_is_known_with_its_sql_and_what_dbt_says_of_it(assets: dict[str, KnownAsset]) -> None:
    """Description, materialization, file, tags, meta and columns of a model are there, and no secret."""
    known = assets["stg_orders"]
    model = known.model

    assert model is not None
    assert known.description == "Orders, cleaned."
    assert [(column.name, column.type, column.description) for column in known.columns] == [
        ("id", None, "Number of the order."),
        ("customer", None, None),
    ]
    assert (model.unique_id, model.resource_type, model.materialized) == ("model.shop.stg_orders", "model", "view")
    assert (model.path, model.tags) == ("models/stg_orders.sql", ("nightly",))
    assert model.meta == {
        "owner_team": "core",
        "since": "2024-01-31",
        "db_password": "[redacted]",
        "price_list": "[redacted]",
    }
    assert model.column_meta == {"customer": {"meta": {"pii": True}, "tags": ["personal"]}}
    assert model.raw_sql is not None
    assert model.raw_sql.startswith("select id, customer from {{ source('raw', 'orders') }}")
    assert "hunter22" not in str(known)


def test_what_nobody_described_has_no_description(assets: dict[str, KnownAsset]) -> None:
    """The words that dagster-dbt makes up for a model without a description are nobody's."""
    assert assets["totals"].description is None


def test_an_asset_that_dbt_reads_is_described_by_the_source(assets: dict[str, KnownAsset]) -> None:
    """Where the asset itself says nothing, the source's description, columns and meta hold; its metadata stays."""
    known = assets["raw/orders"]

    assert known.description == "Orders as the shop has them."
    assert [(column.name, column.description) for column in known.columns] == [("ID", "Number of the order.")]
    assert known.model is not None
    assert (known.model.resource_type, known.model.meta) == ("source", {"domain": "sales"})
    assert known.metadata == {"sla_hours": 6}


def test_a_source_that_is_no_asset_is_described_where_it_is_read(root: Path, settings: Settings) -> None:
    """A child table of dlt's is no asset: whoever reads it knows the source's words."""
    files = dict(FILES) | {"models/totals.sql": "select * from {{ ref('only_inline') }}"}
    other = parse(root.parent / "children", files)

    found, _ = declared_assets([stored(snapshot_in(other))], settings)

    (totals,) = (each for each in found if each.key == "totals")
    (upstream,) = totals.upstreams
    assert (upstream.dataset, upstream.description) == (table("raw.orders__lines"), "One row per line.")
    assert upstream.model is not None
    assert upstream.model.unique_id == "source.shop.raw.orders__lines"


def test_an_exposure_reads_tables(snapshot: LocationSnapshot, settings: Settings) -> None:
    """An exposure is known whole; an ephemeral model in it is what that reads, and names are those of the assets."""
    (found,), notes = declared_exposures([stored(snapshot)], settings)

    assert notes == []
    assert found == KnownExposure(
        unique_id="exposure.shop.order_board",
        name="order_board",
        project="shop",
        code_location="shop",
        type="dashboard",
        label="Orders at a glance",
        url="https://boards.test/orders",
        owner="ada@shop.test",
        description="What the warehouse looks at.",
        tags=("weekly",),
        meta={"tier": "gold"},
        datasets=(table("main.totals"), table("raw.orders__lines")),
    )


def test_jobs_say_what_they_make_and_when(snapshot: LocationSnapshot, settings: Settings) -> None:
    """Jobs that people defined are known, with assets, description and schedules; Dagster's own are not."""
    jobs, notes = declared_jobs([stored(snapshot)], settings)

    assert notes == []
    assert [(job.name, job.asset_keys, job.schedule, job.description) for job in jobs] == [
        ("daily", ("raw/orders", "stg_orders", "totals"), "0 6 * * *; 0 18 * * *", "Everything."),
        ("hello", (), None, None),
    ]


def test_a_job_that_cannot_be_made_costs_itself_only(caplog: pytest.LogCaptureFixture) -> None:
    """A job over an asset that does not exist is left out with one line; everything else is known."""
    jobs = [dg.define_asset_job("good", selection="*"), dg.define_asset_job("bad", selection=["nowhere"])]
    repository = dg.Definitions(assets=[orders], jobs=jobs).get_repository_def()

    with caplog.at_level(logging.WARNING):
        found = build_snapshot(repository, "shop")

    assert [job.name for job in found.jobs] == ["good"]
    assert set(found.assets) == {"raw/orders"}
    assert [each.getMessage().partition(",")[0] for each in caplog.records] == ["job bad cannot be made"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Orders, cleaned.", "Orders, cleaner."),
        ('"owner_team": "core"', '"owner_team": "edge"'),
        ('"tier": "gold"', '"tier": "silver"'),
        ("One row per line.", "A row per line."),
    ],
    ids=["description", "meta", "exposure", "source"],
)
def test_what_people_write_gives_a_new_digest(root: Path, tmp_path: Path, old: str, new: str) -> None:
    """A change of a description, of meta, of an exposure or of a source is a new snapshot; the same code is none."""
    manifest = (root / "target" / "manifest.json").read_text()
    folders = itertools.count()

    def digest(text: str) -> str:
        project = tmp_path / str(next(folders)) / "shop"  # dagster-dbt reads a manifest once
        shutil.copytree(root, project)
        (project / "target" / "manifest.json").write_text(text)
        return stored(snapshot_without_places(project)).digest

    assert old in manifest
    assert digest(manifest) == digest(manifest)
    assert digest(manifest) != digest(manifest.replace(old, new))


def test_a_snapshot_of_before_still_holds(snapshot: LocationSnapshot, settings: Settings) -> None:
    """A snapshot that was stored without models, sources, exposures and jobs is read as one that has none."""
    plain = msgspec.to_builtins(snapshot)
    for name in ("sources", "exposures", "jobs"):
        del plain[name]
    for asset in plain["assets"].values():
        del asset["model"]
    old = StoredSnapshot(
        code_location="shop", digest="old", body=msgspec.json.encode(plain), valid_from=datetime(2026, 1, 1, tzinfo=UTC)
    )

    found, notes = declared_assets([old], settings)

    assert notes == []
    assert {each.key for each in found} == {"raw/orders", "stg_orders", "totals"}
    assert {each.model for each in found} == {None}
    assert declared_exposures([old], settings) == ([], [])
    assert declared_jobs([old], settings) == ([], [])


def test_repositories_of_one_location_are_one_snapshot(snapshot: LocationSnapshot) -> None:
    """Two repositories that were made from one dbt project know each source and exposure once."""
    merged = merge_snapshots([snapshot, snapshot])

    assert (merged.sources, merged.exposures) == (snapshot.sources, snapshot.exposures)


def test_too_much_raw_sql_is_left_out(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Above the budget no model's raw SQL is kept, and one line says so; the rest is known all the same."""
    monkeypatch.setattr(snapshot_models, "SQL_BUDGET", 100)

    with caplog.at_level(logging.WARNING):
        found = snapshot_in(root)

    model = found.assets["stg_orders"].model
    assert model is not None
    assert (model.raw_sql, model.tags) == (None, ("nightly",))
    assert [each.getMessage().partition(":")[0] for each in caplog.records] == [
        "the raw SQL of all dbt models is 166 characters, more than 100"
    ]


def test_one_long_statement_is_cut(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a very long model the beginning is kept, and how much is missing."""
    monkeypatch.setattr(snapshot_models, "SQL_LIMIT", 20)

    model = snapshot_in(root).assets["stg_orders"].model

    assert model is not None
    assert model.raw_sql is not None
    assert model.raw_sql.startswith("select id, customer \n-- and ")


def test_huge_meta_is_left_out(root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Meta beyond its limit costs a line in the log, and nothing else."""
    monkeypatch.setattr(snapshot_models, "META_LIMIT", 50)

    with caplog.at_level(logging.WARNING):
        model = snapshot_in(root).assets["stg_orders"].model

    assert model is not None
    assert (model.meta, model.tags) == ({}, ("nightly",))
    assert "dbt node model.shop.stg_orders: its meta has" in caplog.text
