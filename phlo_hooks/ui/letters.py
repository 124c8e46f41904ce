"""Dead letters that a page wants delivered again, or given up on."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from phlo_hooks.lease import RELAY
from phlo_hooks.outbox.store import Outbox


class Letter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event that one consumer could not take."""

    consumer: str
    event_id: str


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Which dead letters; one of the three has to be given.

    Attributes:
        letters: These.
        consumer: All of one consumer.
        all: Every one there is.
    """

    letters: tuple[Letter, ...] = ()
    consumer: str | None = None
    all: bool = False

    def __post_init__(self) -> None:
        """Refuse a choice that says nothing, or two things."""
        if bool(self.letters) + (self.consumer is not None) + self.all != 1:
            raise ValueError("say which: letters, a consumer, or all")


def decode_choice(body: bytes) -> Choice:
    """
    Return what a request asks for.

    Raises:
        ValueError: It is no JSON of this shape.
    """
    return msgspec.json.decode(body, type=Choice)


def retry(outbox: Outbox, choice: Choice) -> int:
    """Let them be delivered again, as ``phlo-hooks dead retry`` does; return how many."""
    if not choice.letters:
        return outbox.retry_dead(consumer=choice.consumer)
    return sum(outbox.retry_dead(consumer=name, event_ids=ids) for name, ids in _by_consumer(choice))


def drop(outbox: Outbox, choice: Choice) -> int:
    """Give up on them, as ``phlo-hooks dead drop`` does; return how many."""
    if not choice.letters:
        return outbox.drop_dead(consumer=choice.consumer)
    return sum(outbox.drop_dead(consumer=name, event_ids=ids) for name, ids in _by_consumer(choice))


def is_relayed(outbox: Outbox) -> bool:
    """Say whether a relay is at work, which delivers what is to be tried again."""
    lease = outbox.lease(RELAY)
    return lease is not None and lease.expires_at > datetime.now(UTC)


def _by_consumer(choice: Choice) -> list[tuple[str, set[str]]]:
    chosen: dict[str, set[str]] = {}
    for letter in choice.letters:
        chosen.setdefault(letter.consumer, set()).add(letter.event_id)
    return sorted(chosen.items())
