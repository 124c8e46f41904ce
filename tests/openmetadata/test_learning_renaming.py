"""What was learned under names that the settings no longer give is forgotten."""

from __future__ import annotations

from phlo_hooks.subscribers.openmetadata.learning import forget_renamed
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options, ServiceRule
from tests.openmetadata.learning_shop import (
    MART,
    NAMING,
    RAW,
    STAGED,
    Learner,
    Run,
    columns,
    edge,
    everything,
    load_with_child,
)

RENAMED = Naming(
    Options(pipeline_name="{job}", services=[ServiceRule(platform="postgres", service="prod")]), deployment="test"
)


def shop(learner: Learner, *runs: Run) -> None:
    """Learn runs that load, build and check, with a job and without."""
    for run in runs:
        learner(
            run.start("raw/orders", "staging/orders"),
            load_with_child(run),
            run.transform(columns=columns("id")),
            run.lineage(edge(RAW, STAGED, "id", upstream_asset_key="raw/orders")),
            run.check(),
            run.end(),
        )


def test_old_names_are_forgotten_when_the_events_were_learned_again() -> None:
    """Then all is as if nothing had been learned under the old names: tables, child tables, edges, checks, jobs."""
    learner, fresh = Learner(), Learner(naming=RENAMED)
    for each in (learner, fresh):
        shop(each, Run(1), Run(2, job="__ASSET_JOB"))
    learner.naming = RENAMED
    for number, job in ((1, "daily"), (2, "__ASSET_JOB")):
        shop(learner, Run(number, job=job))
    both = {fact.name.parts[0] for fact in learner.known.all_tables()}

    forget_renamed(learner.known, RENAMED)
    learner.known.commit()

    assert both >= {"postgres_db", "prod"}
    assert everything(learner.known) == everything(fresh.known)


def test_a_dataset_of_which_no_event_is_left_is_known_no_more() -> None:
    """What the settings call otherwise, and nobody has told since, is told by the next run under its new name."""
    learner = Learner()
    learner(Run(1).transform(MART, "marts/sales", columns=columns("total")))

    forget_renamed(learner.known, RENAMED)
    forgotten = list(learner.known.all_tables())
    learner.naming = RENAMED
    learner(Run(2).transform(MART, "marts/sales", columns=columns("total")))

    assert forgotten == []
    assert [fact.asset_keys for fact in learner.known.all_tables()] == [("marts/sales",)]


def test_the_same_names_forget_nothing() -> None:
    """Settings that name all as before leave every fact as it is."""
    learner = Learner()
    shop(learner, Run(1), Run(2, job="__ASSET_JOB"))
    before = everything(learner.known)

    forget_renamed(learner.known, NAMING)

    assert everything(learner.known) == before
