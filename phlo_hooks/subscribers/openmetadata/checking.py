"""Whether the server can be told anything: address, certificate, version, token and rights, each with its way out."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.client import Client, Refused
from phlo_hooks.subscribers.openmetadata.client.rights import NEW_TOKEN
from phlo_hooks.subscribers.openmetadata.client.token import ends_at
from phlo_hooks.subscribers.openmetadata.options import URL_VARIABLE, Options
from phlo_hooks.subscribers.openmetadata.versions import NEWEST, OLDEST, Once, Server

_SOON: Final = timedelta(days=7)
_BOT: Final = "Settings > Bots > Add Bot"
_ROLE: Final = "give the bot a role that has them, such as Ingestion bot role (Settings > Bots)"
_GRANTED: Final = frozenset({"allow", "conditionalAllow"})

NEEDED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "services": (("databaseService", "Create"), ("pipelineService", "Create")),
    "tables": (
        ("database", "Create"),
        ("databaseSchema", "Create"),
        ("table", "Create"),
        ("table", "EditAll"),
    ),
    "pipelines": (("pipeline", "Create"), ("pipeline", "EditAll"), ("pipeline", "EditStatus")),
    "lineage": (("lineage", "EditLineage"),),
    "tests": (("testDefinition", "Create"), ("testCase", "Create"), ("table", "EditTests")),
    "profiles": (("table", "EditDataProfile"),),
    "API sources": (("apiService", "Create"), ("apiCollection", "Create"), ("apiEndpoint", "Create")),
    "files": (("storageService", "Create"), ("container", "Create")),
    "dbt exposures": (("dashboardService", "Create"), ("dashboard", "Create")),
    "prune": (("table", "Delete"), ("pipeline", "Delete")),
}
"""What is told, to the (resource, operation) pairs that the server wants for it."""
_NOT_EVERYBODY: Final = frozenset({"profiles", "API sources", "files", "dbt exposures", "prune"})
"""What can be missing without harm to those who have none of it."""


class Level(StrEnum):
    """How a point stands."""

    OK = "ok"
    ADVICE = "advice"
    FIX = "fix"


@dataclass(frozen=True, kw_only=True)
class Point:
    """
    One thing that was looked at.

    Attributes:
        topic: ``address``, ``server``, ``version``, ``token``, ``user`` or ``rights``.
        says: How it stands, in one line.
        way_out: What to do; empty where nothing is to be done.
    """

    topic: str
    level: Level
    says: str
    way_out: str = ""


def check(client: Client, now: datetime) -> Iterator[Point]:
    """
    Yield each point as soon as it is known; what depends on one that failed is not looked at. Nothing is written.

    Args:
        now: For the token's end.
    """
    yield Point(topic="address", level=Level.OK, says=client.url)
    answers = yield from _server(client)
    token = yield from _token(client, now)
    if answers and token and (yield from _user(client)):
        yield from _rights(client)


def patient(options: Options) -> Options:
    """Return the options for someone who waits at a terminal: one try, and not for long."""
    return options.model_copy(update={"retries": 0, "timeout": min(options.timeout, 5.0)})


def _server(client: Client) -> Generator[Point, None, bool]:
    """Ask for the version, which needs no token."""
    try:
        said = client.get("system/version")
    except Refused as refusal:
        said, trouble = None, f"it answers {refusal.status}: {refusal.message}"
    except TransientDeliveryError as error:
        said, trouble = None, str(error)
    else:
        trouble = "it knows no version of OpenMetadata"
    if said is None:
        yield Point(topic="server", level=Level.FIX, says=trouble, way_out=_way_to_reach(trouble))
        return False
    yield Point(topic="server", level=Level.OK, says=f"answers over {'TLS' if client.url[:6] == 'https:' else 'HTTP'}")
    return (yield from _version(said))


def _way_to_reach(trouble: str) -> str:
    ways = {
        "CERTIFICATE_VERIFY_FAILED": "set verify_ssl to the path of the certificates of who signed the server's",
        "WRONG_VERSION_NUMBER": "the server speaks no TLS there: write http:// into the URL",
        "record layer failure": "the server speaks no TLS there: write http:// into the URL",
        "Name or service not known": f"no host of that name is known here: correct {URL_VARIABLE}",
        "Connection refused": "nothing listens there: start the server, or correct the port (8585 unless changed)",
    }
    found = [way for sign, way in ways.items() if sign in trouble]
    return found[0] if found else f"look whether it is up, and whether {URL_VARIABLE} is its address"


def _version(said: Mapping[str, Any]) -> Generator[Point, None, bool]:
    spoken = f"phlo-hooks speaks to {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    try:
        server = Server.of(said, {}, once=Once(quiet=True))
    except TransientDeliveryError as error:
        yield Point(topic="version", level=Level.FIX, says=str(error), way_out="upgrade the server")
        return False
    exact = server.version.startswith(f"{server.number[0]}.{server.number[1]}")
    yield Point(
        topic="version",
        level=Level.OK if exact else Level.ADVICE,
        says=f"{server.version or 'none told'}; {spoken}",
        way_out="" if exact else "it is treated as the newest; upgrade phlo-hooks when something does not arrive",
    )
    return True


def _token(client: Client, now: datetime) -> Generator[Point, None, bool]:
    """Look at the token without showing it to anybody."""
    try:
        value = client.token.value()
    except TransientDeliveryError as error:
        yield Point(topic="token", level=Level.FIX, says=str(error), way_out=NEW_TOKEN)
        return False
    if not value:
        yield Point(topic="token", level=Level.FIX, says="there is none", way_out=NEW_TOKEN)
        return False
    end = ends_at(value)
    says, level, way_out = f"from {client.token.origin}", Level.OK, ""
    if end is None:
        says += ", without an end"
    elif end <= now:
        says, level, way_out = f"{says}, expired on {_day(end)}", Level.FIX, NEW_TOKEN
    else:
        says += f", good until {_day(end)}"
        if end - now < _SOON:
            level, way_out = Level.ADVICE, f"it ends soon: {NEW_TOKEN}"
    yield Point(topic="token", level=level, says=says, way_out=way_out)
    return level is not Level.FIX


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _user(client: Client) -> Generator[Point, None, bool]:
    """Ask whose token it is."""
    try:
        user = client.get("users/loggedInUser") or {}
    except (Refused, TransientDeliveryError) as error:
        says = str(error).removesuffix(f"; {NEW_TOKEN}")
        yield Point(topic="user", level=Level.FIX, says=says, way_out=NEW_TOKEN)
        return False
    name = str(user.get("name", "of no name"))
    if user.get("isBot"):
        yield Point(topic="user", level=Level.OK, says=f"{name}, a bot")
    else:
        yield Point(
            topic="user",
            level=Level.ADVICE,
            says=f"{name}, a person: the server protects no text from such a token, only phlo-hooks does",
            way_out=f"use a bot's token ({_BOT}); what it changes is also told from what {name} does",
        )
    return True


def _rights(client: Client) -> Iterator[Point]:
    """Ask what the user may do; the server evaluates its policies, and nothing is tried out."""
    try:
        granted = _granted(client.get("permissions") or {})
    except (Refused, TransientDeliveryError) as error:
        yield Point(topic="rights", level=Level.ADVICE, says=f"they cannot be read: {error}", way_out=_ROLE)
        return
    for what, pairs in NEEDED.items():
        lacking = [
            f"{operation} on {resource}" for resource, operation in pairs if not _may(granted, resource, operation)
        ]
        if lacking:
            level = Level.ADVICE if what in _NOT_EVERYBODY else Level.FIX
            says = f"{what}: it lacks {', '.join(lacking)}"
            yield Point(topic="rights", level=level, says=says, way_out=_ROLE)
        else:
            yield Point(topic="rights", level=Level.OK, says=what)


def _granted(answer: Mapping[str, Any]) -> dict[str, dict[str, bool]]:
    """Return resource to operation to whether it is allowed, perhaps under a condition."""
    return {
        str(each.get("resource")): {
            str(one.get("operation")): one.get("access") in _GRANTED for one in each.get("permissions") or ()
        }
        for each in answer.get("data") or ()
    }


def _may(granted: Mapping[str, Mapping[str, bool]], resource: str, operation: str) -> bool:
    """Say whether it is allowed; what the server does not list, as it has no such word yet, is taken to be."""
    operations = granted.get(resource, {})
    if operations.get("All") or (operation.startswith("Edit") and operations.get("EditAll")):
        return True
    return operations.get(operation, True)
