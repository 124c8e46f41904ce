"""A plan says what publishing would do, and does nothing."""

from __future__ import annotations

from functools import partial

from phlo_hooks.keep import Keep
from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.planning import Plan, planned
from phlo_hooks.subscribers.openmetadata.publishing import Api, Published, Publisher
from phlo_hooks.subscribers.openmetadata.requests import Governance, PutDataModel, PutProfile, Request, SettleEdges
from tests.openmetadata_server.desk import NOW, Desk


def publish(desk: Desk, requests: list[Request], client: Api, keep: Keep) -> Published:
    return Publisher(client, keep, desk.options).publish(requests, verify=True)


def plan(desk: Desk, *requests: Request) -> Plan:
    """Plan, and make sure that nothing was written."""
    before = dict(desk.keep.items())
    desk.heard.calls.clear()
    made = planned(desk.heard, desk.keep, partial(publish, desk, list(requests)))
    assert desk.heard.writes == []
    assert dict(desk.keep.items()) == before
    return made


def everything(desk: Desk) -> list[Request]:
    tables = [
        desk.table(f"t{number}", description="d", governance=Governance(tags=("PII.None",))) for number in range(6)
    ]
    return [
        *desk.above(),
        *tables,
        desk.table(),
        *desk.pipeline("one"),
        PutDataModel(table=desk.name("t1"), body={"modelType": "DBT", "sql": "select 1", "columns": []}),
        desk.edge("t0", "t1", ("id", "id"), pipeline=desk.pipelines.child(Kind.PIPELINE, "shop.daily")),
        desk.test(),
        desk.result("Failed", rows=2),
        desk.result("Success", at=NOW + 1000, key="2", resolves="It passed."),
        PutProfile(table=desk.name(), timestamp=NOW, body={"tableProfile": {"timestamp": NOW, "rowCount": 5}}),
        desk.status("Successful", "one"),
    ]


def test_plan_of_all_that_is_new(desk: Desk) -> None:
    """Each thing is a line; the server and the keep stay as they were."""
    prefix = desk.target.prefix

    lines = plan(desk, *everything(desk)).lines()

    assert f"+ table {desk.name('t0').fqn} (2 columns)" in lines
    assert f"~ table {desk.name('t0').fqn} + tag PII.None" in lines
    assert f"~ table {desk.name('t1').fqn} dbt model" in lines
    assert f"+ edge {desk.name('t0').fqn} -> {desk.name('t1').fqn} (1 column)" in lines
    assert f"+ 2 results of {desk.test().case.fqn}" in lines
    assert f'+ 1 run of {prefix}dagster."shop.daily"' in lines
    assert f"+ 1 size of {desk.name().fqn}" in lines
    assert lines[-1] == "= 3 unchanged"


def test_plan_of_what_stands_there_is_empty(desk: Desk) -> None:
    """After publishing it, whether that is remembered or not."""
    desk.publish(*everything(desk))

    assert plan(desk, *everything(desk)).lines() == []
    desk.forget()
    assert [line for line in plan(desk, *everything(desk)).lines() if "suite" not in line] == []


def test_plan_of_a_change_says_what_publishing_does(desk: Desk) -> None:
    """A column, a text, an edge that goes; afterwards nothing is left to do."""
    desk.publish(*everything(desk))
    wanted: list[Request] = [
        desk.table("t0", ["id", "new"], description="other"),
        SettleEdges(downstream=desk.name("t1"), upstream=()),
    ]

    lines = plan(desk, *wanted).lines()
    desk.publish(*wanted)

    fqn = desk.name("t0").fqn
    assert lines[:-1] == [
        f"~ table {fqn} description",
        f"~ table {fqn} + column new, - column x",
        f"~ table {fqn} - tag PII.None",
        f"- edge {fqn} -> {desk.name('t1').fqn}",
    ]
    assert plan(desk, *wanted).lines() == []


def test_plan_names_what_would_be_made_anew(desk: Desk) -> None:
    """An id that only the ledger knows is looked up for people."""
    desk.publish(*everything(desk))

    lines = plan(desk, desk.edge("t2", "t3", ("id", "id"), sql="select 1")).lines()

    assert lines[0] == f"+ edge {desk.name('t2').fqn} -> {desk.name('t3').fqn} (1 column)"
