"""Pipelines, their tasks, and the order of these."""

from __future__ import annotations

from phlo_hooks.catalog import Catalog, KnownAsset, KnownJob, KnownUpstream
from phlo_hooks.subscribers.openmetadata.facts import PipelineFact
from phlo_hooks.subscribers.openmetadata.learning import learn_catalog
from phlo_hooks.subscribers.openmetadata.names import EntityName
from tests.openmetadata.learning_shop import MART, NAMING, RAW, STAGED, Learner, Run, edge, pipeline

DAILY = pipeline()


def known(learner: Learner, name: EntityName = DAILY) -> PipelineFact:
    """The pipeline, which must be known."""
    fact = learner.known.pipeline(name)
    assert fact is not None
    return fact


def test_a_job_has_the_assets_that_its_run_plans() -> None:
    """They are known when the run starts, before any of them is made."""
    learner, run = Learner(), Run()

    learned = learner(run.start("raw/orders", "staging/orders"))

    fact = known(learner)
    assert (fact.job, fact.group, fact.code_location) == ("daily", None, "shop")
    assert list(fact.tasks) == ["raw__orders", "staging__orders"]
    assert fact.tasks["raw__orders"].asset_key == "raw/orders"
    assert learned.pipelines == {DAILY}


def test_a_task_says_what_kind_it_is_and_which_step_makes_it() -> None:
    """Both come with the asset's own events, and are told with the run's end."""
    learner, run = Learner(), Run()
    learner(run.start("raw/orders"))

    end = learner(run.make(type(run.load()), "ingestion.end", {"step_key": "load"}, asset_key="raw/orders", tool="dlt"))
    over = learner(run.end())

    found = known(learner).tasks["raw__orders"]
    assert (found.kind, found.step_key) == ("dlt", "load")
    assert not end.pipelines
    assert over.pipelines == {DAILY}


def test_an_asset_that_was_not_planned_is_a_task_at_once() -> None:
    """A status that names it must find it there."""
    learner, run = Learner(), Run()
    learner(run.start("raw/orders"))

    learned = learner(run.transform())

    assert learned.pipelines == {DAILY}
    assert "staging__orders" in known(learner).tasks


def test_an_ad_hoc_run_makes_tasks_of_asset_groups() -> None:
    """Each group is a pipeline of its own."""
    learner, run = Learner(), Run(job="__ASSET_JOB")

    learned = learner(run.start("raw/orders"), run.load(), run.transform())

    raw, staging = pipeline("shop.group.raw"), pipeline("shop.group.staging")
    assert learned.pipelines == {raw, staging}
    assert list(known(learner, raw).tasks) == ["raw__orders"]
    assert (known(learner, staging).job, known(learner, staging).group) == (None, "staging")


def test_steps_are_tasks_unless_they_make_assets_or_check() -> None:
    """A step is noted when it ends: by then its checks were told."""
    learner, run = Learner(), Run()

    learner(
        run.step("step.start", "load", "started", "raw/orders"),
        run.step("step.end", "load", "success", "raw/orders"),
        run.check(where={"step_key": "checks"}),
        run.step("step.end", "checks", "success"),
        run.step("step.end", "notify", "success"),
    )

    assert {name: task.kind for name, task in known(learner).tasks.items()} == {"notify": "op"}


def test_copies_of_a_mapped_step_are_one_task() -> None:
    """Each run maps other keys: a pipeline does not grow with them; of the copies the worst stands for the task."""
    learner = Learner()
    for number, broken in ((1, "failure"), (2, "success")):
        run = Run(number)
        learner(
            run.step("step.start", f"work[{number}_a]", "started"),
            run.step("step.end", f"work[{number}_a]", "success"),
            run.step("step.end", f"work[{number}_b]", broken),
            run.check(where={"step_key": f"judge[{number}]"}),
            run.step("step.end", f"judge[{number}]", "success"),
        )

    first, second = learner.known.run("run-1"), learner.known.run("run-2")
    assert list(known(learner).tasks) == ["work"]
    assert first is not None
    assert second is not None
    assert {name: (task.status, task.step_key) for name, task in first.tasks.items()} == {
        "work": ("failure", "work[1_b]")
    }
    assert {name: task.status for name, task in second.tasks.items()} == {"work": "success"}


def test_lineage_gives_the_order() -> None:
    """A task comes after the tasks that make what its asset reads; assets of other pipelines give no order."""
    learner, run = Learner(), Run()

    learner(
        run.start("raw/orders", "staging/orders"),
        run.lineage(edge(RAW, STAGED, upstream_asset_key="raw/orders"), edge(MART, STAGED, upstream_asset_key="x/y")),
        run.end(),
    )

    tasks = known(learner).tasks
    assert tasks["staging__orders"].upstream == ("raw__orders",)
    assert tasks["raw__orders"].upstream == ()


def declared(key: str, *upstream: str, group: str = "raw") -> KnownAsset:
    """An asset as code declares it."""
    ups = tuple(KnownUpstream(dataset=RAW, asset_key=each) for each in upstream)
    return KnownAsset(
        key=key, dataset=STAGED, rule="", why="", code_location="shop", group=group, upstreams=ups, kinds=("dbt",)
    )


def test_what_code_declares_gives_the_order_before_anything_ran() -> None:
    """The declared order wins over what lineage told."""
    learner, run = Learner(), Run()
    catalog = Catalog(digest="1", assets=(declared("a"), declared("b", "a"), declared("c", "b")))
    learner(run.start("a", "b", "c"))

    learned = learn_catalog(catalog, learner.known, NAMING)

    tasks = known(learner).tasks
    assert {name: task.upstream for name, task in tasks.items()} == {"a": (), "b": ("a",), "c": ("b",)}
    assert {task.kind for task in tasks.values()} == {"dbt"}
    assert learned.pipelines == {DAILY}


def test_a_job_has_the_assets_that_code_says_it_has() -> None:
    """What is gone from the job is no task; what was added is one before its first run. Steps stay."""
    learner, run = Learner(), Run()
    job = KnownJob(
        name="daily", code_location="shop", asset_keys=("a", "new"), schedule="0 6 * * *", description="All."
    )
    learner(run.start("a", "gone"), run.step("step.end", "notify", "success"))

    learn_catalog(Catalog(digest="1", assets=(declared("a"), declared("new")), jobs=(job,)), learner.known, NAMING)

    fact = known(learner)
    assert list(fact.tasks) == ["a", "new", "notify"]
    assert (fact.schedule, fact.description) == ("0 6 * * *", "All.")


def test_a_group_has_the_assets_that_code_has_in_it() -> None:
    """One that left code, or moved to another group, is no task any more."""
    learner, run = Learner(), Run(job="__ASSET_JOB")
    learner(run.start(), run.load(key="a"), run.load(key="moved"), run.load(key="gone"))

    learn_catalog(Catalog(digest="1", assets=(declared("a"), declared("moved", group="other"))), learner.known, NAMING)

    assert list(known(learner, pipeline("shop.group.raw")).tasks) == ["a"]


def test_a_table_goes_over_to_the_job_that_still_makes_it() -> None:
    """When code says that the first job makes it no more, the next one that did is its pipeline."""
    learner = Learner()
    learner(Run(1, job="old").transform(), Run(2, job="new").transform())
    jobs = (KnownJob(name="new", code_location="shop", asset_keys=("staging/orders",)),)

    learned = learn_catalog(Catalog(digest="1", assets=(declared("staging/orders"),), jobs=jobs), learner.known, NAMING)

    (fact,) = learner.known.all_tables()
    assert fact.pipeline == pipeline("shop.new")
    assert fact.name in learned.tables


def test_a_replay_of_an_ad_hoc_run_brings_its_groups_first() -> None:
    """A status or an edge that carries a group's pipeline must find it there."""
    learner, run = Learner(), Run(job="__ASSET_JOB")
    events = [run.start(), run.load(), run.transform(), run.end()]
    learner(*events)

    learned = learner(events[0], again=True)

    assert learned.pipelines == {pipeline("shop.group.raw"), pipeline("shop.group.staging")}
