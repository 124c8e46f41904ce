from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks.backoff import Backoff
from phlo_hooks.breaker import BreakerState, CircuitBreaker
from tests.delivery.fakes import WHEN


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def fail(breaker: CircuitBreaker, at: float, event_id: str = "e", *, transient: bool = True) -> None:
    breaker.failed(WHEN + seconds(at), event_id=event_id, run_id="r", transient=transient)


def make() -> CircuitBreaker:
    return CircuitBreaker(threshold=3, cooldown=10, max_cooldown=35)


@given(st.integers(min_value=1, max_value=10_000), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_wait_grows_up_to_the_maximum_with_jitter(attempts: int, drawn: float) -> None:
    """A wait is at least half and at most all of the doubled base, and never beyond the maximum."""
    full = min(300.0, 2.0 ** min(attempts - 1, 64))

    wait = Backoff(base=1, maximum=300, draw=lambda: drawn).delay(attempts)

    assert full / 2 <= wait <= full


def test_wait_is_never_shorter_than_asked_for() -> None:
    """What the other side asks for is honoured, also beyond the maximum."""
    backoff = Backoff(base=1, maximum=5, draw=lambda: 0.0)

    assert backoff.delay(1, retry_after=60) == 60
    assert backoff.delay(3, retry_after=0.1) == 2.0


def test_opens_after_failures_in_a_row() -> None:
    """Transient failures count each, also of one event; a success between them starts anew."""
    breaker = make()

    fail(breaker, 0)
    fail(breaker, 0)
    breaker.succeeded()
    fail(breaker, 0)
    fail(breaker, 0)
    closed = breaker.state(WHEN)
    fail(breaker, 0)

    assert closed is BreakerState.CLOSED
    assert breaker.state(WHEN + seconds(9)) is BreakerState.OPEN
    assert breaker.state(WHEN + seconds(10)) is BreakerState.HALF_OPEN


def test_an_outage_by_its_own_word_opens_at_once() -> None:
    """Where nothing at all can be delivered, one failure is enough; a success closes it again."""
    breaker = make()

    breaker.failed(WHEN, event_id="e", run_id="r", transient=True, outage=True)
    state = breaker.state(WHEN)
    breaker.succeeded()

    assert state is BreakerState.OPEN
    assert breaker.state(WHEN) is BreakerState.CLOSED


def test_poisoned_event_is_no_outage() -> None:
    """Errors of one and the same event count once, however often it is tried."""
    breaker = make()

    for _ in range(20):
        fail(breaker, 0, "poison", transient=False)
    closed = breaker.state(WHEN)
    for name in ("a", "b"):
        fail(breaker, 0, name, transient=False)

    assert closed is BreakerState.CLOSED
    assert breaker.state(WHEN) is BreakerState.OPEN


def test_cooldown_doubles_with_every_failed_probe() -> None:
    """Probes become rarer up to a limit; a success closes and forgets."""
    breaker = make()
    for _ in range(3):
        fail(breaker, 0)
    waits = []
    at = 0.0

    for _ in range(4):
        assert breaker.open_until is not None
        waits.append((breaker.open_until - WHEN).total_seconds() - at)
        at += waits[-1]
        fail(breaker, at)
    breaker.succeeded()

    assert waits == [10, 20, 35, 35]
    assert breaker.state(WHEN) is BreakerState.CLOSED
    assert breaker.opens == 0


def test_refusal_is_an_answer() -> None:
    """A permanent failure closes an open breaker, and neither counts nor resets while it is closed."""
    breaker = make()
    fail(breaker, 0)
    fail(breaker, 0)
    breaker.refused()
    fail(breaker, 0)
    opened = breaker.state(WHEN)

    breaker.refused()

    assert opened is BreakerState.OPEN
    assert breaker.state(WHEN) is BreakerState.CLOSED


def test_stored_state_is_taken_up() -> None:
    """A process that starts while the breaker is open keeps to its time, and to its doubling."""
    breaker = CircuitBreaker(threshold=3, cooldown=10, max_cooldown=300, opens=2, open_until=WHEN + seconds(5))

    assert breaker.state(WHEN) is BreakerState.OPEN
    fail(breaker, 6)
    assert breaker.open_until == WHEN + seconds(46)
