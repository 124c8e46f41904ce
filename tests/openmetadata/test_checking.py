"""What ``check`` finds wrong, point by point."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from phlo_hooks.subscribers.openmetadata.checking import NEEDED, Level, Point, check, patient
from phlo_hooks.subscribers.openmetadata.client import Client
from phlo_hooks.subscribers.openmetadata.options import Options

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOT = {"id": "7", "name": "etl-bot", "isBot": True}
EVERYTHING = {
    "data": [
        {"resource": resource, "permissions": [{"operation": operation, "access": "allow"}]}
        for pairs in NEEDED.values()
        for resource, operation in pairs
    ]
}


def token(*, ends: datetime | None = None) -> str:
    """Return what looks like a JWT, made here and signed by nobody."""
    payload = {} if ends is None else {"exp": ends.timestamp()}
    part = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"head.{part}.nobody"


def served(
    *, version: Any = "1.6.0", user: Any = BOT, rights: Any = EVERYTHING
) -> Callable[[httpx.Request], httpx.Response]:
    """Return a server that answers what is given: a body, or a whole response."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET", "a check writes nothing"
        said = {
            "/api/v1/system/version": {"version": version} if isinstance(version, str) else version,
            "/api/v1/users/loggedInUser": user,
            "/api/v1/permissions": rights,
        }[request.url.path]
        return said if isinstance(said, httpx.Response) else httpx.Response(200, json=said)

    return answer


def looked_at(
    answer: Callable[[httpx.Request], httpx.Response],
    *,
    jwt: str | None = None,
    url: str = "http://om.example:8585",
    jwt_file: str | None = None,
) -> list[Point]:
    environ = {"OPENMETADATA_JWT": token() if jwt is None else jwt}
    options = patient(Options(url=url, jwt_file=jwt_file))
    with Client(options, environ=environ, transport=httpx.MockTransport(answer)) as client:
        return list(check(client, NOW))


def one(points: list[Point], topic: str) -> Point:
    (found,) = [each for each in points if each.topic == topic]
    return found


def test_where_all_is_well_every_point_says_so() -> None:
    """Address, server, version, token, user and each right are looked at, and none has anything to do."""
    points = looked_at(served())

    assert [each.topic for each in points[:5]] == ["address", "server", "version", "token", "user"]
    assert {each.says for each in points[5:]} == set(NEEDED)
    assert {each.level for each in points} == {Level.OK}
    assert not any(each.way_out for each in points)


@pytest.mark.parametrize(
    ("error", "way_out"),
    [
        ("[Errno 111] Connection refused", "nothing listens there"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "set verify_ssl"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "write http://"),
        ("[Errno -2] Name or service not known", "no host of that name"),
        ("something else", "whether OPENMETADATA_URL is its address"),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_with_what_to_do(error: str, way_out: str) -> None:
    """Each usual reason has its way out; the token is looked at all the same, rights are not."""

    def answer(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(error)

    points = looked_at(answer)

    assert (one(points, "server").level, points[-1].topic) == (Level.FIX, "token")
    assert way_out in one(points, "server").way_out


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html>"),
        httpx.Response(404, json={"message": "no"}),
        httpx.Response(500, json={"responseMessage": "[HTTP 404 Not Found]"}),
        httpx.Response(401, json={"message": "who?"}),
    ],
)
def test_another_server_is_not_taken_for_openmetadata(answer: httpx.Response) -> None:
    """A page, an unknown route or a login instead of the version is something to fix."""
    assert one(looked_at(served(version=answer)), "server").level is Level.FIX


def test_a_server_that_is_too_old_is_told() -> None:
    """Before 1.6 nothing is told; the version says so."""
    points = looked_at(served(version="1.5.2"))

    assert (one(points, "version").level, points[-1].topic) == (Level.FIX, "token")
    assert "1.5.2 is too old" in one(points, "version").says


def test_a_server_that_is_newer_than_we_know_is_advice() -> None:
    """A newer version works as the newest known one, and a line says so."""
    assert one(looked_at(served(version="3.1.0")), "version").level is Level.ADVICE


@pytest.mark.parametrize(
    ("ends", "level", "says"),
    [
        (timedelta(days=-1), Level.FIX, "expired on 2026-11-20 12:00 UTC"),
        (timedelta(days=3), Level.ADVICE, "good until 2026-11-24 12:00 UTC"),
        (timedelta(days=90), Level.OK, "good until 2027-02-19 12:00 UTC"),
    ],
)
def test_the_end_of_a_token_is_told_in_time(ends: timedelta, level: Level, says: str) -> None:
    """An expired token is to be fixed, one that ends within a week is advice, and each says when."""
    point = one(looked_at(served(), jwt=token(ends=NOW + ends)), "token")

    assert point.level is level
    assert says in point.says


def test_without_a_token_the_way_to_one_is_told() -> None:
    """No token: what to do, and nothing is asked that needs one."""
    points = looked_at(served(), jwt="")

    assert (points[-1].topic, points[-1].level) == ("token", Level.FIX)
    assert "Settings > Bots" in points[-1].way_out


def test_a_token_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A missing file is named."""
    point = one(looked_at(served(), jwt="", jwt_file=str(tmp_path / "gone")), "token")

    assert (point.level, "gone" in point.says) == (Level.FIX, True)


def test_a_token_that_the_server_does_not_take_is_told() -> None:
    """401 for the user says why, and rights are not asked for."""
    points = looked_at(served(user=httpx.Response(401, json={"message": "Token verification failed"})))

    assert (points[-1].topic, points[-1].level) == ("user", Level.FIX)
    assert "Token verification failed" in points[-1].says
    assert points[-1].way_out
    assert points[-1].way_out not in points[-1].says, "what to do is said once"


@pytest.mark.parametrize("user", [{"id": "1", "name": "ada", "isBot": False}, {"id": "1", "name": "ada"}])
def test_the_token_of_a_person_is_advice(user: dict[str, Any]) -> None:
    """A person's token works; a bot's is better. Without a clear word it counts as a person's."""
    point = one(looked_at(served(user=user)), "user")

    assert (point.level, "ada, a person" in point.says) == (Level.ADVICE, True)


@pytest.mark.parametrize(
    ("access", "level"),
    [
        ("allow", Level.OK),
        ("conditionalAllow", Level.OK),
        ("deny", Level.FIX),
        ("conditionalDeny", Level.FIX),
        ("notAllow", Level.FIX),
    ],
)
def test_a_right_that_lacks_is_named(access: str, level: Level) -> None:
    """What the server's policies do not allow is told with operation and resource."""
    rights = {
        "data": [
            {"resource": "pipeline", "permissions": [{"operation": "Create", "access": access}]},
            *EVERYTHING["data"][:2],
        ]
    }

    points = [each for each in looked_at(served(rights=rights)) if each.topic == "rights"]

    point = next(each for each in points if each.says.startswith("pipelines"))
    assert point.level is level
    assert ("it lacks Create on pipeline" in point.says) == (level is Level.FIX)


@pytest.mark.parametrize("operation", ["All", "EditAll"])
def test_a_wide_right_holds_the_narrow_ones(operation: str) -> None:
    """Whoever may edit everything of a table may edit its tests and profile."""
    narrow = [{"operation": name, "access": "notAllow"} for name in ("EditTests", "EditDataProfile")]
    rights = {"data": [{"resource": "table", "permissions": [*narrow, {"operation": operation, "access": "allow"}]}]}

    assert {each.level for each in looked_at(served(rights=rights))} == {Level.OK}


def test_what_not_everybody_needs_is_advice_only() -> None:
    """Missing rights for files harm nobody who has none."""
    rights = {"data": [{"resource": "container", "permissions": [{"operation": "Create", "access": "notAllow"}]}]}

    assert {each.level for each in looked_at(served(rights=rights)) if "container" in each.says} == {Level.ADVICE}


def test_rights_that_cannot_be_read_are_advice() -> None:
    """A server that does not tell rights is not broken for that."""
    points = looked_at(served(rights=httpx.Response(500, json={"responseMessage": "[HTTP 404 Not Found]"})))

    assert (points[-1].topic, points[-1].level) == ("rights", Level.ADVICE)
