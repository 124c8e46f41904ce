"""What people and other connectors did on the server stays; what is ours follows us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import (
    Governance,
    PutDataModel,
    PutEntity,
    PutProfile,
    Request,
    SettleEdges,
)
from tests.openmetadata_server.desk import NOW, Desk
from tests.openmetadata_standin import Fault


def test_columns_of_another_connector_stay(desk: Desk) -> None:
    """In a table that stood there before us: none goes, none is retyped, ours are added."""
    theirs = [{"name": "ID", "dataType": "DECIMAL", "precision": 38, "scale": 0}, {"name": "extra", "dataType": "INT"}]
    body = {"name": "orders", "databaseSchema": desk.schema.fqn, "columns": theirs, "sourceUrl": "https://x.org/t"}
    desk.target.ok("PUT", "/tables", {**body, "tableType": "External", "schemaDefinition": "create", "sourceHash": "c"})

    desk.publish(desk.table(columns=["id", "mine"], one_case=True, tableType="Regular", schemaDefinition=None))

    stored = desk.read()
    assert [(column["name"], column["dataType"]) for column in stored["columns"]] == [
        ("ID", "DECIMAL"),
        ("extra", "INT"),
        ("mine", "BIGINT"),
    ]
    assert [stored[name] for name in ("tableType", "schemaDefinition", "sourceUrl")] == [
        "External",
        "create",
        "https://x.org/t",
    ]


def test_our_columns_go_and_change_and_others_stay(desk: Desk) -> None:
    """In a table that we created: what we sent follows us, what another added since is left."""
    desk.publish(desk.table(columns=["id", "old", "n"]))
    theirs = {"name": "theirs", "dataType": "INT", "dataTypeDisplay": "int", "tags": []}
    fqn = f"{desk.name().fqn}.theirs"
    desk.patch("orders", {"op": "add", "path": "/columns/-", "value": {**theirs, "fullyQualifiedName": fqn}})

    desk.publish(desk.table(columns=["new", {"name": "n", "dataType": "STRING"}, "id"]))

    stored = [(column["name"], column["dataType"]) for column in desk.read()["columns"]]
    assert stored == [("new", "BIGINT"), ("n", "STRING"), ("id", "BIGINT"), ("theirs", "INT")]


def test_table_that_another_connector_took_over_is_theirs(desk: Desk) -> None:
    """It left its own hash: from then on we only add what is missing."""
    desk.publish(desk.table(columns=["id", "old"]))
    columns = [{"name": "id", "dataType": "DECIMAL"}, {"name": "old", "dataType": "BIGINT"}]
    body = {"name": "orders", "databaseSchema": desk.schema.fqn, "columns": columns, "sourceHash": "theirs"}
    desk.target.ok("PUT", "/tables", body)

    desk.publish(desk.table(columns=["id", "new"]))

    stored = {column["name"]: column["dataType"] for column in desk.read()["columns"]}
    assert stored == {"id": "DECIMAL", "old": "BIGINT", "new": "BIGINT"}
    assert desk.read()["sourceHash"] == "theirs"


def test_columns_that_are_not_all_only_come(desk: Desk) -> None:
    """A dataset of which only some columns are known loses none."""
    desk.publish(desk.table(columns=["id", "x"]))

    desk.publish(desk.table(columns=["y"], whole=False))

    assert {column["name"] for column in desk.read()["columns"]} == {"id", "x", "y"}


def test_unknown_type_replaces_no_known_one(desk: Desk) -> None:
    """A column that only lineage speaks of keeps the type it has."""
    desk.publish(desk.table(columns=["id"]))

    desk.publish(desk.table(columns=[{"name": "id", "dataType": "UNKNOWN"}, "x"]))

    assert desk.column("id")["dataType"] == "BIGINT"


def test_tags_of_a_column_survive_another_type(desk: Desk) -> None:
    """The server drops them with the old type; a person set them, so they are set again."""
    desk.publish(desk.table(columns=["id", "x"]))
    tags = [{"tagFQN": "PII.Sensitive", "source": "Classification"}]
    desk.patch("orders", {"op": "add", "path": "/columns/1/tags", "value": tags})

    desk.publish(desk.table(columns=["id", {"name": "x", "dataType": "STRING"}]))

    assert desk.column("x")["dataType"] == "STRING"
    assert [tag["tagFQN"] for tag in desk.column("x")["tags"]] == ["PII.Sensitive"]


def test_nested_columns_are_merged(desk: Desk) -> None:
    """Fields of a struct come and go like columns; a person's description of one stays."""

    def struct(*fields: str) -> dict[str, object]:
        children = [{"name": field, "dataType": "INT"} for field in fields]
        return {"name": "s", "dataType": "STRUCT", "children": children}

    desk.publish(desk.table(columns=[struct("a", "b")]))
    desk.patch("orders", {"op": "add", "path": "/columns/0/children/0/description", "value": "theirs"})

    desk.publish(desk.table(columns=[struct("a", "c")]))

    children = desk.column("s")["children"]
    assert [(child["name"], child.get("description")) for child in children] == [("a", "theirs"), ("c", None)]


def test_owners_are_set_once_and_left_to_people(desk: Desk) -> None:
    """Filled where empty, changed while ours, never where a person set another or took ours away."""
    ada, grace = Governance(owners=("ada@example.org",)), Governance(owners=("grace", "team:Core Data"))

    desk.publish(desk.table(governance=ada))
    first = [owner["name"] for owner in desk.read()["owners"]]
    desk.publish(desk.table(governance=grace))
    second = sorted(owner["name"] for owner in desk.read()["owners"])
    desk.patch("orders", {"op": "add", "path": "/owners", "value": []})
    desk.publish(desk.table(governance=ada))
    desk.publish(desk.table(governance=ada), verify=True)

    assert (first, second) == (["ada"], ["Core Data", "grace"])
    assert desk.read()["owners"] == []


def test_tag_that_a_person_took_away_stays_away(desk: Desk) -> None:
    """Ours is set once, and goes when the code no longer says it."""
    desk.publish(desk.table(governance=Governance(tags=("PersonalData.Personal", "glossary:Business.Order"))))
    first = {tag["tagFQN"] for tag in desk.read()["tags"]}
    desk.patch("orders", {"op": "remove", "path": "/tags/0"})
    left = {tag["tagFQN"] for tag in desk.read()["tags"]}

    desk.publish(
        desk.table(governance=Governance(tags=("PersonalData.Personal", "glossary:Business.Order"))), verify=True
    )
    after = {tag["tagFQN"] for tag in desk.read()["tags"]}
    desk.publish(desk.table())

    assert first == {"PersonalData.Personal", "Business.Order"}
    assert after == left
    assert desk.read()["tags"] == []


def test_our_tier_follows_the_code(desk: Desk) -> None:
    """Another tag of an exclusive class takes the place of ours."""
    desk.publish(desk.table(governance=Governance(tags=("Tier.Tier1",))))

    desk.publish(desk.table(governance=Governance(tags=("Tier.Tier2",))))

    assert [tag["tagFQN"] for tag in desk.read()["tags"]] == ["Tier.Tier2"]


def test_unknown_tag_is_made_and_unknown_people_are_left_out(desk: Desk) -> None:
    """Tags of the settings come into being; owners, domains and data products are people's to make."""
    tag = f"{desk.target.prefix}Source.dbt"
    desk.target.remove_later("classifications", f"{desk.target.prefix}Source")
    wanted = Governance(
        owners=("nobody@example.org",),
        tags=(tag, "PersonalData.Personal"),
        column_tags={"x": (tag,)},
        domain="Nowhere",
        data_products=("Nothing",),
    )

    published = desk.publish(desk.table(governance=wanted))

    assert (published.sent, published.refused) == (1, ())
    assert {each["tagFQN"] for each in desk.read()["tags"]} == {tag, "PersonalData.Personal"}
    assert [each["tagFQN"] for each in desk.column("x")["tags"]] == [tag]
    assert desk.read()["owners"] == []


def test_domain_and_data_product_are_filled_and_kept(desk: Desk) -> None:
    """A PUT without the data products would take it out of them."""
    if desk.target.standin is None:
        pytest.skip("a real server has no such domain")
    desk.publish(desk.table(governance=Governance(domain="Sales", data_products=("Orders360",))))

    desk.publish(desk.table(columns=["id", "x", "new"], description="d"))

    stored = desk.read()
    domains = stored.get("domains") or [stored["domain"]]
    assert [each["name"] for each in domains] == ["Sales"]
    assert [each["name"] for each in stored["dataProducts"]] == ["Orders360"]


def test_a_service_with_a_connection_is_left_alone(desk: Desk) -> None:
    """A PUT without the connection would be refused; its description is patched when it is empty."""
    name = EntityName(Kind.DATABASE_SERVICE, (f"{desk.target.prefix}theirs",))
    connection = {"config": {"type": "CustomDatabase", "sourcePythonClass": "x.Y"}}
    body = {"name": name.name, "serviceType": "CustomDatabase", "connection": connection}
    desk.target.ok("PUT", "/services/databaseServices", body)
    desk.target.remove_later("services/databaseServices", name.fqn)
    wanted = {"name": name.name, "serviceType": "Postgres", "description": "ours"}

    published = desk.publish(PutEntity(name=name, body=wanted))

    stored = desk.target.read("services/databaseServices", name.fqn)
    assert published.refused == ()
    assert (stored["description"], stored["serviceType"]) == ("ours", "CustomDatabase")


def test_soft_deleted_table_stays_so_until_it_changes(desk: Desk) -> None:
    """What people deleted is not brought back by a run, nor by a sync, but by another structure."""
    desk.publish(desk.table())
    desk.target.ok("DELETE", f"/tables/{desk.read()['id']}", person=True)

    desk.publish(desk.table())
    desk.publish(desk.table(), verify=True)
    deleted = desk.read()["deleted"]
    desk.publish(desk.table(columns=["id", "x", "new"]))

    assert deleted is True
    assert desk.read()["deleted"] is False
    assert desk.column("new")


def test_what_hangs_on_a_soft_deleted_table_is_left_out(desk: Desk) -> None:
    """Its tests, results, size and dbt tab: people deleted it, so that nothing is wrong with them."""
    desk.publish(desk.table(), desk.test(), desk.result())
    table = desk.read()
    desk.target.ok("DELETE", f"/tables/{table['id']}", recursive="true", person=True)
    parameters = [{"name": "least", "value": "1"}]
    test = replace(desk.test(), body={**desk.test().body, "parameterValues": parameters})
    size = PutProfile(table=desk.name(), timestamp=NOW, body={"tableProfile": {"timestamp": NOW, "rowCount": 1}})
    model = PutDataModel(table=desk.name(), body={"modelType": "DBT", "sql": "select 1", "columns": []})

    run = desk.publish(desk.table(), desk.test(), desk.result(at=NOW + 1000, key="run-2"), size, model)
    changed = desk.publish(test, desk.result(at=NOW + 2000, key="run-3"))
    synced = desk.publish(desk.table(), test, desk.result(at=NOW + 2000, key="run-3"), size, model, verify=True)

    assert [each.refused for each in (run, changed, synced)] == [(), (), ()]
    assert desk.read()["deleted"] is True


def test_results_of_a_soft_deleted_test_are_left_out(desk: Desk) -> None:
    """People deleted the test alone: each run's result would otherwise be a dead letter."""
    desk.publish(desk.table(), desk.test(), desk.result())
    case = desk.target.read("dataQuality/testCases", desk.test().case.fqn)
    desk.target.ok("DELETE", f"/dataQuality/testCases/{case['id']}", person=True)

    published = desk.publish(desk.table(), desk.test(), desk.result(at=NOW + 1000, key="run-2"))

    assert (published.withheld, published.refused) == (1, ())


def test_hard_deleted_table_comes_back_with_what_it_is_in(desk: Desk) -> None:
    """An edge, a result and a size that miss it put it again, once, with its schema."""
    desk.publish(desk.table("a"), desk.table("b"), desk.table(), desk.test(), desk.edge("a", "b", ("id", "id")))
    service = desk.target.read("services/databaseServices", desk.service.fqn)
    path = f"/services/databaseServices/{service['id']}"
    desk.target.ok("DELETE", path, hardDelete="true", recursive="true", person=True)

    published = desk.publish(desk.edge("a", "b", ("id", "x")), desk.test(), desk.result("Failed"))

    assert published.refused == ()
    assert desk.pairs("a", "b") == {("id", "x")}


def test_hard_deleted_pipeline_comes_back_with_its_next_run(desk: Desk) -> None:
    """Its status misses it, puts it again, and is told."""
    desk.publish(*desk.pipeline("one"))
    fqn = f'{desk.pipelines.fqn}."shop.daily"'
    pipeline = desk.target.read("pipelines", fqn)
    desk.target.ok("DELETE", f"/pipelines/{pipeline['id']}", hardDelete="true", person=True)

    published = desk.publish(desk.status("Successful", "one"))

    assert (published.sent, published.refused) == (2, ())
    assert desk.target.read("pipelines", fqn, "tasks,pipelineStatus")["pipelineStatus"]["timestamp"] == NOW


def test_tasks_of_others_stay_and_ours_follow_us(desk: Desk) -> None:
    """Tasks are replaced whole by a PUT: a person's is carried over, ours goes when it is gone."""
    desk.publish(*desk.pipeline("one", "two"))
    fqn = f'{desk.pipelines.fqn}."shop.daily"'
    pipeline = desk.target.read("pipelines", fqn)
    operation = {"op": "add", "path": "/tasks/-", "value": {"name": "theirs"}}
    desk.target.ok("PATCH", f"/pipelines/{pipeline['id']}", [operation], person=True)

    desk.publish(*desk.pipeline("two", "three"))

    tasks = desk.target.read("pipelines", fqn, "tasks")["tasks"]
    assert [task["name"] for task in tasks] == ["two", "three", "theirs"]


def test_dropped_dependency_goes_and_what_others_said_of_it_stays(desk: Desk) -> None:
    """An edge of ours alone is deleted; of one that a person added a column to only ours is taken back."""
    desk.publish(desk.table("a"), desk.table("b"), desk.table("c"), desk.table("d"))
    ours = [desk.edge(name, "d", ("id", "id"), sql="select 1") for name in "abc"]
    desk.publish(*ours)
    details = desk.details("b", "d") or {}
    theirs = {"fromColumns": [f"{desk.name('b').fqn}.x"], "toColumn": f"{desk.name('d').fqn}.x"}
    ends = [{"id": desk.read(each)["id"], "type": "table"} for each in "bd"]
    edited = {**details, "columnsLineage": [*details["columnsLineage"], theirs], "description": "theirs"}
    edge = {"fromEntity": ends[0], "toEntity": ends[1], "lineageDetails": edited}
    desk.target.ok("PUT", "/lineage", {"edge": edge})

    desk.publish(ours[2], SettleEdges(downstream=desk.name("d"), upstream=(desk.name("c"),)))

    assert desk.details("a", "d") is None
    assert desk.pairs("b", "d") == {("x", "x")}
    left = desk.details("b", "d") or {}
    assert (left.get("sqlQuery"), left["description"]) == (None, "theirs")
    assert desk.pairs("c", "d") == {("id", "id")}


def test_edge_that_could_not_be_taken_back_is_not_forgotten(desk: Desk) -> None:
    """It is named once, costs no further refusal, and goes when it is told again."""
    if desk.target.standin is None:
        pytest.skip("only the stand-in refuses on demand")
    desk.publish(desk.table("a"), desk.table("b"), desk.edge("a", "b", ("id", "id")))
    gone = SettleEdges(downstream=desk.name("b"), upstream=())
    desk.target.standin.faults.add(Fault(path="DELETE /api/v1/lineage", status=400, times=1))

    first = desk.publish(gone)
    second = desk.publish(gone)
    writes = list(desk.heard.writes)
    desk.publish(gone, verify=True)

    assert [str(each) for each in first.refused] == [f"edge {desk.name('a').fqn} -> {desk.name('b').fqn}: on demand"]
    assert (second.refused, writes) == ((), [])
    assert desk.details("a", "b") is None


def test_stale_column_of_others_does_not_cost_the_edge(desk: Desk) -> None:
    """The server refuses an edge that names a column which is gone: it is left out."""
    desk.publish(desk.table("a", ["id", "old"]), desk.table("b", ["id", "old"]))
    desk.draw("a", "b", ("old", "old"), ("id", "id"), source="Manual")
    desk.publish(desk.table("a", ["id", "new"]), desk.table("b", ["id", "new"]))

    published = desk.publish(desk.edge("a", "b", ("new", "new")))

    assert published.refused == ()
    assert desk.pairs("a", "b") == {("id", "id"), ("new", "new")}


def test_edge_names_columns_as_the_server_spells_them(desk: Desk) -> None:
    """Another case is found, what is not there is left out."""
    desk.publish(desk.table("a", ["ID"]), desk.table("b", ["Id"]))

    published = desk.publish(desk.edge("a", "b", ("id", "id"), ("id", "nowhere"), ("nowhere", "id")))

    assert published.refused == ()
    assert desk.pairs("a", "b") == {("ID", "Id")}


def test_edge_is_drawn_again_once_the_server_has_what_it_names(desk: Desk) -> None:
    """A column and a pipeline that come later; until then the same edge costs no call."""
    pipeline = desk.pipelines.child(Kind.PIPELINE, "shop.daily")
    edge = desk.edge("a", "b", ("id", "id"), ("late", "late"), pipeline=pipeline)
    desk.publish(desk.table("a"), desk.table("b"), edge)
    desk.publish(edge)
    calls = list(desk.heard.calls)

    late = ["id", "x", "late"]
    desk.publish(desk.table("a", late), desk.table("b", late), *desk.pipeline("one"), edge)

    details = desk.details("a", "b") or {}
    assert calls == []
    assert desk.pairs("a", "b") == {("id", "id"), ("late", "late")}
    assert details["pipeline"]["id"]


def test_edge_of_a_deleted_table_is_left_out(desk: Desk) -> None:
    """People deleted it, so that nothing is wrong with the edge."""
    desk.publish(desk.table("a"), desk.table("b"))
    desk.target.ok("DELETE", f"/tables/{desk.read('a')['id']}", person=True)
    desk.forget()

    published = desk.publish(desk.edge("a", "b", ("id", "id")))

    assert (published.withheld, published.refused) == (1, ())


def test_dbt_tab_of_others_stays_and_ours_follows_us(desk: Desk) -> None:
    """A tab that stood there before us, in a table that is not ours, is its writer's."""
    theirs, ours = ({"modelType": "DBT", "sql": f"select {number}", "columns": []} for number in (1, 2))
    body = {"name": "theirs", "databaseSchema": desk.schema.fqn, "columns": [{"name": "id", "dataType": "BIGINT"}]}
    table = desk.target.ok("PUT", "/tables", {**body, "sourceHash": "theirs"})
    desk.target.ok("PUT", f"/tables/{table['id']}/dataModel", theirs)

    desk.publish(desk.table("theirs", ["id"]), PutDataModel(table=desk.name("theirs"), body=ours))
    desk.publish(desk.table("mine"), PutDataModel(table=desk.name("mine"), body=theirs))
    desk.publish(PutDataModel(table=desk.name("mine"), body=ours))

    assert desk.read("theirs")["dataModel"]["sql"] == "select 1"
    assert desk.read("mine")["dataModel"]["sql"] == "select 2"


def test_two_sizes_of_one_moment_both_stand(desk: Desk) -> None:
    """The second one is a millisecond late."""
    for rows in (5, 6):
        body = {"tableProfile": {"timestamp": NOW, "rowCount": rows}}
        desk.publish(desk.table(), PutProfile(table=desk.name(), timestamp=NOW, body=body))

    rows = desk.target.ok("GET", f"/tables/{desk.name().fqn}/tableProfile", startTs=NOW - 1000, endTs=NOW + 1000)
    assert sorted((row["timestamp"], row["rowCount"]) for row in rows["data"]) == [(NOW, 5), (NOW + 1, 6)]


def test_test_of_others_is_used_as_it_is(desk: Desk) -> None:
    """And the description of ours follows us, while nobody else changed it."""
    desk.publish(desk.table(), desk.test())
    test = desk.test()
    changed = replace(test, body={**test.body, "description": "Changed."})

    desk.publish(changed)
    ours = desk.target.read("dataQuality/testCases", test.case.fqn)["description"]
    desk.forget()
    desk.publish(desk.table(), test)

    assert ours == "Changed."
    assert desk.target.read("dataQuality/testCases", test.case.fqn)["description"] == "Changed."


def test_persons_token_keeps_the_texts_of_a_test(desks: Callable[..., Desk]) -> None:
    """A person's PUT would replace the description, and erase the display name, that people gave it."""
    desk = desks(person=True)
    test = desk.test()
    desk.publish(*desk.above(), desk.table(), test)
    case = desk.target.read("dataQuality/testCases", test.case.fqn)
    texts = [{"op": "add", "path": f"/{name}", "value": "theirs"} for name in ("description", "displayName")]
    desk.target.ok("PATCH", f"/dataQuality/testCases/{case['id']}", texts, person=True)

    parameters = [{"name": "least", "value": "1"}]
    desk.publish(replace(test, body={**test.body, "parameterValues": parameters, "description": "Ours."}))

    case = desk.target.read("dataQuality/testCases", test.case.fqn)
    assert case["parameterValues"] == parameters
    assert [case["description"], case["displayName"]] == ["theirs", "theirs"]


def test_edge_of_ours_is_known_again(desk: Desk) -> None:
    """With nothing remembered, an edge that names our pipeline is ours: it can go."""
    wanted: list[Request] = [desk.table("a"), desk.table("b"), *desk.pipeline("one")]
    edge = desk.edge("a", "b", ("id", "id"), sql="select 1", pipeline=desk.pipelines.child(Kind.PIPELINE, "shop.daily"))
    desk.publish(*wanted, edge)
    desk.forget()

    desk.publish(*wanted, edge, verify=True)
    writes = list(desk.heard.writes)
    desk.publish(SettleEdges(downstream=desk.name("b"), upstream=()))

    assert writes == []
    assert desk.details("a", "b") is None


def test_good_result_resolves_an_untouched_incident(desk: Desk) -> None:
    """With a comment; the next failure opens another one."""
    desk.publish(desk.table(), desk.test(), desk.result("Failed", rows=3))

    desk.publish(desk.result("Success", at=NOW + 1000, key="run-2", resolves="It passed in run 2."))

    assert sorted(desk.incidents()) == ["New", "Resolved"]


def test_incident_that_a_person_took_up_is_left(desk: Desk) -> None:
    """Only a new one is resolved."""
    desk.publish(desk.table(), desk.test(), desk.result("Failed", rows=3))
    taken = {"testCaseReference": desk.test().case.fqn, "testCaseResolutionStatusType": "Ack"}
    desk.target.ok("POST", "/dataQuality/testCases/testCaseIncidentStatus", taken, person=True)

    desk.publish(desk.result("Success", at=NOW + 1000, key="run-2", resolves="It passed in run 2."))

    assert sorted(desk.incidents()) == ["Ack", "New"]


def test_late_failure_leaves_no_open_incident(desk: Desk) -> None:
    """The server opens one for a failure older than the good result: it is resolved."""
    desk.publish(desk.table(), desk.test(), desk.result("Success", at=NOW, resolves="It passed."))

    desk.publish(desk.result("Failed", at=NOW - 5000, key="run-0", rows=3))

    assert sorted(desk.incidents()) == ["New", "Resolved"]


def test_late_failure_resolves_nothing_newer(desk: Desk) -> None:
    """A failure older than a good result comes to the incident of a newer failure, which stays open."""
    desk.publish(desk.table(), desk.test(), desk.result("Success", at=NOW, resolves="It passed."))
    desk.publish(desk.result("Failed", at=NOW + 5000, key="run-2", rows=3))

    desk.publish(desk.result("Failed", at=NOW - 5000, key="run-0", rows=3))

    assert desk.incidents() == ["New"]


def test_old_good_result_resolves_nothing_newer(desk: Desk) -> None:
    """A pass that arrives late says nothing of the failure after it."""
    desk.publish(desk.table(), desk.test(), desk.result("Failed", at=NOW, rows=3))

    desk.publish(desk.result("Success", at=NOW - 5000, key="run-0", resolves="It passed."))

    assert desk.incidents() == ["New"]


def test_incidents_are_left_when_the_settings_say_so(desks: Callable[..., Desk]) -> None:
    """``resolve_incidents = false``: people close them."""
    desk = desks(options=Options(resolve_incidents=False))
    desk.publish(*desk.above(), desk.table(), desk.test(), desk.result("Failed", rows=3))

    desk.publish(desk.result("Success", at=NOW + 1000, key="run-2", resolves="It passed in run 2."))

    assert desk.incidents() == ["New"]
