from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks.cli.text import at, clean, clean_block, clean_json, count, listed, span

HOSTILE = "\x1b]0;title\x07 \x1b[31mred \u202ereversed\u202c \ud800 \x9b2J \u2028 \U000e0041"


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_cleaned_text_never_acts_on_a_terminal(text: str) -> None:
    """Whatever an event says, what is printed is one line of printable characters; once cleaned stays so."""
    shown = clean(text)

    assert all(char.isprintable() or char in "\u200c\u200d" for char in shown)
    assert clean(shown) == shown


@given(st.recursive(st.none() | st.text() | st.integers() | st.booleans(), lambda inner: st.lists(inner, max_size=3)))
def test_cleaned_json_means_the_same(value: object) -> None:
    """Escaping changes how a document is written, never what it says."""
    text = json.dumps(value, ensure_ascii=False)

    shown = clean_json(text)

    assert json.loads(shown) == value
    assert all(char.isprintable() or char == "\n" for char in shown)


def test_hostile_text_is_shown_as_escapes() -> None:
    """Titles, colours, bidi overrides, surrogates and tags are named, not obeyed."""
    shown = clean(HOSTILE)

    assert shown == ("\\x1b]0;title\\x07 \\x1b[31mred \\u202ereversed\\u202c \\ud800 \\x9b2J \\u2028 \\U000e0041")


def test_a_block_keeps_its_lines() -> None:
    """A stack stays readable; only what a terminal would obey is escaped."""
    shown = clean_block("one\r\n\ttwo \x1b[2J\nthree")

    assert shown == "one\n\\ttwo \\x1b[2J\nthree"


def test_characters_beyond_the_first_plane_are_escaped_in_json_as_pairs() -> None:
    """JSON knows four digits only: a tag character becomes two surrogates."""
    assert clean_json('"\U000e0041"') == '"\\udb40\\udc41"'


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (59.9, "59 s"), (60, "1 min 0 s"), (3725, "1 h 2 min"), (200_000, "2 d 7 h")],
)
def test_a_duration_is_taken_in_at_a_glance(seconds: float, shown: str) -> None:
    """Two units at most, tenths only where they matter."""
    assert span(seconds) == shown


def test_times_are_shown_in_utc() -> None:
    """Whatever zone a time comes in, one zone is shown; no time is a dash."""
    moment = datetime(2026, 11, 21, 10, 0, tzinfo=timezone(timedelta(hours=1)))

    assert at(moment) == "2026-11-21 09:00:00"
    assert at(None) == "-"
    assert at(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01 00:00:00"


def test_numbers_agree_with_their_nouns() -> None:
    """One event, two events, and deliveries do not become deliverys."""
    assert [count(1, "event"), count(0, "event")] == ["1 event", "0 events"]
    assert count(1200, "delivery", "deliveries") == "1,200 deliveries"


def test_long_lists_of_names_end_in_a_number() -> None:
    """A line stays a line however many names there are."""
    assert listed(["a", "b"]) == "a, b"
    assert listed("abcdefg", limit=2) == "a, b and 5 more"
