"""Which table an asset is, and who says so."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from dagster import MetadataValue

from phlo_hooks.datasets import DatasetRef, namespace_of
from phlo_hooks.exceptions import SettingsError
from phlo_hooks_dagster.identity.naming import parse_dataset, split_table_name
from phlo_hooks_dagster.identity.rules import OwnerRule, TagRule
from phlo_hooks_dagster.snapshot import AssetSnapshot, DltTarget, LocationSnapshot, Relation
from phlo_hooks_dagster.translator import DatasetResolver, DatasetRule, StageRule, TranslationRules, stage_of
from phlo_hooks_dagster.translator.links import asset_url, check_url, run_url, step_url

MODEL = Relation(
    database="wh", schema="main", identifier="orders", adapter="duckdb", unique_id="model.shop.orders", asset_key="m"
)
SOURCE = Relation(
    database="wh",
    schema="raw",
    identifier="orders",
    adapter="duckdb",
    unique_id="source.shop.raw.orders",
    resource_type="source",
    asset_key="raw/orders",
)
TARGET = DltTarget(pipeline="p", destination="duckdb", dataset="raw", catalog=None, resource="orders")


def resolver(*assets: AssetSnapshot, rules: TranslationRules | None = None) -> DatasetResolver:
    """Return a resolver that knows these assets."""
    snapshot = LocationSnapshot(code_location="l", repository="r", assets={asset.key: asset for asset in assets})
    return DatasetResolver(snapshot, rules or TranslationRules())


def test_explicit_metadata_wins() -> None:
    """What the user says, in the record or in the spec, is believed before anything else."""
    spec = AssetSnapshot(key="m", relation=MODEL, metadata={"phlo/dataset": "postgres://db:5432/app.public.orders"})

    declared = resolver(spec).resolve("m")
    recorded = resolver(spec).resolve("m", {"dagster/uri": MetadataValue.text("s3://bucket/orders/part=1")})

    assert (declared.dataset, declared.rule) == (
        DatasetRef(namespace="postgres://db:5432", name="app.public.orders"),
        "metadata",
    )
    assert recorded.dataset == DatasetRef(namespace="postgres://db:5432", name="app.public.orders")
    plain = resolver(AssetSnapshot(key="m")).dataset("m", {"dagster/uri": MetadataValue.text("s3://bucket/orders")})
    assert plain == DatasetRef(namespace="s3://bucket", name="orders")


def test_the_dbt_relation_comes_before_the_table_name() -> None:
    """Dbt knows its tables best."""
    found = resolver(AssetSnapshot(key="m", relation=MODEL, table_name="other.main.orders")).resolve("m")

    assert (str(found.dataset), found.rule) == ("duckdb://wh/wh.main.orders", "dbt_relation")


def test_a_catalog_is_learned_from_dbt() -> None:
    """dlt, which does not tell its catalog, and dbt, which does, mean one table."""
    found = resolver(
        AssetSnapshot(key="raw/orders", dlt=TARGET),
        AssetSnapshot(key="m", relation=MODEL, upstream_relations=(SOURCE,)),
    )

    assert found.resolve("raw/orders").rule == "dlt"
    assert found.dataset("raw/orders") == found.relation(SOURCE)
    assert found.key_of(found.relation(SOURCE)) == "raw/orders"


def test_two_catalogs_are_not_guessed_between() -> None:
    """When dbt names the table in two databases, the catalog stays out of the name."""
    other = Relation(database="copy", schema="raw", identifier="orders", adapter="duckdb", unique_id="source.x.y.z")

    found = resolver(
        AssetSnapshot(key="raw/orders", dlt=TARGET),
        AssetSnapshot(key="m", relation=MODEL, upstream_relations=(SOURCE, other)),
    )

    assert found.dataset("raw/orders") == DatasetRef(namespace="duckdb", name="raw.orders")


def test_a_dlt_asset_without_a_target_is_what_dbt_reads() -> None:
    """Dlt's own table name in the spec is wrong and is not used; the dbt source of that key is."""
    loaded = AssetSnapshot(key="raw/orders", kinds=("dlt", "duckdb"), table_name="orders")

    known = resolver(loaded, AssetSnapshot(key="m", relation=MODEL, upstream_relations=(SOURCE,))).resolve("raw/orders")
    unknown = resolver(loaded).resolve("raw/orders")

    assert (known.dataset.name, known.rule) == ("wh.raw.orders", "dbt_relation")
    assert (unknown.dataset.resolved, unknown.rule) == (False, "unresolved")


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        (AssetSnapshot(key="a", table_name="wh.main.a", kinds=("duckdb",)), "duckdb://wh/wh.main.a"),
        (
            AssetSnapshot(key="a", table_name="db.public.a", kinds=("postgres", "python")),
            "postgres://h:5432/db.public.a",
        ),
        (AssetSnapshot(key="a", table_name="x.y.a", metadata={"dagster/storage_kind": "snowflake"}), "snowflake/x.y.a"),
        (AssetSnapshot(key="a", table_name="wh.other.a"), "duckdb://wh/wh.other.a"),
        (AssetSnapshot(key="a", table_name='"wh"."main"."orders"'), "duckdb://wh/wh.main.orders"),
        (AssetSnapshot(key="a", table_name="nobody.knows.a"), "unknown/nobody.knows.a"),
        (AssetSnapshot(key="a", table_name="a"), "unknown/a"),
    ],
)
def test_a_table_name_finds_its_platform(asset: AssetSnapshot, expected: str) -> None:
    """Storage kind and kinds name the platform; else the only one whose dbt relations have that catalog or table."""
    rules = TranslationRules(namespaces={"postgres": "h:5432"})

    found = resolver(asset, AssetSnapshot(key="m", relation=MODEL), rules=rules).resolve("a")

    assert (str(found.dataset), found.rule) == (expected, "table_name")


def test_configured_rules_and_the_key_come_last() -> None:
    """A rule makes a name from the key; without one the key stands in, marked unresolved, with advice."""
    rules = TranslationRules(
        datasets=(DatasetRule(assets=("files/*",), namespace="s3://lake", name="{last}"),), deployment="prod"
    )

    covered = resolver(rules=rules).resolve("files/orders")
    bare = resolver(rules=rules).resolve("other/orders")

    assert (str(covered.dataset), covered.rule) == ("s3://lake/orders", "configured")
    assert (bare.dataset, bare.dataset.resolved) == (
        DatasetRef(namespace="dagster://prod", name="other/orders", resolved=False),
        False,
    )
    assert "phlo/dataset" in bare.why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("duckdb://shop/shop.main.orders", ("duckdb://shop", "shop.main.orders")),
        ("postgres://user:secret@db:5432/app.public.x?sslmode=on", ("postgres://db:5432", "app.public.x")),
        ("file:///data/marts/x.parquet", ("file", "/data/marts/x.parquet")),
        ("bigquery/project.dataset.table", ("bigquery", "project.dataset.table")),
        ("justaname", None),
        ("s3://bucket", None),
        ("file:///", None),
    ],
)
def test_datasets_as_people_write_them(text: str, expected: tuple[str, str] | None) -> None:
    """A namespace and a name, or a URI; credentials and options are no part of either."""
    found = parse_dataset(text)

    assert (found and (found.namespace, found.name)) == expected


@pytest.mark.parametrize(
    ("platform", "catalog", "expected"),
    [
        ("dlt.destinations.duckdb", "wh", "duckdb://wh"),
        ("duckdb", None, "duckdb"),
        ("Postgres", "app", "postgres://db:5432"),
        ("sqlserver", None, "mssql://sql.internal"),
        ("bigquery", "project", "bigquery"),
        (None, "x", "unknown"),
    ],
)
def test_namespaces(platform: str | None, catalog: str | None, expected: str) -> None:
    """One namespace for a platform, whoever names it and however it is configured."""
    configured = {"postgres": "db:5432", "mssql": "mssql://sql.internal", "bigquery": "bigquery"}

    assert namespace_of(platform, catalog, configured) == expected


def test_long_table_names_keep_their_catalog() -> None:
    """A catalog may have dots of its own."""
    assert split_table_name("a.b.c.d") == ("a.b", "c", "d")
    assert split_table_name("d") == (None, None, "d")


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        (
            AssetSnapshot(key="x/a", tags={"phlo/stage": "publish"}, kinds=("dlt",)),
            ("publish", "dlt", "tag phlo/stage"),
        ),
        (AssetSnapshot(key="x/a", tags={"dagster/kind/sling": ""}), ("ingestion", "sling", "kind sling")),
        (AssetSnapshot(key="x/a", relation=MODEL), ("transform", "dbt", "kind dbt")),
        (AssetSnapshot(key="x/a", relation=SOURCE), (None, None, "nothing says which")),
        (AssetSnapshot(key="x/a", dlt=TARGET), ("ingestion", "dlt", "kind dlt")),
        (AssetSnapshot(key="x/a", group="marts"), ("publish", None, "stages rule 1")),
        (AssetSnapshot(key="x/a", tags={"exposed": ""}), ("publish", None, "stages rule 2")),
        (AssetSnapshot(key="x/a", tags={"tier": "raw"}, kinds=("api",)), ("ingestion", None, "stages rule 3")),
        (AssetSnapshot(key="x/a", tags={"tier": "raw"}), (None, None, "nothing says which")),
        (AssetSnapshot(key="x/a", tags={"phlo/stage": "nonsense"}), (None, None, "nothing says which")),
        (None, (None, None, "nothing says which")),
    ],
)
def test_stages(asset: AssetSnapshot | None, expected: tuple[str | None, str | None, str]) -> None:
    """The tag, else the integration, else a rule; publish is never guessed."""
    rules = TranslationRules(
        stages=(
            StageRule(stage="publish", groups=("marts",)),
            StageRule(stage="publish", dbt_tags=("exposed",)),
            StageRule(stage="ingestion", kinds=("api",), tags={"tier": "raw"}, assets=("x/*",)),
        )
    )

    found = stage_of("x/a", asset, rules)

    assert (found.name, found.tool, found.why) == expected


def test_rules_that_cannot_be_followed_are_refused() -> None:
    """A wrong stage, an empty rule and a template that cannot be filled are said at start."""
    with pytest.raises(SettingsError, match="'load' is no stage; it must be one of ingestion"):
        StageRule(stage="load", assets=("*",))
    with pytest.raises(SettingsError, match="names no assets="):
        StageRule(stage="publish")
    with pytest.raises(SettingsError, match=r"'\{schema\}' cannot be filled .* \{key\} and \{last\}"):
        DatasetRule(assets=("*",), namespace="x", name="{schema}")


def test_rules_come_from_the_settings() -> None:
    """Everything that the settings hold arrives; the UI's address loses its slash."""
    settings = SimpleNamespace(
        ui_url="http://ui/",
        deployment="prod",
        stages=[SimpleNamespace(stage="publish", assets=["p/*"], groups=[], kinds=[], tags={}, dbt_tags=[])],
        owners=[SimpleNamespace(owners=["team:a"], assets=[], groups=["g"], kinds=[], tags={}, dbt_tags=[])],
        tags=[SimpleNamespace(add={"d": "1"}, assets=[], groups=[], kinds=["dbt"], tags={}, dbt_tags=[])],
        datasets=SimpleNamespace(
            namespaces={"postgres": "h"}, rules=[SimpleNamespace(assets=["f/*"], namespace="s3://b", name="{last}")]
        ),
        redaction=SimpleNamespace(names=["salary"]),
    )

    rules = TranslationRules.from_settings(settings)

    assert rules == TranslationRules(
        stages=(StageRule(stage="publish", assets=("p/*",)),),
        owners=(OwnerRule(owners=("team:a",), groups=("g",)),),
        tags=(TagRule(add={"d": "1"}, kinds=("dbt",)),),
        namespaces={"postgres": "h"},
        datasets=(DatasetRule(assets=("f/*",), namespace="s3://b", name="{last}"),),
        redact=("salary",),
        ui_url="http://ui",
        deployment="prod",
    )


def test_links() -> None:
    """Addresses are those of Dagster's UI, and are left out when nobody says where it is."""
    assert run_url("http://ui/", "r1") == "http://ui/runs/r1"
    assert step_url("http://ui", "r1", "a b") == "http://ui/runs/r1?selection=a+b&logs=step%3Aa+b"
    assert asset_url("http://ui", "raw/or ders") == "http://ui/assets/raw/or%20ders"
    assert asset_url("http://ui", "raw", "a|b") == "http://ui/assets/raw?view=partitions&partition=a%7Cb"
    assert check_url("http://ui", "raw", "c") == "http://ui/assets/raw?view=checks&checkDetail=c"
    assert (run_url(None, "r"), step_url(None, "r", "s"), asset_url(None, "a"), check_url(None, "a", "c")) == (
        None,
    ) * 4
