"""
Which server this is, and how a body is written so that it takes it.

Mapping writes for the newest version; ``Server.fit`` turns a body into what an older one takes. What has no place there
is left out, with one warning for each thing and process.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.names import PATHS, Kind
from phlo_hooks.subscribers.openmetadata.versions.taken import FIELDS, GONE, RESPELLED, VALUES, since

_log = logging.getLogger(__name__)

OLDEST: Final = (1, 6)
NEWEST: Final = (2, 0)

_NUMBER: Final = re.compile(r"(\d+)\.(\d+)")
_LINK: Final = re.compile(r"<#E::table::(?P<table>.+?)(?:::columns::(?P<column>.+))?>")
_NARROW_LINK: Final = re.compile(r"[\w' \-.&/:+\"\\()$#%]*")
"""Letters that a test's link may have on 1.6."""
_LONGEST_COLUMN: Final = 256
_SUITE_PATH: Final = f"{PATHS[Kind.TEST_SUITE]}/executable"


class Part(StrEnum):
    """Bodies that are no entity's create request."""

    STATUS = "pipelineStatus"
    RESULT = "testCaseResult"
    PROFILE = "tableProfile"
    DATA_MODEL = "dataModel"
    LINEAGE = "lineageDetails"


@dataclass(frozen=True, kw_only=True)
class Features:
    """
    What one version can do.

    Attributes:
        lineage_by_name: An edge can be put, read and patched by the names of its ends.
        bulk: Entities of one kind can be put together, ``PUT /<kind>/bulk``.
        bulk_status: So can the states of a pipeline's runs.
        suites: A test case needs its table's suite, made before; see ``Server.suite``.
        domains: Entities have a list ``domains``; without it they have one ``domain``.
        wide_links: A test's link may hold any letter but ``<``, ``>`` and ``|``.
        long_columns: A column's name may be longer than 256 letters.
    """

    lineage_by_name: bool
    bulk: bool
    bulk_status: bool
    suites: bool
    domains: bool
    wide_links: bool
    long_columns: bool

    @classmethod
    def of(cls, version: tuple[int, int]) -> Features:
        """Return what a version can do."""
        return cls(
            lineage_by_name=version >= (2, 0),
            bulk=version >= (1, 11),
            bulk_status=version >= (1, 11),
            suites=version < (1, 8),
            domains=version >= (1, 9),
            wide_links=version >= (1, 7),
            long_columns=version >= (1, 11),
        )


class Once:
    """
    Says each thing once in a process.

    Args:
        quiet: Says nothing at all.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def new(self, things: list[str]) -> list[str]:
        """Return the things that were not said yet, and remember them."""
        with self._lock:
            fresh = [thing for thing in things if thing not in self._said]
            self._said.update(fresh)
            return [] if self._quiet else fresh


_ONCE: Final = Once()


@dataclass(frozen=True, kw_only=True)
class Server:
    """
    Which server this is, and as whom we speak to it.

    Attributes:
        version: As it says itself, such as ``1.6.0-SNAPSHOT``.
        number: Of that, the first two parts; what is newer than we know counts as the newest that we know.
        user_id: Of the token's user.
    """

    version: str
    number: tuple[int, int] = NEWEST
    user_id: str = ""
    once: Once = field(default=_ONCE, repr=False, compare=False)

    @classmethod
    def of(cls, said: Mapping[str, Any], user: Mapping[str, Any], *, once: Once = _ONCE) -> Server:
        """
        Read the answers of ``GET /system/version`` and ``GET /users/loggedInUser``.

        Raises:
            TransientDeliveryError: It is older than 1.6; nothing is lost until it was upgraded.
        """
        version = str(said.get("version", ""))
        return cls(
            version=version,
            number=_number(version, once),
            user_id=str(user.get("id", "")),
            once=once,
        )

    @property
    def features(self) -> Features:
        """What it can do."""
        return Features.of(self.number)

    def fit(self, kind: Kind | Part, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """
        Return the body as this version takes it; ``None`` when it has no way to take such a thing at all.

        Args:
            body: As a 2.0 server takes it, references as names or ids; it is not changed.
        """
        fitted = dict(body)
        left_out = self._drop_fields(kind.value, fitted)
        left_out += self._replace_values(kind, fitted)
        if kind is Kind.TABLE and not self.features.long_columns:
            left_out += _drop_long_columns(fitted)
        if kind is Part.STATUS:
            left_out += self._fit_status(fitted)
        self._fit_domains(fitted)
        self._warn(kind.value, left_out)
        return self._fit_case(fitted) if kind is Kind.TEST_CASE else fitted

    def suite(self, table_fqn: str) -> tuple[str, dict[str, Any]]:
        """Return where a table's suite is put, and its body; it is wanted where ``features.suites``."""
        return _SUITE_PATH, {"name": _suite(table_fqn), "executableEntityReference": table_fqn}

    def _drop_fields(self, kind: str, body: dict[str, Any]) -> list[str]:
        gone = [name for name in body if since(FIELDS, kind, name) > self.number]
        for name in gone:
            del body[name]
        return gone

    def _replace_values(self, kind: Kind | Part, body: dict[str, Any]) -> list[str]:
        """Replace words that came later by what is nearest, in the body and in the columns below it."""
        left_out = []
        for name, value in tuple(body.items()):
            if isinstance(value, str):
                body[name], said = self._word(kind.value, name, value)
                left_out += said
            elif isinstance(value, list):
                body[name] = [self._item(kind, name, item, left_out) for item in value]
            elif isinstance(value, Mapping) and name in ("dataModel", "responseSchema", "requestSchema"):
                inner = dict(value)
                left_out += self._replace_values(kind, inner)
                body[name] = inner
        return left_out

    def _item(self, kind: Kind | Part, name: str, item: Any, left_out: list[str]) -> Any:
        if isinstance(item, str):
            word, said = self._word(kind.value, name, item)
            left_out += said
            return word
        if isinstance(item, Mapping) and name in ("columns", "children", "schemaFields"):
            inner = dict(item)
            left_out += self._drop_fields("column", inner)
            left_out += self._replace_values(kind, inner)
            return inner
        return item

    def _word(self, kind: str, name: str, value: str) -> tuple[str, list[str]]:
        known = VALUES.get((kind, name)) or VALUES.get(("", name)) or {}
        first, instead = known.get(value, (OLDEST, value))
        gone = GONE.get((kind, name), {}).get(value)
        if gone is not None and gone[0] <= self.number:
            instead = gone[1]
        elif first <= self.number:
            return value, []
        return instead, [] if (name, value) in RESPELLED else [f"{name} {value}, said as {instead}"]

    def _fit_status(self, body: dict[str, Any]) -> list[str]:
        """Leave out what tasks' states had not, and always say ``taskStatus``, without which the server fails."""
        left_out: list[str] = []
        tasks = []
        for task in body.get("taskStatus") or ():
            fitted = dict(task)
            left_out += [f"taskStatus.{name}" for name in self._drop_fields("taskStatus", fitted)]
            tasks.append(fitted)
        body["taskStatus"] = tasks
        return sorted(set(left_out))

    def _fit_domains(self, body: dict[str, Any]) -> None:
        if self.features.domains or "domains" not in body:
            return
        domains = body.pop("domains") or []
        if domains:
            body["domain"] = domains[0]
        if domains[1:]:
            self._warn("domains", ["all domains of an entity but the first"])

    def _fit_case(self, body: dict[str, Any]) -> dict[str, Any] | None:
        link = str(body.get("entityLink", ""))
        found = _LINK.fullmatch(link)
        if found is None:
            return body
        if not self.features.wide_links and not _NARROW_LINK.fullmatch(link[len("<#E::") : -1]):
            self._warn("testCase", [f"tests of {found['column'] or found['table']}, whose name its links cannot hold"])
            return None
        if self.features.suites:
            body["testSuite"] = _suite(found["table"])
        return body

    def _warn(self, kind: str, things: list[str]) -> None:
        fresh = self.once.new([f"{kind} {thing}" for thing in things])
        if fresh:
            names = ", ".join(thing.removeprefix(f"{kind} ") for thing in fresh)
            _log.warning("OpenMetadata %s does not take all of %s; left out: %s.", self.version, kind, names)


def _number(version: str, once: Once) -> tuple[int, int]:
    found = _NUMBER.match(version)
    number = (int(found[1]), int(found[2])) if found else None
    if number is not None and number < OLDEST:
        raise TransientDeliveryError(
            f"OpenMetadata {version} is too old: phlo-hooks speaks to {_text(OLDEST)} and newer; upgrade the server, "
            "what happens until then is sent afterwards",
            outage=True,
        )
    if number is None or number > NEWEST:
        if once.new([f"version {version}"]):
            known = f"treated as {_text(NEWEST)}, the newest that phlo-hooks knows"
            _log.warning("OpenMetadata says that its version is %r; it is %s.", version, known)
        return NEWEST
    return number


def _text(number: tuple[int, int]) -> str:
    return f"{number[0]}.{number[1]}"


def _suite(table_fqn: str) -> str:
    return f"{table_fqn}.testSuite"


def _drop_long_columns(body: dict[str, Any]) -> list[str]:
    columns = body.get("columns") or []
    short = [each for each in columns if len(str(each.get("name", ""))) <= _LONGEST_COLUMN]
    if len(short) < len(columns):
        body["columns"] = short
        return [f"columns with a name of more than {_LONGEST_COLUMN} letters"]
    return []
