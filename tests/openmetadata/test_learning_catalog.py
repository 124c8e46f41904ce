"""What code declares: assets, jobs, exposures, sources."""

from __future__ import annotations

from dataclasses import replace

from phlo_hooks.catalog import Catalog, KnownAsset, KnownExposure, KnownJob, KnownModel, KnownUpstream
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.learning import learn_catalog
from tests.openmetadata.learning_shop import (
    MART,
    NAMING,
    RAW,
    STAGED,
    UNKNOWN,
    Learner,
    Run,
    columns,
    pipeline,
    ref,
    table,
)

ORDERS = KnownAsset(
    key="raw/orders",
    dataset=RAW,
    rule="metadata",
    why="",
    code_location="shop",
    group="raw",
    kinds=("dlt",),
    owners=("team:core",),
    tags={"pii": "yes"},
    description="All orders.",
    columns=columns("id"),
    metadata={"domain": "sales"},
)
STAGING = KnownAsset(
    key="staging/orders",
    dataset=STAGED,
    rule="dbt_relation",
    why="",
    code_location="shop",
    upstreams=(KnownUpstream(dataset=RAW, asset_key="raw/orders"), KnownUpstream(dataset=ref("shop.raw.customers"))),
    model=KnownModel(unique_id="model.shop.orders"),
)
BOARD = KnownExposure(
    unique_id="exposure.shop.board", name="board", project="shop", code_location="shop", datasets=(STAGED, UNKNOWN)
)
PLACES = (("zoo", ref("shop.other.orders")), ("shop", RAW), ("zoo", ref("shop.other.orders")), ("shop", RAW))
"""Runs of two code locations in turn, and what each makes."""
DAILY = KnownJob(name="daily", code_location="shop", asset_keys=("raw/orders",))


def catalog(*assets: KnownAsset, exposures: tuple[KnownExposure, ...] = (), jobs: tuple[KnownJob, ...] = ()) -> Catalog:
    """A catalog with a digest of what is in it."""
    digest = repr((assets, exposures, jobs))
    return Catalog(digest=digest, assets=assets, exposures=exposures, jobs=jobs)


class Reader(Learner):
    """Learns catalogs too."""

    def declare(self, found: Catalog, *, again: bool = False) -> Learned:
        """Learn a catalog."""
        learned = learn_catalog(found, self.known, NAMING, again=again)
        self.known.commit()
        return learned


def test_an_asset_is_known_as_it_is_declared() -> None:
    """Everything that mapping can use stands in the fact."""
    reader = Reader()

    reader.declare(catalog(ORDERS, STAGING))

    orders, staging = reader.known.asset("raw/orders"), reader.known.asset("staging/orders")
    assert orders is not None
    assert staging is not None
    assert (orders.name, orders.group) == (table("raw.orders"), "raw")
    assert (orders.kinds, orders.owners) == (("dlt",), ("team:core",))
    assert (orders.description, orders.columns, orders.tags) == ("All orders.", columns("id"), {"pii": "yes"})
    assert orders.metadata == {"domain": "sales"}
    assert (staging.upstream_keys, staging.model) == (("raw/orders",), KnownModel(unique_id="model.shop.orders"))
    assert staging.upstream == (table("raw.customers"), table("raw.orders"))
    assert reader.known.assets_of(table("raw.orders")) == (orders,)


def test_only_datasets_that_events_spoke_of_are_told() -> None:
    """An asset that never ran is no table; when it has run, what code says of it is known."""
    reader = Reader()
    reader(Run().load())

    learned = reader.declare(catalog(ORDERS, STAGING))

    assert learned.tables == {table("raw.orders")}


def test_what_an_event_says_of_its_moment_describes_no_declared_asset() -> None:
    """dagster-dbt observes an asset with a remark on a test; a table without a description stays without one."""
    reader, run = Reader(), Run()
    reader.declare(catalog(replace(ORDERS, description=None), STAGING))

    reader(run.load(), run.asset("asset.observed", "raw/orders", RAW, description="Logging an `AssetObservation`."))

    fact = reader.known.table(table("raw.orders"))
    assert fact is not None
    assert fact.description is None


def test_the_same_catalog_says_nothing_new() -> None:
    """One that is read again tells nothing, unless asked; one that differs tells what differs."""
    reader = Reader()
    reader(Run().load(), Run().transform())
    reader.declare(catalog(ORDERS, STAGING, exposures=(BOARD,)))

    same = reader.declare(catalog(ORDERS, STAGING, exposures=(BOARD,)))
    again = reader.declare(catalog(ORDERS, STAGING, exposures=(BOARD,)), again=True)
    other = reader.declare(catalog(replace(ORDERS, description="Orders."), STAGING, exposures=(BOARD,)))

    assert same == Learned()
    assert again.tables == {table("raw.orders"), table("staging.orders")}
    assert again.exposures == {NAMING.exposure(BOARD)}
    assert (other.tables, other.exposures) == (frozenset({table("raw.orders")}), frozenset())


def test_an_asset_that_left_its_code_location_is_forgotten() -> None:
    """Its table is told once more, as what code said of it holds no more."""
    reader = Reader()
    reader(Run().load(), Run().transform())
    reader.declare(catalog(ORDERS, STAGING))

    learned = reader.declare(catalog(STAGING))

    assert reader.known.asset("raw/orders") is None
    assert reader.known.assets_of(table("raw.orders")) == ()
    assert learned.tables == {table("raw.orders")}


def test_nothing_is_gone_from_a_location_that_could_not_be_read() -> None:
    """Neither when the location is missing from the catalog, nor when a part of the catalog failed."""
    reader = Reader()
    reader.declare(catalog(ORDERS, exposures=(BOARD,), jobs=(DAILY,)))

    reader.declare(catalog(replace(STAGING, code_location="other")))
    reader.declare(replace(catalog(STAGING), notes=("shop: cannot be read",)))

    assert reader.known.asset("raw/orders") is not None
    assert reader.known.exposure(NAMING.exposure(BOARD)) is not None


def test_an_asset_that_moved_is_listed_at_its_new_dataset_only() -> None:
    """The dataset that it was before has its words no longer."""
    reader = Reader()
    reader.declare(catalog(STAGING))

    reader.declare(catalog(replace(STAGING, dataset=MART)))

    assert reader.known.assets_of(table("staging.orders")) == ()
    assert [fact.key for fact in reader.known.assets_of(table("marts.sales"))] == ["staging/orders"]


def test_an_asset_whose_dataset_nobody_knows_is_known_by_its_key() -> None:
    """It gives the order of tasks, and a group."""
    reader = Reader()

    reader.declare(catalog(replace(ORDERS, dataset=UNKNOWN)))

    fact = reader.known.asset("raw/orders")
    assert fact is not None
    assert (fact.name, fact.group) == (None, "raw")


def test_the_location_that_makes_an_asset_speaks_for_it() -> None:
    """Another one that only reads it, and declares it external, does not."""
    reader = Reader()
    stub = replace(ORDERS, code_location="bi", external=True, description=None, group="default")

    reader.declare(catalog(stub, ORDERS))

    fact = reader.known.asset("raw/orders")
    assert fact is not None
    assert (fact.code_location, fact.description) == ("shop", "All orders.")


def test_dbts_sources_that_are_no_assets_have_their_words() -> None:
    """They stand beside the assets, under dbt's name for them."""
    reader = Reader()
    model = KnownModel(unique_id="source.shop.raw.customers", resource_type="source")
    source = KnownUpstream(
        dataset=ref("shop.raw.customers"), description="Who buys.", columns=columns("id"), model=model
    )

    reader.declare(catalog(replace(STAGING, upstreams=(source,))))

    (fact,) = reader.known.assets_of(table("raw.customers"))
    assert (fact.key, fact.description, fact.external) == ("source:source.shop.raw.customers", "Who buys.", True)
    assert (fact.columns, fact.model) == (columns("id"), model)


def test_an_exposure_reads_datasets() -> None:
    """It is found by its name, and by what it reads."""
    reader = Reader()

    learned = reader.declare(catalog(STAGING, exposures=(BOARD,)))

    name = NAMING.exposure(BOARD)
    fact = reader.known.exposure(name)
    assert fact is not None
    assert (fact.upstream, fact.type) == ((table("staging.orders"),), "dashboard")
    assert learned.exposures == {name}
    assert reader.known.exposures_of(table("staging.orders")) == (fact,)
    assert reader.known.exposures_of(table("raw.orders")) == ()


def test_an_exposure_that_is_gone_is_forgotten() -> None:
    """It is for prune to take it away there."""
    reader = Reader()
    reader.declare(catalog(STAGING, exposures=(BOARD,)))

    reader.declare(catalog(STAGING))

    assert not list(reader.known.all_exposures())


def test_a_job_that_changes_tells_its_pipeline() -> None:
    """Its schedule is the pipeline's; a job that never ran is no pipeline."""
    reader = Reader()
    reader(Run().start("raw/orders"))

    first = reader.declare(catalog(ORDERS, jobs=(DAILY, replace(DAILY, name="never"))))
    second = reader.declare(catalog(ORDERS, jobs=(replace(DAILY, schedule="0 6 * * *"),)))

    assert pipeline() in first.pipelines
    assert second.pipelines == {pipeline()}
    assert [fact.schedule for fact in reader.known.all_pipelines()] == ["0 6 * * *"]


def test_spellings_of_code_meet_those_of_events() -> None:
    """An asset whose code spells its table in another case is that table's all the same."""
    reader = Reader()
    upper, lower = (DatasetRef(namespace="duckdb://lake", name=name) for name in ("LAKE.RAW.ORDERS", "lake.raw.orders"))
    reader(Run().load(lower))

    reader.declare(catalog(replace(ORDERS, dataset=upper)))

    (fact,) = reader.known.all_tables()
    assert [asset.key for asset in reader.known.assets_of(fact.name)] == ["raw/orders"]


def test_an_exposure_is_told_again_when_its_table_becomes_known() -> None:
    """Code is read before the first run: only then can the edge be drawn."""
    reader = Reader()
    reader.declare(catalog(STAGING, exposures=(BOARD,)))

    learned = reader(Run().transform())

    assert learned.exposures == {NAMING.exposure(BOARD)}
    assert reader(Run(2).transform()).exposures == frozenset()


def test_a_location_that_declares_no_job_says_nothing_against_one() -> None:
    """What was recorded of it may be from a time when jobs were not recorded."""
    reader = Reader()
    reader(Run().load())

    reader.declare(catalog(ORDERS))

    (fact,) = reader.known.all_tables()
    assert fact.pipeline == pipeline()


def test_code_locations_may_have_assets_of_one_key() -> None:
    """Each table keeps its asset, whichever ran last, and what one declares never describes the other's table."""
    other = ref("shop.other.orders")
    learner = Reader()
    learner.declare(catalog(ORDERS, replace(ORDERS, code_location="zoo", dataset=other, description="The zoo's.")))
    runs = [(Run(number, location=place), dataset) for number, (place, dataset) in enumerate(PLACES, start=1)]

    learned = [learner(run.start("raw/orders"), run.load(dataset, columns=columns("id"))) for run, dataset in runs]

    zoo = table("other.orders")
    assert [each.tables for each in learned] == [{zoo}, {table("raw.orders")}, set(), set()]
    assert {fact.name: fact.asset_keys for fact in learner.known.all_tables()} == {
        zoo: ("raw/orders",),
        table("raw.orders"): ("raw/orders",),
    }
    assert [asset.description for asset in learner.known.assets_of(table("raw.orders"))] == ["All orders."]
    assert learner.known.assets_of(zoo) == ()
    assert [pipeline("shop.daily"), pipeline("zoo.daily")] == [each.name for each in learner.known.all_pipelines()]
