from __future__ import annotations

from dataclasses import replace
from typing import Any

from phlo_hooks.subscribers.openmetadata.facts import PipelineFact, TaskFact
from phlo_hooks.subscribers.openmetadata.pipelines import pipeline_entities
from tests.openmetadata.known_shop import GROUP, JOB, UI, KnownFacts, shop


def body_of(pipeline: PipelineFact, known: KnownFacts | None = None, ui_url: str | None = UI) -> dict[str, Any]:
    known = (known or KnownFacts()).put(pipeline)
    return dict([*pipeline_entities(pipeline.name, known, ui_url=ui_url)][-1].body)


def job(*tasks: TaskFact) -> PipelineFact:
    return PipelineFact(name=JOB, code_location="shop", job="daily", tasks={task.name: task for task in tasks})


def order(body: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(task["name"], task["downstreamTasks"]) for task in body["tasks"]]


def test_job_is_a_pipeline() -> None:
    """A job is a pipeline under its location's name, shown as the job, that links to the job's page."""
    service, pipeline = pipeline_entities(JOB, shop(), ui_url=UI)

    assert service.body == {"name": "dagster", "serviceType": "Dagster"}
    assert str(pipeline.name) == 'pipeline dagster."shop.daily"'
    assert {key: value for key, value in pipeline.body.items() if key != "tasks"} == {
        "name": "shop.daily",
        "displayName": "daily",
        "description": "The Dagster job `daily` in the code location `shop`.",
        "service": "dagster",
        "sourceUrl": "http://dagster.example:3000/locations/shop/jobs/daily",
    }


def test_group_is_a_pipeline() -> None:
    """Assets without a job of their own are in the pipeline of their group, which links to the group's page."""
    body = body_of(PipelineFact(name=GROUP, code_location="my shop", group="marts"))

    assert body["displayName"] == "marts"
    assert body["sourceUrl"] == "http://dagster.example:3000/locations/my%20shop/asset-groups/marts"
    assert "group `marts` in the code location `my shop`" in body["description"]


def test_tasks_are_assets_and_steps() -> None:
    """A task is an asset with its description and page, or a step, which has its job's page."""
    body = body_of(shop().pipelines[JOB], shop())

    assert body["tasks"][0] == {
        "name": "raw__orders",
        "displayName": "raw/orders",
        "taskType": "dlt",
        "downstreamTasks": ["staging__stg_orders"],
        "description": "Orders as the shop has them.",
        "sourceUrl": "http://dagster.example:3000/assets/raw/orders",
    }
    assert body["tasks"][-1] == {
        "name": "notify",
        "displayName": "notify",
        "taskType": "op",
        "downstreamTasks": [],
        "sourceUrl": "http://dagster.example:3000/locations/shop/jobs/daily",
    }


def test_tasks_stand_in_the_order_of_the_data() -> None:
    """Tasks stand after those before them, and name those after them; tasks that the pipeline lacks are no one's."""
    assert order(body_of(shop().pipelines[JOB], shop())) == [
        ("raw__orders", ["staging__stg_orders"]),
        ("staging__stg_orders", ["marts__revenue"]),
        ("marts__revenue", ["notify"]),
        ("notify", []),
    ]


def test_tasks_without_order_stand_by_name() -> None:
    """The same tasks always stand in the same order."""
    tasks = [TaskFact(name=name, step_key=name) for name in ("c", "a", "b")]

    assert body_of(job(*tasks)) == body_of(job(*reversed(tasks)))
    assert [name for name, _ in order(body_of(job(*tasks)))] == ["a", "b", "c"]


def test_task_has_a_name() -> None:
    """A task without a name would make the server refuse the pipeline."""
    assert order(body_of(job(TaskFact(name=""), TaskFact(name="a", upstream=("",))))) == [("a", [])]


def test_circle_of_tasks_is_told() -> None:
    """Tasks that wait for each other, or for themselves, are told all the same, after the others."""
    tasks = [
        TaskFact(name="a", upstream=("b", "a")),
        TaskFact(name="b", upstream=("a",)),
        TaskFact(name="z"),
    ]

    assert order(body_of(job(*tasks))) == [("z", []), ("a", ["b"]), ("b", ["a"])]


def test_no_links_without_a_web_server() -> None:
    """Nothing links to a Dagster UI that nobody named, nor to a code location that nobody knows."""
    body = body_of(shop().pipelines[JOB], shop(), ui_url=None)
    nowhere = body_of(replace(job(), code_location=None))

    assert "sourceUrl" not in body
    assert not any("sourceUrl" in task for task in body["tasks"])
    assert "sourceUrl" not in nowhere


def test_job_s_own_words() -> None:
    """A job's description and schedule are told as the code has them."""
    body = body_of(replace(job(), description="Every night.", schedule="0 3 * * *"))

    assert (body["description"], body["scheduleInterval"]) == ("Every night.", "0 3 * * *")


def test_docstring_loses_its_indentation() -> None:
    """A job's and a task's description that is a docstring is told as it is meant to be read."""
    doc = "Orders.\n\n    One a line.\n    "
    known = shop()
    known.put(replace(known.assets["raw/orders"], description=doc))

    body = body_of(replace(known.pipelines[JOB], description=doc), known)

    assert body["description"] == body["tasks"][0]["description"] == "Orders.\n\nOne a line."


def test_unknown_pipeline_yields_nothing() -> None:
    """Of a pipeline that nothing is known of nothing is told."""
    assert [*pipeline_entities(GROUP, KnownFacts(), ui_url=UI)] == []
