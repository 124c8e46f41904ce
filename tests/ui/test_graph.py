from __future__ import annotations

import asyncio
import json
import threading

import httpx

from phlo_hooks.events import RunEvent
from phlo_hooks.exceptions import OutboxError
from phlo_hooks.outbox.store import Outbox
from tests.cli.recorded import at
from tests.ui.conftest import CHANGING, Site, soon, token_in


def one_more(outbox: Outbox, event_id: str) -> None:
    outbox.append([RunEvent(event_id=event_id, event_type="run.start", **at(60))])  # type: ignore[arg-type]


def test_an_unchanged_graph_is_not_sent_twice(client: httpx.Client, site: Site) -> None:
    """The version names the state: the same one is answered with 304, and built once."""
    first = client.get("/api/graph")

    second = client.get("/api/graph", headers={"If-None-Match": first.headers["etag"]})
    strong = client.get("/api/graph", headers={"If-None-Match": first.headers["etag"].removeprefix("W/")})
    other = client.get("/api/graph", headers={"If-None-Match": '"x", W/"y"'})

    assert first.json()["head"] == 6
    assert (second.status_code, second.content) == (304, b"")
    assert strong.status_code == 304
    assert other.status_code == 200
    assert site.builds == 1


def test_a_new_event_makes_a_new_graph(client: httpx.Client, site: Site) -> None:
    """What is recorded while the server runs is in the next answer."""
    etag = client.get("/api/graph").headers["etag"]

    with Outbox.open(site.url) as outbox:
        one_more(outbox, "new")
    answer = client.get("/api/graph", headers={"If-None-Match": etag})

    assert answer.status_code == 200
    assert answer.json()["head"] == 7
    assert site.builds == 2


def test_deliveries_alone_build_nothing(client: httpx.Client, site: Site) -> None:
    """When only consumers moved, tables and runs are not built again, and the answer says what holds now."""
    etag = client.get("/api/graph").headers["etag"]

    with Outbox.open(site.url) as outbox:
        outbox.retry_dead(consumer="gone:hook")
    answer = client.get("/api/graph", headers={"If-None-Match": etag})

    assert [letter["consumer"] for letter in answer.json()["dead"]] == ["shop:queue"]
    assert site.builds == 1


def test_a_costly_graph_leaves_the_processor_to_others(client: httpx.Client, site: Site) -> None:
    """What took a second is not built again at once; meanwhile deliveries are still up to date."""
    site.seconds = 1.0
    client.get("/api/graph")

    with Outbox.open(site.url) as outbox:
        one_more(outbox, "new")
        outbox.retry_dead(consumer="gone:hook")
    at_once = client.get("/api/graph").json()
    site.time += 5
    later = client.get("/api/graph").json()

    assert (at_once["head"], len(at_once["dead"])) == (6, 1)
    assert later["head"] == 7
    assert site.builds == 2


def test_many_ask_and_one_builds(site: Site) -> None:
    """Requests that come together share one graph, and the loop goes on meanwhile."""
    site.record()
    begun, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert may_end.wait(10)

    site.hold = hold

    async def ask() -> set[str]:
        asked = [asyncio.create_task(site.live.refresh()) for _ in range(20)]
        await soon(begun.is_set)
        may_end.set()
        return {served.version for served in await asyncio.gather(*asked)}

    versions = asyncio.run(ask())

    assert len(versions) == 1
    assert site.builds == 1


def test_one_who_leaves_does_not_stop_the_others(site: Site) -> None:
    """A request that is given up leaves the build to those who wait for it."""
    site.record()
    begun, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert may_end.wait(10)

    site.hold = hold

    async def ask() -> int:
        first = asyncio.create_task(site.live.refresh())
        second = asyncio.create_task(site.live.refresh())
        await soon(begun.is_set)
        first.cancel()
        may_end.set()
        return (await second).graph.head

    assert asyncio.run(ask()) == 6
    assert site.builds == 1


def test_a_graph_comes_packed(client: httpx.Client) -> None:
    """Gzip for whoever takes it; the same content either way."""
    plain = client.get("/api/graph", headers={"Accept-Encoding": "identity"})
    packed = client.get("/api/graph", headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.json() == plain.json()


def test_the_page_holds_the_token(client: httpx.Client, site: Site) -> None:
    """What the page knows lets it retry."""
    token = token_in(client.get("/").text)

    answer = client.post("/api/dead/retry", json={"all": True}, headers={**CHANGING, "X-Phlo-Hooks-Token": token})

    assert answer.json() == {"queued": 2, "relay": False}
    assert site.dead() == []


def test_a_database_may_come_later(site: Site) -> None:
    """Without a database the page says so, nothing is created, and it comes alive when events come."""
    with site.client() as client:
        page, before = client.get("/"), client.get("/api/graph")
        retried = client.post("/api/dead/retry", json={"all": True}, headers=CHANGING)
        made_one = site.path.exists()
        site.record()
        after = client.get("/api/graph", headers={"If-None-Match": before.headers["etag"]})

    assert page.status_code == 200
    assert "No state database" in before.json()["notes"][0]
    assert retried.status_code == 503
    assert not made_one
    assert after.json()["head"] == 6


def test_an_empty_file_is_no_database_yet(site: Site) -> None:
    """A file that somebody has just created is waited for."""
    site.path.touch()

    with site.client() as client:
        answer = client.get("/api/graph")

    assert "No state database" in answer.json()["notes"][0]


def test_another_file_is_another_database(client: httpx.Client, site: Site) -> None:
    """When the file is replaced, as a demo that begins anew does, the new one is shown."""
    client.get("/api/graph")
    other = Site(url=f"sqlite:///{site.path.with_name('other.db')}")

    with Outbox.open(other.url) as outbox:
        one_more(outbox, "first")
    for suffix in ("-wal", "-shm"):
        site.path.with_name(f"{site.path.name}{suffix}").unlink(missing_ok=True)
    other.path.replace(site.path)
    answer = client.get("/api/graph")

    assert answer.json()["head"] == 1


def test_a_database_that_goes_away_is_told(client: httpx.Client, site: Site) -> None:
    """A removed file is said; nothing is shown that is no more."""
    client.get("/api/graph")

    for path in site.path.parent.glob("state.db*"):
        path.unlink()
    answer = client.get("/api/graph")

    assert "No state database" in answer.json()["notes"][0]
    assert answer.json()["head"] == 0


def test_trouble_keeps_the_last_graph(client: httpx.Client, site: Site) -> None:
    """What was known stays to be seen when it cannot be read any more, without a password in what is said."""
    first = client.get("/api/graph").json()

    def fail() -> None:
        raise OutboxError("cannot reach postgresql://ada:geheim@db/state")

    site.hold = fail
    with Outbox.open(site.url) as outbox:
        one_more(outbox, "new")
    answer = client.get("/api/graph")
    latest = site.live.latest

    assert answer.json() == first
    assert latest is not None
    assert latest.trouble is not None
    assert "cannot reach" in latest.trouble
    assert "geheim" not in latest.trouble


def test_a_graph_that_cannot_be_built_is_no_dead_page(site: Site) -> None:
    """A defect in building says what it is on the page; the server lives."""
    site.record()

    def fail() -> None:
        raise KeyError("a defect")

    site.hold = fail
    with site.client() as client:
        page, graph = client.get("/"), client.get("/api/graph")
        site.hold = lambda: None
        mended = client.get("/api/graph")

    assert page.status_code == 200
    assert "KeyError" in json.loads(graph.content)["notes"][0]
    assert mended.json()["head"] == 6
