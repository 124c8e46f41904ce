"""The ten points of the server's answers that bite first, each met by publishing; named by their numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from phlo_hooks.subscribers.openmetadata.requests import Governance, PutProfile, Request, SettleEdges
from tests.openmetadata_server.desk import NOW, Desk


def test_trap_1_untracked_changes_are_stored(desk: Desk) -> None:
    """What the server would only echo comes with another ``sourceHash``: a view's SQL, the order of columns."""
    desk.publish(desk.table(columns=["a", "b"], schemaDefinition="select 1"))

    desk.publish(desk.table(columns=["b", "a"], schemaDefinition="select 2"))

    stored = desk.read()
    assert stored["schemaDefinition"] == "select 2"
    assert [column["name"] for column in stored["columns"]] == ["b", "a"]


def test_trap_1_what_is_stored_already_is_not_sent_again(desk: Desk) -> None:
    """Even where nothing is remembered, the same body is no change."""
    wanted: list[Request] = [desk.table(columns=["a", "b"], schemaDefinition="select 1"), *desk.pipeline("one", "two")]
    desk.publish(*wanted)
    before = desk.read()
    desk.forget()

    published = desk.publish(*wanted)

    assert desk.heard.writes == []
    assert (published.sent, published.unchanged) == (0, 3)
    assert desk.read() == before


def test_trap_2_our_own_description_follows_us(desk: Desk) -> None:
    """A bot's PUT would keep the old one: ours is patched, of the table and of a column."""
    column = {"name": "id", "dataType": "BIGINT"}
    desk.publish(desk.table(columns=[{**column, "description": "old id"}], description="old"))

    desk.publish(desk.table(columns=["new", {**column, "description": "new id"}], description="new"))

    assert desk.read()["description"] == "new"
    assert desk.column("id")["description"] == "new id"


def test_trap_2_a_persons_description_stays(desk: Desk) -> None:
    """However often ours changes, and also when it is read again."""
    desk.publish(desk.table(description="ours"))
    desk.patch("orders", {"op": "add", "path": "/description", "value": "theirs"})

    for number in range(3):
        desk.publish(desk.table(description=f"ours {number}"), verify=number == 2)

    assert desk.read()["description"] == "theirs"


def test_trap_3_a_persons_token_erases_no_texts(desks: Callable[..., Desk]) -> None:
    """A person's PUT removes what it leaves out, so everything is carried over."""
    desk = desks(person=True)
    desk.publish(*desk.above(), desk.table())
    operations = [
        {"op": "add", "path": "/description", "value": "written by hand"},
        {"op": "add", "path": "/displayName", "value": "The orders"},
        {"op": "add", "path": "/columns/0/description", "value": "the key"},
    ]
    desk.patch("orders", *operations)

    desk.publish(desk.table(columns=["id", "x", "new"], description="ours"))

    stored = desk.read()
    assert (stored["description"], stored["displayName"]) == ("written by hand", "The orders")
    assert desk.column("id")["description"] == "the key"
    assert desk.column("new")


def test_trap_4_an_exclusive_tag_costs_nothing_else(desk: Desk) -> None:
    """A person's Tier stays, their other tags too, and our other tags are set."""
    desk.publish(desk.table())
    tags = [{"tagFQN": "Tier.Tier1", "source": "Classification"}]
    desk.patch("orders", {"op": "add", "path": "/tags", "value": tags})

    wanted = Governance(tags=("Tier.Tier2", "PersonalData.Personal"), column_tags={"x": ("PII.Sensitive",)})
    published = desk.publish(desk.table(columns=["id", "x", "new"], governance=wanted))

    assert {tag["tagFQN"] for tag in desk.read()["tags"]} == {"Tier.Tier1", "PersonalData.Personal"}
    assert [tag["tagFQN"] for tag in desk.column("x")["tags"]] == ["PII.Sensitive"]
    assert published.refused == ()


def test_trap_5_a_result_is_posted_once(desk: Desk) -> None:
    """Again, replayed, or with nothing remembered: one result, and no second incident."""
    wanted: list[Request] = [desk.table(), desk.test(), desk.result("Failed", rows=3)]
    desk.publish(*wanted)
    desk.publish(*wanted)
    desk.publish(*wanted, verify=True)
    desk.forget()
    desk.publish(*wanted, verify=True)

    assert [row["testCaseStatus"] for row in desk.results()] == ["Failed"]
    assert desk.incidents() == ["New"]


def test_trap_5_a_lost_answer_is_taken_for_done(desk: Desk) -> None:
    """409 for the very result says that an earlier try went through."""
    desk.publish(desk.table(), desk.test(), desk.result("Failed", rows=3))
    desk.forget()

    published = desk.publish(desk.result("Failed", rows=3))

    assert (published.refused, len(desk.results())) == ((), 1)


def test_trap_5_two_results_of_one_millisecond_both_stand(desk: Desk) -> None:
    """The second one is a millisecond late; the same when they are told again."""
    wanted: list[Request] = [desk.table(), desk.test(), desk.result(key="a", rows=1), desk.result(key="b", rows=2)]
    desk.publish(*wanted)
    told = [(row["timestamp"], row["result"]) for row in desk.results()]

    desk.publish(*wanted, verify=True)
    desk.forget()
    desk.publish(*wanted, verify=True)

    assert told == [(NOW, "Success 1"), (NOW + 1, "Success 2")]
    assert [(row["timestamp"], row["result"]) for row in desk.results()] == told


def test_trap_5_a_revised_result_is_corrected(desk: Desk) -> None:
    """The same result with another body takes the old one's place."""
    desk.publish(desk.table(), desk.test(), desk.result("Failed", rows=3))

    desk.publish(desk.result("Success", rows=0))

    assert [row["testCaseStatus"] for row in desk.results()] == ["Success"]


def test_trap_6_a_run_without_tasks_says_so(desk: Desk) -> None:
    """A status always has ``taskStatus``."""
    published = desk.publish(*desk.pipeline("one"), desk.status())

    assert (published.sent, published.refused) == (3, ())


def test_trap_6_an_unknown_task_does_not_cost_the_run(desk: Desk) -> None:
    """It is left out, after the pipeline's tasks were put again."""
    published = desk.publish(*desk.pipeline("one"), desk.status("Failed", "one", "nope"))

    pipeline = desk.target.read("pipelines", f'{desk.pipelines.fqn}."shop.daily"', "tasks,pipelineStatus")
    assert published.refused == ()
    assert [task["name"] for task in pipeline["pipelineStatus"]["taskStatus"]] == ["one"]


def test_trap_7_a_drawn_edge_survives_ours(desk: Desk) -> None:
    """A PUT replaces all details: a person's source, SQL, description and columns are sent along, ours beside them."""
    desk.publish(desk.table("a"), desk.table("b"))
    desk.draw("a", "b", ("id", "x"), source="Manual", sqlQuery="by hand", description="drawn")

    for number in range(10):
        desk.publish(desk.edge("a", "b", ("id", "id"), sql=f"select {number}"), verify=number % 2 == 1)

    details = desk.details("a", "b") or {}
    assert [details[name] for name in ("source", "sqlQuery", "description")] == ["Manual", "by hand", "drawn"]
    assert desk.pairs("a", "b") == {("id", "x"), ("id", "id")}


def test_trap_7_an_edge_without_details_stays_when_ours_go(desk: Desk) -> None:
    """It was there before us: only what we said is taken back."""
    desk.publish(desk.table("a"), desk.table("b"))
    ends = [{"id": desk.read(each)["id"], "type": "table"} for each in "ab"]
    desk.target.ok("PUT", "/lineage", {"edge": {"fromEntity": ends[0], "toEntity": ends[1]}})

    desk.publish(desk.edge("a", "b", ("id", "id"), sql="select 1"))
    desk.publish(SettleEdges(downstream=desk.name("b"), upstream=()))

    details = desk.details("a", "b")
    assert details is not None
    assert not details.get("sqlQuery")
    assert not details.get("columnsLineage")


def test_trap_8_a_route_that_is_missing_is_done_without(desk: Desk) -> None:
    """Its 500 says 404 or 405 in the text: no outage to wait for, so that tables go one by one."""
    desk.heard.said = replace(desk.heard.server(), number=(2, 0), version="2.0")
    tables = [desk.table(f"t{number}") for number in range(7)]

    published = desk.publish(*tables)

    assert "PUT tables/bulk" in desk.heard.calls
    assert (published.sent, published.refused) == (7, ())
    assert desk.read("t6")


def test_one_refused_request_costs_only_itself(desk: Desk) -> None:
    """It is named with the server's reason, not sent again until it changes or is asked for, and the rest is sent."""
    bad = desk.table("bad", [{"name": "id", "dataType": "int"}])

    published = desk.publish(bad, desk.table("good"))
    again = desk.publish(bad, desk.table("good"))
    asked = desk.publish(bad, verify=True)

    assert [refusal.request for refusal in published.refused] == [bad]
    assert "int" in str(published.refused[0])
    assert (published.sent, again.withheld, again.refused) == (1, 1, ())
    assert len(asked.refused) == 1


def test_trap_9_a_race_for_an_entity_is_won_by_all(desk: Desk, desks: Callable[..., Desk]) -> None:
    """Eight publishers create the same tables at once: no error, and the tables are there."""
    others = [desks() for _ in range(8)]
    wanted: list[Request] = [desk.table(name, description="d") for name in ("a", "b", "c")]

    published = desk.heard.parallel([partial(other.publish, *wanted) for other in others])

    assert [each.refused for each in published] == [()] * 8
    assert all(desk.read(name)["description"] == "d" for name in "abc")


def test_trap_10_one_shape_for_every_version(desk: Desk) -> None:
    """An older server gets no field of a newer one, a suite where it wants one, no bulk, and edges by id."""
    tables = [desk.table(f"t{number}") for number in range(7)]
    wanted: list[Request] = [
        *desk.above(),
        *tables,
        desk.table(),
        desk.edge("t0", "t1", ("id", "id")),
        desk.test(),
        desk.result(),
    ]

    published = desk.publish(*wanted, *desk.pipeline("one"), desk.status("Successful", "one"))

    bulk = "PUT tables/bulk" in desk.heard.calls
    assert published.refused == ()
    assert bulk == (desk.target.mode == "2.0")
    assert desk.pairs("t0", "t1") == {("id", "id")}


def test_profile_that_may_have_been_sent_is_looked_for(desk: Desk) -> None:
    """The server keeps one twice that it gets twice: after a crash, replayed, or with nothing remembered."""
    body = {"tableProfile": {"timestamp": NOW, "rowCount": 5}}
    wanted: list[Request] = [desk.table(), PutProfile(table=desk.name(), timestamp=NOW, body=body)]
    desk.publish(*wanted)
    desk.publish(*wanted, verify=True)
    desk.forget()
    desk.publish(*wanted, verify=True)

    rows = desk.target.ok("GET", f"/tables/{desk.name().fqn}/tableProfile", startTs=NOW - 1000, endTs=NOW + 1000)
    assert [row["rowCount"] for row in rows["data"]] == [5]


def test_names_with_dots_are_quoted(desk: Desk) -> None:
    """In edges too, where the server checks every column."""
    desk.publish(desk.table("a.b", ["x.y"]), desk.table("c", ["x.y"]))

    published = desk.publish(desk.edge("a.b", "c", ("x.y", "x.y")))

    assert published.refused == ()
    assert desk.pairs("a.b", "c") == {("x.y", "x.y")}
