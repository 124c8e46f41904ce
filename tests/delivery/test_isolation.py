from __future__ import annotations

import threading

import pytest

from phlo_hooks.delivering.caller import CallAbandonedError
from phlo_hooks.delivering.isolation import Isolation
from phlo_hooks.outbox.ledger import InFlight
from tests.delivery.fakes import eventually


def mark(hook: str, *, suspect: bool = False) -> InFlight:
    return InFlight(consumer=hook, hook=hook, seq=1, suspect=suspect)


def test_all_are_suspects_until_one_was_a_suspect_already() -> None:
    """The first death makes suspects of all that were called; the next one has a culprit."""
    first = Isolation([mark("a"), mark("b")])
    second = Isolation([mark("a", suspect=True), mark("b")])

    assert [first.is_to_blame(mark("a")), first.is_to_blame(mark("b"))] == [True, True]
    assert [second.is_to_blame(mark("a", suspect=True)), second.is_to_blame(mark("b"))] == [True, False]


def test_a_suspect_is_called_with_nothing_else_under_way() -> None:
    """A suspect waits for the calls under way, and new ones wait for the suspect."""
    isolation, order = Isolation([]), list[str]()
    go = threading.Event()

    def work(name: str, *, suspect: bool) -> None:
        with isolation.alone(suspect=suspect, stopping=lambda: False):
            order.append(name)
            if suspect:
                go.wait(10)
                order.append(f"{name} returned")

    with isolation.alone(suspect=False, stopping=lambda: False):
        suspect = threading.Thread(target=work, args=["suspect"], kwargs={"suspect": True})
        suspect.start()
        eventually(lambda: isolation._waiting == 1)
        other = threading.Thread(target=work, args=["other"], kwargs={"suspect": False})
        other.start()
        assert order == []
    eventually(lambda: order == ["suspect"])
    go.set()
    suspect.join()
    other.join()

    assert order == ["suspect", "suspect returned", "other"]


def test_waiting_ends_when_the_worker_stops() -> None:
    """A worker that is stopped does not wait for its turn."""
    isolation = Isolation([])

    with (
        isolation.alone(suspect=True, stopping=lambda: False),
        pytest.raises(CallAbandonedError),
        isolation.alone(suspect=False, stopping=lambda: True),
    ):
        pass
