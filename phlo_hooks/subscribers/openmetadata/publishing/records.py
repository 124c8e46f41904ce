"""What is remembered of each thing that was sent; plain data, kept as JSON."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any, Final, TypeVar

import msgspec

from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind

_SHORT: Final = 1024
"""Bytes from which a record is compressed."""
_PLAIN: Final = b"{"
_MARK: Final = "phlo-hooks"
_HALF: Final = 24
_HASH: Final = 32

Struct = TypeVar("Struct", bound="Record")


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """
    What every record has.

    Attributes:
        digest: Of the request as the server last confirmed it; ``""`` when that is not known.
        refused: Of the request as the server refused it.
        reason: What it said then.
    """

    digest: str = ""
    refused: str = ""
    reason: str = ""


class EntityRecord(Record, kw_only=True, omit_defaults=True):
    """
    An entity.

    Attributes:
        id: Its id there.
        ours: Whether we created it.
        parts: Its columns, fields or tasks that we sent, nested ones as ``a.b``.
        columns: Its columns as the server spells them: what follows the entity's name in theirs.
        texts: Digests of descriptions and display names of ours, by where they stand.
        owners: Ids of the owners that we set.
        tags: Tags that we set; those of a column as column, newline, tag.
        domain: Id of the domain that we set.
        products: Data products that we set.
        pruned: Whether we deleted it, as nothing knows it any more.
    """

    id: str = ""
    ours: bool = False
    parts: list[str] = []
    columns: list[str] = []
    texts: dict[str, str] = {}
    owners: list[str] = []
    tags: list[str] = []
    domain: str = ""
    products: list[str] = []
    pruned: bool = False


class EdgeRecord(Record, kw_only=True, omit_defaults=True):
    """
    An edge.

    Attributes:
        upstream: Kind and parts of where it comes from.
        ends: Ids of both ends when it was drawn.
        pairs: Upstream and downstream columns that we brought together.
        texts: Digests of source, SQL, description and pipeline as we set them, by their field.
        before: Whether it was there before us.
        lacking: Where the server did not have all that we name: what it had then; once it has other things, the
            edge is drawn again.
    """

    upstream: tuple[str, tuple[str, ...]] = ("", ())
    ends: tuple[str, str] = ("", "")
    pairs: list[tuple[str, str]] = []
    texts: dict[str, str] = {}
    before: bool = False
    lacking: str = ""

    @property
    def source(self) -> EntityName:
        """Where it comes from."""
        return EntityName(Kind(self.upstream[0]), self.upstream[1])


class CaseRecord(Record, kw_only=True, omit_defaults=True):
    """A test case or definition: its full name as the server spells it, and whether we created it."""

    fqn: str = ""
    ours: bool = False
    text: str = ""


class Told(msgspec.Struct, kw_only=True, omit_defaults=True):
    """
    One thing told at a time: a result, a profile, a status.

    Attributes:
        at: When it happened, ms.
        key: Which it is, among those of the same moment.
        digest: Of its body.
        sent_at: Under which time the server has it, ms.
    """

    at: int
    digest: str
    key: str = ""
    sent_at: int = 0


class SeriesRecord(Record, kw_only=True, omit_defaults=True):
    """
    What was told of one case, table or pipeline over time.

    Attributes:
        told: The newest ones, by time.
        pending: Times under way when we last stopped; whether the server has them is not known.
        good_at: Time of the newest good result, ms.
        bad_at: Time of the newest bad one.
        incident: Whether a result of ours may have opened an incident that is still open.
    """

    told: list[Told] = []
    pending: list[int] = []
    good_at: int = 0
    bad_at: int = 0
    incident: bool = False


def digest(value: Any) -> str:
    """Return 32 hexadecimal digits that stand for plain data."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()[:_HASH]


def text_digest(text: str) -> str:
    """Return what stands for a text; blanks around it do not count."""
    return digest(text.strip())[:16]


def source_hash(body: Any) -> str:
    """Return a body's ``sourceHash``; ``is_ours`` knows it again, whatever else was forgotten."""
    half = digest(body)[:_HALF]
    return half + digest([_MARK, half])[: _HASH - _HALF]


def is_ours(value: str | None) -> bool:
    """Whether ``source_hash`` made this."""
    return bool(value) and len(str(value)) == _HASH and str(value)[_HALF:] == digest([_MARK, str(value)[:_HALF]])[:8]


def encode(record: msgspec.Struct | dict[str, Any]) -> bytes:
    """Return a record as bytes; a long one compressed."""
    plain = msgspec.json.encode(record)
    return plain if len(plain) < _SHORT else zlib.compress(plain, 6)


def decode(data: bytes, kind: type[Struct]) -> Struct:
    """Return a record; one that cannot be read is an empty one, as if nothing had been sent."""
    try:
        return msgspec.json.decode(plain(data), type=kind)
    except (msgspec.DecodeError, zlib.error):
        return kind()


def plain(data: bytes) -> bytes:
    """Return the JSON of what ``encode`` made."""
    return data if data[:1] == _PLAIN else zlib.decompress(data)
