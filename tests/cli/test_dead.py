from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from phlo_hooks.events import (
    RunEvent,
)
from phlo_hooks.source import Batch
from tests.cli.conftest import Shop
from tests.cli.recorded import RUN, at, bury

Invoke = Callable[..., Result]


def test_dead_letters_and_untranslatable_records_are_listed(recorded: Shop, invoke: Invoke) -> None:
    """Both kinds, with what went wrong, and the ids by which they are retried."""
    result, as_json = invoke("dead", "list"), json.loads(invoke("dead", "list", "--json").stdout)
    one = invoke("dead", "list", "--consumer", "shop:queue")

    assert "2 dead letters" in result.stdout
    assert "it said no" in result.stdout
    assert "lines:0b8d2a4e:7" in result.stdout
    assert "lines:-:8" in result.stdout
    assert "no \\x1b[2J" in result.stdout
    assert {row["record_id"] for row in as_json["untranslatable"]} == {7, 8}
    assert "gone:hook" not in one.stdout
    assert "untranslatable" not in one.stdout


def test_a_dead_letter_is_shown_with_its_event(recorded: Shop, invoke: Invoke) -> None:
    """What the consumer said, and the event it said it to."""
    result = invoke("dead", "show", "22bb")
    as_json = json.loads(invoke("dead", "show", "22bb", "--json").stdout)
    missing = invoke("dead", "show", "11aa")

    assert "permanent: it said no" in result.stdout
    assert "gold/sales" in result.stdout
    assert as_json["dead_letters"][0]["consumer"] == "shop:queue"
    assert missing.exit_code == 3


def test_a_dead_letter_is_queued_again(recorded: Shop, invoke: Invoke) -> None:
    """Retry touches what was named, and nothing else."""
    result = invoke("dead", "retry", "22bb")

    with recorded.outbox() as outbox:
        left = [row.consumer for row in outbox.deliveries(status="dead")]
    assert "queued: 1 dead letter" in result.stdout
    assert left == ["gone:hook"]


def test_untranslatable_records_are_translated_again(recorded: Shop, invoke: Invoke) -> None:
    """Once the log or the translator is right, retry makes the event and takes the record off the list."""
    recorded.append({"run": RUN, "number": 7, "asset": "raw/orders"})

    result = invoke("dead", "retry", "0b8d2a4e:7", "--json")

    with recorded.outbox() as outbox:
        left = [row.record_id for row in outbox.untranslatable()]
        new = list(outbox.events())[-1]
    assert json.loads(result.stdout) == {"queued": 0, "translated": 1, "still_untranslatable": 0}
    assert left == [8]
    assert new.event_type == "asset.materialized"


def test_what_is_still_untranslatable_is_said(recorded: Shop, invoke: Invoke) -> None:
    """A retry that did not help says so."""
    recorded.append({"run": RUN, "number": 7, "bad": "still"})

    result = invoke("dead", "retry", f"lines:{RUN}:7")

    assert "0 of 1 record translated" in result.stdout


def test_dropping_asks_first(recorded: Shop, invoke: Invoke) -> None:
    """No answer, or no, leaves everything; --yes gives up on what was chosen."""
    refused = invoke("dead", "drop", "--all", input="n\n")
    dropped = invoke("dead", "drop", "--all", "--yes")

    with recorded.outbox() as outbox:
        left = [*outbox.deliveries(status="dead"), *outbox.untranslatable()]
    assert refused.exit_code == 130
    assert "Give up on 2 dead letters and 2 untranslatable records?" in refused.stderr
    assert dropped.stdout == "dropped 4\n"
    assert left == []


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        ([], 2, "say which"),
        (["zz"], 3, "no dead letter or untranslatable record 'zz'"),
        (["--consumer", "nobody:here"], 3, "nothing to do"),
    ],
)
def test_retry_needs_to_know_what(
    recorded: Shop, invoke: Invoke, arguments: list[str], code: int, problem: str
) -> None:
    """A retry of nothing, or of something that is not there, is told."""
    result = invoke("dead", "retry", *arguments)

    assert result.exit_code == code
    assert problem in result.stderr


def test_all_untranslatable_records_can_be_chosen_at_once(recorded: Shop, invoke: Invoke) -> None:
    """--untranslatable leaves the dead letters alone."""
    result = invoke("dead", "drop", "--untranslatable", "--yes")

    with recorded.outbox() as outbox:
        assert len(outbox.deliveries(status="dead")) == 2
    assert result.stdout == "dropped 2\n"


def test_an_id_that_stands_for_several_is_refused(recorded: Shop, invoke: Invoke) -> None:
    """Which of two was meant is not guessed."""
    with recorded.outbox() as outbox:
        bury(outbox, "shop:queue", "66ff0000", error="x")
        outbox.record("lines", Batch(events=[RunEvent(event_id="22bc", event_type="run.end", **at(30))]))  # type: ignore[arg-type]
        bury(outbox, "shop:queue", "22bc", error="x")

    result = invoke("dead", "retry", "22b")

    assert result.exit_code == 2
    assert "stands for several" in result.stderr
