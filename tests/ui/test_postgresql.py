from __future__ import annotations

import httpx

from phlo_hooks.outbox.store import Outbox
from tests.cli.recorded import bury, events
from tests.delivery.fakes import eventually
from tests.postgres import postgres_server
from tests.ui.conftest import CHANGING, Site


def trouble(site: Site, client: httpx.Client) -> str | None:
    client.get("/api/graph")
    assert site.live.latest is not None
    return site.live.latest.trouble


def test_it_follows_postgresql_through_an_outage() -> None:
    """The same on PostgreSQL; while its server is away the last graph stays, and it goes on when it is back."""
    with postgres_server() as postgres:
        site = Site(url=postgres.new_database())
        with Outbox.open(site.url) as outbox:
            outbox.register_consumers(["p:h"])
            outbox.append(events())
            bury(outbox, "p:h", "22bb0000", error="no")
        with site.client() as client:
            first = client.get("/api/graph").json()
            postgres.stop("immediate")
            during = client.get("/api/graph").json()
            said = trouble(site, client)
            refused = client.post("/api/dead/retry", json={"all": True}, headers=CHANGING)
            postgres.start()
            eventually(lambda: trouble(site, client) is None)
            done = client.post("/api/dead/retry", json={"all": True}, headers=CHANGING)
            after = client.get("/api/graph").json()
        site.state.close()

    assert (first["head"], len(first["dead"])) == (6, 1)
    assert during == first
    assert said is not None
    assert "state database postgresql" in said
    assert refused.status_code == 503
    assert done.json()["queued"] == 1
    assert after["dead"] == []
