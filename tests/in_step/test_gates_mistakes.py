"""Gates that somebody took for guarding, or for open, by mistake."""

from __future__ import annotations

from typing import Any

import pytest

from phlo_hooks.events import PublishEvent
from phlo_hooks_dagster import (
    BreakingMetricChange,
    BreakingSchemaChange,
    ChecksPassed,
    Freshness,
    Gate,
    RowCountDrop,
    publish_asset,
)
from phlo_hooks_dagster.gates import GateView
from phlo_hooks_dagster.testing import materialize_events


class Always(Gate):
    """Closed, whatever there is to look at."""

    def reason_to_stop(self, view: GateView) -> str | None:
        return "it is Sunday"


class Never(Gate):
    """Open, whatever there is to look at."""

    def reason_to_stop(self, view: GateView) -> str | None:
        return None


def message_of(gate: Gate, **launched: Any) -> str:
    @publish_asset(gates=[gate])
    def alone() -> None:
        """Publish what nobody says is made from anything."""

    *_, end = materialize_events([alone], raise_on_error=False, **launched).of(PublishEvent)
    return "" if end.error is None else end.error.message


@pytest.mark.parametrize(
    "gate",
    [
        ChecksPassed(),
        Freshness(max_age="1d"),
        RowCountDrop(),
        BreakingSchemaChange(),
        BreakingMetricChange(),
    ],
    ids=lambda gate: gate.name,
)
def test_a_gate_on_an_asset_without_upstreams_is_closed(gate: Gate) -> None:
    """Whoever forgot deps= is told so, instead of publishing what nothing has looked at."""
    message = message_of(gate)

    assert message.endswith("the asset has no upstream that it could look at; give the asset deps=")


def test_a_gate_of_the_users_own_need_not_look_at_upstreams() -> None:
    """What asks the calendar guards an asset without upstreams as well."""
    assert message_of(Never()) == ""


@pytest.mark.parametrize("tag", ["alway", "al_ways", "Always"])
def test_a_tag_that_nearly_names_a_closed_gate_is_named(tag: str) -> None:
    """Who launched the run learns why the gate that was to be opened is still closed."""
    message = message_of(Always(), tags={"phlo/open_gates": f"freshness, {tag}"})

    assert message.endswith(f"it is Sunday (the run's tag phlo/open_gates says {tag!r}, not 'always')")


@pytest.mark.parametrize("tags", [{}, {"phlo/open_gates": "freshness"}, {"phlo/open_gates": ""}])
def test_a_tag_for_other_gates_is_not_spoken_of(tags: dict[str, str]) -> None:
    """A run may open a gate of another asset, and say nothing about this one."""
    assert message_of(Always(), tags=tags).endswith("it is Sunday")
