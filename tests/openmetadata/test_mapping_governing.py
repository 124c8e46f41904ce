from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from phlo_hooks.catalog import KnownModel
from phlo_hooks.subscribers.openmetadata.columns import DatasetColumns
from phlo_hooks.subscribers.openmetadata.facts import AssetFact, TableFact
from phlo_hooks.subscribers.openmetadata.governing import governance_of, governance_of_exposure, mapped, marks_of
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import Governance
from tests.openmetadata.known_shop import BOARD, NAMING, STAGING, named, shop, table

ASSET = shop().assets["staging/stg_orders"]


def governed(options: Options, *assets: AssetFact, fact: TableFact | None = None) -> Governance:
    fact = fact or shop().tables[named(STAGING)]
    return governance_of(fact, assets, DatasetColumns(fact, assets, NAMING), options)


def marks(**says: Any) -> set[str]:
    model = KnownModel(unique_id="model.shop.x", tags=says.pop("model_tags", ()), meta=says.pop("meta", {}))
    return set(marks_of(AssetFact(key="x", name=named(STAGING), code_location="shop", model=model, **says)))


def test_nothing_is_told_that_is_not_mapped() -> None:
    """Without a mapping tags and meta stay where they are; owners are told as the code names them."""
    assert governed(Options(), ASSET) == Governance(owners=("ada@example.com", "team:core"))


def test_what_is_mapped() -> None:
    """Dagster's and dbt's tags and meta become tags, a domain and data products, of columns as well."""
    options = Options(
        tags={"tier=gold": "Tier.Tier1", "nightly": "Rhythm.Nightly", "pii": "PII.Sensitive", "absent": "X.Y"},
        domains={"domain=*": "*"},
        data_products={"domain=sales": "Sales 360"},
    )

    assert governed(options, ASSET) == Governance(
        owners=("ada@example.com", "team:core"),
        tags=("Rhythm.Nightly", "Tier.Tier1"),
        column_tags={"id": ("PII.Sensitive",)},
        domain="sales",
        data_products=("Sales 360",),
    )


def test_owners_are_mapped() -> None:
    """Owners are told under the names that they have there, each once, those that are mapped to nothing not at all."""
    options = Options(owners={"team:core": "team:Core Data", "ada@example.com": ""})
    twin = replace(ASSET, key="twin", owners=("team:core", "grace"))

    assert governed(options, ASSET, twin).owners == ("grace", "team:Core Data")
    assert governed(options, ASSET, fact=table(STAGING, owners=("x",))).owners == ("team:Core Data",)


def test_owners_that_only_events_know() -> None:
    """Where the code names nobody, a run's owners hold; owners can be kept back."""
    fact = table(STAGING, owners=("team:core",))

    assert governed(Options(), fact=fact).owners == ("team:core",)
    assert governed(Options(send_owners=False), ASSET, fact=fact).owners == ()


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({"tags": {"tier": "gold"}}, {"tier", "tier=gold"}),
        ({"tags": {"pii": ""}}, {"pii"}),
        ({"tags": {"pii": "False"}}, {"pii=False"}),
        ({"model_tags": ("nightly",)}, {"nightly"}),
        ({"meta": {"pii": True, "old": False, "none": None, "empty": ""}}, {"pii", "pii=true", "old=false"}),
        ({"meta": {"level": 3}}, {"level", "level=3"}),
        ({"meta": {"uses": ["a", "b", {"no": "mark"}]}}, {"uses", "uses=a", "uses=b"}),
        ({"meta": {"openmetadata": {"domain": "sales"}}}, {"openmetadata.domain", "openmetadata.domain=sales"}),
        ({"metadata": {"team": "core"}}, {"team", "team=core"}),
    ],
)
def test_marks(says: dict[str, Any], expected: set[str]) -> None:
    """An entry is a mark by its name and by its value; what says no is none by its name."""
    assert marks(**says) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"pii": "PII.Sensitive"}, ("PII.Sensitive",)),
        ({"pi": "PII.Sensitive"}, ()),
        ({"tier=*": "Tier.*"}, ("Tier.gold",)),
        ({"tier*": "Tier.Any"}, ("Tier.Any",)),
        ({"*": "glossary:Words.*"}, ("glossary:Words.pii", "glossary:Words.tier=gold")),
        ({"pii*": "PII.*"}, ()),
        ({"pii": "A.B", "tier=gold": "A.B"}, ("A.B",)),
    ],
)
def test_rules(rules: dict[str, str], expected: tuple[str, ...]) -> None:
    """A rule takes one mark, or with ``*`` all that begin so; a ``*`` in its value is the rest, never nothing."""
    assert mapped({"pii", "tier=gold"}, rules) == expected


def test_first_rule_gives_the_domain() -> None:
    """There is one domain: the first rule that matches, as they are written, names it."""
    options = Options(domains={"nightly": "Night", "domain=*": "*"})

    assert governed(options, ASSET).domain == "Night"


def test_exposure() -> None:
    """An exposure's owner, tags and meta are told by the same rules."""
    options = Options(
        owners={"grace@example.com": "grace"},
        tags={"weekly": "Rhythm.Weekly"},
        domains={"area=*": "*"},
        data_products={"area=ops": "Ops"},
    )
    exposure = replace(shop().exposures[BOARD], meta={"area": "ops"})

    assert governance_of_exposure(exposure, options) == Governance(
        owners=("grace",), tags=("Rhythm.Weekly",), domain="ops", data_products=("Ops",)
    )
    assert governance_of_exposure(replace(exposure, owner=None), options).owners == ()
