from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks.subscribers.openmetadata.facts import CheckFact, Learned, ProfileFact, ResultFact
from phlo_hooks.subscribers.openmetadata.mapping import requests_for
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind, join
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import (
    PostResult,
    PutDataModel,
    PutEdge,
    PutEntity,
    PutProfile,
    PutStatus,
    PutTest,
    Request,
    SettleEdges,
)
from tests.openmetadata.known_shop import (
    AT,
    BOARD,
    FILE,
    JOB,
    MART,
    NAMING,
    ORDERS_API,
    RAW,
    STAGING,
    UI,
    KnownFacts,
    named,
    run_of,
    shop,
)

DATASETS = tuple(map(named, (ORDERS_API, RAW, STAGING, MART, FILE)))
CHECK = CheckFact(table=named(RAW), asset_key="raw/orders", name="enough", column="id")
WHOLE = shop()


def requests(learned: Learned, known: KnownFacts = WHOLE, options: Options | None = None) -> list[Request]:
    return requests_for(learned, known, NAMING, options or Options(), ui_url=UI)


def result(minutes: int, outcome: str = "pass", check: CheckFact = CHECK) -> ResultFact:
    return ResultFact(check=check, at=AT + timedelta(minutes=minutes), outcome="success", data_outcome=outcome)


def size(minutes: int, name: EntityName = CHECK.table) -> ProfileFact:
    return ProfileFact(table=name, at=AT + timedelta(minutes=minutes), rows=minutes)


some_datasets = st.frozensets(st.sampled_from(DATASETS))
learned_things = st.builds(
    Learned,
    tables=some_datasets,
    lineages=some_datasets,
    settled=some_datasets,
    pipelines=st.frozensets(st.just(JOB)),
    exposures=st.frozensets(st.just(BOARD)),
    runs=st.frozensets(st.just("run-1")),
    results=st.lists(st.builds(result, st.integers(0, 3)), max_size=3).map(tuple),
    profiles=st.lists(st.builds(size, st.integers(0, 3), st.sampled_from(DATASETS)), max_size=3).map(tuple),
)


def named_by(request: Request) -> set[EntityName]:
    """Return the entities that have to be there before a request, besides parents."""
    match request:
        case PutEdge():
            return {request.upstream, request.downstream}
        case PutDataModel() | PutTest() | PutProfile():
            return {request.table}
        case PutStatus():
            return {request.pipeline}
        case _:
            return set()


@given(learned_things)
def test_everything_comes_after_what_it_names(learned: Learned) -> None:
    """Every parent precedes its child, every end its edge, every table its tests and sizes, every case its results."""
    there: set[str] = set()
    for request in requests(learned):
        assert {str(name) for name in named_by(request)} <= there
        if isinstance(request, PutEntity):
            assert len(request.name.parts) == 1 or any(
                each.partition(" ")[2] == join(request.name.parts[:-1]) for each in there
            )
            there.add(str(request.name))
        elif isinstance(request, PutTest):
            there.add(str(request.case))
        elif isinstance(request, PostResult):
            assert str(request.case) in there


@given(learned_things)
def test_same_facts_give_the_same_bytes(learned: Learned) -> None:
    """Mapping twice, facts in another order, gives equal requests, to the byte."""
    known = shop()
    turned = KnownFacts(
        tables=dict(reversed(known.tables.items())),
        assets=dict(reversed(known.assets.items())),
        lineages=dict(reversed(known.lineages.items())),
        pipelines=known.pipelines,
        runs=known.runs,
        exposures=known.exposures,
    )

    first, second = requests(learned, known), requests(learned, turned)

    assert [json.dumps(asdict(each)) for each in first] == [json.dumps(asdict(each)) for each in second]


@given(learned_things)
def test_no_entity_is_put_twice(learned: Learned) -> None:
    """Each entity, model, edge and test stands once among the requests."""
    found = requests(learned)
    entities = [each.name for each in found if isinstance(each, PutEntity)]
    edges = [(each.upstream, each.downstream) for each in found if isinstance(each, PutEdge)]
    models = [each.table for each in found if isinstance(each, PutDataModel)]

    assert len(entities) == len(set(entities))
    assert len(edges) == len(set(edges))
    assert len(models) == len(set(models))


def test_nothing_learned_is_nothing_to_send() -> None:
    """An event that said nothing new asks for nothing."""
    assert requests(Learned()) == []


def test_what_was_learned_and_is_not_known_is_left_out() -> None:
    """Names of which no fact is kept ask for nothing."""
    assert requests(WHOLE.everything() | Learned(results=(result(1),), profiles=(size(1),)), KnownFacts()) == []


def test_order_of_kinds() -> None:
    """Entities come first, then models, edges, settling, runs, tests, results, sizes."""
    learned = WHOLE.everything() | Learned(results=(result(1),), profiles=(size(1),))

    kinds = [type(each) for each in requests(learned)]

    order = [PutEntity, PutDataModel, PutEdge, SettleEdges, PutStatus, PutTest, PostResult, PutProfile]
    ranks = [order.index(kind) for kind in kinds if kind is not SettleEdges]
    assert ranks == sorted(ranks)
    assert set(kinds) == set(order)


def test_edge_brings_its_ends_and_no_pipeline() -> None:
    """A pipeline is told when it is learned, not with each of its tables: they are many, and it is large."""
    found = requests(Learned(lineages=frozenset({named(STAGING)})))

    kinds = {each.name.kind for each in found if isinstance(each, PutEntity)}
    assert kinds == {Kind.DATABASE_SERVICE, Kind.DATABASE, Kind.DATABASE_SCHEMA, Kind.TABLE}
    assert [each.pipeline for each in found if isinstance(each, PutEdge)] == [JOB]


def test_quiet_run_asks_for_little() -> None:
    """A run that told no structure brings its pipeline along, and its status: no table, no edge."""
    assert [str(each.name) if isinstance(each, PutEntity) else type(each).__name__ for each in _run("run-1")] == [
        "pipelineService dagster",
        'pipeline dagster."shop.daily"',
        "PutStatus",
    ]


def _run(run_id: str) -> list[Request]:
    return requests(Learned(runs=frozenset({run_id})))


def test_runs_are_told_oldest_first() -> None:
    """Statuses stand by pipeline and time, however the runs are called."""
    late = replace(run_of("a", "failure"), started_at=AT + timedelta(hours=1))
    known = shop().put(late, run_of("b"))

    found = requests(Learned(runs=frozenset({"a", "b"})), known)

    assert [each.body["executionId"] for each in found if isinstance(each, PutStatus)] == ["b", "a"]


def test_results_are_told_oldest_first() -> None:
    """Results stand by time, so that incidents open and close in order; the test stands once."""
    learned = Learned(results=(result(2, "pass"), result(1, "fail")))

    found = requests(learned)

    assert [each.body["result"] for each in found if isinstance(each, PostResult)] == ["fail", "pass"]
    assert sum(isinstance(each, PutTest) for each in found) == 1


def test_sizes_can_be_kept_back() -> None:
    """With ``send_profiles = false`` no size is told."""
    found = requests(Learned(profiles=(size(1),)), options=Options(send_profiles=False))

    assert not any(isinstance(each, PutProfile) for each in found)


def test_dataset_is_told_under_one_name() -> None:
    """However events spell a dataset, it is one entity, one end of edges, and has its tests there."""
    known = shop()
    shouted = EntityName(Kind.TABLE, tuple(map(str.upper, CHECK.table.parts)))
    known.spellings[shouted] = named(RAW)
    told = known.lineages[named(STAGING), "staging/stg_orders"]
    edge = replace(told.edges[0], upstream=shouted)
    known.put(replace(told, edges=(edge,)), replace(known.exposures[BOARD], upstream=(shouted,)))
    both = frozenset({shouted, named(RAW), named(STAGING)})
    learned = replace(Learned(), tables=both, lineages=both, settled=both, exposures=frozenset({BOARD}))
    check = replace(CHECK, table=shouted)
    learned |= Learned(results=(result(1, check=check),), profiles=(size(1, shouted),))

    found = requests(learned, known)

    assert not any("ORDERS" in str(each) for each in found)
    assert len({each.upstream for each in found if isinstance(each, PutEdge)}) == 2


def test_service_of_two_kinds_is_one() -> None:
    """Two datasets that rules put into one service are in the first one's kind of service, always."""
    known = shop()
    options = Options.model_validate({"services": [{"service": "one"}]})
    naming = type(NAMING)(options, deployment="test")
    for ref in (RAW, replace(RAW, namespace="postgres://db", name="lake.raw.other")):
        name = naming.dataset(ref)
        assert name is not None
        known.put(replace(known.tables[named(RAW)], name=name, dataset=ref))
    tables = frozenset(name for name in known.tables if name.parts[0] == "one")

    found = requests_for(Learned(tables=tables), known, naming, options, ui_url=None)

    services = [each for each in found if isinstance(each, PutEntity) and each.name.kind is Kind.DATABASE_SERVICE]
    assert [(each.name.name, each.body["serviceType"]) for each in services] == [("one", "CustomDatabase")]
