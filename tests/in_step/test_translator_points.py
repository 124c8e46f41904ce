"""What a project's translator and its rules say of assets: in snapshots, in events, and when they are wrong."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks.settings import load_settings
from phlo_hooks.testing import EPOCH
from phlo_hooks_dagster import DagsterHooksTranslator, ingestion_asset, with_phlo_hooks
from phlo_hooks_dagster.catalog import known_assets
from phlo_hooks_dagster.hooks_translator import POINTS
from phlo_hooks_dagster.identity.labels import owners_of, tags_of
from phlo_hooks_dagster.identity.resolver import DatasetResolver
from phlo_hooks_dagster.identity.rules import OwnerRule, StageRule, TagRule, TranslationRules
from phlo_hooks_dagster.identity.stages import stage_of
from phlo_hooks_dagster.snapshot import AssetSnapshot, LocationSnapshot
from phlo_hooks_dagster.snapshot_builder import build_snapshot, stored_snapshot
from phlo_hooks_dagster.spec_snapshot import TranslatorError, check_translator, snapshot_of_spec
from phlo_hooks_dagster.testing import materialize_events


class Shop(DagsterHooksTranslator):
    """Says something of all that lies below ``raw``."""

    def get_stage(self, spec: dg.AssetSpec) -> str | None:
        return "ingestion" if spec.key.path[0] == "raw" else None

    def get_dataset(self, spec: dg.AssetSpec) -> str | None:
        return f"duckdb://shop/shop.raw.{spec.key.path[-1]}" if spec.key.path[0] == "raw" else None

    def get_tags(self, spec: dg.AssetSpec) -> Mapping[str, str]:
        return {"domain": "translated", "of": spec.key.path[-1]}

    def get_owners(self, spec: dg.AssetSpec) -> Sequence[str]:
        return ["team:translated"]


@dg.asset(key_prefix="raw", tags={"domain": "own"})
def orders() -> None:
    """Say a tag, and nothing else."""


@dg.asset(
    key_prefix="raw",
    owners=["team:own"],
    tags={"phlo/stage": "publish"},
    metadata={"phlo/dataset": "s3://bucket/customers"},
)
def customers() -> None:
    """Say everything."""


@dg.asset(deps=[orders])
def mart() -> None:
    """Be something that the translator leaves to others."""


ASSETS = [orders, customers, mart]


def snapshot(translator: DagsterHooksTranslator | None = None) -> LocationSnapshot:
    return build_snapshot(dg.Definitions(assets=ASSETS).get_repository_def(), "shop", translator=translator)


class Saying(DagsterHooksTranslator):
    """Answers one method with one value."""

    def __init__(self, method: str, answer: Any) -> None:
        setattr(self, method, lambda spec: answer() if callable(answer) else answer)


def test_the_snapshot_holds_what_it_says() -> None:
    """The snapshot of a code location has the translator's stage, dataset, tags and owners."""
    found = snapshot(Shop()).assets["raw/orders"]

    assert (found.stage, found.dataset, found.translator) == ("ingestion", "duckdb://shop/shop.raw.orders", "Shop")
    assert found.tags == {"domain": "own", "of": "orders"}
    assert found.owners == ("team:translated",)


def test_what_the_asset_says_wins() -> None:
    """Tag, metadata and owners of the asset itself are stronger than the translator."""
    taken = snapshot(Shop())
    asset, rules = taken.assets["raw/customers"], TranslationRules()

    assert stage_of("raw/customers", asset, rules).name == "publish"
    assert str(DatasetResolver(taken, rules).dataset("raw/customers").name) == "customers"
    assert asset.owners == ("team:own",)


def test_it_wins_over_kinds_and_rules() -> None:
    """The translator is stronger than kinds, dagster/table_name and rules of the settings."""
    spec = dg.AssetSpec(["raw", "x"], kinds={"dbt"}, metadata={"dagster/table_name": "wh.other.x"})
    rules = TranslationRules(stages=(StageRule(stage="publish", assets=("raw/*",)),))
    asset = snapshot_of_spec(spec, Shop())
    resolver = DatasetResolver(LocationSnapshot(code_location="s", repository="r", assets={asset.key: asset}), rules)

    stage, dataset = stage_of("raw/x", asset, rules), resolver.resolve("raw/x")

    assert (stage.name, stage.tool, stage.why) == ("ingestion", "dbt", "Shop.get_stage says so")
    assert (dataset.rule, dataset.why) == ("translator", "Shop.get_dataset says so")
    assert dataset.dataset.name == "shop.raw.x"


def test_doctor_names_the_translator() -> None:
    """What ``doctor`` and the page show of an asset names the translator's method as the reason."""
    stored = stored_snapshot(snapshot(Shop()), valid_from=EPOCH)

    assets = {each.key: each for each in known_assets([stored], load_settings({}))}

    assert assets["raw/orders"].stage_why == "Shop.get_stage says so"
    assert (assets["raw/orders"].rule, assets["raw/orders"].why) == ("translator", "Shop.get_dataset says so")
    assert assets["mart"].stage == ""


def test_both_halves_follow_it() -> None:
    """The relay's events and those in the step have the translator's stage, dataset and tags."""

    @ingestion_asset
    def decorated() -> None:
        """Be told in the step as well."""

    class Everything(Shop):
        def get_dataset(self, spec: dg.AssetSpec) -> str | None:
            return f"duckdb://shop/shop.all.{spec.key.path[-1]}"

    events = materialize_events([*ASSETS, decorated], translator=Everything())

    told = events.one("ingestion.end", asset="raw/orders")
    assert told.dataset.name == "shop.all.orders"  # type: ignore[attr-defined]
    assert told.tags["of"] == "orders"
    relayed = events.one("ingestion.end", asset="decorated")
    (stepped,) = [each for each in events.in_step if each.event_type == "ingestion.end"]
    assert stepped.key == relayed.key
    assert stepped.dataset == relayed.dataset  # type: ignore[attr-defined]
    assert {name: stepped.tags[name] for name in ("domain", "of")} == {"domain": "translated", "of": "decorated"}


def test_definitions_carry_it() -> None:
    """What with_phlo_hooks was given holds wherever the definitions are snapshotted."""
    defs = with_phlo_hooks(dg.Definitions(assets=ASSETS), translator=Shop())

    taken = build_snapshot(defs.get_repository_def(), "shop")

    assert taken.assets["raw/orders"].stage == "ingestion"


@pytest.mark.parametrize(
    ("method", "answer", "said"),
    [
        ("get_stage", "publsh", "returned 'publsh': it must be None or one of ingestion, transform, quality, publish"),
        ("get_stage", 3, "returned 3"),
        ("get_dataset", "no uri", "namespace and name"),
        ("get_dataset", 7, "namespace and name"),
        ("get_tags", ["a"], "a mapping of names to values"),
        ("get_tags", {"a": 1}, "a mapping of names to values"),
        ("get_tags", {"phlo/stage": "publish"}, "phlo/stage is what get_stage says"),
        ("get_owners", "team:a", "a list of owners"),
        ("get_owners", ["ada"], "an owner is an e-mail address or team:name, not 'ada'"),
    ],
)
def test_a_wrong_answer_names_method_and_asset(method: str, answer: object, said: str) -> None:
    """An answer that cannot be is refused at load, with the method, the asset and what would be right."""
    with pytest.raises(TranslatorError) as caught:
        with_phlo_hooks(dg.Definitions(assets=[orders]), translator=Saying(method, answer))

    assert str(caught.value).startswith(f"Saying.{method} of asset 'raw/orders' returned ")
    assert said in str(caught.value)
    assert (caught.value.method, caught.value.asset_key) == (f"Saying.{method}", "raw/orders")


def test_an_error_names_method_and_asset() -> None:
    """A translator that raises is named, its own error is the cause."""

    def fail() -> None:
        raise KeyError("shop/table")

    with pytest.raises(TranslatorError, match=r"Saying\.get_owners of asset 'raw/orders' raised KeyError") as caught:
        check_translator(dg.Definitions(assets=[orders]), Saying("get_owners", fail))

    assert isinstance(caught.value.__cause__, KeyError)


def test_specs_are_asked_too() -> None:
    """External assets given as specs, and each asset of a multi-asset, are asked about."""

    @dg.multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b")])
    def both():  # type: ignore[no-untyped-def]  # noqa: ANN202  # Dagster wants no annotation for several assets
        """Be two."""

    asked = []

    class Asking(DagsterHooksTranslator):
        def get_owners(self, spec: dg.AssetSpec) -> Sequence[str]:
            asked.append(spec.key.to_user_string())
            return ()

    check_translator(dg.Definitions(assets=[both, dg.AssetSpec("c")]), Asking())

    assert sorted(asked) == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["get_owner", "get_stages", "get_tag", "getstage"])
def test_a_misspelt_method_is_refused(name: str) -> None:
    """A method whose name is nearly one of the four would never be called, and is refused."""
    with pytest.raises(TypeError, match=rf"{name} is never called: the method is called get_"):
        type("Misspelt", (DagsterHooksTranslator,), {name: lambda self, spec: None})


def test_there_are_four_points() -> None:
    """Nothing but the four methods can be overridden with effect."""
    public = [name for name in vars(DagsterHooksTranslator) if not name.startswith("_")]

    assert sorted(public) == sorted(POINTS)


def test_the_module_is_light() -> None:
    """Whoever subclasses the translator imports nothing of phlo_hooks: every step's process does."""
    code = (
        "import sys, phlo_hooks_dagster.hooks_translator; "
        "print([name for name in sys.modules if name.startswith('phlo_hooks.')])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ast.literal_eval(done.stdout) == []


def test_owner_rules() -> None:
    """An owner rule speaks of assets without owners; the first that holds says who."""
    rules = TranslationRules(
        owners=(OwnerRule(owners=("team:a",), groups=("fin*",)), OwnerRule(owners=("team:b",), assets=("*",)))
    )
    owned = AssetSnapshot(key="x", owners=("team:own",), group="finance")

    assert owners_of("x", owned, rules) == ("team:own",)
    assert owners_of("x", AssetSnapshot(key="x", group="finance"), rules) == ("team:a",)
    assert owners_of("x", AssetSnapshot(key="x", group="sales"), rules) == ("team:b",)
    assert owners_of("x", None, rules) == ("team:b",)


@given(
    st.dictionaries(st.sampled_from("abc"), st.just("own")),
    st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from("123"), min_size=1), max_size=4),
)
def test_tag_rules(own: dict[str, str], added: list[dict[str, str]]) -> None:
    """Every tag that anybody says is there; the asset's own value wins, then the first rule's."""
    rules = TranslationRules(tags=tuple(TagRule(add=each, assets=("*",)) for each in added))

    found = tags_of("x", AssetSnapshot(key="x", tags=own), rules)

    for name in set().union(own, *added):
        expected = own.get(name) or next(each[name] for each in added if name in each)
        assert found[name] == expected
    assert set(found) == set().union(own, *added)


def test_rules_reach_events() -> None:
    """Owners and tags by rule stand in events, whatever runs."""
    settings = {
        "owners": [{"owners": ["team:rule"], "assets": ["mart"]}, {"owners": ["team:orders"], "assets": ["raw/*"]}],
        "tags": [{"add": {"domain": "rule"}, "groups": ["def*"]}],
    }

    events = materialize_events(
        [mart, orders], settings={**settings, "stages": [{"stage": "publish", "assets": ["r*"]}]}
    )

    assert events.one("publish.end", asset="raw/orders").owners == ("team:orders",)  # type: ignore[attr-defined]
    told = events.one("asset.materialized", asset="mart")
    assert told.owners == ("team:rule",)  # type: ignore[attr-defined]
    assert told.tags["domain"] == "rule"


def test_methods_are_documented() -> None:
    """Each of the four says what it returns."""
    assert all(inspect.getdoc(getattr(DagsterHooksTranslator, name)) for name in POINTS)
