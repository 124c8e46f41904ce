"""A publishing that breaks off is finished by the next one, and ends like one that did not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.requests import (
    Governance,
    PutDataModel,
    PutProfile,
    Request,
    SettleEdges,
)
from tests.openmetadata_server.desk import NOW, Desk
from tests.openmetadata_server.target import Target
from tests.openmetadata_standin import Fault, StandIn, running


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
def test_one_lost_answer_changes_nothing_in_the_end(mode: str, call: int, *, applied: bool) -> None:
    """Whether the server did what was asked before the answer was lost, or not."""
    with running(mode) as server:  # type: ignore[arg-type]
        whole = published(server, mode, lambda _: None)
    with running(mode) as server:  # type: ignore[arg-type]
        fault = Fault(status=503, at=call, applied=applied, path="")

        assert published(server, mode, lambda server: server.faults.add(fault)) == whole
