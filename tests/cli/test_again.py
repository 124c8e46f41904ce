from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from tests.cli.conftest import Shop
from tests.cli.recorded import OTHER_RUN, events

Invoke = Callable[..., Result]


def test_replay_counts_first_and_asks(recorded: Shop, invoke: Invoke) -> None:
    """What the hook matches is counted; no is no; --yes queues it."""
    refused = invoke("replay", "--hook", "shop:gold", input="n\n")
    done = json.loads(invoke("replay", "--hook", "shop:gold", "--yes", "--json").stdout)

    assert "Deliver 2 events to shop:gold again?" in refused.stderr
    assert refused.exit_code == 130
    assert done["matching"] == 2
    with recorded.outbox() as outbox:
        assert {row.status for row in outbox.deliveries(consumer="shop:gold")} == {"waiting"}


def test_replay_queues_only_types_that_the_hook_gets(shop: Shop, invoke: Invoke) -> None:
    """A hook that no relay has seen yet can be sent the past, without rows for what it never gets."""
    shop.use_hooks()
    with shop.outbox() as outbox:
        outbox.append(events())

    result = invoke("replay", "--hook", "shop:queue", "--yes")

    with shop.outbox() as outbox:
        assert [row.event_id for row in outbox.deliveries(consumer="shop:queue")] == ["22bb0000"]
    assert result.stdout.startswith("queued for shop:queue: 1 event;")


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["--hook", "shop:gole"], 3, "did you mean 'shop:gold'?"),
        (["--hook", "shop:gate"], 2, "never by the relay"),
        (["--hook", "shop:gold", "--run", OTHER_RUN], 3, "nothing to replay"),
        ([], 2, "Missing option '--hook'"),
    ],
)
def test_replay_to_nobody_is_told(
    recorded: Shop, invoke: Invoke, arguments: list[str], code: int, problem: str
) -> None:
    """A wrong name, a hook that is never sent anything, an empty choice: each has its line."""
    result = invoke("replay", *arguments)

    assert result.exit_code == code
    assert problem in result.stderr


def test_rederive_corrects_a_run(recorded: Shop, invoke: Invoke) -> None:
    """The log is translated anew; what differs becomes a revision, what is the same stays."""
    recorded.append({"run": OTHER_RUN, "number": 1}, {"run": OTHER_RUN, "number": 2})

    first = invoke("rederive", "--run", OTHER_RUN)
    recorded.log.write_text("")
    recorded.append({"run": OTHER_RUN, "number": 1, "text": "now described"}, {"run": OTHER_RUN, "number": 2})
    second = json.loads(invoke("rederive", "--run", OTHER_RUN, "--json").stdout)

    assert first.stdout == "1 run translated anew: 2 new events, 0 corrected, 0 as before\n"
    assert second == {"runs": [OTHER_RUN], "recorded": {"new": 0, "revised": 1, "duplicate": 1}}


@pytest.mark.parametrize(("run", "code"), [("zz", 3), ("0b8d", 2), ("", 2)])
def test_rederive_needs_one_run(recorded: Shop, invoke: Invoke, run: str, code: int) -> None:
    """A run that was not read, or a beginning that several have, is told."""
    assert invoke("rederive", "--run", run).exit_code == code


def test_schemas_are_printed_and_written(shop: Shop, invoke: Invoke) -> None:
    """One document by class, one class by the type it has, or a file each."""
    every = json.loads(invoke("schema", "export").stdout)
    one = json.loads(invoke("schema", "export", "ingestion.end").stdout)
    written = invoke("schema", "export", "-o", str(shop.folder / "schemas"))

    assert set(one) == {"IngestionEvent"}
    assert set(one) < set(every)
    assert written.stdout.startswith(f"{len(every)} schemas written")
    assert invoke("schema", "export", "nothing").exit_code == 3
    assert invoke("schema", "export", "RunEvent", "-o", str(shop.folder / "s")).exit_code == 2


def test_schema_changes_that_break_are_an_exit_code(shop: Shop, invoke: Invoke) -> None:
    """What a reader of the old shape would miss is listed, and CI fails by the code."""
    old, new = shop.folder / "old", shop.folder / "new"
    invoke("schema", "export", "-o", str(old))
    invoke("schema", "export", "-o", str(new))
    (new / "RunEvent.json").unlink()

    broken = invoke("schema", "diff", str(old), str(new))
    same = invoke("schema", "diff", str(old), "--json")

    assert broken.exit_code == 1
    assert broken.stdout.splitlines()[-1] == "1 change, 1 breaking"
    assert (same.exit_code, json.loads(same.stdout)) == (0, [])
    assert json.loads(invoke("schema", "diff", str(old), str(new), "--json").stdout)[0]["breaking"] is True
