"""A publishing that breaks off is finished by the next one, and ends like one that did not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.requests import (
    Governance,
    PutDataModel,
    PutEdge,
    PutEntity,
    PutProfile,
    Request,
    SettleEdges,
)
from tests.openmetadata_server.desk import NOW, Desk
from tests.openmetadata_server.target import Target
from tests.openmetadata_standin import Fault, Mode, StandIn, running


def everything(desk: Desk) -> list[Request]:
    tables = [desk.table(f"t{number}", description="d") for number in range(6)]
    pipeline = desk.pipelines.child(Kind.PIPELINE, "shop.daily")
    return [
        *desk.above(),
        *tables,
        desk.table(governance=Governance(tags=("PII.None",), owners=("ada",))),
        *desk.pipeline("one"),
        PutDataModel(table=desk.name("t1"), body={"modelType": "DBT", "sql": "select 1", "columns": []}),
        *[desk.edge(f"t{number}", f"t{number + 1}", ("id", "id"), pipeline=pipeline) for number in range(3)],
        SettleEdges(downstream=desk.name("t1"), upstream=(desk.name("t0"),)),
        desk.test(),
        desk.result("Failed", rows=2),
        desk.result("Success", at=NOW + 1000, key="2", resolves="It passed."),
        PutProfile(table=desk.name(), timestamp=NOW, body={"tableProfile": {"timestamp": NOW, "rowCount": 5}}),
        desk.status("Successful", "one"),
    ]


def published(server: StandIn, mode: str, trouble: Callable[[StandIn], object]) -> object:
    """Publish until it is done, and return what the server holds then."""
    target = Target(server.url, server.jwt, mode, server, prefix="p_")
    desk = Desk(target, retries=0)
    desk.heard.server()
    trouble(server)
    try:
        for _ in range(40):
            try:
                desk.publish(*everything(desk))
            except TransientDeliveryError:
                continue
            server.faults.clear()
            desk.publish(*everything(desk))
            assert desk.heard.calls == []
            return server.dump()
        pytest.fail("it is never done")
    finally:
        desk.close()
        target.close()


@pytest.mark.parametrize("mode", ["1.6", "2.0"])
@pytest.mark.parametrize("call", range(2, 40, 6))
@pytest.mark.parametrize("applied", [True, False])
def test_one_lost_answer_changes_nothing_in_the_end(mode: Mode, call: int, *, applied: bool) -> None:
    """Whether the server did what was asked before the answer was lost, or not."""
    with running(mode) as server:
        whole = published(server, mode, lambda _: None)
    with running(mode) as server:
        fault = Fault(status=503, at=call, applied=applied, path="")

        assert published(server, mode, lambda server: server.faults.add(fault)) == whole


@pytest.mark.parametrize("path", [r"PUT .*/tables", r"PUT .*/tables/bulk", r"PUT .*/pipelines$", r"PUT .*/databases$"])
@pytest.mark.parametrize("mode", ["1.6", "2.0"])
def test_refused_entity_costs_what_hangs_on_it_and_no_more(mode: Mode, path: str) -> None:
    """It is named once; edges and tests of it are left out, all else is sent, and a later try sends the rest."""
    with running(mode) as server:
        target = Target(server.url, server.jwt, mode, server, prefix="p_")
        with closing(target), closing(Desk(target)) as desk:
            server.faults.add(Fault(status=400, path=path))
            first = desk.publish(*everything(desk))
            server.faults.clear()
            later = desk.publish(*everything(desk), verify=True)

            named = [str(refusal) for refusal in first.refused]
            assert len(named) == len(set(named))
            assert later.refused == ()
            assert desk.pairs("t0", "t1") == {("id", "id")}
            assert [row["testCaseStatus"] for row in desk.results()] == ["Failed", "Success"]


@pytest.mark.parametrize("mode", ["1.6", "2.0"])
def test_refused_test_is_named_once(mode: Mode) -> None:
    """And its results are left out."""
    with running(mode) as server:
        target = Target(server.url, server.jwt, mode, server, prefix="p_")
        with closing(target), closing(Desk(target)) as desk:
            server.faults.add(Fault(status=400, path=r"PUT .*/testCases$"))

            published = desk.publish(*everything(desk))

            assert [type(refusal.request).__name__ for refusal in published.refused] == ["PutTest"]
            assert published.withheld == 2


@pytest.mark.parametrize("mode", ["1.6", "2.0"])
def test_server_made_anew_gets_everything_again(mode: Mode) -> None:
    """What the ledger says of the old one is not believed once its entities are missed, sizes and results too."""
    with running(mode) as server:
        target = Target(server.url, server.jwt, mode, server, prefix="p_")
        with closing(Desk(target)) as desk:
            desk.publish(*everything(desk))
            keep, whole = desk.keep, server.dump()
    with running(mode) as server:
        target = Target(server.url, server.jwt, mode, server, prefix="p_")
        with closing(Desk(target)) as desk:
            desk.keep = keep
            structure = [each for each in everything(desk) if isinstance(each, PutEntity | PutEdge | PutDataModel)]
            desk.publish(*structure, verify=True)
            desk.publish(*everything(desk))

            assert server.dump() == whole
