"""The client against a server that answers as the test says."""

from __future__ import annotations

import gzip
import json
import threading
import traceback
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest

from phlo_hooks.exceptions import SettingsError, TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.client import Answer, Client, Refused
from phlo_hooks.subscribers.openmetadata.options import Options

TOKEN = "made.up-token.for_tests"
NOW = 1_795_000_000.0
UNROUTED = {"responseMessage": "An exception with message [HTTP 404 Not Found] was thrown while processing request."}


class Wire:
    """A transport that keeps requests and gives the answers it was given, the last one again and again."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests.append(request)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return answer(request)

    def client(
        self, *, environ: dict[str, str] | None = None, now: Callable[[], float] | None = None, **more: Any
    ) -> Client:
        options = Options(url=more.pop("url", "http://om.example:8585"), **more)
        environ = {"OPENMETADATA_JWT": TOKEN} if environ is None else environ
        return Client(
            options,
            environ=environ,
            transport=httpx.MockTransport(self),
            sleep=self.waits.append,
            clock=now or (lambda: NOW),
        )


def said(status: int, body: Any = None, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "url",
    [
        "http://om.example:8585",
        "http://om.example:8585/",
        "http://om.example:8585/api",
        "http://om.example:8585/api/v1/",
    ],
)
def test_the_address_may_be_given_in_each_usual_form(url: str) -> None:
    """With or without /api and a slash at its end, requests go to /api/v1."""
    wire = Wire(said(200, {"id": "1"}))

    wire.client(url=url).get("tables/name/a%2Fb", {"fields": "tags", "limit": None})

    assert str(wire.requests[0].url) == "http://om.example:8585/api/v1/tables/name/a%2Fb?fields=tags"


def test_a_path_before_the_api_stays() -> None:
    """A server behind a proxy's path is reached there."""
    wire = Wire(said(200, {}))

    wire.client(url="https://data.example/om/api").get("/system/version")

    assert str(wire.requests[0].url) == "https://data.example/om/api/v1/system/version"


def test_the_address_may_come_from_the_environment() -> None:
    """OPENMETADATA_URL is taken when the settings name none."""
    wire = Wire(said(200, {}))

    client = wire.client(url=None, environ={"OPENMETADATA_URL": "http://from.env:1/api"})

    assert client.url == "http://from.env:1"


def test_without_an_address_one_line_says_what_to_write() -> None:
    """A missing URL is a settings error that shows the line to write."""
    with pytest.raises(SettingsError, match=r"OPENMETADATA_URL.*\[plugins.config.openmetadata\] url ="):
        Wire(said(200)).client(url=None, environ={})


@pytest.mark.parametrize("url", ["localhost:8585", "ftp://om.example", "http://", "http://om.example:99999"])
def test_what_is_no_address_is_told(url: str) -> None:
    """An address without scheme, host or a real port is refused with an example."""
    with pytest.raises(SettingsError, match="write http://localhost:8585"):
        Wire(said(200)).client(url=url)


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    """The server takes no user and password; the error does not repeat them."""
    with pytest.raises(SettingsError, match=r"om\.example.*OPENMETADATA_JWT") as caught:
        Wire(said(200)).client(url="http://ada:hunter2@om.example:8585")

    assert "hunter2" not in str(caught.value)


def test_requests_carry_the_token_and_our_name() -> None:
    """Each request has the bearer token, our user agent with a version, and asks for JSON."""
    wire = Wire(said(200, {}))

    wire.client().put("tables", {"name": "t"})

    headers = wire.requests[0].headers
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["User-Agent"].startswith("phlo-hooks/")
    assert headers["Content-Type"] == "application/json"


def test_a_patch_says_that_it_is_a_json_patch() -> None:
    """PATCH has the one media type that the server takes for it."""
    wire = Wire(said(200, {}))

    wire.client().patch("tables/name/x", [{"op": "add", "path": "/description", "value": "d"}])

    assert wire.requests[0].headers["Content-Type"] == "application/json-patch+json"


def test_large_bodies_are_compressed_and_small_ones_are_not() -> None:
    """From one KiB on a body is sent as gzip."""
    wire = Wire(said(200, {}))
    large = {"name": "t" * 2000}

    client = wire.client()
    client.put("tables", {"name": "t"})
    client.put("tables", large)

    small_sent, large_sent = wire.requests
    assert "Content-Encoding" not in small_sent.headers
    assert large_sent.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(large_sent.content)) == large


def test_an_answer_says_whether_the_entity_is_new() -> None:
    """201 is new, 200 is not, and an empty body is no body."""
    wire = Wire(said(201, {"id": "1"}), said(200, {"id": "1"}), httpx.Response(200))

    client = wire.client()
    answers = [client.put("tables", {}) for _ in range(3)]

    assert [answer.created for answer in answers] == [True, False, False]
    assert answers[2] == Answer(200, None)


def test_what_is_not_there_is_none() -> None:
    """GET of an unknown entity is None, and is not tried again."""
    wire = Wire(said(404, {"code": 404, "message": "table instance for x not found"}))

    assert wire.client().get("tables/name/x") is None
    assert len(wire.requests) == 1


def test_an_unknown_route_is_not_taken_for_an_unknown_entity() -> None:
    """The code in a 500's text is the one that is meant: refused at once, and no None."""
    wire = Wire(said(500, UNROUTED))

    with pytest.raises(Refused, match="404") as caught:
        wire.client().get("nonsense")

    assert (caught.value.status, caught.value.unrouted, len(wire.requests)) == (404, True, 1)


@pytest.mark.parametrize(
    ("status", "body", "meant"),
    [
        (400, {"code": 400, "message": "[columns must not be null]"}, 400),
        (404, {"code": 404, "message": "table instance for x not found"}, 404),
        (413, None, 413),
        (500, {"responseMessage": "[HTTP 405 Method Not Allowed]"}, 405),
        (500, {"responseMessage": "[HTTP 415 Unsupported Media Type]"}, 415),
    ],
)
def test_what_the_server_will_never_take_is_refused_at_once(status: int, body: Any, meant: int) -> None:
    """A 4xx, also one inside a 500, is refused without another try, and says method, path and reason."""
    wire = Wire(said(status, body))

    with pytest.raises(Refused, match=rf"PUT tables: {meant} ") as caught:
        wire.client().put("tables", {})

    assert (caught.value.status, caught.value.path, len(wire.requests)) == (meant, "tables", 1)


def test_a_refusal_that_is_plain_text_is_read() -> None:
    """An error that is no JSON is told as it is, on one line."""
    wire = Wire(httpx.Response(400, text="Unable to\n process JSON"))

    with pytest.raises(Refused, match="400 Unable to process JSON"):
        wire.client().put("tables", {})


def test_what_exists_already_is_an_answer() -> None:
    """409 is no error: another writer, or we ourselves, were there before."""
    wire = Wire(said(409, {"code": 409, "message": "Entity already exists"}))

    assert wire.client().post("dataQuality/testCases/testCaseResults/x", {}).status == 409


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
        said(429, {"message": "slow down"}),
        said(500, {"code": 500, "message": "Unable to acquire a connection"}),
        said(502),
        said(503),
        said(504),
        said(408),
        httpx.Response(404, text="default backend - 404"),
        httpx.Response(200, content=b'{"id": "1', headers={"Content-Type": "application/json"}),
    ],
)
def test_passing_trouble_is_tried_again_and_then_left_to_the_dispatcher(trouble: Any) -> None:
    """Network, timeouts, half answers, 408, 429, 5xx, a proxy alone: two quick tries more, then transient."""
    wire = Wire(trouble)

    with pytest.raises(TransientDeliveryError, match=r"PUT http://om\.example:8585/api/v1/tables: "):
        wire.client(retries=2).put("tables", {})

    assert len(wire.requests) == 3
    assert len(wire.waits) == 2


def test_trouble_that_passes_is_not_noticed() -> None:
    """A second try that succeeds is a success."""
    wire = Wire(httpx.ConnectError("refused"), said(503), said(200, {"id": "1"}))

    assert wire.client().put("tables", {}).body == {"id": "1"}


def test_waits_grow_and_vary() -> None:
    """Quick tries wait longer each time, by a random share."""
    wire = Wire(httpx.ConnectError("refused"))

    with pytest.raises(TransientDeliveryError):
        wire.client(retries=4).get("x")

    assert all(0.1 * 2**n <= waited <= 0.3 * 2**n for n, waited in enumerate(wire.waits))


@pytest.mark.parametrize("asked", ["2", formatdate(NOW + 2, usegmt=True)])
def test_a_short_wait_that_the_server_asks_for_is_waited(asked: str) -> None:
    """Retry-After is honoured at once when it is short, in seconds and as a date."""
    wire = Wire(said(429, None, Retry_After=asked), said(200, {}))

    wire.client().put("tables", {})

    assert wire.waits == [2.0]


def test_a_server_that_asks_for_no_wait_is_not_stormed() -> None:
    """Retry-After: 0 does not shorten our own waits."""
    wire = Wire(said(429, None, Retry_After="0"), said(200, {}))

    wire.client().put("tables", {})

    assert wire.waits[0] >= 0.1


def test_a_long_wait_is_left_to_the_dispatcher() -> None:
    """A long Retry-After is not slept through: the error carries it."""
    wire = Wire(said(503, None, Retry_After="120"))

    with pytest.raises(TransientDeliveryError) as caught:
        wire.client().put("tables", {})

    assert (caught.value.retry_after, len(wire.requests), wire.waits) == (120.0, 1, [])


@pytest.mark.parametrize("asked", ["soon", "", "inf", "nan", "-5"])
def test_a_wait_that_cannot_be_read_is_ignored(asked: str) -> None:
    """Nonsense in Retry-After does no harm."""
    wire = Wire(said(429, None, Retry_After=asked), said(200, {}))

    assert wire.client().put("tables", {}).status == 200


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("slow"), said(500, {"message": "something odd"}), said(502)])
def test_a_patch_whose_answer_was_lost_is_not_sent_twice(trouble: Any) -> None:
    """Nobody knows whether it was carried out, so that its caller must read anew."""
    wire = Wire(trouble, said(200, {}))

    with pytest.raises(TransientDeliveryError):
        wire.client(retries=2).patch("tables/1", [{"op": "add", "path": "/tags/-", "value": {}}])

    assert len(wire.requests) == 1


@pytest.mark.parametrize("trouble", [httpx.ConnectError("refused"), said(429), said(503)])
def test_a_patch_that_was_surely_not_carried_out_is_sent_again(trouble: Any) -> None:
    """It did not reach the server, or was turned away at its door."""
    wire = Wire(trouble, said(200, {}))

    assert wire.client(retries=2).patch("tables/1", []).status == 200


def test_an_address_without_a_version_is_no_server() -> None:
    """Something else answers there: nothing is told it, and nothing is a dead letter."""
    wire = Wire(said(404, {"error": "no such page"}))

    with pytest.raises(TransientDeliveryError, match=r"http://om\.example:8585 knows no version of OpenMetadata"):
        wire.client().server()


def test_a_page_where_json_was_expected_is_told_with_the_address() -> None:
    """A web page, as another server or a login shows it, is no success."""
    wire = Wire(httpx.Response(200, html="<html>"))

    with pytest.raises(TransientDeliveryError, match=r"text/html, no JSON; is http://om\.example:8585 the address"):
        wire.client().get("system/version")


def test_a_redirect_is_told_with_its_place() -> None:
    """A PUT does not follow a redirect; the error says which address to set."""
    wire = Wire(said(301, None, Location="https://om.example/api/v1/tables"))

    with pytest.raises(TransientDeliveryError, match=r"redirects to https://om\.example.*OPENMETADATA_URL"):
        wire.client().put("tables", {})


def test_missing_rights_are_one_line_that_says_what_to_do() -> None:
    """403 names the call, the user and the operation to allow; it is transient, so that nothing is lost."""
    message = "Principal: CatalogPrincipal{name='etl-bot'} operations [Create] not allowed"
    wire = Wire(said(403, {"code": 403, "message": message}))

    with pytest.raises(
        TransientDeliveryError, match=r"PUT .*/tables is not allowed.*'etl-bot'.*allows Create"
    ) as caught:
        wire.client().put("tables", {})

    assert "\n" not in str(caught.value)
    assert len(wire.requests) == 1


def test_a_token_file_is_read_again_once_after_a_401(tmp_path: Path) -> None:
    """A token that was rotated in its file is found without a restart, and nothing fails."""
    file = tmp_path / "jwt"
    file.write_text("old-token-of-tests\n")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["Authorization"] == "Bearer new-token-of-tests":
            return said(200, {"id": "1"})
        file.write_text("Bearer new-token-of-tests\n")
        return said(401, {"message": "Not Authorized! Expired token!"})

    wire = Wire(answer)

    assert wire.client(environ={}, jwt_file=str(file)).get("x") == {"id": "1"}
    assert len(wire.requests) == 2


def test_a_token_file_that_stays_the_same_is_not_tried_again(tmp_path: Path) -> None:
    """Without another token in the file the 401 is told at once."""
    file = tmp_path / "jwt"
    file.write_text("old-token-of-tests")
    wire = Wire(said(401, {"message": "Not Authorized! Token verification failed"}))

    with pytest.raises(TransientDeliveryError, match=r"the server says .*Token verification failed"):
        wire.client(environ={}, jwt_file=str(file)).get("x")

    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError(f"cannot send Bearer {TOKEN}"),
        httpx.LocalProtocolError(f"Illegal header value b'Bearer {TOKEN}'"),
        said(401, {"message": f"Not Authorized! {TOKEN}"}),
        said(400, {"message": f"bad header Authorization: Bearer {TOKEN}"}),
        said(403, {"message": f"no rights for Bearer {TOKEN}"}),
    ],
)
def test_the_token_is_in_no_error(error: Any) -> None:
    """Whatever fails, neither the error, its traceback nor anything's repr shows the token."""
    client = Wire(error).client()

    with pytest.raises((Refused, TransientDeliveryError)) as caught:
        client.get("x")

    shown = "".join(traceback.format_exception(caught.value)) + repr(client) + repr(client.token)
    assert TOKEN not in shown
    assert caught.value.__cause__ is None


def test_the_server_is_asked_once() -> None:
    """Version and user are asked for with the first question, and then known."""
    wire = Wire(said(200, {"version": "1.6.0"}), said(200, {"id": "7", "name": "etl-bot", "isBot": True}))
    client = wire.client()

    server = client.server()

    assert client.server() is server
    assert (server.version, server.user_id, len(wire.requests)) == ("1.6.0", "7", 2)


def test_calls_run_at_once_and_answer_in_order() -> None:
    """Results of parallel calls stand in the order of the calls, and several are under way together."""
    together = threading.Barrier(3, timeout=10)

    def call(number: int) -> Callable[[], int]:
        def run() -> int:
            together.wait()
            return number

        return run

    client = Wire(said(200, {})).client(connections=3)

    assert client.parallel([call(number) for number in range(6)]) == list(range(6))


def test_the_first_error_stops_the_rest() -> None:
    """After an error no further call is begun, and the error is raised."""
    begun = []

    def call(number: int) -> Callable[[], None]:
        def run() -> None:
            begun.append(number)
            raise TransientDeliveryError("down")

        return run

    with pytest.raises(TransientDeliveryError, match="down"):
        Wire(said(200, {})).client(connections=2).parallel([call(number) for number in range(100)])

    assert len(begun) < 100


def test_a_single_call_needs_no_thread() -> None:
    """One call runs where it is asked for."""
    client = Wire(said(200, {})).client()

    assert client.parallel([threading.get_ident]) == [threading.get_ident()]


def test_calls_are_counted() -> None:
    """Every request that is sent counts, tries included."""
    client = Wire(said(503), said(200, {})).client()

    client.get("x")

    assert client.calls == 2


@pytest.mark.parametrize("verify", [True, False, "true", "FALSE"])
def test_the_check_of_certificates_may_come_as_text(verify: bool | str) -> None:  # noqa: FBT001  # a setting's value
    """A variable says true or false as text; neither is taken for a file."""
    Client(Options(url="https://om.example", verify_ssl=verify), environ={}).close()


def test_certificates_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """verify_ssl with the path of no file is a settings error that names it."""
    with pytest.raises(SettingsError, match=r"verify_ssl names '.*missing\.pem'"):
        Client(Options(url="https://om.example", verify_ssl=str(tmp_path / "missing.pem")), environ={})
