"""Plain data is made to fit, whatever it is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phlo_hooks_dagster.cutting import MARK, NOTED, cut_to_fit

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=200) | st.just("ü" * 300),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=20), inner, max_size=20),
    max_leaves=60,
)


def size(value: Any) -> int:
    return len(msgspec.json.encode(value))


@settings(max_examples=50, deadline=None)
@given(fields=st.dictionaries(st.text(max_size=20), VALUES, max_size=10), limit=st.integers(64, 2_000))
def test_it_fits_and_says_what_it_lost(fields: dict[str, Any], limit: int) -> None:
    """The result fits; nothing is cut that fitted; and whatever differs is named."""
    fitted, cut = cut_to_fit(fields, limit)

    assert size(fitted) <= limit
    assert (fitted == fields) == (cut == ())
    if size(fields) <= limit:
        assert fitted == fields
    assert len(cut) <= NOTED + 1


def test_the_longest_is_shortened_first() -> None:
    """Small fields stay as they are, and large ones share the room."""
    fitted, cut = cut_to_fit({"small": 1, "long": "x" * 5_000, "rows": list(range(5_000)), "word": "kept"}, 1_000)

    assert (fitted["small"], fitted["word"]) == (1, "kept")
    assert fitted["long"].endswith(MARK)
    assert len(fitted["long"]) > 300
    assert fitted["rows"] == list(range(len(fitted["rows"])))
    assert len(fitted["rows"]) > 50
    assert cut == ("long", "rows")


def test_fields_within_fields_are_named_by_their_way() -> None:
    """A name says where the loss is."""
    _, cut = cut_to_fit({"data": {"sql": "x" * 5_000, "n": 1}, "other": "y" * 20}, 500)

    assert cut == ("data.sql",)


@pytest.mark.parametrize("count", [50, 5_000])
def test_many_small_fields_are_left_out(count: int) -> None:
    """What cannot be shortened is left out, as much as needed, and the list of names stays short."""
    fitted, cut = cut_to_fit({f"name{number}": number for number in range(count)}, 400)

    assert size(fitted) <= 400
    assert fitted
    assert len(cut) <= NOTED + 1
