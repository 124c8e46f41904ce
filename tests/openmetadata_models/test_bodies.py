"""What is sent to OpenMetadata, judged by its own models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from phlo_hooks.catalog import Catalog, KnownAsset, KnownExposure, KnownJob, KnownModel
from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.events import HookEvent, IngestionEvent, PublishEvent, TransformEvent
from phlo_hooks.keep import MemoryKeep
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.learning import Knowledge, learn, learn_catalog
from phlo_hooks.subscribers.openmetadata.mapping import requests_for
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import Request
from tests.core.strategies import JSON, events
from tests.openmetadata.known_shop import shop
from tests.openmetadata_models.judging import DATA_MODEL, EDGE, PROFILE, RESULT, STATUS, Judge
from tests.openmetadata_models.verdicts import refused, refused_calls
from tests.openmetadata_server.platform import Platform, flights
from tests.openmetadata_standin import running

QUICKLY = settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""Without shrinking: events are large, and what is refused is named."""
NAMING = Naming(Options(), deployment="test")
UI = "http://dagster.example:3000"


def told(*found: HookEvent, catalog: Catalog | None = None, options: Options | None = None) -> list[Request]:
    """Return the requests that events and what code declares become."""
    knowledge = Knowledge(MemoryKeep())
    learned = Learned()
    for event in found:
        learned |= learn(event, knowledge, NAMING)
    if catalog is not None:
        learned |= learn_catalog(catalog, knowledge, NAMING)
    return requests_for(learned, knowledge, NAMING, options or Options(), ui_url=UI)


def test_a_run_of_the_example(judge: Judge) -> None:
    """Every body that a real run of the example becomes is taken."""
    requests = told(*flights())

    assert len({type(request) for request in requests}) >= 6
    assert refused(judge, requests) == []


def test_a_shop(judge: Judge) -> None:
    """An API, a file, a dashboard and a dbt model are taken."""
    facts = shop()
    requests = requests_for(facts.everything(), facts, NAMING, Options(), ui_url=UI)

    assert refused(judge, requests) == []


@pytest.mark.parametrize("warn_as", ["success", "failed"])
def test_a_run_without_a_ui(judge: Judge, warn_as: str) -> None:
    """What has no links, and warns otherwise, is taken too."""
    options = Options.model_validate({"warn_as": warn_as, "send_sql": False})

    assert refused(judge, told(*flights(), options=options)) == []


@QUICKLY
@given(st.lists(events(), max_size=8))
def test_any_events(judge: Judge, found: list[HookEvent]) -> None:
    """Whatever events say, the models take what becomes of them."""
    assert refused(judge, told(*found)) == []


ODDITIES = ["a.b", "a::b", 'say "hi"', "a > b", "line\nbreak", "straße", "数据", "🦆", " ", "x" * 300, "Orders"]
ODD = st.one_of(st.sampled_from(ODDITIES), st.text(min_size=1, max_size=20))
PLACES = ["duckdb://w", "postgres://h:5432", "snowflake", "s3://b", "file", "https://h", "unknown"]
REFS = st.builds(
    DatasetRef,
    namespace=st.sampled_from(PLACES),
    name=st.one_of(ODD, st.lists(ODD, min_size=2, max_size=3).map(".".join)),
)
RENAMED = frozenset({"asset_key", "check_name", "job_name", "step_key", "code_location", "name"})
TOUCHED = frozenset({"asset_key", "dataset", "correlation", "columns", "edges", "child_tables", "check_name"})
MODELS = st.builds(
    KnownModel,
    unique_id=ODD,
    resource_type=st.sampled_from(["model", "seed", "snapshot", "source"]),
    materialized=st.sampled_from([None, "table", "view", "incremental", "odd"]),
    raw_sql=st.none() | ODD,
    path=st.none() | ODD,
    tags=st.lists(ODD, max_size=2).map(tuple),
    meta=st.dictionaries(ODD, JSON, max_size=2),
)
COLUMNS = st.builds(Column, name=ODD, type=st.none() | ODD, description=st.none() | ODD)
DECLARED: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    owners=st.lists(st.sampled_from(["team:core", "ada@example.org", "ada"]), max_size=2).map(tuple),
    tags=st.dictionaries(ODD, ODD, max_size=2),
    kinds=st.lists(ODD, max_size=2).map(tuple),
    description=st.none() | ODD,
    columns=st.lists(st.builds(Column, name=ODD, type=st.none() | ODD, description=st.none() | ODD), max_size=3).map(
        tuple
    ),
    metadata=st.dictionaries(ODD, JSON, max_size=2),
    model=st.none() | MODELS,
)
EXPOSURES = st.builds(
    KnownExposure,
    unique_id=ODD,
    name=ODD,
    project=ODD,
    code_location=st.just("nyc_flights"),
    type=st.sampled_from(["dashboard", "notebook", "analysis", "ml", "application", "odd"]),
    label=st.none() | ODD,
    url=st.none() | st.sampled_from(["https://bi.example/d/1", "not a url", ""]),
    description=st.none() | ODD,
    datasets=st.lists(REFS, max_size=2).map(tuple),
)


@st.composite
def renamed(draw: st.DrawFn) -> list[HookEvent]:
    """Return the events of a real run in which datasets, keys, columns and checks have odd names."""
    names: dict[str, str] = {}
    refs: dict[DatasetRef, DatasetRef] = {}

    def other(value: Any, field: str = "") -> Any:
        if isinstance(value, DatasetRef):
            return refs.setdefault(value, draw(REFS)) if value.resolved else value
        if isinstance(value, str) and field in (
            "asset_key",
            "check_name",
            "job_name",
            "step_key",
            "code_location",
            "name",
        ):
            return names.setdefault(value, draw(ODD))
        if isinstance(value, Column):
            return replace(value, name=names.setdefault(value.name, draw(ODD)), description=draw(st.none() | ODD))
        if isinstance(value, tuple):
            return tuple(other(each) for each in value)
        if hasattr(value, "__dataclass_fields__") and not isinstance(value, HookEvent):
            return replace(value, **{name: other(getattr(value, name), name) for name in value.__dataclass_fields__})
        return value

    run = [event for event in flights() if draw(st.booleans())][:25]
    return [
        replace(
            event,
            **{name: other(getattr(event, name), name) for name in event.__dataclass_fields__ if name in TOUCHED},
        )
        for event in run
    ]


@QUICKLY
@given(renamed())
def test_a_run_with_odd_names(judge: Judge, found: list[HookEvent]) -> None:
    """Dots, quotes, `::`, other scripts and long names anywhere in a run make bodies that the models take."""
    assert refused(judge, told(*found)) == []


@QUICKLY
@given(st.lists(DECLARED, max_size=3), st.lists(EXPOSURES, max_size=2))
def test_anything_that_code_declares(
    judge: Judge, declared: list[dict[str, Any]], exposures: list[KnownExposure]
) -> None:
    """Whatever code declares of the assets that ran, the models take what becomes of it."""
    homes = {
        event.asset_key: event.dataset
        for event in flights()
        if isinstance(event, (IngestionEvent, TransformEvent, PublishEvent)) and event.dataset is not None
    }
    known = tuple(
        KnownAsset(key=str(key), dataset=home, rule="dbt_relation", why="", code_location="nyc_flights", **each)
        for each, (key, home) in zip(declared, homes.items(), strict=False)
    )
    jobs = (KnownJob(name="load_flights", code_location="nyc_flights", asset_keys=tuple(each.key for each in known)),)
    catalog = Catalog(digest="x", assets=known, exposures=tuple(exposures), jobs=jobs)

    assert refused(judge, told(*flights(), catalog=catalog)) == []


def test_every_call_of_a_run(judge: Judge, tmp_path: Path) -> None:
    """What goes over the wire for a real run and what it is published again is taken, edges and governance too."""
    with running("2.0") as server:
        platform = Platform(tmp_path, server)
        platform.append(flights())
        platform.drain()
        platform.replay()
        why, models = refused_calls(judge, server.journal.calls)

    assert why == []
    assert {DATA_MODEL, EDGE, PROFILE, RESULT, STATUS} - models <= {DATA_MODEL}
