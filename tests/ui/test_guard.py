from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.ui.conftest import CHANGING, Site

ALL = b'{"all": true}'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all that is refused: that leaves it as it was."""
    made = Site(url=f"sqlite:///{tmp_path_factory.mktemp('guard')}/state.db")
    made.record()
    yield made
    made.state.close()


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as client:
        yield client


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example:8765", "1.2.3.4", "[::2]"],
)
@pytest.mark.parametrize("path", ["/", "/api/graph", "/api/changes"])
def test_another_host_gets_nothing(client: httpx.Client, host: str, path: str) -> None:
    """A name that was rebound to 127.0.0.1 is no name of ours: nothing is served under it."""
    answer = client.get(path, headers={"Host": host})

    assert answer.status_code == 421
    assert "shop" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST", "localhost:9000", "[::1]:9000"])
def test_this_machine_is_answered(client: httpx.Client, host: str) -> None:
    """Loopback names are ours, on any port: a tunnel may have changed it."""
    assert client.get("/api/graph", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "https://127.0.0.1:8765"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Phlo-Hooks-Token": ""},
        {"X-Phlo-Hooks-Token": "guessed"},
        {"X-Phlo-Hooks-Token": "gu\u00e9ssed"},
    ],
)
@pytest.mark.parametrize("path", ["/api/dead/retry", "/api/dead/drop"])
def test_another_site_changes_nothing(client: httpx.Client, site: Site, headers: dict[str, str], path: str) -> None:
    """A request that did not come from our own page is refused, and nothing happens."""
    given = {name.encode(): value.encode("latin-1") for name, value in {**CHANGING, **headers}.items()}

    answer = client.post(path, content=ALL, headers=given)

    assert answer.status_code == 403
    assert len(site.dead()) == 2


def test_a_missing_token_changes_nothing(client: httpx.Client, site: Site) -> None:
    """Without the token that only our page can read, nothing is done."""
    headers = {name: value for name, value in CHANGING.items() if "Token" not in name}

    answer = client.post("/api/dead/retry", content=ALL, headers=headers)

    assert answer.status_code == 403
    assert "load it again" in answer.json()["error"]
    assert len(site.dead()) == 2


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_changes_nothing(client: httpx.Client, site: Site, kind: str) -> None:
    """What a form of another site could send is no JSON, whatever it says."""
    answer = client.post("/api/dead/retry", content=ALL, headers={**CHANGING, "Content-Type": kind})

    assert answer.status_code == 415
    assert len(site.dead()) == 2


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_changes_nothing(client: httpx.Client, site: Site, method: str) -> None:
    """A link or an image cannot retry."""
    answer = client.request(method, "/api/dead/retry", headers=CHANGING)

    assert answer.status_code == 405
    assert len(site.dead()) == 2


@pytest.mark.parametrize("path", ["/", "/api/graph", "/api/dead/retry"])
@pytest.mark.parametrize("of", ["", "http://evil.example"])
def test_no_origin_is_let_in(client: httpx.Client, path: str, of: str) -> None:
    """A preflight gets no permission, and no answer carries a CORS header."""
    origin = of or str(client.base_url).rstrip("/")
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x"}

    preflight = client.options(path, headers=asked)
    read = client.get(path, headers={"Origin": origin})

    assert preflight.status_code in {403, 405}
    for answer in (preflight, read):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("site_of", ["cross-site", "same-site"])
def test_another_page_reads_no_data(client: httpx.Client, site_of: str) -> None:
    """A script or an image tag elsewhere gets no graph; a link elsewhere may lead to the page."""
    headers = {"Sec-Fetch-Site": site_of}

    assert client.get("/api/graph", headers=headers).status_code == 403
    assert client.get("/api/changes", headers=headers).status_code == 403
    assert client.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/graph", "/nowhere", "/api/dead/retry"])
def test_every_answer_is_marked(client: httpx.Client, path: str) -> None:
    """No frame, no sniffing, no referrer, no copy in a cache; refusals and errors too."""
    answer = client.get(path)
    refused = client.get(path, headers={"Host": "evil.example"})

    for headers in (answer.headers, refused.headers):
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"all": false}',
        b'{"letters": []}',
        b'{"all": true, "consumer": "bus"}',
        b'{"everything": true}',
        b'{"letters": [{"consumer": "bus"}]}',
        b'{"consumer": 5}',
        b"\xff",
    ],
)
@pytest.mark.parametrize("path", ["/api/dead/retry", "/api/dead/drop"])
def test_a_choice_must_be_said(client: httpx.Client, site: Site, body: bytes, path: str) -> None:
    """What does not say which dead letters are meant is told so; nothing is guessed."""
    answer = client.post(path, content=body, headers=CHANGING)

    assert answer.status_code == 422
    assert answer.json()["error"]
    assert len(site.dead()) == 2


def test_a_body_has_an_end(client: httpx.Client) -> None:
    """Nobody fills the memory."""
    answer = client.post("/api/dead/retry", content=b" " * 1_100_000, headers=CHANGING)

    assert answer.status_code == 413
